from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.accounts.people import BROWSER, MACHINE, a_buyer, an_invitation
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.clearing import clear_out
from tradedoor.accounts.actions.links import issue_links, spend_link
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.models import OneTimeLink, Session, Throttle

pytestmark = pytest.mark.django_db


def test_what_still_counts_is_left_alone() -> None:
    open_session(a_buyer(), actor=BROWSER, store_id=1)
    issue_links([an_invitation()], actor=MACHINE)
    throttle.require_room(throttle.LANDING_NETWORK, "192.0.2.1")

    assert clear_out() == dropped()


def test_sessions_go_at_their_end_and_links_and_counts_a_month_after() -> None:
    for store_id in range(1, 6):
        open_session(a_buyer(f"buyer{store_id}@acme.example"), actor=BROWSER, store_id=store_id)
    used, open_one = issue_links([an_invitation(1), an_invitation(2)], actor=MACHINE)
    spend_link(used.pk)
    throttle.require_room(throttle.LANDING_NETWORK, "192.0.2.1")

    with time_machine.travel(timezone.now() + timedelta(days=29), tick=False):
        assert clear_out() == dropped(sessions=5)
        assert not Session.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert clear_out() == dropped(links=1, tries=1)
        assert list(OneTimeLink.objects.all()) == [open_one]
        assert not Throttle.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=38), tick=False):
        assert clear_out() == dropped(links=1)


def test_a_session_goes_once_nobody_used_it_for_as_long_as_it_may_rest() -> None:
    opened = open_session(a_buyer(), actor=BROWSER, store_id=1)
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=61))
    kept = open_session(a_buyer("other@acme.example"), actor=BROWSER, store_id=1, keep=True)
    Session.objects.filter(pk=kept.session.pk).update(seen_at=timezone.now() - timedelta(days=13))

    assert clear_out() == dropped(sessions=1)
    assert clear_out() == dropped()
    assert not Session.objects.filter(pk=opened.session.pk).exists()


def dropped(*, sessions: int = 0, links: int = 0, tries: int = 0) -> dict[str, int]:
    return {"sessions": sessions, "links": links, "tries": tries}
