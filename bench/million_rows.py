"""A million contacts and 300,000 accesses, made by statements over numbers, so that it takes a minute or two.

Two stores: in Harbour 285,000 accesses, of which 255,000 stand on Current; in Quay 15,000 people who are in Harbour
too, with the same login. Every name is made of the lists in `rows`; nothing here is random.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Count
from django.utils import timezone

from bench.keeping import keep_database
from bench.rows import CONTACTS_EACH, FIRSTS, LASTS, PLACES, TRADES, World, analyse
from tradedoor.access.models import Access, AccessError, ErrorReason, Tab, TabCount
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Realm
from tradedoor.config.machine import whole_machine
from tradedoor.core.search import AddTrigramSearch, fold
from tradedoor.crm.keys import name_key
from tradedoor.crm.models import Contact, Customer, Department
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

CONTACTS = 1_000_000
HARBOUR, QUAY = 285_000, 15_000
PENDING, DEACTIVATED, ERROR = 15_000, 12_000, 3_000
SECOND_STORE = "Quay"
CURRENT = HARBOUR - PENDING - DEACTIVATED - ERROR
# Places in Harbour: a person's is their number times `STRIDE`. First come those who are current.
APPROVERS_FROM, APPROVERS = 100_000, 100_000
STRIDE = 7919  # a prime: goes through the states in no order that names or companies know


@dataclass(frozen=True, slots=True)
class Dialect:
    """The few words in which the two databases differ."""

    is_sqlite: bool

    def numbers(self, count: int) -> str:
        """A source of the column `n`, from 1 to `count`."""
        if not self.is_sqlite:
            return f"generate_series(1, {count}) AS numbers (n)"
        counting = f"SELECT 1 AS n UNION ALL SELECT n + 1 FROM counting WHERE n < {count}"  # noqa: S608 - our own numbers
        return f"(WITH RECURSIVE counting(n) AS ({counting}) SELECT n FROM counting)"  # noqa: S608 - our own numbers

    def uuid(self) -> str:
        return "lower(hex(randomblob(16)))" if self.is_sqlite else "gen_random_uuid()"

    def ago(self, seconds: str) -> str:
        if self.is_sqlite:
            return f"datetime('now', (-({seconds})) || ' seconds')"
        return f"now() - ({seconds}) * interval '1 second'"

    def literal(self, value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return str(int(value)) if self.is_sqlite else str(value).upper()
        if isinstance(value, int):
            return str(value)
        if isinstance(value, datetime):
            return "'" + value.strftime("%Y-%m-%d %H:%M:%S") + ("'" if self.is_sqlite else "+00'")
        text = json.dumps(value) if isinstance(value, dict | list) else str(value)
        return "'" + text.replace("'", "''") + "'"


def dialect() -> Dialect:
    return Dialect(connection.vendor == "sqlite")


def people(first: int, count: int) -> list[int]:
    """The keys of contacts at these places of Harbour, as of their accesses there."""
    back = pow(STRIDE, -1, HARBOUR)
    return [(place * back) % HARBOUR or HARBOUR for place in range(first, first + count)]


def email_of(key: int) -> str:
    """The email of a contact by its key, as long as nobody changed it."""
    return f"person{key}@customer{customer_of(key)}.example"


def customer_of(key: int) -> int:
    return 1 + key * 31 % (CONTACTS // CONTACTS_EACH)


def world() -> World:
    """The installation, filled; one that was copied from a kept one is filled already."""
    owner = Login.objects.staff().first()
    if owner is not None:
        analyse()
        store = Store.objects.get(slug="harbour")
        return World(whole_machine("bench"), owner, store, owner.password)
    made = World.made()
    prepare(made)
    keep_database()
    return made


def prepare(world: World) -> None:
    """Fill an installation that has but its owner and the store Harbour."""
    quay = world.new_store(world.actor, SECOND_STORE)
    with (
        _unchecked(),
        transaction.atomic(),
        _searchless(Contact),
        _searchless(Access),
        connection.cursor() as cursor,
    ):
        maker = Maker(dialect(), cursor)
        maker.make_customers(CONTACTS // CONTACTS_EACH)
        maker.make_contacts(CONTACTS)
        maker.make_logins(HARBOUR, world.password_hash)
        maker.make_harbour(world.store)
        maker.make_quay(quay)
        maker.make_errors(world.store)
        maker.make_links(world.store)
    counts = Access.objects.values_list("store_id", "tab").annotate(n=Count("pk")).order_by()
    TabCount.objects.bulk_create(TabCount(store_id=store, tab=tab, count=n) for store, tab, n in counts)
    analyse()


@dataclass(frozen=True, slots=True)
class Maker:
    """Writes the rows of one table after the other. Row `n` of each has the key `n`, as far as there are so many."""

    dialect: Dialect
    cursor: Any

    def make_customers(self, count: int) -> None:
        name = f"{self._pick(PLACES, 'n')} || ' ' || {self._pick(TRADES, 'n')} || ' ' || n"
        folded = f"lower({name})"
        code = (
            "'B' || substr('0000000' || n, -7)" if self.dialect.is_sqlite else "'B' || lpad(n::text, 7, '0')"
        )
        email = "'office@customer' || n || '.example'"
        columns = {
            "id": "n", "public_id": self.dialect.uuid(), "code": code, "code_key": f"lower({code})", "name": name,
            "email": email, "sort_name": folded, "search_text": f"{folded} || ' ' || lower({code}) || ' ' || {email}",
        }  # fmt: skip
        self._insert(Customer, columns, self.dialect.numbers(count))
        main = {
            "id": "n", "public_id": self.dialect.uuid(), "customer_id": "n",
            "name": self.dialect.literal(Department.MAIN),
            "name_key": self.dialect.literal(name_key(Department.MAIN)), "is_main": "TRUE",
        }  # fmt: skip
        self._insert(Department, main, self.dialect.numbers(count))

    def make_contacts(self, count: int) -> None:
        customer = f"(1 + (n * 31) % {count // CONTACTS_EACH})"
        last = f"{self._pick(LASTS, 'n')} || (n % 97)"
        names = f"{self._pick([fold(one) for one in LASTS], 'n')} || (n % 97)"
        first = self._pick([fold(one) for one in FIRSTS], "n")
        email = f"'person' || n || '@customer' || {customer} || '.example'"
        columns = {
            "id": "n", "public_id": self.dialect.uuid(), "customer_id": customer, "department_id": customer,
            "first_name": self._pick(FIRSTS, "n"), "last_name": last, "email": email, "email_canonical": email,
            "sort_name": f"{names} || ' ' || {first}", "created_at": self.dialect.ago("n * 60"),
            "search_text": f"{first} || ' ' || {names} || ' ' || {email} || ' ' || company.sort_name || ' ' || company.code_key",
        }  # fmt: skip
        source = f"{self.dialect.numbers(count)} JOIN crm_customer AS company ON company.id = {customer}"
        if self.dialect.is_sqlite:  # in the order of the numbers, not of the companies
            source = source.replace(" JOIN ", " CROSS JOIN ")
            source = source.replace(" ON ", " WHERE ")
        self._insert(Contact, columns, source)

    def make_logins(self, count: int, password_hash: str) -> None:
        """One for each contact up to `count`, with the number of the contact and a place after the staff's."""
        unusable = f"'!' || {'lower(hex(randomblob(16)))' if self.dialect.is_sqlite else 'md5(n::text)'}"
        pending = f"{self._place()} >= {CURRENT} AND {self._place()} < {CURRENT + PENDING}"
        columns = {
            "id": f"n + {self._first_login()}", "public_id": self.dialect.uuid(),
            "realm": self.dialect.literal(Realm.BUYER.value), "email": "contact.email",
            "email_canonical": "contact.email_canonical", "name": "''",
            "password": f"CASE WHEN {pending} THEN {unusable} ELSE {self.dialect.literal(password_hash)} END",
        }  # fmt: skip
        source = f"(SELECT id AS n, email, email_canonical FROM crm_contact WHERE id <= {count}) AS contact"  # noqa: S608 - ours
        self._insert(Login, columns, source)

    def make_harbour(self, store: Store) -> None:
        place, current = self._place(), CURRENT
        state = (
            f"CASE WHEN {place} < {current} THEN 'current' WHEN {place} < {current + PENDING} THEN 'pending'"
            f" WHEN {place} < {current + PENDING + DEACTIVATED} THEN 'deactivated' ELSE 'current' END"
        )
        tab = state.replace("ELSE 'current'", f"ELSE '{Tab.ERROR.value}'")
        soon = self.dialect.ago(f"-3600 * (1 + {place} % 160)")
        pending = f"({state}) = 'pending'"
        approver = f"{place} >= {APPROVERS_FROM} AND {place} < {APPROVERS_FROM + APPROVERS}"
        columns = {
            "id": "n", "state": state, "tab": tab, "role": f"CASE WHEN {approver} THEN 'approver' ELSE 'buyer' END",
            "invited_at": self.dialect.ago("n * 40"),
            "invitation_expires_at": f"CASE WHEN {pending} THEN {soon} END",
            "accepted_at": f"CASE WHEN NOT {pending} THEN {self.dialect.ago('n * 30')} END",
            "last_sign_in_at": f"CASE WHEN NOT {pending} THEN {self.dialect.ago('n * 20')} END",
        }  # fmt: skip
        self._accesses(store, columns, f"contact.id <= {HARBOUR}")

    def make_quay(self, store: Store) -> None:
        first = HARBOUR - QUAY
        columns = {"id": f"n + {QUAY}", "state": "'current'", "tab": "'current'"}
        self._accesses(store, columns, f"contact.id > {first} AND contact.id <= {HARBOUR}")

    def make_errors(self, store: Store) -> None:
        columns = {
            "id": "access.id", "access_id": "access.id", "reason": f"'{ErrorReason.EMAIL_IN_USE.value}'",
            "since": self.dialect.ago("access.id"), "data": """'{"email": "taken@else.example"}'""",
        }  # fmt: skip
        source = f"access_access AS access WHERE access.store_id = {store.pk} AND access.tab = 'error'"
        self._insert(AccessError, columns, source)

    def make_links(self, store: Store) -> None:
        """An invitation link and its mail for each that is pending."""
        made = self.dialect.ago("3600")
        columns = {
            "id": "access.id", "purpose": f"'{Purpose.INVITATION.value}'",
            "nonce": "randomblob(32)" if self.dialect.is_sqlite else "decode(md5(access.id::text), 'hex')",
            "token_hash": "lower(hex(randomblob(32)))" if self.dialect.is_sqlite else "md5(access.id::text) || md5(access.id::text)",
            "login_id": "access.login_id", "access_id": "access.id", "store_id": "access.store_id",
            "customer_id": "access.customer_id", "contact_id": "access.contact_id",
            "address": "contact.email_canonical", "created_at": made, "expires_at": "access.invitation_expires_at",
        }  # fmt: skip
        pending = (
            "access_access AS access JOIN crm_contact AS contact ON contact.id = access.contact_id"
            f" WHERE access.store_id = {store.pk} AND access.tab = 'pending'"
        )
        self._insert(OneTimeLink, columns, pending)
        mails = {
            "id": "access.id", "public_id": self.dialect.uuid(), "template": "'access.invitation'",
            "to_email": "contact.email", "store_id": "access.store_id", "link_id": "access.id",
            "access_id": "access.id", "contact_id": "access.contact_id", "customer_id": "access.customer_id",
            "state": "'sent'", "run_at": made, "message_id": "'<' || access.id || '@seller.example>'",
            "created_at": made, "sent_at": made,
        }  # fmt: skip
        self._insert(MailMessage, mails, pending)

    def _accesses(self, store: Store, columns: dict[str, str], which: str) -> None:
        shared = {
            "public_id": self.dialect.uuid(), "store_id": str(store.pk), "customer_id": "customer_id",
            "contact_id": "n", "login_id": f"n + {self._first_login()}", "state_since": self.dialect.ago("n * 30"),
            "sort_name": "contact_sort", "sort_customer": "customer_sort", "search_text": "text",
        }  # fmt: skip
        source = (
            "(SELECT contact.id AS n, contact.customer_id, contact.sort_name AS contact_sort,"  # noqa: S608 - ours
            " contact.search_text AS text, company.sort_name AS customer_sort FROM crm_contact AS contact"
            f" JOIN crm_customer AS company ON company.id = contact.customer_id WHERE {which}) AS made"
        )
        self._insert(Access, shared | columns, source)

    def _insert(self, model: type[models.Model], columns: Mapping[str, str], source: str) -> None:
        """Insert what `source` gives; a column not named gets what a new instance would have."""
        fields = model._meta.concrete_fields  # noqa: SLF001 - Django's documented door
        values = {str(field.column): self._default(field) for field in fields if not field.has_db_default()}
        values |= columns
        names = ", ".join(f'"{name}"' for name in values)
        table = model._meta.db_table  # noqa: SLF001 - the same
        self.cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(values.values())} FROM {source}"  # noqa: S608 - ours
        )
        if not self.dialect.is_sqlite and "id" in columns:
            self.cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608 - ours
            )

    def _default(self, field: "models.Field[Any, Any]") -> str:
        if getattr(field, "auto_now", False) or field.default is timezone.now:
            return self.dialect.literal(timezone.now())
        if isinstance(field, models.UUIDField) and field.has_default():
            return self.dialect.uuid()
        return self.dialect.literal(field.get_default())

    def _pick(self, texts: Sequence[str], number: str) -> str:
        whens = " ".join(
            f"WHEN {place} THEN {self.dialect.literal(text)}" for place, text in enumerate(texts)
        )
        return f"CASE {number} % {len(texts)} {whens} END"

    def _place(self) -> str:
        return f"((n * {STRIDE}) % {HARBOUR})"

    def _first_login(self) -> int:
        staff = Login.objects.staff().order_by("-pk").values_list("pk", flat=True).first()
        return staff or 0


@contextmanager
def _searchless(model: type[models.Model]) -> Iterator[None]:
    """While many rows are written, the search index of a table is away; afterwards it is built at once."""
    operation, here = AddTrigramSearch(model.__name__.lower()), SimpleNamespace(apps=apps)
    editor, app = connection.SchemaEditorClass(connection), model._meta.app_label  # noqa: SLF001 - of Django
    operation.database_backwards(app, editor, here, here)
    yield
    operation.database_forwards(app, editor, here, here)


@contextmanager
def _unchecked() -> Iterator[None]:
    """Keys are right by how they are made; looking each up would take as long as writing."""
    off, on = ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON")
    if connection.vendor == "postgresql":
        off, on = ("SET session_replication_role = replica", "SET session_replication_role = origin")
    with connection.cursor() as cursor:
        cursor.execute(off)
    yield
    with connection.cursor() as cursor:
        cursor.execute(on)
