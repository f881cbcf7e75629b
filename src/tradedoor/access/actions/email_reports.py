""" "This wasn't me": the owner of a former address stops the login, and staff confirm or reverse the change.

The link of the notice opens a page; only its POST holds the login, because mail scanners open every link.
"""

from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tradedoor.access.actions import states
from tradedoor.access.actions.email_faults import close_faults, raise_faults
from tradedoor.access.actions.email_holds import is_stuck, is_undecided, reached, release
from tradedoor.access.actions.email_reversing import hold_concerned, take_back
from tradedoor.access.email_change_emails import reported_letters
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.faults import Fault
from tradedoor.access.models import (
    Access,
    EmailChange,
    ErrorClosedWhy,
    ErrorReason,
    ReportDecision,
    State,
)
from tradedoor.access.reasons import Reason
from tradedoor.accounts.actions.addresses import hold_login
from tradedoor.accounts.actions.links import find_link, link_by_id, spend_link
from tradedoor.accounts.errors import LinkUnknown, ProofNeeded
from tradedoor.accounts.models import LinkStatus, Login, OneTimeLink, Purpose
from tradedoor.accounts.roles import Role, permissions_of
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import masked
from tradedoor.core.collisions import tried_again
from tradedoor.core.errors import NotAllowed
from tradedoor.core.permissions import Permission, require
from tradedoor.mail.outbox import post_many
from tradedoor.stores.models import Store


class ReportView(NamedTuple):
    """What the holder of a genuine link may see; addresses are masked (TOK-11)."""

    link: OneTimeLink
    status: LinkStatus
    old: str
    new: str

    @property
    def is_live(self) -> bool:
        return self.status is LinkStatus.LIVE


@dataclass(frozen=True, slots=True)
class Deciding:
    """Whether somebody may decide about a report, and on what terms."""

    may: bool
    alone: bool = False
    """Nobody else has the right, so the editor decides, after signing in again."""
    sentence: str = ""


def look_at_report(token: str, *, store: Store) -> ReportView:
    """What became of the link of this token; changes nothing. Raises `LinkUnknown`."""
    return _view(find_link(token, purpose=Purpose.EMAIL_REPORT, store_id=store.pk).link)


def report_of(link_id: int, *, store: Store) -> ReportView:
    """The same for a link whose token was exchanged before (TOK-10). Raises `LinkUnknown`."""
    return _view(link_by_id(link_id, purpose=Purpose.EMAIL_REPORT, store_id=store.pk).link)


@tried_again
@transaction.atomic
def report_change(link_id: int, *, store: Store, actor: Actor) -> None:
    """Hold the login: all sessions and links end, in every store, and owners are told at once.

    Raises `LinkUnknown`, and `LinkUsed` for a link that is not live any more.
    """
    view = report_of(link_id, store=store)
    found = EmailChange.objects.filter(report_link_id=link_id, login__isnull=False).select_related("contact")
    changes = list(found.order_by("pk"))
    if not changes:
        raise LinkUnknown
    [login_id] = {change.login_id for change in changes if change.login_id is not None}
    accesses = states.lock(reached(login_id))
    spend_link(view.link.pk)
    hold_login(login_id, actor=actor)
    now = timezone.now()
    # Their links have ended with all others of the login, so that a new invitation is due once it is let go.
    waiting = Access.objects.filter(pk__in=[access.pk for access in accesses], state=State.PENDING)
    waiting.filter(invitation_expires_at__gt=now).update(invitation_expires_at=now)
    EmailChange.objects.filter(pk__in=[change.pk for change in changes]).update(reported_at=now)
    data = {"email": changes[0].old_email, "change": str(changes[0].public_id)}
    raise_faults([Fault(access.pk, ErrorReason.REPORTED, data) for access in accesses], actor=actor)
    for change in changes:
        change.reported_at = now
        _record(Event.EMAIL_CHANGE_REPORTED, change, actor=actor)
    post_many(reported_letters(Login.objects.able_owners(), changes[0]))


def deciding(change: EmailChange, *, actor: Actor) -> Deciding:
    """Whether the actor may confirm or reverse: not who made the change, unless there is nobody else."""
    stores = set(Access.objects.filter(pk__in=reached(change.login_id)).values_list("store_id", flat=True))
    if not actor.can(Permission.ACCESS_ERRORS) or (actor.stores is not None and not stores <= actor.stores):
        return Deciding(
            may=False, sentence=str(_("Only somebody with rights over all stores concerned decides."))
        )
    if change.requested_by_id is None or change.requested_by_id != actor.login_id:
        return Deciding(may=True)
    if _others(change, stores):
        return Deciding(
            may=False, sentence=str(_("You changed this email yourself, so a colleague decides."))
        )
    return Deciding(may=True, alone=True)


@tried_again
@transaction.atomic
def confirm_report(change: EmailChange, *, actor: Actor, proved: bool) -> None:
    """Say that the change was right: the hold ends, and the new address signs in with the same password.

    `proved`: whether the actor has just signed in again. Raises `NotAllowed`, `ProofNeeded` and `NotPossible`.
    """
    held, alone = _decided(change, ReportDecision.CONFIRMED, actor=actor, proved=proved)
    _record(Event.EMAIL_REPORT_CONFIRMED, held, actor=actor, alone=alone)
    if held.login_id is None or is_undecided(held.login_id):
        return
    if is_stuck(held.login_id):
        _close_reported(held, actor=actor)
    else:
        release(held.login_id, actor=actor)


@tried_again
@transaction.atomic
def reverse_report(change: EmailChange, *, actor: Actor, proved: bool) -> bool:
    """Take the change back at once, in the CRM too, and end the hold; whether the old address was free.

    Where it is taken meanwhile the login stays on hold, with the error `email_in_use`. A password chosen since
    the change is forgotten: whoever had the new address may have chosen it. Raises as `confirm_report`, `Conflict`
    for a contact that cannot be edited, and as `email_reversing.take_back` for one that was merged since.
    """
    held, alone = _decided(change, ReportDecision.REVERSED, actor=actor, proved=proved)
    _record(Event.EMAIL_REPORT_REVERSED, held, actor=actor, alone=alone)
    _close_reported(held, actor=actor)
    return take_back(held, actor=actor)


def _decided(
    change: EmailChange, decision: ReportDecision, *, actor: Actor, proved: bool
) -> tuple[EmailChange, bool]:
    require(actor, Permission.ACCESS_ERRORS)
    hold_concerned(change)
    held = EmailChange.objects.select_for_update(of=("self",)).select_related("contact").get(pk=change.pk)
    if not held.is_reported:
        raise NotPossible(Reason.NOT_REPORTED)
    terms = deciding(held, actor=actor)
    if not terms.may:
        raise NotAllowed(terms.sentence, code="another_must_decide")
    if terms.alone and not proved:
        raise ProofNeeded(field="current")
    held.decision, held.decided_at, held.decided_alone = decision, timezone.now(), terms.alone
    held.decided_by_id = actor.login_id
    held.save(update_fields=["decision", "decided_at", "decided_alone", "decided_by"])
    return held, terms.alone


def _close_reported(change: EmailChange, *, actor: Actor) -> None:
    """Close the error of the report, unless another change of the login was reported too."""
    if change.login_id is not None and not is_undecided(change.login_id):
        ids = reached(change.login_id)
        close_faults(ids, [ErrorReason.REPORTED], actor=actor, why=ErrorClosedWhy.DECIDED)


def _others(change: EmailChange, stores: set[int]) -> bool:
    """Whether somebody else could decide: able, with the right, for every store concerned."""
    roles = [role for role in Role if Permission.ACCESS_ERRORS in permissions_of(role)]
    others = Login.objects.staff().filter(role__in=roles, is_active=True, held_at=None)
    others = others.exclude(pk=change.requested_by_id or 0)
    if others.filter(all_stores=True).exists():
        return True
    return any(
        stores <= set(login.staff_stores.values_list("store_id", flat=True))
        for login in others.prefetch_related("staff_stores")
    )


def _view(link: OneTimeLink) -> ReportView:
    change = EmailChange.objects.filter(report_link_id=link.pk).order_by("pk").first()
    if change is None:
        raise LinkUnknown
    return ReportView(link, link.status(timezone.now()), masked(change.old_email), masked(change.new_email))


def _record(event: Event, change: EmailChange, *, actor: Actor, alone: bool = False) -> None:
    record(
        event,
        actor=actor,
        customer_id=change.contact.customer_id,
        contact_id=change.contact_id,
        login_id=change.login_id,
        data={"change": change.pk, **({"alone": True} if alone else {})},
        personal={"email": {"old": change.old_email, "new": change.new_email}},
    )
