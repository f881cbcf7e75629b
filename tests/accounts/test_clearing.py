from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.accounts.people import BROWSER, MACHINE, a_buyer, an_invitation
from tradedoor.accounts.actions import clearing, throttle
from tradedoor.accounts.actions.clearing import clear_out
from tradedoor.accounts.actions.links import issue_links, spend_link
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.models import OneTimeLink, Session, Throttle

pytestmark = pytest.mark.django_db


def test_what_still_counts_is_left_alone() -> None:
    open_session(a_buyer(), actor=BROWSER, store_id=1)
    issue_links([an_invitation()], actor=MACHINE)
    throttle.require_room(throttle.LANDING_NETWORK, "192.0.2.1")

    assert clear_out() == 0


def test_sessions_go_at_their_end_and_links_and_counts_a_month_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing, "BATCH", 2)
    for store_id in range(1, 6):
        open_session(a_buyer(f"buyer{store_id}@acme.example"), actor=BROWSER, store_id=store_id)
    used, open_one = issue_links([an_invitation(1), an_invitation(2)], actor=MACHINE)
    spend_link(used.pk)
    throttle.require_room(throttle.LANDING_NETWORK, "192.0.2.1")

    with time_machine.travel(timezone.now() + timedelta(days=29), tick=False):
        assert clear_out() == 5
        assert not Session.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert clear_out() == 2
        assert list(OneTimeLink.objects.all()) == [open_one]
        assert not Throttle.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=38), tick=False):
        assert clear_out() == 1
