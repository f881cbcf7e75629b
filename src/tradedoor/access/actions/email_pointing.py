"""Open invitations and requests following an email change: to the login of the new address, with a new mail."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from tradedoor.access.actions.email_plan import Planned
from tradedoor.access.actions.sending import send_links
from tradedoor.access.emails import INVITATION
from tradedoor.access.events import Event
from tradedoor.access.faults import Fault
from tradedoor.access.models import Access, ErrorReason, State
from tradedoor.accounts.actions.links import revoke_links
from tradedoor.accounts.actions.logins import ensure_buyer_logins
from tradedoor.accounts.models import OneTimeLink, Purpose, RevokedWhy
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import display_form
from tradedoor.core.bulk import update_many
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store


@dataclass(slots=True)
class Invited:
    """Those who got a new invitation, and what kept others from it."""

    accesses: list[Access] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def point_and_invite(done: Sequence[Planned], *, actor: Actor) -> Invited:
    """Point what is pending or requested to the login of the new address, and send new invitations for old ones.

    Runs once logins have moved. Where the former invitation was given by other means than mail, none is sent:
    its link is dead and the row says that a new one is needed.
    """
    following = [
        (access, row.contact)
        for row in done
        for access in row.following
        if access.state in (State.PENDING, State.REQUESTED)
    ]
    if not following:
        return Invited()
    logins = ensure_buyer_logins(
        {contact.email_canonical: display_form(contact.email) for _access, contact in following}
    )
    for access, contact in following:
        access.login_id = logins[contact.email_canonical]
    update_many(Access, "id", ("login_id",), [(access.pk, access.login_id) for access, _contact in following])
    pending = [access for access, _contact in following if access.state == State.PENDING]
    mailed = _mailed(pending)
    revoke_links(
        access_ids=[access.pk for access in pending],
        purposes=[Purpose.INVITATION],
        why=RevokedWhy.EMAIL_CHANGED,
    )
    return _invited(pending, mailed, {contact.pk: contact for _access, contact in following}, actor=actor)


def _mailed(pending: Sequence[Access]) -> set[int]:
    """The accesses whose newest link went out by mail; that of the others was copied or stood in a file."""
    links = OneTimeLink.objects.filter(
        access_id__in=[access.pk for access in pending], purpose=Purpose.INVITATION
    )
    newest = dict(links.order_by("pk").values_list("access_id", "pk"))
    # By the access too, for which there is an index whatever became of the mail.
    sent = MailMessage.objects.filter(template=INVITATION, access_id__in=newest, link_id__in=newest.values())
    with_mail = set(sent.values_list("link_id", flat=True))
    return {access_id for access_id, link_id in newest.items() if access_id and link_id in with_mail}


def _invited(
    pending: Sequence[Access], mailed: set[int], contacts: dict[int, Contact], *, actor: Actor
) -> Invited:
    invited, now = Invited(), timezone.now()
    stores: dict[int, Store] = {access.store_id: access.store for access in pending}
    for store in stores.values():
        of_store = [access for access in pending if access.store_id == store.pk]
        chosen = [access for access in of_store if access.pk in mailed]
        if missing := store.missing_for_inviting():
            invited.faults += [
                Fault(access.pk, ErrorReason.STORE_INCOMPLETE, {"missing": missing}) for access in chosen
            ]
            chosen = []
        left = {access.pk for access in of_store} - {access.pk for access in chosen}
        Access.objects.filter(pk__in=left).update(invitation_expires_at=now)
        expires_at = now + timedelta(days=store.invitation_days)
        Access.objects.filter(pk__in=[access.pk for access in chosen]).update(
            invited_at=now, invitation_expires_at=expires_at, accepted_at=None
        )
        for access in chosen:
            access.invitation_expires_at = expires_at
        send_links(store, chosen, contacts=contacts, actor=actor)
        invited.accesses += chosen
    record_many(
        Event.INVITATION_RESENT,
        actor=actor,
        entries=[
            Entry(
                store_id=access.store_id,
                customer_id=access.customer_id,
                contact_id=access.contact_id,
                access_id=access.pk,
                login_id=access.login_id,
                data={"from": "pending", "to": "pending", "why": "email_changed"},
            )
            for access in invited.accesses
        ],
    )
    return invited
