"""Writing the plan of a batch: rows, search documents and history, set-based, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django.utils import timezone

from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many, reserve_ids, update_many
from tradedoor.crm.documents import contact_document, customer_document, refresh_contacts_of
from tradedoor.crm.fields import ADDRESS_FIELDS
from tradedoor.crm.imports.leaving import own_address, write_leaving
from tradedoor.crm.imports.plan import Owner, Person, Plan, Unit
from tradedoor.crm.imports.recording import record_customers, record_people
from tradedoor.crm.keys import code_key, name_key
from tradedoor.crm.models import Address, Contact, Customer, CustomerTag, Department

CUSTOMER_COLUMNS = (
    "name", "status", "phone", "email", "website", "language", "tax_id", "currency", "payment_terms", "notes",
    "price_tier_id", "account_manager_id",
)  # fmt: skip
CONTACT_COLUMNS = (
    "title", "first_name", "last_name", "job_title", "email", "email_canonical", "phone", "mobile", "language",
    "subscribed", "receive_mail_out", "consent_at", "consent_source", "notes",
)  # fmt: skip
CUSTOMER_BLANK: Mapping[str, Any] = dict.fromkeys(CUSTOMER_COLUMNS, "") | {
    "status": Customer.Status.ACTIVE.value,
    "price_tier_id": None,
    "account_manager_id": None,
}
CONTACT_BLANK: Mapping[str, Any] = dict.fromkeys(CONTACT_COLUMNS, "") | {
    "subscribed": False,
    "receive_mail_out": False,
    "consent_at": None,
}
ADDRESS_COLUMNS = ("id", "public_id", "customer_id", "kind", "is_default", *ADDRESS_FIELDS)


def write_plan(plan: Plan, *, source: str, actor: Actor) -> None:
    """Write everything the plan decided. `source` is the import's id, for the history of each row.

    The number of statements depends on what kinds of things change, not on how many.
    """
    _write_new_customers(plan.new_customers)
    _write_departments([*(owner.main for owner in plan.new_customers), *_needed_units(plan)])
    _write_addresses([owner for owner in (*plan.new_customers, *plan.changed_customers) if owner.addresses])
    _write_tags([*plan.new_customers, *plan.changed_customers])
    _write_changed_customers([owner for owner in plan.changed_customers if owner.values])
    _write_people(plan)
    record_customers(plan, source=source, actor=actor)
    record_people(plan, source=source, actor=actor)


def _needed_units(plan: Plan) -> list[Unit]:
    """New departments that somebody will belong to; the row that asked for one may have been refused."""
    used = {id(person.department) for person in (*plan.new_people, *plan.changed_people)}
    return [unit for unit in plan.new_departments if id(unit) in used]


def _write_new_customers(owners: Sequence[Owner]) -> None:
    if not owners:
        return
    for owner, pk in zip(owners, reserve_ids(Customer, len(owners)), strict=True):
        owner.pk = pk
    _give_codes([owner for owner in owners if not owner.code])
    now = timezone.now()
    columns = (
        "id",
        "code",
        "code_key",
        *CUSTOMER_COLUMNS,
        "sort_name",
        "search_text",
        "created_at",
        "updated_at",
    )
    rows = []
    for owner in owners:
        values = {**CUSTOMER_BLANK, **owner.values}
        document = customer_document(
            name=owner.name, code=owner.code, email=values["email"], phone=values["phone"]
        )
        rows.append(
            (
                owner.pk,
                owner.code,
                code_key(owner.code),
                *(values[name] for name in CUSTOMER_COLUMNS),
                *document,
                now,
                now,
            )
        )
    insert_many(Customer, columns, rows)


def _give_codes(owners: Sequence[Owner]) -> None:
    """A code of ours, from the number, for those that came without; with a tail where somebody has it."""
    wanted = {owner.pk: f"C{owner.pk:06}" for owner in owners}
    keys = {code_key(code) for code in wanted.values()}
    taken = set(Customer.objects.filter(code_key__in=keys).values_list("code_key", flat=True))
    for owner in owners:
        code = wanted[owner.pk]
        owner.code = f"{code}-{uuid4().hex[:6]}" if code_key(code) in taken else code


def _write_departments(units: Sequence[Unit]) -> None:
    for unit, pk in zip(units, reserve_ids(Department, len(units)), strict=True):
        unit.pk = pk
    insert_many(
        Department,
        ("id", "customer_id", "name", "name_key", "is_main"),
        [(unit.pk, unit.owner.pk, unit.name, name_key(unit.name), unit.is_main) for unit in units],
    )


def _write_addresses(owners: Sequence[Owner]) -> None:
    """The default address of each kind says what the file says, in the row it had where it had one."""
    wanted = {(owner.pk, kind): lines for owner in owners for kind, lines in owner.addresses.items()}
    if not wanted:
        return
    present = {
        (customer_id, kind): pk
        for pk, customer_id, kind in Address.objects.filter(
            customer__in={owner.pk for owner in owners if owner.row is not None}, is_default=True
        ).values_list("pk", "customer_id", "kind")
    }
    new = [key for key in wanted if key not in present]
    keys = reserve_ids(Address, len(new))
    insert_many(
        Address,
        ADDRESS_COLUMNS,
        [
            (pk, uuid4(), customer_id, kind, True, *_lines(wanted[customer_id, kind]))
            for pk, (customer_id, kind) in zip(keys, new, strict=True)
        ],
    )
    known = [(present[key], *_lines(lines)) for key, lines in wanted.items() if key in present]
    if known:
        update_many(Address, "pk", ADDRESS_FIELDS, known)


def _lines(given: Mapping[str, str]) -> list[str]:
    return [given.get(name, "") for name in ADDRESS_FIELDS]


def _write_tags(owners: Sequence[Owner]) -> None:
    wanted = {(owner.pk, label.casefold()): label for owner in owners for label in owner.tags}
    insert_many(CustomerTag, ("customer_id", "label"), [(pk, label) for (pk, _), label in wanted.items()])


def _write_changed_customers(owners: Sequence[Owner]) -> None:
    if not owners:
        return
    columns = sorted({name for owner in owners for name in owner.values})
    now = timezone.now()
    rows = []
    for owner in owners:
        if owner.row is None:
            continue
        values = {name: owner.values.get(name, getattr(owner.row, name)) for name in columns}
        seen = {name: values.get(name, getattr(owner.row, name)) for name in ("name", "email", "phone")}
        document = customer_document(code=owner.row.code, **seen)
        rows.append((owner.pk, *(values[name] for name in columns), *document, owner.row.version + 1, now))
    update_many(Customer, "pk", [*columns, "sort_name", "search_text", "version", "updated_at"], rows)
    renamed = [owner for owner in owners if "name" in owner.values]
    for owner in renamed:
        owner.name = owner.values["name"]
    if renamed:
        refresh_contacts_of([owner.pk for owner in renamed if owner.pk is not None])


def _write_people(plan: Plan) -> None:
    people = [*plan.new_people, *plan.changed_people]
    addresses = _write_person_addresses([person for person in people if person.address])
    _write_new_people(plan.new_people, addresses)
    _write_changed_people(plan.changed_people, addresses)


def _write_person_addresses(people: Sequence[Person]) -> dict[int, int]:
    """Write the addresses of persons; return the key of each by the row's number."""
    keys: dict[int, int] = {}
    known, new = [], []
    for person in people:
        present = person.row.address if person.row is not None else None
        if present is not None and present.kind == Address.Kind.CONTACT:
            keys[person.number] = present.pk
            known.append((present.pk, *_lines(person.address)))
        else:
            new.append(person)
    keys |= {person.number: pk for person, pk in zip(new, reserve_ids(Address, len(new)), strict=True)}
    insert_many(
        Address,
        ADDRESS_COLUMNS,
        [
            (keys[p.number], uuid4(), p.owner.pk, Address.Kind.CONTACT.value, False, *_lines(p.address))
            for p in new
        ],
    )
    if known:
        update_many(Address, "pk", ADDRESS_FIELDS, known)
    return keys


def _write_new_people(people: Sequence[Person], addresses: Mapping[int, int]) -> None:
    if not people:
        return
    now = timezone.now()
    columns = (
        "id", "public_id", "customer_id", "department_id", "address_id", *CONTACT_COLUMNS, "sort_name", "search_text",
        "created_at", "updated_at",
    )  # fmt: skip
    rows = []
    for person, pk in zip(people, reserve_ids(Contact, len(people)), strict=True):
        person.pk = pk
        values = {**CONTACT_BLANK, **person.values}
        rows.append(
            (
                pk,
                person.public_id or uuid4(),
                person.owner.pk,
                person.department.pk if person.department else None,
                addresses.get(person.number),
                *(values[name] for name in CONTACT_COLUMNS),
                *_document(person.owner, values),
                now,
                now,
            )
        )
    insert_many(Contact, columns, rows)


def _write_changed_people(people: Sequence[Person], addresses: Mapping[int, int]) -> None:
    if not people:
        return
    changed = {name for person in people for name in person.values} | {"first_name", "last_name"}
    named, columns = changed | {"email"}, sorted(changed)
    now = timezone.now()
    rows = []
    for person in people:
        row = person.row
        if row is None:
            continue
        values = {name: person.values.get(name, getattr(row, name)) for name in named}
        rows.append(
            (
                row.pk,
                *(values[name] for name in columns),
                person.owner.pk,
                person.department.pk if person.department else row.department_id,
                addresses.get(person.number, own_address(person)),
                *_document(person.owner, values),
                row.version + 1,
                now,
            )
        )
    written = [
        "customer_id",
        "department_id",
        "address_id",
        "sort_name",
        "search_text",
        "version",
        "updated_at",
    ]
    update_many(Contact, "pk", [*columns, *written], rows)
    write_leaving(people)


def _document(owner: Owner, values: Mapping[str, Any]) -> tuple[str, str]:
    return contact_document(
        first_name=values["first_name"],
        last_name=values["last_name"],
        email=values["email"],
        customer_name=owner.name,
        customer_code=owner.code,
    )
