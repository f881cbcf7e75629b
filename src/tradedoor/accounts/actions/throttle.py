"""Counting tries, atomically and in the database, so that all processes count together (RL-01 to RL-03).

A try is counted before it is made: of many at once, only as many as the limit allows get through. The
subject of a count is hashed with the server's key and holds nothing that the client may pick freely.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Any, TypeVar

from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tradedoor.accounts.errors import Busy, Throttled
from tradedoor.accounts.models import Throttle

Named = TypeVar("Named", bound=Hashable)

HIGHEST_LEVEL = 2
# Windows exhausted within this time of each other make the next wait longer.
REMEMBERED = timedelta(hours=1)
LONGEST_WAIT = timedelta(minutes=15)

# A window that ends further ahead than any can is of a time that the clock was set back from: it is over.
# In a window that runs, the count rises, and the last try that a doubling limit allows sets the end anew.
# After it a new window begins, with a longer wait where the one before was exhausted not long ago.
COUNT = """
INSERT INTO accounts_throttle AS kept (key_hash, window_ends_at, count, level)
VALUES (%(key)s, %(window)s, 1, 0)
ON CONFLICT (key_hash) DO UPDATE SET
    count = CASE WHEN kept.window_ends_at > %(now)s AND kept.window_ends_at <= %(furthest)s
        THEN kept.count + 1 ELSE 1 END,
    level = CASE
        WHEN kept.window_ends_at > %(now)s AND kept.window_ends_at <= %(furthest)s THEN kept.level
        WHEN kept.count < %(most)s OR kept.window_ends_at <= %(recent)s THEN 0
        WHEN kept.level < 2 THEN kept.level + 1
        ELSE 2 END,
    window_ends_at = CASE
        WHEN kept.window_ends_at <= %(now)s OR kept.window_ends_at > %(furthest)s THEN %(window)s
        WHEN kept.count + 1 <> %(last)s THEN kept.window_ends_at
        WHEN kept.level = 0 THEN %(wait0)s
        WHEN kept.level = 1 THEN %(wait1)s
        ELSE %(wait2)s END
RETURNING count, window_ends_at
"""
TAKE_BACK = (
    "UPDATE accounts_throttle SET count = count - 1 WHERE key_hash = %s AND window_ends_at = %s AND count > 0"
)
FORGET = "DELETE FROM accounts_throttle WHERE key_hash = %s"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries in a window. With `doubling` the wait begins at the last one, and grows."""

    name: str
    most: int
    window: timedelta
    doubling: bool = False

    def wait(self, level: int) -> timedelta:
        return min(self.window * 2**level, LONGEST_WAIT) if self.doubling else self.window

    @property
    def longest(self) -> timedelta:
        """How far ahead a window may end."""
        return max(self.window, self.wait(HIGHEST_LEVEL))


SIGN_IN_NETWORK = Limit("sign-in-network", 30, timedelta(minutes=1))
SIGN_IN_PAIR = Limit("sign-in-pair", 5, timedelta(minutes=5), doubling=True)
SIGN_IN_ADDRESS = Limit("sign-in-address", 100, timedelta(days=30))
FORGOT_ADDRESS_HOUR = Limit("forgot-address-hour", 3, timedelta(hours=1))
FORGOT_ADDRESS_DAY = Limit("forgot-address-day", 10, timedelta(days=1))
FORGOT_NETWORK = Limit("forgot-network", 20, timedelta(hours=1))
LANDING_NETWORK = Limit("landing-network", 30, timedelta(minutes=1))
FRESH_INVITATION_ADDRESS = Limit("fresh-invitation-address", 3, timedelta(days=1))
INVITING_STAFF = Limit("inviting-staff", 200, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Counted:
    """One try that was counted: under which key, in the window that ends when, and how long to wait."""

    key: str
    window_ends_at: datetime
    wait: int


def network_of(ip: str) -> str:
    """The part of an address one party holds: all of an IPv4 address, the first half of an IPv6 one."""
    try:
        address = ip_address(ip)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64)) + "/64"
    return str(address)


def require_room(limit: Limit, *subject: str) -> None:
    """Count one try of `subject`, and return if there is room for it.

    The count stands whatever becomes of the try, so this is a transaction of its own and must not be
    called inside another. Raises `Throttled`; and `Busy` if the count cannot be written, since a door
    whose counter is broken stays shut (RL-08).
    """
    try:
        with transaction.atomic(durable=True):
            wait = count_try(limit, *subject)
    except DatabaseError as error:
        raise Busy(retry_after=30) from error
    if wait:
        raise Throttled(retry_after=wait)


def count_try(limit: Limit, *subject: str) -> int:
    """Count one try, inside the caller's transaction; for how many seconds there is no room, 0 for none."""
    return count(limit, *subject).wait


def count(limit: Limit, *subject: str) -> Counted:
    """Count one try, inside the caller's transaction, to be taken back perhaps.

    One statement reads and writes, so of many at once each sees the others' count. Through the ORM it
    would be three, which is a quarter of what a sign-in costs beside the hash.
    """
    now = timezone.now()
    key = key_of(limit, *subject)
    parameters: dict[str, Any] = {
        "key": key,
        "now": now,
        "recent": now - REMEMBERED,
        "window": now + limit.window,
        "furthest": now + limit.longest,
        "most": limit.most,
        "last": limit.most if limit.doubling else -1,
        **{f"wait{level}": now + limit.wait(level) for level in range(HIGHEST_LEVEL + 1)},
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {name: _adapted(value) for name, value in parameters.items()})
        tries, stored = cursor.fetchone()
    ends_at = _aware(stored)
    wait = 0 if tries <= limit.most else max(1, ceil((ends_at - now).total_seconds()))
    return Counted(key, ends_at, wait)


def take_back(counted: Counted) -> None:
    """Undo the counting of this one try; of no other, and none where another window has begun since."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_BACK, [counted.key, _adapted(counted.window_ends_at)])


def full_counts(counts: Mapping[Named, tuple[Limit, *tuple[str, ...]]]) -> dict[Named, datetime]:
    """Of these counts, each given as its limit and subject, those without room, and when there is some again.

    Counts nothing; one query.
    """
    keys = {key_of(*count): name for name, count in counts.items()}
    now = timezone.now()
    running = Throttle.objects.filter(key_hash__in=keys, window_ends_at__gt=now)
    limits = {key: counts[name][0] for key, name in keys.items()}
    return {
        keys[row.key_hash]: row.window_ends_at
        for row in running
        if row.count >= limits[row.key_hash].most and row.window_ends_at <= now + limits[row.key_hash].longest
    }


def forget(*counts: tuple[Limit, *tuple[str, ...]]) -> None:
    """Begin these counts anew, each given as its limit and subject.

    One after the other, in the order in which tries count them: all at once they would be locked in any order, and
    wait for a try that counts at this moment as that waits for them.
    """
    with connection.cursor() as cursor:
        cursor.executemany(FORGET, [[key_of(*count)] for count in counts])


def key_of(limit: Limit, *subject: str) -> str:
    # The parts are joined by what cannot stand in any of them.
    return salted_hmac(f"throttle {limit.name}", "\x00".join(subject), algorithm="sha256").hexdigest()


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _aware(stored: datetime) -> datetime:
    """SQLite hands a time back as it is written down: in UTC, and not saying so."""
    return stored if stored.tzinfo else stored.replace(tzinfo=UTC)
