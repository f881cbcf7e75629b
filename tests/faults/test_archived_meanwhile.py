"""A contact is archived between what was shown and what is done: it is left alone, and the result says so."""

import re

import pytest

from tests import make
from tests.access.doors.browsing import Browser
from tests.access.doors.conftest import Clock, MailServer
from tests.access.doors.test_errors_by_their_doors import can_sign_in, edit_email
from tradedoor.access.models import Access, State
from tradedoor.audit.models import AuditRow
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bea")]
NEW = "beatrice@acme.example"
MANY = 60  # more than are done at once
DASHBOARD = "/stores/harbour/dashboard/"


def archive(desk: Browser, contact: Contact) -> None:
    desk.open(f"/crm/contacts/{contact.public_id}/archive/")
    page = desk.press("Archive")
    assert page.status == 200
    contact.refresh_from_db()
    assert contact.archived_at is not None, page.text


def asked(desk: Browser, **chosen: object) -> str:
    """Choose rows of Current Customers to be deactivated; what the page says before."""
    desk.open(DASHBOARD)
    return desk.choose("deed", "deactivate", **chosen).text


def job_page(desk: Browser) -> str:
    """The page of the newest job, and its result file."""
    page = desk.open("/jobs/")
    address = next(one.href for one in page.pressables if re.fullmatch(r"/jobs/[0-9a-f-]{36}/", one.href))
    return desk.open(address).text + desk.download(f"{address}result.csv")


def test_of_ticked_rows_the_archived_one_is_left_alone_and_named(
    bea: Access, bea_contact: Contact, nils: Access, sam_desk: Browser, ada_desk: Browser, clock: Clock
) -> None:
    assert "2 chosen" in asked(sam_desk, id=[str(bea.public_id), str(nils.public_id)])

    archive(ada_desk, bea_contact)
    page = sam_desk.press("Deactivate")

    assert "1 was left alone: Is deactivated already. (1)" in page.text
    assert Access.objects.filter(state=State.DEACTIVATED).count() == 2
    assert AuditRow.objects.filter(event="access.deactivated").count() <= 2
    clock.work()
    assert not can_sign_in("bea@acme.example")


def test_of_all_that_matched_a_job_does_the_rest_and_names_the_archived_one(
    acme: Customer, harbour: Store, bea_contact: Contact, sam_desk: Browser, ada_desk: Browser, clock: Clock
) -> None:
    for _one in range(MANY):
        make.access(make.contact(acme), harbour)
    assert "61 chosen" in asked(sam_desk, all="1", query="tab=current")

    archive(ada_desk, bea_contact)
    sam_desk.press("Deactivate")
    clock.work()

    told = job_page(sam_desk)
    assert "60 done" in told
    assert "1 left the list before their turn and were left alone" in told
    assert Access.objects.filter(state=State.DEACTIVATED).count() == MANY + 1


def test_a_few_that_left_the_list_are_told_at_once(
    nils: Access, bea_contact: Contact, sam_desk: Browser, ada_desk: Browser
) -> None:
    assert "2 chosen" in asked(sam_desk, all="1", query="tab=current")

    archive(ada_desk, bea_contact)
    page = sam_desk.press("Deactivate")

    assert "1 left the list after you looked, and was left alone." in page.text
    assert Access.objects.get(pk=nils.pk).state == State.DEACTIVATED


def test_an_email_that_was_to_be_updated_is_left_and_its_contact_named(
    bea_contact: Contact, nils_contact: Contact, nils: Access, sam_desk: Browser, ada_desk: Browser,
    clock: Clock, server: MailServer,
) -> None:  # fmt: skip
    edit_email(sam_desk, bea_contact, NEW)
    edit_email(sam_desk, nils_contact, "nord@borealis.example")
    shown = sam_desk.open("/stores/harbour/emails/").text
    assert "Bea Buyer" in shown

    archive(ada_desk, bea_contact)
    sam_desk.press("Update 2 emails")
    clock.work()

    told = job_page(sam_desk)
    assert "1 changed" in told
    assert "1 left alone: the contact is archived" in told
    assert re.search(r'"contact_archived","This contact is archived\.",.*"Bea Buyer"', told)
    assert can_sign_in("nord@borealis.example")
    assert sorted(server.recipients) == ["nils@borealis.example", "nord@borealis.example"]


def test_whoever_is_archived_between_the_press_and_the_run_is_named_too(
    bea_contact: Contact, sam_desk: Browser, ada_desk: Browser, clock: Clock, server: MailServer
) -> None:
    edit_email(sam_desk, bea_contact, NEW)
    sam_desk.open("/stores/harbour/emails/")
    sam_desk.press("Update 1 email")

    archive(ada_desk, bea_contact)
    clock.work()

    assert "1 left alone: the contact is archived" in job_page(sam_desk)
    assert server.recipients == []
