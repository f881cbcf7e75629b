"""CRM writes that can move an access: the CRM's own step, then what follows from it, in one transaction.

Faces and commands call these and never the CRM's parts (style.md, who may import whom).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F
from django.utils.translation import gettext as _

from tradedoor.access.actions import documents
from tradedoor.access.actions.checking import check_contacts, hold_near
from tradedoor.access.actions.email_holds import guarded_from
from tradedoor.access.actions.email_schedule import Asked, follow_emails
from tradedoor.access.actions.ending_steps import are_many, start_ending
from tradedoor.access.actions.endings import LIVING, EndedWhy, end_from_above
from tradedoor.access.models import Access, EmailChangeOrigin, State
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions import contact_sets, contacts, customer_sets, customers, imports
from tradedoor.crm.fields import ContactData, CustomerData
from tradedoor.crm.imports.outcomes import RowOutcome, Status
from tradedoor.crm.models import Contact, Customer, Department, ImportFile
from tradedoor.jobs.models import Work

APPLY_IMPORT = "access.apply_import"
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Consequences:
    """Which accesses would end: how many from each state, and the first of them to be named."""

    counts: Mapping[State, int]
    first: tuple[Access, ...]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def preview_consequences(
    *,
    actor: Actor,
    contact_ids: Collection[int] | None = None,
    customer_ids: Collection[int] | None = None,
) -> Consequences:
    """The accesses, in every store, that end if these contacts or customers are archived, moved or made inactive.

    Also those of stores outside the actor's scope, because the CRM is company-wide and the form has to name
    what it touches. Raises `NotAllowed`.
    """
    require(actor, Permission.CRM_READ)
    rows = Access.objects.in_state(*LIVING)
    if contact_ids is not None:
        rows = rows.filter(contact_id__in=contact_ids)
    if customer_ids is not None:
        rows = rows.filter(customer_id__in=customer_ids)
    counts = rows.values_list("state").annotate(number=Count("pk")).order_by()
    first = rows.select_related("store", "contact", "customer").order_by("sort_name", "pk")[:MOST_SHOWN]
    return Consequences({State(state): number for state, number in counts}, tuple(first))


@transaction.atomic
def update_contact(
    contact: Contact, data: ContactData, *, version: int, actor: Actor, confirmed: bool = False
) -> Contact:
    """As `crm.actions.contacts.update_contact`; dashboards show the new name at once.

    Another email reaches the logins an hour later. A pending invitation mailed to a former address is refused from
    now on, and works again if the address comes back.
    """
    changed = contacts.update_contact(contact, data, version=version, actor=actor, confirmed=confirmed)
    hold_near([changed.pk])
    documents.refresh_of_contacts([changed.pk])
    # The version says that `contact` is what was there before.
    if _differs(contact, changed):
        _require_unguarded(changed, actor=actor)
        follow_emails([changed.pk], Asked(actor))
    check_contacts([changed.pk], actor=actor)
    return changed


@transaction.atomic
def archive_contacts(these: Collection[Contact], *, actor: Actor) -> list[Contact]:
    """Archive them; their accesses end in every store. Returns the changed. Raises `NotAllowed`."""
    changed = contact_sets.archive_contacts(these, actor=actor)
    ids = [contact.pk for contact in changed]
    hold_near(ids)
    end_from_above(contact_ids=ids, why=EndedWhy.CONTACT_ARCHIVED, actor=actor)
    check_contacts(ids, actor=actor)
    return changed


@transaction.atomic
def restore_contacts(these: Collection[Contact], *, actor: Actor) -> list[Contact]:
    """Take them back from the archive; accesses that ended stay so until they are re-enabled one by one."""
    changed = contact_sets.restore_contacts(these, actor=actor)
    check_contacts([contact.pk for contact in changed], actor=actor)
    return changed


@transaction.atomic
def move_contacts(these: Collection[Contact], *, to: Department, actor: Actor) -> list[Contact]:
    """Move them to a department; accesses of those who left their customer end. Returns the changed."""
    changed = contact_sets.move_contacts(these, to=to, actor=actor)
    ids = [contact.pk for contact in changed]
    hold_near(ids)
    # An access still names the customer it was given for.
    strayed = Access.objects.filter(contact_id__in=ids).exclude(customer_id=F("contact__customer_id"))
    gone = set(strayed.values_list("contact_id", flat=True))
    end_from_above(contact_ids=gone, why=EndedWhy.CONTACT_MOVED, actor=actor)
    documents.refresh_of_contacts(ids)
    check_contacts(ids, actor=actor)
    return changed


@transaction.atomic
def update_customer(customer: Customer, data: CustomerData, *, version: int, actor: Actor) -> Customer:
    """As `crm.actions.customers.update_customer`; made inactive by it, the customer's accesses end."""
    changed = customers.update_customer(customer, data, version=version, actor=actor)
    _follow_status([changed], actor=actor)
    documents.refresh_of_customers([changed.pk])
    return changed


@transaction.atomic
def set_customer_status(these: Collection[Customer], status: str, *, actor: Actor) -> list[Customer]:
    """Give them the status; accesses of those made inactive end, those of very many contacts step by step
    (`ending_steps`). Returns the changed.

    Making one active again re-enables nobody: `access.queries.ended_with_customer` says whom to offer it.
    """
    changed = customer_sets.set_customer_status(these, status, actor=actor)
    _follow_status(changed, actor=actor)
    return changed


@transaction.atomic
def archive_customers(these: Collection[Customer], *, actor: Actor) -> list[Customer]:
    """Archive them with their contacts; all their accesses end, those of very many contacts step by step
    (`ending_steps`). Returns the changed. Raises `NotAllowed`."""
    if are_many(these):
        changed = customer_sets.archive_customers(these, alone=True, actor=actor)
        if changed:
            start_ending(changed, why=EndedWhy.CUSTOMER_ARCHIVED, actor=actor)
        return changed
    changed = customer_sets.archive_customers(these, actor=actor)
    ids = [customer.pk for customer in changed]
    end_from_above(customer_ids=ids, why=EndedWhy.CUSTOMER_ARCHIVED, actor=actor)
    return changed


def restore_customers(these: Collection[Customer], *, actor: Actor) -> list[Customer]:
    """Take them and their contacts back; accesses that ended stay so until they are re-enabled."""
    return customer_sets.restore_customers(these, actor=actor)


def start_import(file: ImportFile, *, actor: Actor) -> Work:
    """Start applying an import that was described and, if wanted, checked; asked for twice it runs once.

    Accesses follow each batch in its own transaction. Raises as `crm.actions.imports.start_import`.
    """
    return imports.start_import(file, kind=APPLY_IMPORT, actor=actor)


@transaction.atomic
def follow_import(outcomes: Collection[RowOutcome], *, actor: Actor, work_id: UUID | None = None) -> None:
    """Do what these rows of an import mean for accesses: end those of customers made inactive, show new names.

    Emails that the rows changed reach the logins an hour later; very many of one import wait to be confirmed.
    """
    # A new contact too: it may share its email with one of its customer that has an access.
    written = {
        row.contact_id
        for row in outcomes
        if row.contact_id is not None and (row.contact_changed or row.status == Status.CREATED)
    }
    hold_near(written)
    restated = {row.customer_id for row in outcomes if row.status_before and row.customer_id is not None}
    if restated:
        gone = Customer.objects.filter(pk__in=restated, status=Customer.Status.INACTIVE)
        _follow_status(list(gone), actor=actor)
    renamed = {row.customer_id for row in outcomes if row.customer_renamed and row.customer_id is not None}
    changed = {row.contact_id for row in outcomes if row.contact_changed and row.contact_id is not None}
    documents.refresh_of_customers(renamed)
    documents.refresh_of_contacts(changed)
    emails = {row.contact_id for row in outcomes if row.email_changed and row.contact_id is not None}
    if emails:
        work = Work.objects.filter(public_id=work_id).first() if work_id else None
        follow_emails(emails, Asked(actor, EmailChangeOrigin.IMPORT, work))
    check_contacts(written, actor=actor)


def _require_unguarded(contact: Contact, *, actor: Actor) -> None:
    """Raises `Invalid` where the email goes back, because a change that the actor made was reported."""
    if guarded_from(actor, [contact.pk]):
        sentence = _("You changed this email before, and that was reported, so a colleague changes it now.")
        raise Invalid(sentence, code="another_must_decide", field="email")


def _differs(before: Contact, after: Contact) -> bool:
    """Whether the email is another one; its case, or another way to write the same letters, is no difference."""
    if before.email_canonical or after.email_canonical:
        return before.email_canonical != after.email_canonical
    return before.email != after.email


def _follow_status(changed: Collection[Customer], *, actor: Actor) -> None:
    gone = [customer for customer in changed if customer.status == Customer.Status.INACTIVE]
    if gone and are_many(gone):
        start_ending(gone, why=EndedWhy.CUSTOMER_INACTIVE, actor=actor)
    elif gone:
        end_from_above(customer_ids=[row.pk for row in gone], why=EndedWhy.CUSTOMER_INACTIVE, actor=actor)
