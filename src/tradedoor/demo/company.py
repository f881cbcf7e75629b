"""The demo company: Northmoor Supply, a wholesaler of what workplaces use up.

Invented for this project, on `.example` domains, and built by the same actions that people's clicks call. It has
no password anyone knows: whoever wants in takes the owner's sign-in link, or an invitation from Captured mail.
"""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from itertools import cycle, islice
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.access.actions.crm import update_contact
from tradedoor.access.models import Access, State
from tradedoor.accounts.actions.staff import create_first_owner, create_staff
from tradedoor.accounts.queries import actor_for_login
from tradedoor.accounts.roles import Role as StaffRole
from tradedoor.catalog.actions.importing import receive_products_file, start_products_import
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict
from tradedoor.crm.actions.contacts import create_contact
from tradedoor.crm.actions.customers import create_customer
from tradedoor.crm.actions.departments import create_department
from tradedoor.crm.actions.price_tiers import create_price_tier
from tradedoor.crm.fields import AddressData
from tradedoor.crm.models import Contact, Customer, Department
from tradedoor.demo.admins import let_customers_decide
from tradedoor.demo.past import OLD, at, live_through
from tradedoor.jobs.driving import drive_work
from tradedoor.stores.actions.stores import create_store
from tradedoor.stores.models import Store

OWNER = "owner@tradedoor.example"
STAFF = (
    ("sam.ellery@tradedoor.example", "Sam Ellery", StaffRole.ACCESS_MANAGER),
    ("cora.finch@tradedoor.example", "Cora Finch", StaffRole.CRM_EDITOR),
    ("theo.marsh@tradedoor.example", "Theo Marsh", StaffRole.CATALOGUE_ORDERS),
    ("vera.hale@tradedoor.example", "Vera Hale", StaffRole.VIEWER),
)
CONTACTS_EACH = 3
JOBS = (
    "Purchasing manager",
    "Office manager",
    "Head of facilities",
    "Buyer",
    "Store keeper",
    "Finance assistant",
    "Site manager",
    "Housekeeping lead",
    "Kitchen manager",
)
Tell = Callable[[str], None]


def build_company(*, actor: Actor, tell: Tell) -> None:
    """Fill an empty installation. `tell` hears what is being made. Raises `Conflict` where there are customers."""
    if Customer.objects.exists():
        raise Conflict(_("There are customers already; the demo company wants an empty installation."))
    with at(timezone.now() - OLD):
        tell(_("staff"))
        # From here on the owner acts, as she would at a screen.
        actor = actor_for_login(create_first_owner(OWNER, name="Marta Lindqvist", actor=actor), stores=None)
        for email, name, role in STAFF:
            create_staff(email, name=name, role=role, all_stores=True, actor=actor)
        tell(_("customers and contacts"))
        customers = _customers(actor)
        contacts = _contacts(customers, actor)
        tell(_("stores"))
        stores = _stores(customers, actor)
        tell(_("products"))
        _products(actor)
    tell(_("accesses, as of the last four weeks"))
    live_through(stores, contacts, actor=actor)
    let_customers_decide(next(store for store in stores if store.slug == "kestrel"), actor=actor)
    _lose_emails(actor)


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files("tradedoor.demo").joinpath("data", name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _customers(actor: Actor) -> list[tuple[Customer, dict[str, str]]]:
    tiers = {name: create_price_tier(name, actor=actor) for name in ("Gold", "Silver", "Standard")}
    made: list[tuple[Customer, dict[str, str]]] = []
    for row in _rows("customers.csv"):
        address: AddressData = {
            "line1": _("%(number)d Station Road") % {"number": 1 + len(made) * 7 % 90},
            "city": row["city"],
            "postcode": row["postcode"],
            "country": row["country"],
        }
        customer = create_customer(
            {
                "code": row["code"],
                "name": row["name"],
                "status": row["status"],
                "price_tier_id": tiers[row["price_tier"]].pk,
                "payment_terms": row["payment_terms"],
                "email": f"office@{row['domain']}",
                "website": f"https://www.{row['domain']}/",
                "phone": f"01632 96{len(made):04d}",
                "tags": row["tags"].split("|"),
                "billing": address,
                "deliveries": [address],
            },
            actor=actor,
        )
        for name in filter(None, row["departments"].split("|")):
            create_department(customer, {"name": name}, actor=actor)
        made.append((customer, row))
    return made


def _contacts(customers: Sequence[tuple[Customer, dict[str, str]]], actor: Actor) -> list[Contact]:
    people = [(row["first_name"], row["last_name"]) for row in _rows("people.csv")]
    # Three rounds through the names, each with another surname, so that nobody is twice at one customer.
    firsts = cycle(first for first, _last in people)
    lasts = (people[(number * 7 + number // len(people)) % len(people)][1] for number in range(1000))
    jobs = cycle(JOBS)
    made: list[Contact] = []
    for customer, row in customers:
        departments = list(Department.objects.filter(customer=customer).order_by("pk"))
        for number, (first, last) in enumerate(islice(zip(firsts, lasts, strict=False), CONTACTS_EACH)):
            made.append(
                create_contact(
                    customer,
                    {
                        "first_name": first,
                        "last_name": last,
                        "job_title": next(jobs),
                        "email": f"{_mailbox(first)}.{_mailbox(last)}@{row['domain']}",
                        "phone": f"01632 97{len(made):04d}",
                        "department_id": departments[number % len(departments)].pk,
                        "subscribed": len(made) % 4 == 0,
                        "receive_mail_out": len(made) % 6 == 0,
                    },
                    actor=actor,
                    confirmed=True,
                )
            )
    return made


def _mailbox(name: str) -> str:
    plain = name.lower().translate(str.maketrans("öüäáéíóćńńřšžåøł", "ouaaeiocnnrszaol"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())


def _stores(customers: Sequence[tuple[Customer, dict[str, str]]], actor: Actor) -> list[Store]:
    by_code = {customer.code: customer for customer, _row in customers}
    text = files("tradedoor.demo").joinpath("data", "stores.json").read_text(encoding="utf-8")
    made: list[Any] = []
    for values in json.loads(text):
        owner: Any = values.pop("customer", None)
        made.append(create_store(values | {"customer_id": by_code[owner].pk if owner else None}, actor=actor))
    return made


def _products(actor: Actor) -> None:
    """By the same import that a person would use, started and driven to its end here."""
    with files("tradedoor.demo").joinpath("data", "products.csv").open("rb") as content:
        file = receive_products_file(content, name="products.csv", actor=actor, currency="GBP")
    drive_work(start_products_import(file, actor=actor).pk)


def _lose_emails(actor: Actor) -> None:
    """Somebody tidied the CRM too well: one who can sign in and one who is invited have no email there any more."""
    for state in (State.CURRENT, State.PENDING):
        access = Access.objects.filter(store__slug="northmoor", state=state).select_related(
            "contact__customer"
        )
        for contact in (row.contact for row in access.order_by("pk")[5:6]):
            update_contact(contact, {"email": ""}, version=contact.version, actor=actor)
