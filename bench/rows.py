"""The data that is measured on: a store, staff, and as many customers and contacts as asked for, set-based."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django.utils import timezone

from tradedoor.access.models import Access, State, Tab, TabCount
from tradedoor.accounts.actions.staff import create_first_owner
from tradedoor.accounts.models import Login, Realm
from tradedoor.config.machine import whole_machine
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many, reserve_ids
from tradedoor.crm.documents import contact_document, customer_document
from tradedoor.crm.keys import code_key, name_key
from tradedoor.crm.models import Contact, Customer, Department
from tradedoor.stores.actions.stores import create_store
from tradedoor.stores.models import Store

PASSWORD = "seven green kettles"  # noqa: S105 - of people made up here
CONTACTS_EACH = 10
FIRSTS = ("Ada", "Bea", "Cem", "Dana", "Eli", "Fay", "Gus", "Hal", "Ida", "Jan", "Kim", "Lea", "Mia", "Noé")
LASTS = (
    "Adler",
    "Birch",
    "Castle",
    "Drum",
    "Ember",
    "Field",
    "Grant",
    "Hill",
    "Iron",
    "Jung",
    "Königs",
    "Lake",
)
PLACES = ("North", "South", "Harbour", "Mill", "Castle", "Bridge", "Forest", "Market", "Abbey")
TRADES = ("Supplies", "Foods", "Works", "Tools", "Hotels", "Clinics", "Schools")
STATES = (State.CURRENT, State.CURRENT, State.CURRENT, State.PENDING, State.DEACTIVATED)
TABS = {State.CURRENT: Tab.CURRENT, State.PENDING: Tab.PENDING, State.DEACTIVATED: Tab.DEACTIVATED}


@dataclass
class World:
    """An installation with an owner and one store whose contacts can be made many."""

    actor: Actor
    owner: Login
    store: Store
    password_hash: str

    @classmethod
    def made(cls) -> "World":
        actor = whole_machine("bench")
        owner = create_first_owner("owner@tradedoor.example", name="Olga Owner", actor=actor)
        password_hash = make_password(PASSWORD)
        Login.objects.filter(pk=owner.pk).update(password=password_hash)
        return cls(actor, owner, cls.new_store(actor, "Harbour"), password_hash)

    @staticmethod
    def new_store(actor: Actor, name: str) -> Store:
        values = {
            "name": name,
            "slug": name.lower(),
            "email": "help@seller.example",
            "phone": "+44 20 7946 0000",
        }
        return create_store(values, actor=actor)

    def staff_client(self) -> Client:
        """A browser in which the owner is signed in."""
        client = browser()
        answer = client.post("/login/", {"email": self.owner.email, "password": PASSWORD})
        if answer.status_code != 302:
            raise RuntimeError(f"the owner was not let in: {answer.status_code}")
        return client

    def grow(self, contacts: int) -> None:
        """See to it that the store has at least so many contacts with an access, in every state."""
        present = Access.objects.filter(store=self.store).count()
        if contacts > present:
            customers = self.make_customers(-(-(contacts - present) // CONTACTS_EACH))
            made = self.make_contacts(customers, contacts - present)
            self.make_accesses(made)
            analyse()

    @transaction.atomic
    def make_customers(self, count: int) -> list[Customer]:
        ids = reserve_ids(Customer, count)
        rows = []
        for pk in ids:
            name = f"{PLACES[pk % 9]} {TRADES[pk % 7]} {pk}"
            code = f"B{pk:07}"
            email = f"office@customer{pk}.example"
            document = customer_document(name=name, code=code, email=email, phone="")
            rows.append((pk, code, code_key(code), name, email, "active", *document))
        columns = ("id", "code", "code_key", "name", "email", "status", "sort_name", "search_text")
        insert_many(Customer, columns, rows)
        main = name_key(Department.MAIN)
        insert_many(
            Department,
            ("customer_id", "name", "name_key", "is_main"),
            [(pk, Department.MAIN, main, True) for pk in ids],
        )
        return list(Customer.objects.filter(pk__gte=ids[0]).order_by("pk"))

    @transaction.atomic
    def make_contacts(self, customers: Sequence[Customer], count: int) -> list[Contact]:
        places = dict(
            Department.objects.filter(customer__in=[customers[0], customers[-1]])
            .values_list("customer_id", "pk")
            .order_by()
        )
        if len(customers) > 2:
            first = customers[0].pk
            places = dict(
                Department.objects.filter(customer_id__gte=first).values_list("customer_id", "pk").order_by()
            )
        ids = reserve_ids(Contact, count)
        rows = []
        for number, pk in enumerate(ids):
            customer = customers[number % len(customers)]
            first_name, last_name = FIRSTS[pk % 14], f"{LASTS[pk % 12]}{pk % 97}"
            email = f"person{pk}@customer{customer.pk}.example"
            document = contact_document(
                first_name=first_name,
                last_name=last_name,
                email=email,
                customer_name=customer.name,
                customer_code=customer.code,
            )
            rows.append(
                (pk, customer.pk, places[customer.pk], first_name, last_name, email, email, *document)
            )
        columns = (
            "id", "customer_id", "department_id", "first_name", "last_name", "email", "email_canonical", "sort_name",
            "search_text",
        )  # fmt: skip
        insert_many(Contact, columns, rows)
        return list(Contact.objects.filter(pk__gte=ids[0]).select_related("customer").order_by("pk"))

    @transaction.atomic
    def make_accesses(self, contacts: Sequence[Contact]) -> None:
        """Accesses in this store, each with a login whose password is `PASSWORD`."""
        logins = reserve_ids(Login, len(contacts))
        insert_many(
            Login,
            ("id", "realm", "email", "email_canonical", "name", "password"),
            [
                (pk, Realm.BUYER.value, one.email, one.email_canonical, one.name, self.password_hash)
                for pk, one in zip(logins, contacts, strict=True)
            ],
        )
        now = timezone.now()
        rows = []
        for number, (login, one) in enumerate(zip(logins, contacts, strict=True)):
            state = STATES[number % len(STATES)]
            rows.append(
                (
                    uuid4(), self.store.pk, one.customer_id, one.pk, login, state.value, TABS[state].value, now,
                    one.sort_name, one.customer.sort_name, one.search_text,
                )
            )  # fmt: skip
        columns = (
            "public_id", "store_id", "customer_id", "contact_id", "login_id", "state", "tab", "state_since",
            "sort_name", "sort_customer", "search_text",
        )  # fmt: skip
        insert_many(Access, columns, rows)
        TabCount.objects.filter(store=self.store).delete()
        counts = Access.objects.filter(store=self.store).values_list("tab").annotate(n=Count("pk")).order_by()
        TabCount.objects.bulk_create(TabCount(store=self.store, tab=tab, count=n) for tab, n in counts)


def browser() -> Client:
    """A browser whose first request has loaded what a running server has loaded long ago."""
    client = Client(SERVER_NAME="127.0.0.1", SERVER_PORT="8000")
    client.get("/healthz")
    return client


def analyse() -> None:
    """As PostgreSQL's own upkeep would have done by then; SQLite has none, and plans without figures."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
