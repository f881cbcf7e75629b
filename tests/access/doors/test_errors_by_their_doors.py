"""Each error of product.md section 10 as people meet it: raised by what happens outside, shown, mended, gone.

Nothing here writes a row or calls an action between the first event and the last page: staff press buttons, a file is
imported, a mail server answers, somebody opens a mail, and the worker does what is due.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import make
from tests.access.doors.browsing import Browser, Page
from tests.access.doors.conftest import Clock
from tests.mail.smtp import Server
from tradedoor.access.models import Access, AccessError, State
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bea", "nils")]


HARBOUR = "/stores/harbour/dashboard/"


NEW = "beatrice@acme.example"


HOUR = {"minutes": 61}


def error_tab(desk: Browser, store: str = "harbour") -> Page:
    page = desk.open(f"/stores/{store}/dashboard/", tab="error")
    assert page.status == 200
    return page


def assert_on_error(desk: Browser, name: str, sentence: str, *fixes: str) -> None:
    """The row stands on the Error tab, says why in this sentence, and offers these fixes; then on no other tab."""
    page = error_tab(desk)
    assert name in page.text
    assert sentence in page.text
    for fix in (*fixes, "Clear error", "I am on it"):
        assert page.offers(fix), f"no {fix!r} in {page.text}"
    assert name not in desk.open(HARBOUR, tab="current").text
    error_tab(desk)


def assert_gone(desk: Browser, name: str, *, tab: str) -> None:
    """The row left the Error tab, and stands where its state says."""
    assert name not in error_tab(desk).text
    assert name in desk.open(HARBOUR, tab=tab).text
    assert not AccessError.objects.open().exists()


def edit_email(desk: Browser, contact: Contact, email: str) -> Page:
    desk.open(f"/crm/contacts/{contact.public_id}/edit/")
    return save_email(desk, email)


def save_email(desk: Browser, email: str) -> Page:
    """Fill in the form that is open, and save; the warning about another customer's contact is agreed to."""
    page = desk.press("Save", email=email)
    if page.status == 409:
        page = desk.press("Save")
    assert page.status == 200
    assert " is saved." in page.text, page.text
    return page


def import_contacts(desk: Browser, clock: Clock, *lines: str) -> Page:
    desk.open("/crm/import/")
    desk.upload("Upload", "\n".join(lines) + "\n", kind="contacts")
    report = desk.press("Check the file")
    assert "Nothing has been written yet." in report.text, report.text
    desk.press("Import ")
    clock.work()
    done = desk.open(report.address)
    assert "Import of contacts.csv" in done.text
    return report


def row_of(contact: Contact, **said: str) -> tuple[str, str]:
    cells = {"Contact ID": str(contact.public_id), **said}
    return ",".join(cells), ",".join(cells.values())


def mailed(server: Server, to: str, path: str) -> str:
    """The path of the newest link of a kind that was mailed to this address."""
    for mail, recipient in zip(reversed(server.mails), reversed(server.recipients), strict=True):
        if recipient == to:
            body = mail.get_body(preferencelist=("plain",))
            assert body is not None
            for address in re.findall(r"https?://\S+", body.get_content()):
                if f"/{path}/" in address:
                    return str(urlsplit(address).path)
    raise AssertionError(f"no link {path} was mailed to {to}: {server.recipients}")


class TestTheContactForm:
    def test_no_email_when_it_is_emptied_and_add_email_mends_it(
        self, bea_contact: Contact, sam_desk: Browser
    ) -> None:
        edit_email(sam_desk, bea_contact, "")
        assert_on_error(sam_desk, "Bea Buyer", "No email in the CRM.", "Add email", "Undo the CRM edit")

        sam_desk.press("Add email")
        page = save_email(sam_desk, "bea@acme.example")

        assert page.address == f"{HARBOUR}?tab=error"
        assert_gone(sam_desk, "Bea Buyer", tab="current")


class TestTheHourAfterAnEdit:
    def test_email_in_use_until_the_owner_of_that_login_accepts(
        self, bea_contact: Contact, sam_desk: Browser, clock: Clock, server: Server
    ) -> None:
        make.buyer_login(NEW, password="nine copper lanterns")
        edit_email(sam_desk, bea_contact, NEW)
        clock.work(minutes=58)
        assert "Bea Buyer" not in error_tab(sam_desk).text
        clock.work(minutes=3)
        sentence = f"{NEW} belongs to another login; the old address still signs in."
        assert_on_error(sam_desk, "Bea Buyer", sentence, "Invite that login", "Undo the CRM edit")
        assert can_sign_in("bea@acme.example")

        assert "Nothing changes until they accept." in sam_desk.press("Invite that login").text
        clock.work()
        owner = Browser()
        owner.open(mailed(server, NEW, "join"))
        assert "Hello" in owner.press("Sign in and join", password="nine copper lanterns").text

        assert_gone(sam_desk, "Bea Buyer", tab="current")
        assert not can_sign_in("bea@acme.example")

    def test_login_shared_until_one_is_split_off(
        self, bea_contact: Contact, borealis: Customer, harbour: Store, sam_desk: Browser,
        clock: Clock, server: Server,
    ) -> None:  # fmt: skip
        twin = make.contact(borealis, "bea@acme.example", first_name="Bea", last_name="Twin")
        make.access(twin, harbour)
        edit_email(sam_desk, bea_contact, NEW)
        clock.work(**HOUR)
        sentence = "The login also serves Bea Twin, whose email stays as it was."
        assert_on_error(sam_desk, "Bea Buyer", sentence, "Split off and invite", "Change for all")

        sam_desk.press("Split off and invite")

        assert_gone(sam_desk, "Bea Buyer", tab="pending")
        clock.work()
        person = Browser()
        person.open(mailed(server, NEW, "join"))
        person.press("Join Now", password="nine copper lanterns")
        assert "Bea Buyer" in sam_desk.open(HARBOUR, tab="current").text
        assert can_sign_in("bea@acme.example")

    def test_login_shared_until_it_is_changed_for_all(
        self, bea_contact: Contact, borealis: Customer, meadow: Store, sam_desk: Browser,
        clock: Clock,
    ) -> None:  # fmt: skip
        make.access(make.contact(borealis, "bea@acme.example", first_name="Bea", last_name="Twin"), meadow)
        edit_email(sam_desk, bea_contact, NEW)
        clock.work(**HOUR)

        error_tab(sam_desk)
        sam_desk.press("Change for all")

        assert_gone(sam_desk, "Bea Buyer", tab="current")
        clock.work(**HOUR)
        assert_gone(sam_desk, "Bea Buyer", tab="current")
        assert can_sign_in(NEW)

    def test_reported_by_this_wasnt_me_until_a_colleague_reverses_it(
        self, bea_contact: Contact, sam_desk: Browser, ada_desk: Browser, clock: Clock,
        server: Server,
    ) -> None:  # fmt: skip
        edit_email(sam_desk, bea_contact, NEW)
        clock.work(**HOUR)
        assert can_sign_in(NEW)

        owner = Browser()
        owner.open(mailed(server, "bea@acme.example", "report"))
        assert "Bea Buyer" not in error_tab(ada_desk).text
        assert "Sign-in is stopped" in owner.press("This wasn't me").text

        assert not can_sign_in(NEW)
        assert_on_error(ada_desk, "Bea Buyer", "this email change wasn't me", "Confirm or reverse")
        clock.work()
        assert "ada@tradedoor.example" in server.recipients
        ada_desk.press("Confirm or reverse")
        assert "the hold is over" in ada_desk.press("Reverse the change").text
        assert_gone(ada_desk, "Bea Buyer", tab="current")
        assert can_sign_in("bea@acme.example")
        assert not can_sign_in(NEW)


class TestTheMailServer:
    def test_undeliverable_when_it_refuses_the_address_until_another_one_is_given(
        self, pia: Contact, sam_desk: Browser, clock: Clock, server: Server
    ) -> None:
        server.on_rcpt = lambda to: "550 5.1.1 no such user here" if to.startswith("pia@") else None
        invite(sam_desk, pia)
        clock.work(seconds=15)
        clock.work(seconds=15)
        sentence = "Mail to pia@acme.example was refused:"
        assert_on_error(sam_desk, "Pia Petal", sentence, "Correct email", "Resend invitation")
        assert "no such user here" in sam_desk.page.text
        assert "Pia Petal stays on Error" in sam_desk.press("Clear error").text

        sam_desk.press("Correct email")
        save_email(sam_desk, "pia.petal@acme.example")

        assert_gone(sam_desk, "Pia Petal", tab="pending")
        clock.work(**HOUR)
        person = Browser()
        person.open(mailed(server, "pia.petal@acme.example", "join"))
        assert "Welcome, Pia" in person.page.text
        assert_gone(sam_desk, "Pia Petal", tab="pending")

    def test_a_mail_that_the_server_takes_again_ends_it_too(
        self, pia: Contact, sam_desk: Browser, clock: Clock, server: Server
    ) -> None:
        server.on_rcpt = lambda _to: "552 5.2.2 mailbox full"
        invite(sam_desk, pia)
        clock.work(seconds=15)
        clock.work(seconds=15)
        assert_on_error(sam_desk, "Pia Petal", "mailbox full", "Resend invitation")
        server.on_rcpt = lambda _to: None

        clock.work(minutes=2)
        error_tab(sam_desk)
        sam_desk.press("Resend invitation")
        clock.work(seconds=15)
        clock.work(seconds=15)

        assert_gone(sam_desk, "Pia Petal", tab="pending")
        assert server.recipients == ["pia@acme.example"]


class TestAMissingSetting:
    def test_store_incomplete_when_this_mail_cannot_be_made_without_it(
        self,
        acme: Customer,
        ada_desk: Browser,
        clock: Clock,
        server: Server,
        settings: Any,
    ) -> None:
        """An installation is started again without the setting that its invitations need."""
        settings.TRADEDOOR_SMTPUTF8 = True
        contact = make.contact(acme, "jürgen@acme.example", first_name="Jürgen", last_name="Jung")
        invite(ada_desk, contact)
        settings.TRADEDOOR_SMTPUTF8 = False
        for _try in range(5):
            clock.work(hours=1)
        clock.work(seconds=15)
        sentence = "A mail could not be made, because a setting is missing"
        assert_on_error(ada_desk, "Jürgen Jung", sentence, "Open settings", "Resend invitation")
        assert "the local part of the address cannot be used in a mail" in ada_desk.page.text
        assert "Harbour" in ada_desk.press("Open settings").text

        settings.TRADEDOOR_SMTPUTF8 = True
        error_tab(ada_desk)
        ada_desk.press("Resend invitation")
        clock.work(seconds=15)
        clock.work(seconds=15)

        assert_gone(ada_desk, "Jürgen Jung", tab="pending")
        assert server.recipients == ["jürgen@acme.example"]


@pytest.fixture
def pia(acme: Customer, harbour: Store) -> Contact:
    return make.contact(acme, "pia@acme.example", first_name="Pia", last_name="Petal")


def invite(desk: Browser, contact: Contact) -> None:
    desk.open(f"/crm/contacts/{contact.public_id}/invite/")
    page = desk.press("Invite")
    assert Access.objects.get(contact=contact).state == State.PENDING, page.text


def can_sign_in(email: str) -> bool:
    person = Browser()
    person.open("/s/harbour/login/")
    person.press("Sign in", email=email, password=make.PASSWORD)
    return person.page.offers("Sign out")
