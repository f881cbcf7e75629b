"""Pause outgoing mail: for all of it and for one store, said on every page, and its end."""

import pytest
from django.test import Client

from tests import make
from tests.staff.conftest import SignedIn
from tests.staff.test_crm_contacts import text_of
from tests.web.markup import faults_of
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.accounts.roles import Role
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage, MailPause
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

PAUSED = "Outgoing mail is paused: nothing is sent until somebody resumes it."


@pytest.fixture
def invited(sam: Actor, harbour: Store, bea_contact: Contact) -> MailMessage:
    invite_contacts(harbour, [bea_contact.pk], actor=sam)
    return MailMessage.objects.get()


def test_all_mail_waits_until_an_owner_resumes_it(
    ada_client: Client, vic_client: Client, invited: MailMessage, harbour: Store
) -> None:
    before = text_of(ada_client.get("/mail/"))
    assert "No mail of any store leaves until you resume" in before
    assert not faults_of(before)
    assert "/mail/pause/" not in text_of(vic_client.get("/mail/"))

    answer = text_of(ada_client.post("/mail/pause/", follow=True))
    ada_client.post("/mail/pause/")

    assert "Resume outgoing mail" in answer
    assert "1 mail waits." in answer
    assert not faults_of(answer)
    assert PAUSED in text_of(vic_client.get("/crm/customers/"))
    assert "/mail/resume/" not in text_of(vic_client.get("/mail/"))
    assert not Sender().send_some()
    ada_client.post("/mail/resume/")
    assert PAUSED not in text_of(vic_client.get("/crm/customers/"))
    assert Sender().send_some()
    assert list(AuditRow.objects.filter(event__startswith="mail.").values_list("event", flat=True)[:2]) == [
        "mail.paused",
        "mail.resumed",
    ]


def test_mail_of_one_store_waits_and_that_of_others_leaves(
    ada_client: Client, sam: Actor, invited: MailMessage, harbour: Store, nils_contact: Contact
) -> None:
    invite_contacts(make.store("Meadow"), [nils_contact.pk], actor=sam)
    settings = "/stores/harbour/settings/invitation/"
    assert "No mail of this store leaves until you resume" in text_of(ada_client.get(settings))

    answer = text_of(ada_client.post("/stores/harbour/mail/pause/", follow=True))

    assert "Outgoing mail of this store is paused" in answer
    assert not faults_of(answer)
    assert "Outgoing mail of Harbour is paused." in text_of(ada_client.get("/"))
    Sender().send_some()
    invited.refresh_from_db()
    assert invited.state == MailMessage.State.QUEUED
    assert MailMessage.objects.exclude(pk=invited.pk).get().state == MailMessage.State.CAPTURED
    ada_client.post("/stores/harbour/mail/resume/")
    assert not MailPause.objects.exists()


def test_who_may_change_one_store_only_pauses_no_other_and_not_all(
    signed_in: SignedIn, harbour: Store, meadow: Store
) -> None:
    client = signed_in(make.staff("Ola Owner", role=Role.OWNER, stores=(harbour,)))
    assert "/mail/pause/" not in text_of(client.get("/mail/"))
    assert client.post("/mail/pause/").status_code == 403
    assert client.post("/stores/meadow/mail/pause/").status_code == 404
    assert client.post("/stores/harbour/mail/pause/").status_code == 302
    assert [pause.store_id for pause in MailPause.objects.all()] == [harbour.pk]


def test_the_dashboard_calls_nobody_mailed_whose_mail_has_not_left(
    sam_client: Client, invited: MailMessage
) -> None:
    assert "0 of 1 invited" in text_of(sam_client.get("/stores/harbour/dashboard/"))
