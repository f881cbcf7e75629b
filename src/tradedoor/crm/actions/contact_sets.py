"""What is done to many contacts at once: archive, restore, move. Callers with very many pass them batch by batch."""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import update_many
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.contacts import lock_customer
from tradedoor.crm.documents import contact_document
from tradedoor.crm.errors import CustomerArchived, EmailTakenInCustomer, NoSuchDepartment
from tradedoor.crm.events import Event
from tradedoor.crm.models import Address, Contact, Customer, Department


@transaction.atomic
def archive_contacts(contacts: Collection[Contact], *, actor: Actor) -> list[Contact]:
    """They are archived; those that were are left alone. Returns the changed. Raises `NotAllowed`."""
    require(actor, Permission.CRM_EDIT)
    rows = list(_locked(contacts).filter(archived_at__isnull=True))
    now = timezone.now()
    _written(rows).update(archived_at=now, version=F("version") + 1, updated_at=now)
    _record(Event.CONTACT_ARCHIVED, rows, actor=actor)
    for row in rows:
        row.archived_at = now
        row.version += 1
    return rows


@transaction.atomic
def restore_contacts(contacts: Collection[Contact], *, actor: Actor) -> list[Contact]:
    """They are back; those that were not archived, or are merged away, are left alone. Returns the changed.

    Raises `NotAllowed`, and `Conflict` (`customer_archived`) where a customer of theirs is archived.
    """
    require(actor, Permission.CRM_EDIT)
    rows = list(_locked(contacts).filter(archived_at__isnull=False, merged_into=None))
    if Customer.objects.filter(pk__in={row.customer_id for row in rows}, archived_at__isnull=False).exists():
        raise CustomerArchived
    _written(rows).update(archived_at=None, version=F("version") + 1, updated_at=timezone.now())
    _record(Event.CONTACT_RESTORED, rows, actor=actor)
    for row in rows:
        row.archived_at = None
        row.version += 1
    return rows


@transaction.atomic
def move_contacts(contacts: Collection[Contact], *, to: Department, actor: Actor) -> list[Contact]:
    """They belong to the department, and so to its customer; those that do already, and archived ones, are
    left alone. Returns the changed.

    Their own addresses come along. A customer they leave names them no more as default contact or approver.
    Raises `NotAllowed`, `NotFound`, `Invalid` (`email_taken_in_customer`) and `Conflict` (`customer_archived`).
    """
    require(actor, Permission.CRM_EDIT)
    customer = lock_customer(to.customer)
    if not Department.objects.filter(pk=to.pk, customer=customer, archived_at__isnull=True).exists():
        raise NoSuchDepartment
    rows = list(_locked(contacts).filter(archived_at__isnull=True).exclude(department=to))
    coming = [row for row in rows if row.customer_id != customer.pk]
    _require_free_emails(coming, customer=customer)
    _leave_customer(coming, customer=customer)
    _written(rows).update(
        department=to, customer=customer, version=F("version") + 1, updated_at=timezone.now()
    )
    _record_moves(rows, to=to, actor=actor)
    for row in rows:
        row.department, row.customer = to, customer
        row.version += 1
    return rows


def _leave_customer(coming: Sequence[Contact], *, customer: Customer) -> None:
    keys = [row.pk for row in coming]
    Department.objects.filter(default_contact__in=keys).update(default_contact=None)
    Department.objects.filter(approver__in=keys).update(approver=None)
    own = Address.objects.filter(pk__in=[row.address_id for row in coming], kind=Address.Kind.CONTACT)
    own.update(customer=customer)
    Contact.objects.filter(pk__in=keys).exclude(address__kind=Address.Kind.CONTACT).update(address=None)
    documents = [
        (
            row.pk,
            *contact_document(
                first_name=row.first_name,
                last_name=row.last_name,
                email=row.email,
                customer_name=customer.name,
                customer_code=customer.code,
            ),
        )
        for row in coming
    ]
    update_many(Contact, "pk", ["sort_name", "search_text"], documents)


def _require_free_emails(coming: Sequence[Contact], *, customer: Customer) -> None:
    emails = [row.email_canonical for row in coming if row.email_canonical]
    present = Contact.objects.living().filter(customer=customer, email_canonical__in=emails).first()
    if present is not None:
        raise EmailTakenInCustomer(contact=present.name)
    twice = next(
        (row for row in coming if row.email_canonical and emails.count(row.email_canonical) > 1), None
    )
    if twice is not None:
        raise EmailTakenInCustomer(contact=twice.name)


def _record_moves(rows: Sequence[Contact], *, to: Department, actor: Actor) -> None:
    """Write the history of leaving with the old customer too, so that its timeline says where they went."""
    inside = [row for row in rows if row.customer_id == to.customer_id]
    record_many(
        Event.CONTACT_UPDATED,
        actor=actor,
        entries=[
            Entry(
                customer_id=row.customer_id,
                contact_id=row.pk,
                data={"fields": ["department"], "from": row.department_id, "to": to.pk},
            )
            for row in inside
        ],
    )
    record_many(
        Event.CONTACT_MOVED,
        actor=actor,
        entries=[
            Entry(
                customer_id=customer_id,
                contact_id=row.pk,
                data={"from_customer": row.customer_id, "to_customer": to.customer_id},
            )
            for row in rows
            if row.customer_id != to.customer_id
            for customer_id in (row.customer_id, to.customer_id)
        ],
    )


def _locked(contacts: Collection[Contact]) -> QuerySet[Contact]:
    rows = Contact.objects.filter(pk__in=[row.pk for row in contacts]).order_by("pk")
    # Held first and read then: a locking query that joins the customer would, on PostgreSQL, pass over a contact
    # that goes to another one while it waits.
    list(rows.select_for_update().values_list("pk"))
    return rows.select_related("customer")


def _written(rows: Sequence[Contact]) -> QuerySet[Contact]:
    return Contact.objects.filter(pk__in=[row.pk for row in rows])


def _record(event: Event, rows: Sequence[Contact], *, actor: Actor) -> None:
    entries = [Entry(customer_id=row.customer_id, contact_id=row.pk) for row in rows]
    record_many(event, actor=actor, entries=entries)
