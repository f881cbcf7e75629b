"""The history of a batch: one row for each customer and contact that it made or changed, set-based."""

from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.crm.events import Event
from tradedoor.crm.history import in_data, in_person
from tradedoor.crm.imports.plan import Person, Plan

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
    record_many(
        Event.CONTACT_CREATED,
        actor=actor,
        entries=[
            Entry(
                customer_id=person.owner.pk,
                contact_id=person.pk,
                data={"import": source, "row": person.number},
                personal={"name": _name(person), "email": person.values.get("email", "")},
            )
            for person in plan.new_people
        ],
    )
    changed = []
    for person in plan.changed_people:
        changes = {
            name: (getattr(person.row, name), value)
            for name, value in person.values.items()
            if name not in UNNAMED_IN_HISTORY
        }
        others = [name for name in ("department", "address") if getattr(person, name)]
        data = {
            "fields": sorted([*in_data(changes)["fields"], *others]),
            "import": source,
            "row": person.number,
        }
        entry = Entry(
            customer_id=person.owner.pk, contact_id=person.pk, data=data, personal=in_person(changes)
        )
        changed.append(entry)
    record_many(Event.CONTACT_UPDATED, actor=actor, entries=changed)


def _name(person: Person) -> str:
    return f"{person.values.get('first_name', '')} {person.values.get('last_name', '')}".strip()
