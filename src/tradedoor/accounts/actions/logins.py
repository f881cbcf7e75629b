"""Logins of buyers, the passwords of everybody, and the end of what a login has open."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.links import revoke_links
from tradedoor.accounts.actions.sessions import end_sessions, raise_epochs, rotate
from tradedoor.accounts.errors import BadPassword, Busy, HasPassword, LoginNotFound, LoginOff
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import (
    PASSWORD_PURPOSES,
    Login,
    Realm,
    RevokedWhy,
    Session,
)
from tradedoor.accounts.passwords import hash_password, normalised, require_good_password, unusable
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical
from tradedoor.core.bulk import insert_many, reserve_ids
from tradedoor.mail.outbox import cancel_sealed

CHUNK = 5000
TRIES = 10


@dataclass(frozen=True, slots=True)
class ChosenPassword:
    """A password that passed the policy, hashed. Made only by `choose_password`, so none goes round it."""

    stored: str


class PasswordSet(NamedTuple):
    """The login as it is now, and the new key of the session that was kept, if one was."""

    login: Login
    kept_key: str | None


class Ended(NamedTuple):
    """What there was to end."""

    sessions: int
    links: int


@transaction.atomic
def ensure_buyer_logins(addresses: Mapping[str, str]) -> dict[str, int]:
    """The keys of the buyer logins of these addresses; those that do not exist yet are made.

    `addresses` maps canonical to displayed ones, and so does the answer to keys. New ones have no
    password at all (HA-05). Safe when two make the same at once: both get the one that won. A constant
    number of queries however many there are. Raises `ValueError` for a key that is not canonical, since
    such a login would be a twin.
    """
    for address in addresses:
        if canonical(address) != address:
            raise ValueError("not a canonical address")
    found = _buyer_ids(addresses)
    for _try in range(TRIES):
        missing = sorted(addresses.keys() - found.keys())
        try:
            with transaction.atomic():
                return found | _made(missing, addresses)
        except IntegrityError:
            # Somebody made one of them in between; with theirs known the rest can be made.
            found |= _buyer_ids(missing)
    raise Busy(retry_after=1)


def choose_password(raw: str, *, login: Login, about: Iterable[str] = (), unlike: str = "") -> ChosenPassword:
    """Judge and hash what a person chose; call it before the transaction that sets it.

    `about` are further names a guesser would try: of the contact, the customer, the store. `unlike` is the present
    password where the person gave it: one that others know, as a temporary one, must not become the own (TMP-04).
    Raises `BadPassword` and `Busy`.
    """
    if unlike and normalised(raw) == normalised(unlike):
        raise BadPassword(_("This is the present password. Choose another one."), cause="same")
    require_good_password(raw, about=(login.email, login.name, *about))
    return ChosenPassword(hash_password(raw))


@transaction.atomic
def set_own_password(
    login_id: int,
    chosen: ChosenPassword,
    *,
    actor: Actor,
    only_if_unset: bool = False,
    keep_session: Session | None = None,
) -> PasswordSet:
    """Make `chosen` the login's own password, and end everything that rests on the one before.

    All sessions end but `keep_session`, which goes on under a new key; every other link behind which a
    password is set dies with its unsent mail; the count of wrong passwords begins anew (SES-04, TOK-07).
    With `only_if_unset`, as behind an invitation, an own password is never replaced (INV-02). Raises
    `HasPassword`, `LoginOff` and `LoginNotFound`.
    """
    login = _locked(login_id)
    if only_if_unset and login.has_own_password:
        raise HasPassword
    if not login.can_sign_in:
        raise LoginOff
    login.password = chosen.stored
    login.password_is_temporary_until = None
    login.must_change_password = False
    login.epoch += 1
    login.save(update_fields=["password", "password_is_temporary_until", "must_change_password", "epoch"])
    kept_key = _keep(keep_session, epoch=login.epoch) if keep_session else None
    ended = end_sessions(login_ids=[login.pk], except_id=keep_session.pk if keep_session else None)
    links = revoke_links(login_ids=[login.pk], purposes=PASSWORD_PURPOSES, why=RevokedWhy.PASSWORD_SET)
    cancel_sealed([login.pk])
    throttle.forget((throttle.SIGN_IN_ADDRESS, login.realm, login.email_canonical))
    record(
        Event.PASSWORD_SET,
        actor=actor,
        login_id=login.pk,
        data={"sessions": ended, "links": links, "realm": login.realm},
    )
    return PasswordSet(login, kept_key)


@transaction.atomic
def mark_compromised(login_id: int, *, actor: Actor) -> int:
    """Let the next sign-in ask for a new password before anything else, and end all sessions; how many (PW-11).

    Links mailed to the person live on, since a reset link is the way out. The caller asks for the permission.
    Raises `LoginNotFound`.
    """
    login = _locked(login_id)
    login.must_change_password = True
    login.epoch += 1
    login.save(update_fields=["must_change_password", "epoch"])
    ended = end_sessions(login_ids=[login.pk])
    record(Event.MARKED_COMPROMISED, actor=actor, login_id=login.pk, data={"sessions": ended})
    return ended


@transaction.atomic
def end_everything(login_ids: Collection[int], *, why: RevokedWhy) -> Ended:
    """End all that these logins have open anywhere: every session, by row and by epoch, and every link.

    The caller has changed the logins and writes the history (SES-04, TOK-08).
    """
    raise_epochs(login_ids)
    return end_open(login_ids, why=why)


@transaction.atomic
def end_open(login_ids: Collection[int], *, why: RevokedWhy) -> Ended:
    """The same for logins whose epochs the caller raises."""
    return Ended(end_sessions(login_ids=login_ids), revoke_links(login_ids=login_ids, why=why))


@transaction.atomic
def end_accesses(access_ids: Collection[int], *, why: RevokedWhy) -> Ended:
    """End the sessions and links of these accesses, and leave what their logins do elsewhere.

    The caller raises the accesses' own epochs and writes the history (DEA-01).
    """
    return Ended(end_sessions(access_ids=access_ids), revoke_links(access_ids=access_ids, why=why))


@transaction.atomic
def revoke_password_links(login_ids: Collection[int], *, why: RevokedWhy) -> int:
    """End the links behind which these logins could set a password; how many."""
    return revoke_links(login_ids=login_ids, purposes=PASSWORD_PURPOSES, why=why)


def _buyer_ids(addresses: Iterable[str]) -> dict[str, int]:
    ordered = sorted(addresses)
    found: dict[str, int] = {}
    for start in range(0, len(ordered), CHUNK):
        chunk = Login.objects.buyers().filter(email_canonical__in=ordered[start : start + CHUNK])
        found.update(chunk.values_list("email_canonical", "pk"))
    return found


def _made(missing: Sequence[str], addresses: Mapping[str, str]) -> dict[str, int]:
    """Insert the missing logins in order of address, so that two who do it wait instead of deadlocking."""
    if not missing:
        return {}
    ids = reserve_ids(Login, len(missing))
    rows = (
        (login_id, Realm.BUYER.value, addresses[address], address, unusable())
        for login_id, address in zip(ids, missing, strict=True)
    )
    insert_many(Login, ("id", "realm", "email", "email_canonical", "password"), rows)
    return dict(zip(missing, ids, strict=True))


def _locked(login_id: int) -> Login:
    login = Login.objects.select_for_update().filter(pk=login_id).first()
    if login is None:
        raise LoginNotFound
    return login


def _keep(session: Session, *, epoch: int) -> str:
    Session.objects.filter(pk=session.pk).update(login_epoch=epoch)
    session.login_epoch = epoch
    return rotate(session)
