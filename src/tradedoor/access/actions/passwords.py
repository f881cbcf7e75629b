"""Passwords of buyers: forgotten, reset by a mailed link, and changed.

The page that is told an address never looks it up: it writes one job, the same for every address, and a worker
decides (ENU-02). What it decided is seen in the history and in nobody's answer.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from tradedoor.access.actions.invitations import send_again_to_owner
from tradedoor.access.events import Event
from tradedoor.access.models import Access, EmailChange, State
from tradedoor.access.password_emails import changed_letter, reset_letter
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.links import LinkRequest, find_link, issue_links, link_by_id, spend_link
from tradedoor.accounts.actions.logins import choose_password, set_own_password
from tradedoor.accounts.actions.sign_in import check_own_password
from tradedoor.accounts.errors import Busy, LinkUnknown, LinkUsed, Throttled
from tradedoor.accounts.models import LinkStatus, Login, OneTimeLink, Purpose, Session
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical, masked
from tradedoor.jobs.queue import enqueue
from tradedoor.mail.outbox import post_many
from tradedoor.stores.models import Store

SEND_RESET = "access.send_reset"
PER_ADDRESS = (throttle.FORGOT_ADDRESS_HOUR, throttle.FORGOT_ADDRESS_DAY)


class ResetView(NamedTuple):
    """What the holder of a genuine link may see; the address is named masked only (TOK-11)."""

    link: OneTimeLink
    status: LinkStatus
    masked_address: str

    @property
    def is_live(self) -> bool:
        return self.status is LinkStatus.LIVE


def ask_for_reset(store: Store, email: str, *, actor: Actor) -> None:
    """Have a worker send whatever this address may have. Says nothing about it, whoever it is.

    Asked more often than three times an hour for one address it does nothing further. Raises `Invalid` for what
    can be no address, `Throttled` for a network that asks for many, and `Busy`.
    """
    address = canonical(email)
    network = throttle.network_of(actor.ip)
    try:
        with transaction.atomic(durable=True):
            wait = throttle.count_try(throttle.FORGOT_NETWORK, network)
            if not wait and not any(throttle.count_try(limit, address) for limit in PER_ADDRESS):
                enqueue(SEND_RESET, args={"store_id": store.pk, "address": address})
    except DatabaseError as error:
        raise Busy(retry_after=30) from error
    if wait:
        raise Throttled(retry_after=wait)


def send_reset(store_id: int, address: str, *, actor: Actor) -> None:
    """Send the link to choose a new password, or the open invitation once more, or nothing (product.md 7).

    The link goes to a login with a current access anywhere, in the look of this store if it has access here. One
    with only open invitations gets such a one again. One with nothing but ended accesses, one that is held or off,
    and an address that nobody has, get no mail.
    """
    login = Login.objects.buyers().filter(email_canonical=address).first()
    if login is None or not login.can_sign_in:
        _record(login, store_id, actor=actor, result="refused" if login else "unknown", address=address)
        return
    accesses = list(Access.objects.filter(login=login).select_related("store", "login").order_by("pk"))
    current = _nearest(accesses, State.CURRENT, store_id=store_id)
    pending = _nearest(accesses, State.PENDING, store_id=store_id)
    if current is not None:
        send_links_to([current], actor=actor)
        result = "sent"
    elif pending is not None:
        send_again_to_owner(pending, actor=actor)
        result = "invited"
    else:
        result = "no_access"
    _record(login, store_id, actor=actor, result=result, address=address)


def look_at_reset(token: str, *, store: Store) -> ResetView:
    """What became of the link of this token; changes nothing. Raises `LinkUnknown`."""
    return _view(find_link(token, purpose=Purpose.RESET, store_id=store.pk).link)


def reset_of(link_id: int, *, store: Store) -> ResetView:
    """The same for a link whose token was exchanged before (TOK-10). Raises `LinkUnknown`."""
    return _view(link_by_id(link_id, purpose=Purpose.RESET, store_id=store.pk).link)


def reset_password(link_id: int, password: str, *, store: Store, actor: Actor) -> None:
    """Set the login's password, end all its sessions and other password links, and mail a notice.

    Nobody is signed in by it (TOK-09). Raises `LinkUnknown`, `LinkUsed` for a link that is not live any more,
    `BadPassword`, `LoginOff` and `Busy`; whatever it raises, the link lives on.
    """
    view = reset_of(link_id, store=store)
    login = view.link.login
    if login is None or not view.is_live:
        raise LinkUsed(data={"status": view.status.value})
    # Judged and hashed before the transaction, which holds a lock that everybody's sign-in waits for.
    chosen = choose_password(password, login=login, about=_about(login, store))
    with transaction.atomic():
        spend_link(link_id)
        done = set_own_password(login.pk, chosen, actor=actor).login
        post_many([changed_letter(done, store=store)])
        _note_risk(login, actor=actor)


def _note_risk(login: Login, *, actor: Actor) -> None:
    """Link a reset with the change of email it follows within a day, for staff to look at (EMC-04)."""
    lately = timezone.now() - timedelta(days=1)
    for change in EmailChange.objects.filter(login=login, applied_at__gte=lately).select_related("contact"):
        record(
            Event.RESET_AFTER_EMAIL_CHANGE,
            actor=actor,
            customer_id=change.contact.customer_id,
            contact_id=change.contact_id,
            login_id=login.pk,
            data={"change": change.pk},
        )


def change_own_password(access: Access, current: str, new: str, *, session: Session, actor: Actor) -> str:
    """Change the password of whoever is signed in; all other sessions end. Returns the new key of this one.

    Raises `WrongPair` for a wrong current password, which counts as at sign-in (PW-10), `BadPassword`,
    `Throttled` and `Busy`.
    """
    login = session.login
    check_own_password(login, current, actor=actor)
    chosen = choose_password(new, login=login, about=_about(login, access.store), unlike=current)
    with transaction.atomic():
        done = set_own_password(login.pk, chosen, actor=actor, keep_session=session)
        post_many([changed_letter(done.login, store=access.store)])
    return done.kept_key or ""


def send_pending_again(public_id: UUID, *, store: Store, actor: Actor) -> None:
    """Send a pending access its invitation again; the face has a proof of who asks. Does nothing for any other."""
    pending = Access.objects.filter(public_id=public_id, store=store, state=State.PENDING)
    access = pending.select_related("store").first()
    if access is not None:
        send_again_to_owner(access, actor=actor)


@transaction.atomic
def send_links_to(accesses: Sequence[Access], *, actor: Actor) -> None:
    """Mail each login of these accesses one link to choose a new password; the part that asks for nothing.

    The look is that of the first of its accesses. They come with login and store loaded.
    """
    firsts: dict[int, Access] = {}
    for access in accesses:
        if access.login_id is not None:
            firsts.setdefault(access.login_id, access)
    chosen = [(access.login, access.store) for access in firsts.values() if access.login is not None]
    links = issue_links(
        [
            LinkRequest(
                purpose=Purpose.RESET,
                address=login.email_canonical,
                expires_at=timezone.now() + settings.TRADEDOOR_RESET_LINK_LIFE,
                login_id=login.pk,
                store_id=store.pk,
            )
            for login, store in chosen
        ],
        actor=actor,
    )
    post_many(
        [reset_letter(login, link, store=store) for (login, store), link in zip(chosen, links, strict=True)]
    )


def _nearest(accesses: list[Access], state: State, *, store_id: int) -> Access | None:
    """The access in this state of the store asked at, else any; stores that are open go first."""
    found = [access for access in accesses if access.state == state]
    return min(
        found, key=lambda access: (access.store_id != store_id, not access.store.is_active), default=None
    )


def _view(link: OneTimeLink) -> ResetView:
    if link.login is None:
        raise LinkUnknown
    status = link.status(timezone.now())
    if status is LinkStatus.LIVE and link.login.email_canonical != link.address:
        status = LinkStatus.CANCELLED
    return ResetView(link, status, masked(link.address))


def _about(login: Login, store: Store) -> list[str]:
    """The names a guesser would begin with: of the person, their customers and the store."""
    names = Access.objects.filter(login=login).values_list(
        "contact__first_name", "contact__last_name", "customer__name"
    )
    return [store.name, store.slug, *(name for row in names for name in row)]


def _record(login: Login | None, store_id: int, *, actor: Actor, result: str, address: str) -> None:
    record(
        Event.RESET_ASKED,
        actor=actor,
        store_id=store_id,
        login_id=login.pk if login else None,
        result=result,
        personal={"email": address},
    )
