"""From the mailed link to a signed-in buyer (INV-01, INV-02).

A link is judged when its page is shown and again when the form comes back, against the clock and against the
CRM of that moment. Showing the page changes nothing, because mail scanners open every link (TOK-06).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tradedoor.access.actions import states
from tradedoor.access.actions.checking import check_errors
from tradedoor.access.actions.planning import reason_of_contact, reason_of_login
from tradedoor.access.actions.states import Change
from tradedoor.access.errors import LinkDead, LinkUnknown, MustSignIn, WrongLogin
from tradedoor.access.events import Event
from tradedoor.access.models import Access, AccessError, ErrorReason, State
from tradedoor.access.policy import Step, may_enter
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.access.transitions import TRANSITIONS, Trigger
from tradedoor.accounts.actions.links import LinkView, find_link, link_by_id, note_opened, spend_link
from tradedoor.accounts.actions.logins import ChosenPassword, choose_password, end_accesses, set_own_password
from tradedoor.accounts.actions.sessions import Opened, open_session
from tradedoor.accounts.actions.sign_in import check_credentials
from tradedoor.accounts.models import LinkStatus, Login, OneTimeLink, Purpose, Realm, RevokedWhy
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import masked
from tradedoor.stores.actions.counting import count_sign_in
from tradedoor.stores.models import Store


class Needs(StrEnum):
    """What the page behind a living invitation asks for."""

    SET_PASSWORD = "set_password"  # noqa: S105 - a step, not a password
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class InvitationView:
    """What the holder of a genuine link may see. `reason` is None while it can be accepted.

    No page names the address except masked (TOK-11).
    """

    link: OneTimeLink
    access: Access
    reason: Reason | None
    needs: Needs
    masked_address: str
    expires_at: datetime

    @property
    def is_live(self) -> bool:
        return self.reason is None

    @property
    def sentence(self) -> str:
        return sentence_of(self.reason) if self.reason else ""

    @property
    def can_ask_again(self) -> bool:
        """Whether the page offers a fresh link to the stored address."""
        return self.reason is Reason.LINK_EXPIRED


@dataclass(frozen=True, slots=True)
class Entered:
    """A buyer who is in: the access they act for, and the session whose key goes into the cookie."""

    access: Access
    opened: Opened


DEAD: dict[LinkStatus, Reason] = {
    LinkStatus.USED: Reason.LINK_USED,
    LinkStatus.EXPIRED: Reason.LINK_EXPIRED,
    LinkStatus.SUPERSEDED: Reason.LINK_SUPERSEDED,
    LinkStatus.CANCELLED: Reason.LINK_CANCELLED,
}


def look_at_invitation(token: str, *, store: Store, actor: Actor) -> InvitationView:
    """What became of the invitation of this token; changes nothing but when it was first opened.

    Raises `LinkUnknown` for whatever is made up, altered, of another store or of another purpose.
    """
    found = find_link(token, purpose=Purpose.INVITATION, store_id=store.pk)
    view = _view(found, store=store)
    if found.link.opened_at is None:
        note_opened(found.link.pk)
        _record(Event.INVITATION_OPENED, view.access, actor=actor, result=view.reason or "ok")
    return view


def invitation_of(link_id: int, *, store: Store) -> InvitationView:
    """The same for a link whose token was exchanged before (TOK-10). Raises `LinkUnknown`."""
    return _view(link_by_id(link_id, purpose=Purpose.INVITATION, store_id=store.pk), store=store)


def accept_with_new_password(
    link_id: int, password: str, *, store: Store, actor: Actor, keep: bool = False
) -> Entered:
    """Set the login's first own password, make the access current, and sign in.

    Raises `LinkUnknown`, `LinkDead` with the reason, `MustSignIn` where the login has an own password by now,
    `BadPassword`, and `DoorClosed` where the store may not be entered. Whatever it raises, the link lives on.
    """
    view = _require_live(link_id, store=store, actor=actor)
    if view.needs is Needs.SIGN_IN:
        raise MustSignIn
    login, contact = _login_of(view), view.access.contact
    about = (contact.first_name, contact.last_name, view.access.customer.name, store.name, store.slug)
    # Judged and hashed before the transaction, which holds a lock that everybody's sign-in waits for.
    chosen = choose_password(password, login=login, about=about)
    return _accept(view, login, store=store, actor=actor, keep=keep, chosen=chosen)


def accept_by_signing_in(
    link_id: int, password: str, *, store: Store, actor: Actor, keep: bool = False
) -> Entered:
    """Check the password of the login that the invitation is for, make the access current, and sign in.

    The address is the invited one; none is taken from the form (INV-01). Raises as `check_credentials` and as
    `accept_with_new_password` does.
    """
    view = _require_live(link_id, store=store, actor=actor)
    address = _login_of(view).email
    login = check_credentials(address, password, realm=Realm.BUYER, actor=actor, store_id=store.pk)
    return _accept(view, login, store=store, actor=actor, keep=keep)


def accept_signed_in(
    link_id: int, login: Login, *, store: Store, actor: Actor, keep: bool = False
) -> Entered:
    """Make the access current for a login that has just been proven in full, by whatever way it signs in.

    Raises `WrongLogin` for any other login than the invited one, and as `accept_with_new_password` does.
    """
    view = _require_live(link_id, store=store, actor=actor)
    return _accept(view, login, store=store, actor=actor, keep=keep)


def _require_live(link_id: int, *, store: Store, actor: Actor) -> InvitationView:
    view = invitation_of(link_id, store=store)
    if view.reason is not None:
        _record(Event.INVITATION_REFUSED, view.access, actor=actor, result=view.reason)
        raise LinkDead(view.reason)
    return view


@transaction.atomic
def _accept(
    view: InvitationView,
    login: Login,
    *,
    store: Store,
    actor: Actor,
    keep: bool,
    chosen: ChosenPassword | None = None,
) -> Entered:
    """Judge everything once more under lock, use the link up, and let the person in."""
    states.lock([view.access.pk])
    again = invitation_of(view.link.pk, store=store)
    if again.reason is not None:
        raise LinkDead(again.reason)
    if _login_of(again).pk != login.pk:
        raise WrongLogin
    spend_link(view.link.pk)
    if chosen is not None:
        login = set_own_password(login.pk, chosen, actor=actor, only_if_unset=True).login
    now = timezone.now()
    trigger = _trigger(again.access, again.link)
    also: dict[str, Any] = {"accepted_at": now, "last_sign_in_at": now}
    if trigger is Trigger.TAKE_OVER:
        # Whoever was in by the former login is out, by row and by epoch (SES-05).
        end_accesses([view.access.pk], why=RevokedWhy.EMAIL_CHANGED)
        also |= {"login_id": login.pk, "epoch": F("epoch") + 1}
    moved = states.move(Change(trigger, ids=[view.access.pk], also=also), actor=actor)
    if moved.refused:
        raise LinkDead(moved.refused[view.access.pk])
    if trigger is Trigger.TAKE_OVER:
        check_errors(moved.ids, actor=actor)
    access = _loaded(view.access.pk)
    may_enter(login=login, access=access, store=access.store, step=Step.OPEN_SESSION)
    opened = open_session(
        login,
        actor=actor,
        store_id=store.pk,
        customer_id=access.customer_id,
        contact_id=access.contact_id,
        access_id=access.pk,
        access_epoch=access.epoch,
        keep=keep,
        method="invitation",
    )
    count_sign_in(access.store)
    return Entered(access, opened)


def _view(found: LinkView, *, store: Store) -> InvitationView:
    link = found.link
    access = Access.objects.filter(pk__in=[link.access_id], store=store)
    row = access.select_related("contact__customer", "customer", "login", "store").first()
    if row is None:
        raise LinkUnknown
    return InvitationView(
        link=link,
        access=row,
        reason=DEAD.get(found.status) or _reason_against(row, link),
        needs=Needs.SIGN_IN if _has_own_password(_invited(row, link)) else Needs.SET_PASSWORD,
        masked_address=masked(link.address),
        expires_at=link.expires_at,
    )


def _reason_against(access: Access, link: OneTimeLink) -> Reason | None:
    """Why a link that lives cannot be accepted nevertheless; the CRM may have changed since it was mailed."""
    trigger = _trigger(access, link)
    cell = TRANSITIONS[trigger][State(access.state)]
    if isinstance(cell, Reason):
        return cell
    if reason_of_contact(access.contact, store=access.store) is not None:
        return Reason.LINK_CANCELLED
    is_other = trigger is Trigger.ACCEPT and access.login_id != link.login_id
    invited = _invited(access, link)
    # Of the login too, which may have moved while somebody invited by its former address (TOK-03).
    strayed = invited is not None and invited.email_canonical != link.address
    if access.contact.email_canonical != link.address or is_other or strayed:
        return Reason.ADDRESS_CHANGED
    if not access.store.is_active:
        return Reason.STORE_CLOSED
    # Nobody leaves a login on hold, which would lead round the decision that it waits for.
    if trigger is Trigger.TAKE_OVER and reason_of_login(access.login) is not None:
        return Reason.LINK_CANCELLED
    return reason_of_login(invited)


def _trigger(access: Access, link: OneTimeLink) -> Trigger:
    """What accepting this link is. A current access goes to another login only while it is on Error for that."""
    if access.state != State.CURRENT or link.login_id in {None, access.login_id}:
        return Trigger.ACCEPT
    waits = AccessError.objects.open().filter(access=access, reason=ErrorReason.EMAIL_IN_USE)
    return Trigger.TAKE_OVER if waits.exists() else Trigger.ACCEPT


def _invited(access: Access, link: OneTimeLink) -> Login | None:
    """The login that the link is for: nearly always that of the access, which is loaded."""
    return access.login if access.login_id == link.login_id else link.login


def _has_own_password(login: Login | None) -> bool:
    return login is not None and login.has_own_password


def _login_of(view: InvitationView) -> Login:
    login = _invited(view.access, view.link)
    if login is None:
        raise LinkDead(Reason.LINK_CANCELLED)
    return login


def _loaded(access_id: int) -> Access:
    return Access.objects.select_related("contact", "customer", "login", "store").get(pk=access_id)


def _record(event: Event, access: Access, *, actor: Actor, result: str) -> None:
    record(
        event,
        actor=actor,
        store_id=access.store_id,
        customer_id=access.customer_id,
        contact_id=access.contact_id,
        access_id=access.pk,
        login_id=access.login_id,
        result=result,
    )
