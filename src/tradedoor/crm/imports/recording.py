"""The history of a batch: one row for each customer and contact that it made or changed, set-based."""

from typing import Any

from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.crm.events import Event
from tradedoor.crm.history import in_data, in_person
from tradedoor.crm.imports.plan import Person, Plan
from tradedoor.crm.models import Contact

UNNAMED_IN_HISTORY = frozenset({"consent_at", "consent_source"})


def record_customers(plan: Plan, *, source: str, actor: Actor) -> None:
    made = [
        Entry(
            customer_id=owner.pk,
            data={"code": owner.code, "import": source, "row": owner.created_by},
            personal={"name": owner.name},
        )
        for owner in plan.new_customers
    ]
    record_many(Event.CUSTOMER_CREATED, actor=actor, entries=made)
    moved, changed = [], []
    for owner in plan.changed_customers:
        whence = {"import": source, "row": owner.changed_by}
        changes = {name: (getattr(owner.row, name), value) for name, value in owner.values.items()}
        if "status" in changes:
            old, new = changes.pop("status")
            moved.append(Entry(customer_id=owner.pk, data={"old": old, "new": new, **whence}))
        others = [*owner.addresses, *(["tags"] if owner.tags else [])]
        if changes or others:
            fields = sorted([*in_data(changes)["fields"], *others])
            changed.append(
                Entry(customer_id=owner.pk, data={"fields": fields, **whence}, personal=in_person(changes))
            )
    record_many(Event.CUSTOMER_STATUS_CHANGED, actor=actor, entries=moved)
    record_many(Event.CUSTOMER_UPDATED, actor=actor, entries=changed)


def record_people(plan: Plan, *, source: str, actor: Actor) -> None:
    noted = {
        Event.CONTACT_CREATED: [
            Entry(
                customer_id=person.owner.pk,
                contact_id=person.pk,
                data={"import": source, "row": person.number},
                personal={"name": _name(person), "email": person.values.get("email", "")},
            )
            for person in plan.new_people
        ]
    }
    for person in plan.changed_people:
        if person.row is not None:
            _note_changed(person, person.row, noted, source=source)
    for event, entries in noted.items():
        record_many(event, actor=actor, entries=entries)


def _note_changed(person: Person, row: Contact, noted: dict[Event, list[Entry]], *, source: str) -> None:
    """Put down what happened to a present contact, under each event that it is."""
    whence = {"import": source, "row": person.number}

    def note(event: Event, *, customer_id: int | None = person.owner.pk, **more: Any) -> None:
        data = {**more.pop("data", {}), **whence}
        noted.setdefault(event, []).append(
            Entry(customer_id=customer_id, contact_id=row.pk, data=data, **more)
        )

    changes = {
        name: (getattr(row, name), value)
        for name, value in person.values.items()
        if name not in UNNAMED_IN_HISTORY
    }
    if person.moves:
        for customer_id in (row.customer_id, person.owner.pk):
            moved = {"from_customer": row.customer_id, "to_customer": person.owner.pk}
            note(Event.CONTACT_MOVED, customer_id=customer_id, data=moved)
    if person.changes_email:
        changes.pop("email_canonical", None)
        note(Event.CONTACT_EMAIL_CHANGED, personal=in_person({"email": changes.pop("email")}))
    others = [name for name in ("department", "address") if getattr(person, name)]
    if changes or others:
        fields = sorted([*in_data(changes)["fields"], *others])
        note(Event.CONTACT_UPDATED, data={"fields": fields}, personal=in_person(changes))
    if person.merged_into is not None:
        into = person.merged_into
        names = {"name": row.name, "into_name": into.name}
        note(Event.CONTACT_MERGED, data={"into": into.pk}, personal=names)
        noted.setdefault(Event.CONTACT_ABSORBED, []).append(
            Entry(
                customer_id=into.customer_id,
                contact_id=into.pk,
                data={"merged": [row.pk], **whence},
                personal={"names": [row.name]},
            )
        )
    elif person.archived:
        note(Event.CONTACT_ARCHIVED)


def _name(person: Person) -> str:
    return f"{person.values.get('first_name', '')} {person.values.get('last_name', '')}".strip()
