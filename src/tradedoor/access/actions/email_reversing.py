"""Taking a reported email change back: in the CRM and in the login, or in the login alone.

The contact may have been merged into another one since. Then the survivor is who the change is about, as far as the
login serves them and the CRM still says what was reported; else only the login goes back.
"""

from django.utils import timezone

from tradedoor.access.actions import crm, documents
from tradedoor.access.actions.checking import check_contacts, check_errors, hold_near
from tradedoor.access.actions.email_apply import apply_changes
from tradedoor.access.actions.email_faults import raise_faults
from tradedoor.access.actions.email_holds import reached, release_reversed
from tradedoor.access.actions.sending import hold
from tradedoor.access.email_change_emails import moved_letters
from tradedoor.access.errors import NotPossible
from tradedoor.access.faults import Fault
from tradedoor.access.models import (
    Access,
    EmailChange,
    EmailChangeOrigin,
    EmailChangeState,
    ErrorReason,
    State,
)
from tradedoor.access.reasons import Reason
from tradedoor.accounts.actions.addresses import move_logins
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.crm.actions.contacts import update_contact
from tradedoor.crm.models import Contact
from tradedoor.mail.outbox import post_many
from tradedoor.stores.models import Store


def hold_concerned(change: EmailChange) -> None:
    """Hold all that a decision about this change touches, in everybody's order: contacts before accesses."""
    accesses = Access.objects.filter(pk__in=reached(change.login_id))
    own = Contact.objects.filter(pk=change.contact_id).values_list("pk", "merged_into")
    contacts = {pk for row in own for pk in row if pk is not None}
    contacts |= set(accesses.values_list("contact_id", flat=True))
    hold(list(Store.objects.filter(pk__in=accesses.values("store_id"))), contacts)
    hold_near(contacts, also=list(accesses.values_list("pk", flat=True)))


def take_back(change: EmailChange, *, actor: Actor) -> bool:
    """Give login and CRM the former email again, at once; whether it was free. The caller has decided and holds all.

    Where it is not the login stays on hold, and the Error tab says why. Raises `Conflict` for a contact that
    cannot be edited; for one that was merged since `NotPossible` (`reversal_taken`) and `Invalid`, where neither
    the survivor nor the login can have it.
    """
    contact = Contact.objects.select_related("merged_into__customer", "customer").get(pk=change.contact_id)
    if contact.merged_into is None:
        return _with_contact(change, contact, actor=actor)
    survivor = contact.merged_into
    serves = Access.objects.filter(pk__in=reached(change.login_id), contact=survivor).exists()
    if serves and survivor.email_canonical in {change.new_canonical, change.old_canonical}:
        return _with_contact(change, survivor, actor=actor)
    _login_alone(change, survivor, actor=actor)
    if survivor.email_canonical == change.new_canonical:
        # By a login of its own, which follows as after any edit: in an hour, and where nothing is in the way.
        crm.update_contact(
            survivor, {"email": change.old_email}, version=survivor.version, actor=actor, confirmed=True
        )
    return True


def _with_contact(change: EmailChange, contact: Contact, *, actor: Actor) -> bool:
    try:
        update_contact(
            contact, {"email": change.old_email}, version=contact.version, actor=actor, confirmed=True
        )
    except Invalid:
        return _stuck(change, actor=actor)
    documents.refresh_of_contacts([contact.pk])
    back = _back(change, contact, actor=actor)
    done = apply_changes([back.pk], actor=actor, at_once=True).done
    check_contacts([contact.pk], actor=actor)
    return bool(done)


def _back(change: EmailChange, contact: Contact, *, actor: Actor) -> EmailChange:
    """The change back, due at once; it replaces what is scheduled for the contact."""
    now = timezone.now()
    login = Login.objects.get(pk=change.login_id or 0)
    values = {
        "old_email": login.email,
        "old_canonical": login.email_canonical,
        "new_email": change.old_email,
        "new_canonical": change.old_canonical,
        "state": EmailChangeState.SCHEDULED,
        "reason": "",
        "origin": EmailChangeOrigin.REVERSAL,
        # What it replaces may wait with others of an import to be confirmed; this does not.
        "work": None,
        "requested_by_id": actor.login_id,
        "requested_at": now,
        "due_at": now,
    }
    made, _created = EmailChange.objects.open().update_or_create(
        contact=contact, defaults=values, create_defaults=values
    )
    return made


def _stuck(change: EmailChange, *, actor: Actor) -> bool:
    """The CRM has the old address elsewhere: the login stays on hold, and the Error tab says why."""
    data = {"email": change.old_email}
    faults = [Fault(pk, ErrorReason.EMAIL_IN_USE, data) for pk in reached(change.login_id)]
    raise_faults(faults, actor=actor)
    return False


def _login_alone(change: EmailChange, survivor: Contact, *, actor: Actor) -> None:
    """Give the login its former address and end its hold, whatever the CRM says of the survivor."""
    login = Login.objects.select_for_update().get(pk=change.login_id or 0)
    taken = Login.objects.buyers().filter(email_canonical=change.old_canonical).exclude(pk=login.pk)
    if taken.exists():
        raise NotPossible(Reason.REVERSAL_TAKEN)
    move_logins({login.pk: change.old_email}, actor=actor)
    release_reversed([login.pk], actor=actor)
    current = Access.objects.filter(login=login, state=State.CURRENT).order_by("-last_sign_in_at", "pk")
    if store_ids := list(current.values_list("store_id", flat=True)):
        post_many(
            moved_letters(login, survivor, None, store_ids=store_ids, address=change.old_email, reversal=True)
        )
    check_errors(reached(login.pk), actor=actor)
