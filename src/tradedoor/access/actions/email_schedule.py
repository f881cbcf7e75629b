"""A contact's new email on its way to the login: put off by an hour, replaced, cancelled, confirmed.

Called by `access.actions.crm` in the transaction of the CRM's change. What happens when the hour is over stands
in `email_apply`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tradedoor.access.actions.email_holds import guarded_from
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, EmailChange, EmailChangeOrigin, EmailChangeState, State
from tradedoor.access.reasons import Reason
from tradedoor.accounts.actions.logins import revoke_password_links
from tradedoor.accounts.models import RevokedWhy
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many, update_many
from tradedoor.core.errors import NotAllowed
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact
from tradedoor.jobs.models import Work

# Cancelled and declined accesses are left as they are, whatever the CRM says.
FOLLOWING = (State.PENDING, State.CURRENT, State.DEACTIVATED, State.REQUESTED)
# Whose login is the one that a contact signs in with, where accesses have several.
FIRST = {state: place for place, state in enumerate((State.CURRENT, State.DEACTIVATED, State.PENDING))}
CHANGED = (
    "old_email", "old_canonical", "new_email", "new_canonical", "state", "reason", "origin", "work_id",
    "requested_by_id", "requested_at", "due_at",
)  # fmt: skip


class CancelledWhy(StrEnum):
    """Why a change will not happen; kept as its reason."""

    WITHDRAWN = "withdrawn"  # the CRM says the former address again
    BY_STAFF = "by_staff"
    CONTACT_GONE = "contact_gone"
    NO_ACCESS = "no_access"  # there is nothing any more that the change would reach


@dataclass(frozen=True, slots=True)
class Asked:
    """Who changed emails in the CRM, and where."""

    actor: Actor
    origin: EmailChangeOrigin = EmailChangeOrigin.FORM
    work: Work | None = None


@transaction.atomic
def follow_emails(contact_ids: Collection[int], asked: Asked) -> list[EmailChange]:
    """Schedule what the emails of these contacts, just changed in the CRM, mean for their logins.

    A change takes effect an hour after the last edit; one to the address that signs in anyway cancels what was
    scheduled. Links to choose a password die, and new ones go to the former address (EMC-01). Returns the
    scheduled. A fixed number of queries. Asks for no permission: whoever changed the CRM has.
    """
    if not contact_ids:
        return []
    contacts = list(Contact.objects.filter(pk__in=contact_ids).order_by("pk"))
    accesses = _accesses(contact_ids)
    present = {
        row.contact_id: row
        for row in EmailChange.objects.open()
        .select_for_update(of=("self",))
        .filter(contact__in=contacts)
        .select_related("contact")
    }
    if backs := [pk for pk, row in present.items() if row.lifts_hold]:
        # As an import may want: whoever was reported does not turn the way back.
        guarded = guarded_from(asked.actor, backs)
        contacts = [contact for contact in contacts if contact.pk not in guarded]
        present = {pk: row for pk, row in present.items() if pk not in guarded}
    leaving = {
        contact.pk: address
        for contact in contacts
        if (address := _leaves(contact, accesses.get(contact.pk, ()), present.get(contact.pk)))
    }
    withdrawn = [change for contact_id, change in present.items() if contact_id not in leaving]
    cancel(withdrawn, why=CancelledWhy.WITHDRAWN, actor=asked.actor)
    scheduled = _written([contact for contact in contacts if contact.pk in leaving], leaving, present, asked)
    logins = {
        row.login_id
        for change in scheduled
        for row in accesses[change.contact_id]
        if row.login_id is not None
    }
    revoke_password_links(logins, why=RevokedWhy.EMAIL_CHANGED)
    _record(Event.EMAIL_CHANGE_SCHEDULED, scheduled, actor=asked.actor)
    if asked.work is not None:
        _hold_back_many(asked.work)
    return scheduled


def cancel(changes: Sequence[EmailChange], *, why: CancelledWhy, actor: Actor) -> None:
    """End these open changes, locked by the caller, without effect; the CRM keeps what it says."""
    if not changes:
        return
    EmailChange.objects.filter(pk__in=[change.pk for change in changes]).update(
        state=EmailChangeState.CANCELLED, reason=why, ended_at=timezone.now()
    )
    _record(Event.EMAIL_CHANGE_CANCELLED, changes, actor=actor, why=why)


@transaction.atomic
def cancel_of_contacts(contact_ids: Collection[int], *, actor: Actor) -> None:
    """Cancel what is scheduled for contacts who left (EMC-08)."""
    held = EmailChange.objects.open().select_for_update(of=("self",)).filter(contact_id__in=contact_ids)
    cancel(list(held.select_related("contact")), why=CancelledWhy.CONTACT_GONE, actor=actor)


@transaction.atomic
def cancel_changes(change_ids: Collection[int], *, actor: Actor) -> int:
    """Stop these scheduled changes, those still open; how many. The former email goes on signing in.

    The CRM keeps the new email. Raises `NotAllowed`, for a login that reaches beyond the actor's stores too, and
    where one of them takes back a change that the actor made and somebody reported.
    """
    require(actor, Permission.CRM_EDIT)
    held = EmailChange.objects.open().select_for_update(of=("self",)).filter(pk__in=change_ids)
    changes = list(held.select_related("contact"))
    reached = Access.objects.filter(
        contact__in=[change.contact_id for change in changes], state__in=FOLLOWING
    )
    require(actor, Permission.CRM_EDIT, stores=set(reached.values_list("store_id", flat=True)))
    if guarded_from(actor, [change.contact_id for change in changes if change.lifts_hold]):
        raise NotAllowed(
            _("You changed this email yourself, so a colleague decides."), code="another_must_decide"
        )
    cancel(changes, why=CancelledWhy.BY_STAFF, actor=actor)
    return len(changes)


@transaction.atomic
def confirm_changes(work: Work, *, actor: Actor) -> int:
    """Let the many changes of one import happen, each once its hour is over; how many there were.

    Raises `NotAllowed`, and `NotPossible` where none waits.
    """
    require(actor, Permission.ACCESS_INVITE)
    held = EmailChange.objects.select_for_update(of=("self",)).filter(
        work=work, state=EmailChangeState.UNCONFIRMED
    )
    changes = list(held.select_related("contact"))
    if not changes:
        raise NotPossible(Reason.ALREADY_ENDED)
    reached = Access.objects.filter(
        contact__in=[change.contact_id for change in changes], state__in=FOLLOWING
    )
    require(actor, Permission.ACCESS_INVITE, stores=set(reached.values_list("store_id", flat=True)))
    rows = EmailChange.objects.filter(pk__in=[change.pk for change in changes])
    rows.update(state=EmailChangeState.SCHEDULED, reason="")
    # Whose hour was over before is due from now on: no worker was late for them.
    rows.filter(due_at__lt=timezone.now()).update(due_at=timezone.now())
    _record(Event.EMAIL_CHANGE_CONFIRMED, changes, actor=actor)
    return len(changes)


def _accesses(contact_ids: Collection[int]) -> Mapping[int, Sequence[Access]]:
    """The accesses that follow the email, by contact, the one whose login signs in first."""
    rows = Access.objects.filter(contact_id__in=contact_ids, state__in=FOLLOWING).select_related("login")
    found: dict[int, list[Access]] = {}
    for row in sorted(rows, key=lambda row: (FIRST.get(State(row.state), len(FIRST)), row.pk)):
        found.setdefault(row.contact_id, []).append(row)
    return found


def _leaves(
    contact: Contact, accesses: Iterable[Access], present: EmailChange | None
) -> tuple[str, str] | None:
    """The address, shown and canonical, that the contact's logins would leave; None where all fits."""
    logins = [row.login for row in accesses if row.login is not None]
    strangers = [login for login in logins if login.email_canonical != contact.email_canonical]
    if not strangers:
        return None
    if present is not None:
        return present.old_email, present.old_canonical
    return strangers[0].email, strangers[0].email_canonical


def _written(
    contacts: Sequence[Contact],
    leaving: Mapping[int, tuple[str, str]],
    present: Mapping[int, EmailChange],
    asked: Asked,
) -> list[EmailChange]:
    """Write a row for each, over the open one where there is one, and return them."""
    now = timezone.now()
    due_at = now + settings.TRADEDOOR_EMAIL_CHANGE_DELAY
    values = {
        contact.pk: (*leaving[contact.pk], *_new(contact), *_asked(asked, now=now), due_at)
        for contact in contacts
    }
    update_many(
        EmailChange,
        "id",
        CHANGED,
        [(present[contact_id].pk, *row) for contact_id, row in values.items() if contact_id in present],
    )
    insert_many(
        EmailChange,
        ("contact_id", *CHANGED),
        [(contact_id, *row) for contact_id, row in values.items() if contact_id not in present],
    )
    return list(
        EmailChange.objects.open().filter(contact__in=contacts).select_related("contact").order_by("pk")
    )


def _new(contact: Contact) -> tuple[str, str, str, str]:
    return contact.email, contact.email_canonical, EmailChangeState.SCHEDULED.value, ""


def _asked(asked: Asked, *, now: datetime) -> tuple[str, int | None, int | None, datetime]:
    return asked.origin.value, asked.work.pk if asked.work else None, asked.actor.login_id, now


def _hold_back_many(work: Work) -> None:
    """Let the changes of an import wait to be confirmed once they are more than the setting."""
    of_work = EmailChange.objects.filter(work=work)
    if of_work.open().count() > settings.TRADEDOOR_EMAIL_CHANGES_UNCONFIRMED:
        of_work.waiting().update(
            state=EmailChangeState.UNCONFIRMED, reason=Reason.WAITS_TO_BE_CONFIRMED.value
        )


def _record(event: Event, changes: Sequence[EmailChange], *, actor: Actor, why: str = "") -> None:
    record_many(
        event,
        actor=actor,
        entries=[
            Entry(
                customer_id=change.contact.customer_id,
                contact_id=change.contact_id,
                data={
                    "change": change.pk,
                    "due_at": change.due_at.isoformat(),
                    **({"why": why} if why else {}),
                },
                personal={"email": {"old": change.old_email, "new": change.new_email}},
            )
            for change in changes
        ],
    )
