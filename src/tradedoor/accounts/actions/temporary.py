"""Temporary passwords: given by staff to a login that has no own one, until its owner chooses one (security.md A3).

These are the parts that login details are made of: the flow asks for the permission and writes its own story.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.links import revoke_links
from tradedoor.accounts.actions.sessions import end_sessions, raise_epochs
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import PASSWORD_PURPOSES, Login, RevokedWhy
from tradedoor.accounts.passwords import hash_password, require_good_password, unusable
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import update_many
from tradedoor.mail.outbox import cancel_sealed

# Nothing that is taken for something else when it is read out or copied by hand: no i, l, o, u, 0 and 1.
ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"
GROUP = 6
FEWEST_GROUPS = 3  # 88 bits
NO_OWN_PASSWORD = (
    Q(password="") | Q(password__startswith="!") | Q(password_is_temporary_until__isnull=False)  # noqa: S106 - none
)


@dataclass(frozen=True, slots=True)
class TemporaryPassword:
    """One that passed the policy, hashed, and as it is to be told. Made only by `temporary_password`."""

    stored: str = field(repr=False)
    raw: str = field(repr=False)
    is_typed: bool


def generated_password() -> str:
    """A password of at least 80 bits that can be read out and copied by hand (TMP-01)."""
    shortest: int = settings.TRADEDOOR_PASSWORD_MIN_LENGTH
    groups = max(FEWEST_GROUPS, -(-(shortest + 1) // (GROUP + 1)))
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(groups))


def temporary_password(raw: str, *, is_typed: bool, about: Iterable[str] = ()) -> TemporaryPassword:
    """Judge and hash a password that staff typed or had generated; call it before the transaction that gives it.

    `about` are the names a guesser would try. Raises `BadPassword` and `Busy`.
    """
    require_good_password(raw, about=about)
    return TemporaryPassword(hash_password(raw), raw, is_typed)


def temporary_until() -> datetime:
    """When what is given now runs out: a temporary password, and a link to choose the first own one."""
    return timezone.now() + timedelta(hours=settings.TRADEDOOR_TEMPORARY_PASSWORD_HOURS)


@transaction.atomic
def give_temporary_passwords(
    given: Mapping[int, TemporaryPassword], *, until: datetime, actor: Actor
) -> frozenset[int]:
    """Let each of these logins sign in with its temporary password until then; the keys of those it was given to.

    A login that has an own password is left alone (TMP-05). Whatever was temporary before dies, with its sessions,
    its links to set a password and the mails that tell of them. A fixed number of queries.
    """
    held = {login.pk: login for login in _without_own(given)}
    columns = ("password", "password_is_temporary_until", "must_change_password")
    update_many(Login, "id", columns, [(pk, given[pk].stored, until, False) for pk in held])
    _end_what_was(held)
    throttle.forget(
        *((throttle.SIGN_IN_ADDRESS, login.realm, login.email_canonical) for login in held.values())
    )
    entries = [Entry(login_id=pk, data={"typed": given[pk].is_typed, "until": until}) for pk in held]
    record_many(Event.TEMPORARY_GIVEN, actor=actor, entries=entries)
    return frozenset(held)


@transaction.atomic
def make_room(login_ids: Collection[int]) -> frozenset[int]:
    """End what these logins had of a temporary kind, since they are given something newer; which have no own password.

    The links behind which they could set one die too (TOK-07).
    """
    held = {login.pk for login in _without_own(login_ids)}
    end_temporary_passwords(held)
    revoke_links(login_ids=held, purposes=PASSWORD_PURPOSES, why=RevokedWhy.SUPERSEDED)
    return frozenset(held)


@transaction.atomic
def end_temporary_passwords(login_ids: Collection[int]) -> int:
    """Let those of these logins whose password is temporary have none any more; how many those were.

    What was opened with it ends, and mail that would tell it is called back. The caller writes the history.
    """
    rows = Login.objects.filter(pk__in=login_ids, password_is_temporary_until__isnull=False)
    ids = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    Login.objects.filter(pk__in=ids).update(
        password=unusable(), password_is_temporary_until=None, epoch=F("epoch") + 1
    )
    end_sessions(login_ids=ids)
    cancel_sealed(ids)
    return len(ids)


def _without_own(login_ids: Iterable[int]) -> list[Login]:
    rows = Login.objects.buyers().filter(NO_OWN_PASSWORD, pk__in=list(login_ids))
    return list(rows.select_for_update().order_by("pk"))


def _end_what_was(login_ids: Collection[int]) -> None:
    raise_epochs(login_ids)
    end_sessions(login_ids=login_ids)
    revoke_links(login_ids=login_ids, purposes=PASSWORD_PURPOSES, why=RevokedWhy.SUPERSEDED)
    cancel_sealed(login_ids)
