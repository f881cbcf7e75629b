"""An invitation that ran out, in the hands of somebody who should not have it (security.md A5)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests.security.conftest import join_path, link_of
from tradedoor.access.actions.invitations import cancel_invitations
from tradedoor.access.jobs import remind_of_invitations
from tradedoor.access.models import Access
from tradedoor.access.password_jobs import decide
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.core.actor import Actor
from tradedoor.mail.models import MailMessage

pytestmark = pytest.mark.django_db
EXPIRED = timedelta(days=8)


def mailed() -> list[str]:
    return list(MailMessage.objects.order_by("pk").values_list("to_email", flat=True))


def test_a_fresh_link_goes_to_the_invited_address_three_times_a_day_and_the_answer_never_tells_inv_03(
    client: Client, invited: Access
) -> None:
    with time_machine.travel(timezone.now() + EXPIRED, tick=False) as clock:
        client.get(join_path(invited))
        before, pages = len(mailed()), set()
        for _time in range(5):
            answer = client.post("/s/harbour/join/again/", {"email": "evil@other.example"})
            pages.add((answer.status_code, answer.content))
        assert len(pages) == 1
        # A fresh link lives, so further wishes by the old one change nothing; each is one more mail at most.
        assert set(mailed()[before:]) == {"kim@acme.example"}
        assert 1 <= len(mailed()) - before <= 3
        clock.shift(timedelta(days=1, minutes=1))
        client.get(join_path(invited))
        assert client.post("/s/harbour/join/again/").status_code == 200


def test_a_cancelled_invitation_is_answered_alike_and_mails_nobody_inv_03(
    client: Client, invited: Access, ada: Actor
) -> None:
    with time_machine.travel(timezone.now() + EXPIRED, tick=False):
        client.get(join_path(invited))
        cancel_invitations([invited.pk], actor=ada)
        before = mailed()
        answer = client.post("/s/harbour/join/again/")
        assert answer.status_code == 200
        assert "on its way" in answer.content.decode()
        assert mailed() == before


def test_a_forgotten_password_never_makes_an_expired_invitation_a_way_in_inv_03(invited: Access) -> None:
    with time_machine.travel(timezone.now() + EXPIRED, tick=False):
        old = link_of(invited)
        decide(store_id=invited.store_id, address="kim@acme.example")
        remind_of_invitations()
        assert not OneTimeLink.objects.filter(purpose=Purpose.RESET).exists()
        assert set(mailed()) == {"kim@acme.example"}
        old.refresh_from_db()
        assert old.used_at is None
        assert Client().get(join_path(invited)).status_code in {302, 410}
