"""Checking a sign-in: one answer for every wrong pair, the same work for each, and a count of tries."""

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tradedoor.accounts.actions import throttle
from tradedoor.accounts.errors import (
    Busy,
    LoginOff,
    LoginOnHold,
    PasswordExpired,
    Throttled,
    WrongPair,
)
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import Login, Realm
from tradedoor.accounts.passwords import check_password, hash_password
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical
from tradedoor.core.errors import Invalid

MOST_KEPT = 100  # of a text typed where an address belongs


def check_credentials(
    email: str, password: str, *, realm: Realm, actor: Actor, store_id: int | None = None
) -> Login:
    """The login that this pair belongs to. It is not signed in by this: `open_session` does that.

    `store_id` says at which door it was tried, for the history; it changes nothing about the answer.
    Raises `WrongPair` for every pair that does not fit, after the same work (ENU-01, HA-06);
    `Throttled` before any work; only to who knows the password `LoginOff` and `PasswordExpired`
    (DEA-05, TMP-03); `Busy`. Must not be called inside a transaction: the count has to stand.
    """
    address = _address(email)
    of_network = _count_try(address, realm=realm, actor=actor, store_id=store_id)
    login = Login.objects.filter(realm=realm, email_canonical=address).first()
    checked = check_password(password, login.password if login else None)
    if login is None or not checked.is_right:
        _note_refused(address, login, realm=realm, actor=actor, store_id=store_id)
        raise WrongPair
    if checked.is_outdated:
        _rehash(login, password)
    _forget_tries(address, of_network, realm=realm, actor=actor)
    _require_usable(login)
    return login


def check_own_password(login: Login, password: str, *, actor: Actor) -> None:
    """Return if this is the login's password, for a person who is signed in and proves it again.

    Wrong ones count as those of sign-in do (PW-10). Raises as `check_credentials`.
    """
    check_credentials(login.email, password, realm=Realm(login.realm), actor=actor)


def _address(email: str) -> str:
    """The canonical address. What cannot be one is a wrong pair like others, counted under a key that
    begins with a blank, as no address does."""
    try:
        return canonical(email)
    except Invalid:
        return " " + "".join(filter(str.isprintable, email.casefold()))[:MOST_KEPT]


def _count_try(address: str, *, realm: Realm, actor: Actor, store_id: int | None) -> throttle.Counted:
    """Count the try by network, by pair and by address, in this order, so that tries refused by one
    do not fill the next: nobody can lock somebody else's address from a single network (RL-04).

    Returns the network's count, of which a right password takes this one try back."""
    network = throttle.network_of(actor.ip)
    counts = (
        (throttle.SIGN_IN_NETWORK, (network,)),
        (throttle.SIGN_IN_PAIR, (realm, address, network)),
        (throttle.SIGN_IN_ADDRESS, (realm, address)),
    )
    counted = []
    try:
        with transaction.atomic(durable=True):
            for limit, subject in counts:
                counted.append(throttle.count(limit, *subject))
                wait = counted[-1].wait
                if wait:
                    record(
                        Event.SIGN_IN_THROTTLED,
                        actor=actor,
                        store_id=store_id,
                        result="refused",
                        data={"limit": limit.name, "realm": realm},
                        personal={"email": address},
                    )
                    break
    except DatabaseError as error:
        raise Busy(retry_after=30) from error
    if wait and limit is throttle.SIGN_IN_ADDRESS:
        raise Throttled(
            _(
                "There were too many wrong passwords for this email. Use “Forgot password?” to choose a new one."
            ),
            code="password_locked",
            retry_after=wait,
        )
    if wait:
        raise Throttled(retry_after=wait)
    return counted[0]


def _note_refused(
    address: str, login: Login | None, *, realm: Realm, actor: Actor, store_id: int | None
) -> None:
    record(
        Event.SIGN_IN_REFUSED,
        actor=actor,
        login_id=login.pk if login else None,
        store_id=store_id,
        result="refused",
        data={"realm": realm},
        personal={"email": address},
    )


def _forget_tries(address: str, of_network: throttle.Counted, *, realm: Realm, actor: Actor) -> None:
    """A right password ends its own two counts. Of the network's, which counts failures, it takes back its own
    try and no other: forty colleagues behind one address all get in, and whoever guesses there gains nothing
    by signing in rightly in between (RL-05)."""
    network = throttle.network_of(actor.ip)
    with transaction.atomic():
        throttle.take_back(of_network)
        throttle.forget(
            (throttle.SIGN_IN_PAIR, realm, address, network), (throttle.SIGN_IN_ADDRESS, realm, address)
        )


def _rehash(login: Login, password: str) -> None:
    """Store the password anew with today's parameters, unless it was changed this moment (HA-04)."""
    try:
        stored = hash_password(password)
    except Busy:
        return  # the next sign-in does it
    if Login.objects.filter(pk=login.pk, password=login.password).update(password=stored):
        login.password = stored


def _require_usable(login: Login) -> None:
    if not login.is_active:
        raise LoginOff
    if login.held_at is not None:
        raise LoginOnHold
    if login.password_is_temporary_until is not None and login.password_is_temporary_until <= timezone.now():
        raise PasswordExpired
