"""Sessions: opened, found again, moved to a new key, ended.

The cookie holds the key, the row its hash. A key that the server did not make is never taken over
(SES-01). These are the parts that flows are made of; flows ask for permissions.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tradedoor.accounts.errors import LoginChanged
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import Login, Realm, Session
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor

MOST_PER_LOGIN = 20
KEY_BYTES = 32
SEEN_EVERY = timedelta(minutes=1)
CHUNK = 5000


class Opened(NamedTuple):
    """A session, and the key that goes into the cookie and nowhere else."""

    session: Session
    key: str


@dataclass(frozen=True, slots=True)
class Lifetime:
    idle: timedelta
    absolute: timedelta


def lifetime(realm: str, *, keep: bool) -> Lifetime:
    """How long a session lives unused and at all (SES-03); staff are never kept signed in."""
    if realm == Realm.STAFF:
        return Lifetime(settings.TRADEDOOR_STAFF_SESSION_IDLE, settings.TRADEDOOR_STAFF_SESSION_LIFE)
    if keep:
        return Lifetime(settings.TRADEDOOR_BUYER_KEPT_IDLE, settings.TRADEDOOR_BUYER_KEPT_LIFE)
    return Lifetime(settings.TRADEDOOR_BUYER_SESSION_IDLE, settings.TRADEDOOR_BUYER_SESSION_LIFE)


# Whoever opens a session as a part of more gives up all of it where that fails, so a savepoint would serve nobody.
@transaction.atomic(savepoint=False)
def open_session(  # noqa: PLR0913 - what the session and its line of history are about
    login: Login,
    *,
    actor: Actor,
    store_id: int | None = None,
    customer_id: int | None = None,
    contact_id: int | None = None,
    access_id: int | None = None,
    access_epoch: int | None = None,
    keep: bool = False,
    method: str = "password",
    until: datetime | None = None,
) -> Opened:
    """Sign the login in: a session with a new key, and the end of the oldest beyond twenty (SES-08).

    `customer_id` and `contact_id` are whom it acts for, for their history.
    `until` is the end of the session it goes out from, where one opens the next: no chain outlives its proof.
    `login` is as it was when its proof was checked. Raises `LoginChanged` where it has been switched
    off or given another password since: the rule is asked again when a sign-in ends (DEA-04).
    """
    now = timezone.now()
    still = Login.objects.filter(pk=login.pk, epoch=login.epoch, is_active=True, held_at=None)
    if not still.update(last_sign_in_at=now):
        raise LoginChanged
    _end_oldest(login.pk, leaving=MOST_PER_LOGIN - 1)
    key = secrets.token_urlsafe(KEY_BYTES)
    life = lifetime(login.realm, keep=keep)
    session = Session.objects.create(
        key_hash=_hash(key),
        login=login,
        realm=login.realm,
        store_id=store_id,
        access_id=access_id,
        login_epoch=login.epoch,
        access_epoch=access_epoch,
        born_at=now,
        seen_at=now,
        idle_seconds=int(life.idle.total_seconds()),
        expires_at=min(now + life.absolute, until) if until else now + life.absolute,
        keep=keep and login.realm == Realm.BUYER,
        ip=actor.ip[:45],
        agent=actor.agent[:200],
    )
    record(
        Event.SIGNED_IN,
        actor=actor,
        login_id=login.pk,
        store_id=store_id,
        customer_id=customer_id,
        contact_id=contact_id,
        access_id=access_id,
        data={"method": method, "realm": login.realm, "kept": session.keep},
    )
    return Opened(session, key)


def session_for(key: str, *, realm: str, store_id: int | None = None) -> Session | None:
    """The living session of a cookie, with its login, by one query; None for every reason there may be.

    Realm and store belong to the look-up: a key of one door is nobody's at another (SES-06).
    """
    session = (
        Session.objects.living(timezone.now())
        .filter(key_hash=_hash(key), realm=realm, store_id=store_id)
        .select_related("login")
        .first()
    )
    if session is None or _is_idle(session) or session.login_epoch != session.login.epoch:
        return None
    return session if session.login.can_sign_in else None


def note_seen(session: Session) -> None:
    """Keep that the session is in use; written at most once a minute."""
    now = timezone.now()
    if now - session.seen_at >= SEEN_EVERY:
        Session.objects.filter(pk=session.pk, seen_at__lte=now - SEEN_EVERY).update(seen_at=now)
        session.seen_at = now


def keep_data(session: Session) -> None:
    """Write what a page left for the next one, as messages are; nothing if the session has ended."""
    Session.objects.filter(pk=session.pk).update(data=session.data)


def rotate(session: Session) -> str:
    """Give the session a new key, after which the old one opens nothing; the new key (SES-01)."""
    key = secrets.token_urlsafe(KEY_BYTES)
    Session.objects.filter(pk=session.pk).update(key_hash=_hash(key))
    session.key_hash = _hash(key)
    return key


@transaction.atomic
def end_session(session: Session, *, actor: Actor) -> None:
    """Sign out: the row goes, and the cookie's key opens nothing any more."""
    if Session.objects.filter(pk=session.pk).delete()[0]:
        record(
            Event.SIGNED_OUT,
            actor=actor,
            login_id=session.login_id,
            store_id=session.store_id,
            access_id=session.access_id,
        )


@transaction.atomic
def end_sessions(
    *,
    login_ids: Collection[int] | None = None,
    access_ids: Collection[int] | None = None,
    except_id: int | None = None,
) -> int:
    """End all sessions of these logins, or of these accesses, but for one that is named; how many ended.

    Raises `ValueError` where neither is named: nobody means everybody.
    """
    if (login_ids is None) == (access_ids is None):
        raise ValueError("name logins or accesses")
    field, ids = ("login_id__in", login_ids) if login_ids is not None else ("access_id__in", access_ids)
    ordered = sorted(ids or ())
    ended = 0
    for start in range(0, len(ordered), CHUNK):
        which = Session.objects.filter((field, ordered[start : start + CHUNK]))
        ended += which.exclude(pk=except_id or 0).delete()[0]
    return ended


@transaction.atomic
def raise_epochs(login_ids: Collection[int]) -> None:
    """Make every session these logins have invalid, also one whose row somebody forgets (SES-05)."""
    ordered = sorted(login_ids)
    for start in range(0, len(ordered), CHUNK):
        Login.objects.filter(pk__in=ordered[start : start + CHUNK]).update(epoch=F("epoch") + 1)


def _end_oldest(login_id: int, *, leaving: int) -> None:
    newest = Session.objects.filter(login_id=login_id).order_by("-born_at", "-pk")
    beyond = list(newest.values_list("pk", flat=True)[leaving:])
    if beyond:
        Session.objects.filter(pk__in=beyond).delete()


def _is_idle(session: Session, now: datetime | None = None) -> bool:
    return (now or timezone.now()) - session.seen_at > timedelta(seconds=session.idle_seconds)


def _hash(key: str) -> str:
    return hashlib.sha256(key[:100].encode(errors="replace")).hexdigest()
