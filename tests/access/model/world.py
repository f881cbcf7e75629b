"""The world that the model walks through: who is there at the start, and what a walk remembers of its own doings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID, uuid4

import time_machine

from tests import make
from tradedoor.access.models import Access
from tradedoor.access.queries import access_for
from tradedoor.accounts.models import Login, OneTimeLink, Purpose
from tradedoor.accounts.roles import Role as StaffRole
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

START = datetime(2027, 3, 1, 12, tzinfo=UTC)

# Bea and Bob are colleagues; the two Ritas are one person who acts for two customers by one login.
PEOPLE = (
    ("Bea", "bea@acme.example", 0),
    ("Bob", "bob@acme.example", 0),
    ("Rita", "rita@both.example", 0),
    ("Rita", "rita@both.example", 1),
    ("Nils", "nils@borealis.example", 1),
    ("Cal", "cal@cedar.example", 2),
)
CUSTOMERS = ("Acme", "Borealis", "Cedar")
BEA, BOB, RITA, RITA_TOO, NILS, CAL = range(len(PEOPLE))
HARBOUR, MEADOW, QUARRY = range(3)  # two shared stores, and one that is Acme's alone


@dataclass(frozen=True, slots=True)
class Spot:
    """One contact in one store: where an access may be."""

    contact: int
    store: int


@dataclass
class World:
    """Keys of rows, the clock, and what nobody can read from rows: passwords, cookies, receipts."""

    sam: Actor
    ada: Actor
    stores: tuple[int, ...]
    customers: tuple[int, ...]
    contacts: tuple[int, ...]
    clock: Any
    passwords: dict[int, str] = field(default_factory=dict)
    """What the owner of a login chose last, by its key."""
    cookies: list[tuple[str, int]] = field(default_factory=list)
    deeds: dict[int, UUID] = field(default_factory=dict)
    past: set[int] = field(default_factory=set)
    """Contacts that were archived past the actions which end accesses."""
    cancelled: set[int] = field(default_factory=set)
    """Contacts whose email change staff cancelled: the login keeps the former one on purpose."""
    numbers: int = 0

    def copy(self) -> Self:
        """The same world at the same moment, to go on from in another direction."""
        return replace(
            self,
            passwords=dict(self.passwords),
            cookies=list(self.cookies),
            deeds=dict(self.deeds),
            past=set(self.past),
            cancelled=set(self.cancelled),
        )

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def buyer(self) -> Actor:
        """Somebody at a keyboard elsewhere each time, so that no network is counted full."""
        number = self.number()
        return Actor.nobody(ip=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")

    def store(self, spot: Spot) -> Store:
        return Store.objects.get(pk=self.stores[spot.store])

    def contact(self, number: int) -> Contact:
        return Contact.objects.select_related("customer", "department").get(pk=self.contacts[number])

    def customer(self, number: int) -> Customer:
        """The customer that the contact belongs to now."""
        return self.contact(number).customer

    def find(self, spot: Spot) -> Access | None:
        rows = Access.objects.filter(contact=self.contacts[spot.contact], store=self.stores[spot.store])
        return rows.select_related("login", "store", "contact", "customer").first()

    def access(self, spot: Spot) -> Access:
        """As staff find it. Raises `NoSuchAccess` where there is none."""
        found = self.find(spot)
        return access_for(found.public_id if found else uuid4(), actor=self.sam)

    def ids(self, spot: Spot) -> list[int]:
        """The key of the access, or one that no access has, as of a row that is gone."""
        found = self.find(spot)
        return [found.pk if found else 0]

    def address(self, spot: Spot) -> str:
        """What the person types: the email their login has, else the one the CRM has."""
        found = self.find(spot)
        if found is not None and found.login is not None:
            return found.login.email
        return self.contact(spot.contact).email or PEOPLE[spot.contact][1]

    def password(self, address: str) -> str:
        login = Login.objects.buyers().filter(email_canonical=address.casefold()).first()
        return self.passwords.get(login.pk if login else 0, "never was a password of theirs")

    def new_password(self) -> str:
        return f"{self.number()} green kettles whistle at dawn"

    def links(self, spot: Spot, purpose: Purpose) -> list[OneTimeLink]:
        """The links ever mailed to the person for this store, newest first."""
        found = self.find(spot)
        if found is None:
            return []
        rows = OneTimeLink.objects.filter(purpose=purpose).order_by("-pk")
        of_access = purpose in {Purpose.INVITATION, Purpose.FIRST_PASSWORD}
        rows = rows.filter(access_id=found.pk) if of_access else rows
        rows = rows.filter(login=found.login_id) if purpose == Purpose.RESET else rows
        rows = rows.filter(contact_id=found.contact_id) if purpose == Purpose.EMAIL_REPORT else rows
        return list(rows)


def build(clock: Any) -> World:
    """People, customers and stores; nobody is invited yet."""
    prepare_background()
    customers = [make.customer(name, status="active") for name in CUSTOMERS]
    stores = [
        make.store("Harbour"),
        make.store("Meadow", invitation_days=3),
        make.store("Quarry", kind="dedicated", customer=customers[0]),
    ]
    contacts = [
        make.contact(customers[of], email, first_name=first, last_name=f"Nr{number}")
        for number, (first, email, of) in enumerate(PEOPLE)
    ]
    return World(
        sam=make.actor(make.staff("Sam Seller", role=StaffRole.OWNER, email="sam@seller.example")),
        ada=make.actor(make.staff("Ada Admin", role=StaffRole.OWNER, email="ada@seller.example")),
        stores=tuple(row.pk for row in stores),
        customers=tuple(row.pk for row in customers),
        contacts=tuple(row.pk for row in contacts),
        clock=clock,
    )


@contextmanager
def frozen() -> Iterator[Any]:
    """The clock, which stands until it is moved."""
    with time_machine.travel(START, tick=False) as clock:
        yield clock
