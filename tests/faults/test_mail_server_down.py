"""The mail server is gone for a day: nothing is lost, nothing leaves twice, and the screens say how things are."""

from collections import Counter

import pytest
from django.test import Client

from tests import make
from tests.access.doors.browsing import Browser
from tests.access.doors.conftest import Clock, MailServer
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.outbox import pause_mail
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db
PENDING = "/stores/harbour/dashboard/?tab=pending"


@pytest.fixture
def people(acme: Customer, harbour: Store) -> list[Contact]:
    return [
        make.contact(acme, f"{name.lower()}@acme.example", first_name=name, last_name="Acme")
        for name in ("Ann", "Ben", "Cid")
    ]


def test_every_mail_leaves_once_when_the_server_is_back_after_a_day(
    people: list[Contact], sam_desk: Browser, clock: Clock, server: MailServer, client: Client
) -> None:
    server.stop()
    for person in people:
        sam_desk.open(f"/crm/contacts/{person.public_id}/invite/")
        sam_desk.press("Invite")

    clock.work(seconds=1)
    assert client.get("/readyz").status_code == 200
    for _look in range(8):
        clock.work(hours=3)

    assert sam_desk.open(PENDING).text.count("Queued Resend") == 3
    home = sam_desk.open("/").text
    assert "The mail server cannot be used" in home
    assert "3 mails wait" in home
    alarm = client.get("/readyz")
    assert alarm.status_code == 503
    assert alarm.json()["mail"] is False
    assert alarm.json()["mail_seconds"] > 23 * 3600

    server.start()
    clock.work(minutes=6)
    clock.work(minutes=6)

    assert Counter(server.recipients) == {person.email: 1 for person in people}
    assert "Queued Resend" not in sam_desk.open(PENDING).text
    assert sam_desk.page.text.count("Sent Resend") == 3
    home = sam_desk.open("/").text
    assert "The mail server cannot be used" not in home
    assert "mails wait" not in home
    assert client.get("/readyz").json()["mail"] is True
    assert client.get("/readyz").status_code == 200


def test_paused_mail_is_no_alarm(
    people: list[Contact], ada_desk: Browser, ada: Actor, clock: Clock, client: Client
) -> None:
    pause_mail(actor=ada)
    ada_desk.open(f"/crm/contacts/{people[0].public_id}/invite/")
    ada_desk.press("Invite")

    clock.work(hours=1)

    assert client.get("/readyz").json()["mail"] is True
