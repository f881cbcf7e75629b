"""Creating, changing, archiving and restoring departments."""

from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.contacts import lock_customer
from tradedoor.crm.errors import DepartmentInUse, MainDepartment, NameTaken, OtherCustomer
from tradedoor.crm.events import Event
from tradedoor.crm.fields import DepartmentData, department_name
from tradedoor.crm.history import changes_of, in_data, in_person
from tradedoor.crm.keys import name_key
from tradedoor.crm.models import Address, Contact, Customer, Department

POINTERS = {
    "delivery_address_id": Address,
    "invoice_address_id": Address,
    "default_contact_id": Contact,
    "approver_id": Contact,
}


@transaction.atomic
def create_department(customer: Customer, data: DepartmentData, *, actor: Actor) -> Department:
    """A new department of the customer.

    Raises `NotAllowed`, `Invalid` (`required`, `name_taken`, `other_customer`), `Conflict`
    (`customer_archived`).
    """
    require(actor, Permission.CRM_EDIT)
    owner = lock_customer(customer)
    values = _values(owner, {"name": "", **data}, beside=None)
    department = Department.objects.create(customer=owner, name_key=name_key(values["name"]), **values)
    record(
        Event.DEPARTMENT_CREATED,
        actor=actor,
        customer_id=owner.pk,
        data={"department": department.pk, "name": department.name},
    )
    return department


@transaction.atomic
def update_department(department: Department, data: DepartmentData, *, actor: Actor) -> Department:
    """The department as `data` says; what is absent there stays. Main may be called otherwise and stays Main.

    Raises as `create_department`. Nothing happens where nothing differs.
    """
    require(actor, Permission.CRM_EDIT)
    owner = lock_customer(department.customer)
    locked = Department.objects.get(pk=department.pk)
    changes = changes_of(locked, _values(owner, data, beside=locked))
    if not changes:
        return locked
    for name, (_old, new) in changes.items():
        setattr(locked, name, new)
    locked.name_key = name_key(locked.name)
    locked.save(update_fields=[*changes, "name_key"])
    record(
        Event.DEPARTMENT_UPDATED,
        actor=actor,
        customer_id=owner.pk,
        data={"department": locked.pk, "name": locked.name, **in_data(changes)},
        personal=in_person(changes),
    )
    return locked


@transaction.atomic
def archive_department(department: Department, *, actor: Actor) -> Department:
    """The department is archived; nothing happens if it was.

    Raises `NotAllowed`, and `Conflict`: `main_department`, or `department_in_use` while living contacts
    belong to it.
    """
    require(actor, Permission.CRM_EDIT)
    if department.is_main:
        raise MainDepartment
    lock_customer(department.customer)
    locked = Department.objects.get(pk=department.pk)
    if locked.archived_at is not None:
        return locked
    if Contact.objects.living().filter(department=locked).exists():
        raise DepartmentInUse
    return _switch(locked, archived=True, actor=actor)


@transaction.atomic
def restore_department(department: Department, *, actor: Actor) -> Department:
    """The department is back; nothing happens if it was not archived. Raises `NotAllowed`."""
    require(actor, Permission.CRM_EDIT)
    lock_customer(department.customer)
    locked = Department.objects.get(pk=department.pk)
    return locked if locked.archived_at is None else _switch(locked, archived=False, actor=actor)


def _switch(department: Department, *, archived: bool, actor: Actor) -> Department:
    department.archived_at = timezone.now() if archived else None
    department.save(update_fields=["archived_at"])
    record(
        Event.DEPARTMENT_ARCHIVED if archived else Event.DEPARTMENT_RESTORED,
        actor=actor,
        customer_id=department.customer_id,
        data={"department": department.pk, "name": department.name},
    )
    return department


def _values(customer: Customer, data: DepartmentData, *, beside: Department | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "name" in data:
        values["name"] = department_name(data["name"])
        taken = Department.objects.filter(customer=customer, name_key=name_key(values["name"]))
        if (taken.exclude(pk=beside.pk) if beside else taken).exists():
            raise NameTaken(field="name")
    given = cast("dict[str, Any]", data)
    for name, model in POINTERS.items():
        if name not in given:
            continue
        wanted = given[name]
        rows = model._default_manager.filter(pk=wanted, customer=customer)  # noqa: SLF001 - Django's documented name
        if wanted is not None and not rows.exists():
            raise OtherCustomer(field=name.removesuffix("_id"))
        values[name] = wanted
    return values
