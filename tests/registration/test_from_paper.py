"""From the code on the hand-out as LibreOffice prints it to a contact in the CRM and a mail that was read.

Once for each line of `walks`, through the pages, the worker and a mail server on loopback alone. REGISTER_WALKS=1, as
`make check-all` has it, walks every combination.
"""

import os
import re
import subprocess
from http import HTTPStatus
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from PIL import Image

from tests import make
from tests.access.doors.browsing import Browser
from tests.access.doors.conftest import Clock, MailServer, clock, sam_desk, server
from tests.handouts.offices import as_pdf, codes_in, needs_office, needs_poppler
from tests.registration import walks
from tests.registration.people import CHOSEN, ruled
from tests.registration.walks import End, Walk
from tradedoor.access.models import Access, State
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.registration.actions.links import LinkLimits, limit_link
from tradedoor.registration.models import Approval, EstoreLink
from tradedoor.stores.models import Store

__all__ = ["clock", "sam_desk", "server"]
pytestmark = [pytest.mark.django_db, needs_office, needs_poppler]

EVERY = "REGISTER_WALKS" in os.environ
DESK, ADMIN = "desk@seller.example", "cara@acme.example"
REQUEST = re.compile(r"https?://\S+/company/people/\S+/request/")
LINK = re.compile(r"https?://\S+/register/confirm/\S+")
IN = {End.IN, End.IN_BY_PASSWORD, End.IN_AT_ONCE}
STATES = {
    walks.INVITED: State.PENDING, walks.CURRENT: State.CURRENT, walks.DEACTIVATED: State.DEACTIVATED,
    walks.REQUESTED: State.REQUESTED, walks.DECLINED: State.DECLINED,
}  # fmt: skip


class Street:
    """What all walks begin with, and each one's own person."""

    def __init__(
        self, *, paper: str, store: Store, elsewhere: Store, acme: Customer, borealis: Customer, boss: Actor,
        desk: Browser, clock: Clock, server: MailServer,
    ) -> None:  # fmt: skip
        self.paper, self.store, self.elsewhere, self.acme, self.borealis = (
            paper,
            store,
            elsewhere,
            acme,
            borealis,
        )
        self.boss, self.desk, self.clock, self.server = boss, desk, clock, server
        self.admin = Browser()
        self.link = EstoreLink.objects.get(store=store, customer=acme)
        self.numbers = count(1)

    def walk(self, walk: Walk) -> None:
        number = next(self.numbers)
        domain = (
            f"acme-rnill{number}.example" if walk.domain == walks.LOOKS_LIKE else f"works{number}.example"
        )
        self.email = f"nora@{domain}"
        self._know(walk, number)
        self._settle(walk, domain)
        self.visitor = Browser()
        self.visitor.client.defaults["REMOTE_ADDR"] = f"10.1.{number // 250}.{number % 250}"
        start = urlsplit(self.paper).path if walk.by_link else f"/s/{self.store.slug}/login/"
        sign_in = self.visitor.open(start)
        assert sign_in.address.endswith("/login/")
        assert sign_in.offers("New User - Register") is (walk.end is not End.NO_FORM)
        if walk.end is End.NO_FORM:
            assert self.visitor.open(f"/s/{self.store.slug}/register/").status == 404
            return
        contacts = Contact.objects.count()
        self._fill_in(walk)
        if walk.end is End.REFUSED:
            assert "cannot register here" in self.visitor.page.text
        else:
            self._comes_to(walk)
        if walk.end in {End.REFUSED, End.TOLD, End.NOTHING}:
            assert Contact.objects.count() == contacts
            assert not self.mails(DESK)
            return
        if walk.end not in IN:
            self._is_approved(walk)
        self._stands_in_the_crm(walk)

    def mails(self, to: str) -> list[str]:
        """What came in for this address, as text."""
        found = [mail.get_body(("plain",)) for mail in self.server.mails if to in str(mail["To"])]
        return [str(part.get_content()) for part in found if part is not None]

    def _know(self, walk: Walk, number: int) -> None:
        if walk.domain == walks.LOOKS_LIKE:
            make.contact(self.acme, f"bea@acme-mill{number}.example")
        if walk.known in {walks.NOBODY, walks.HELD}:
            if walk.known == walks.HELD:
                make.buyer_login(self.email, held_at=timezone.now())
            return
        elsewhere = {walks.ELSEWHERE, walks.SIGNS_IN_ELSEWHERE}
        archived = {"archived_at": timezone.now()} if walk.known == walks.ARCHIVED else {}
        owner = self.borealis if walk.known in elsewhere else self.acme
        contact = make.contact(owner, self.email, first_name="Eleonora", last_name="Known", **archived)
        if walk.known == walks.SIGNS_IN_ELSEWHERE:
            make.access(contact, self.elsewhere)
        elif walk.known in STATES:
            login = make.buyer_login(self.email, password="")
            make.access(contact, self.store, state=STATES[walk.known], login=login)

    def _settle(self, walk: Walk, domain: str) -> None:
        verified = {walks.VERIFIED: self.acme.pk, walks.VERIFIED_ELSEWHERE: self.borealis.pk}
        ruled(
            self.store,
            self.boss,
            mode=walk.mode,
            approval=walk.approval,
            confirm_first=walk.confirms,
            allowed_domains={walks.ALLOWED: [domain], walks.NOT_ALLOWED: ["other.example"]}.get(
                walk.domain, []
            ),
            blocked_domains=[domain] if walk.domain == walks.BLOCKED else [],
            verified=[(domain, verified[walk.domain])] if walk.domain in verified else [],
        )
        narrowed = ("other.example",) if walk.domain == walks.NARROWED else ()
        limit_link(self.link, LinkLimits(domains=narrowed), actor=self.boss)
        self.server.mails.clear()

    def _fill_in(self, walk: Walk) -> None:
        form = self.visitor.press("New User - Register")
        assert form.offers("Register")
        typed = {"first_name": "Nora", "last_name": "New", "email": self.email, "company": "Newcomers"}
        at_once = walk.by_link and not walk.confirms
        self.visitor.press("Register", **typed, **({"password": CHOSEN} if at_once else {}))

    def _comes_to(self, walk: Walk) -> None:
        """The mail that was read, and what stands behind its link."""
        at_once = walk.end in {End.IN_AT_ONCE, End.WAITS_AT_ONCE}
        assert ("Look into your mail" in self.visitor.page.text) is not at_once
        self.clock.work(seconds=1)
        if walk.end is End.NOTHING:
            assert self.mails(self.email) == []
        elif walk.end is End.TOLD:
            [mail] = self.mails(self.email)
            assert "Nothing was changed" in mail
            assert not LINK.search(mail)
        elif not at_once:
            [mail] = self.mails(self.email)
            found = LINK.search(mail)
            assert found
            self._confirm(walk, urlsplit(found[0]).path)
        if walk.end in IN:
            assert self.visitor.open(f"/s/{self.store.slug}/account/").status == 200
            assert self.email in self.visitor.page.text
            self.clock.work(seconds=1)
            assert "/login/" in self.mails(self.email)[-1], "a welcome, and the way back"

    def _confirm(self, walk: Walk, path: str) -> None:
        by_password = walk.end in {End.IN_BY_PASSWORD, End.WAITS_BY_PASSWORD}
        page = self.visitor.open(path)
        assert page.address.endswith("/register/confirm/")
        assert "n***@" in page.text
        button = "Sign in and go on" if by_password else "Confirm and"
        self.visitor.press(button, password=make.PASSWORD if by_password else CHOSEN)
        assert ("Nearly there" in self.visitor.page.text) is (walk.end not in IN)

    def _stands_in_the_crm(self, walk: Walk) -> None:
        """As a contact of whom it is to be, and nothing that was known before is written over."""
        listed = self.desk.open("/crm/contacts/", q=self.email).text
        stranger = not walk.by_link and walk.domain != walks.VERIFIED
        assert ("Newcomers" if stranger else "Acme") in listed
        known_here = walk.known in {walks.CONTACT, walks.ARCHIVED, *STATES} and not stranger
        access = Access.objects.select_related("contact__customer").get(
            store=self.store, login__email_canonical=self.email
        )
        assert access.state == State.CURRENT
        assert access.contact.first_name == ("Eleonora" if known_here else "Nora")
        assert access.contact.customer.name == ("Newcomers" if stranger else "Acme")

    def _is_approved(self, walk: Walk) -> None:
        """Whoever answers is told, and does; the person reads that, and signs in with the password just given."""
        password = make.PASSWORD if walk.end is End.WAITS_BY_PASSWORD else CHOSEN
        pair = {"email": self.email, "password": password}
        browser = Browser()
        browser.open(f"/s/{self.store.slug}/login/")
        browser.press("Sign in", **pair)
        assert not browser.page.offers("Sign out")
        self.clock.work(seconds=1)
        access = Access.objects.get(
            store=self.store, login__email_canonical=self.email, state=State.REQUESTED
        )
        # What a stranger may be behind, and whom staff have archived, stays with staff.
        by_admin = walk.approval == Approval.ADMINS and walk.by_link
        by_admin &= walk.domain != walks.LOOKS_LIKE and walk.known != walks.ARCHIVED
        assert [any(self.email in mail for mail in self.mails(to)) for to in (ADMIN, DESK)] == [
            by_admin, not by_admin
        ]  # fmt: skip
        if by_admin:
            self._approved_by_admin()
        else:
            self.desk.open(f"/stores/{self.store.slug}/requests/{access.public_id}/")
            self.desk.press("Approve")
        self.clock.work(seconds=1)
        assert "approved" in self.mails(self.email)[-1]
        browser.open(f"/s/{self.store.slug}/login/")
        browser.press("Sign in", **pair)
        assert browser.page.offers("Sign out"), browser.page.text

    def _approved_by_admin(self) -> None:
        """A colleague who is admin opens the link of the mail, signs in and approves."""
        [mail] = [mail for mail in self.mails(ADMIN) if self.email in mail]
        found = REQUEST.search(mail)
        assert found
        if not self.admin.open(urlsplit(found[0]).path).offers("Approve"):
            self.admin.press("Sign in", email=ADMIN, password=make.PASSWORD)
            self.admin.open(urlsplit(found[0]).path)
        self.admin.press("Approve")
        assert self.admin.page.status == HTTPStatus.OK


def printed_address(desk: Browser, customer: Customer, folder: Path) -> str:
    """What a telephone reads off the sheet that staff print for the customer."""
    panel = desk.open(f"/crm/customers/{customer.public_id}/estore/")
    sheet = desk.client.get(panel.find("Word hand-out").href)
    word = folder / "sheet.docx"
    word.write_bytes(sheet.content)
    subprocess.run(
        ["pdftoppm", "-r", "110", "-singlefile", "-png", as_pdf(word).name, "page"], cwd=folder, check=True
    )
    [address] = codes_in(Image.open(folder / "page.png"))
    return address


@pytest.fixture
def street(  # noqa: PLR0917 - the whole cast
    tmp_path: Path, sam_desk: Browser, clock: Clock, server: MailServer, harbour: Store, meadow: Store,
    acme: Customer, borealis: Customer, ada: Actor, cara: Access,
) -> Street:  # fmt: skip
    Store.objects.filter(pk=harbour.pk).update(notify_address=DESK)
    return Street(
        paper=printed_address(sam_desk, acme, tmp_path), store=harbour, elsewhere=meadow, acme=acme,
        borealis=borealis, boss=ada, desk=sam_desk, clock=clock, server=server,
    )  # fmt: skip


def test_every_way_from_the_paper_ends_as_it_is_said(street: Street, subtests: pytest.Subtests) -> None:
    for walk in walks.walks(every=EVERY):
        with subtests.test(str(walk)):
            street.walk(walk)
