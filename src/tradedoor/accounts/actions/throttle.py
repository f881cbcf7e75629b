"""Counting tries, atomically and in the database, so that all processes count together (RL-01 to RL-03).

A try is counted before it is made: of many at once, only as many as the limit allows get through. The
subject of a count is hashed with the server's key and holds nothing that the client may pick freely.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tradedoor.accounts.errors import Busy, Throttled
from tradedoor.accounts.models import Throttle

HIGHEST_LEVEL = 2
# Windows exhausted within this time of each other make the next wait longer.
REMEMBERED = timedelta(hours=1)
LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries in a window. With `doubling` the wait begins at the last one, and grows."""

    name: str
    most: int
    window: timedelta
    doubling: bool = False

    def wait(self, level: int) -> timedelta:
        return min(self.window * 2**level, LONGEST_WAIT) if self.doubling else self.window


SIGN_IN_NETWORK = Limit("sign-in-network", 30, timedelta(minutes=1))
SIGN_IN_PAIR = Limit("sign-in-pair", 5, timedelta(minutes=5), doubling=True)
SIGN_IN_ADDRESS = Limit("sign-in-address", 100, timedelta(days=30))
FORGOT_ADDRESS_HOUR = Limit("forgot-address-hour", 3, timedelta(hours=1))
FORGOT_ADDRESS_DAY = Limit("forgot-address-day", 10, timedelta(days=1))
FORGOT_NETWORK = Limit("forgot-network", 20, timedelta(hours=1))
LANDING_NETWORK = Limit("landing-network", 30, timedelta(minutes=1))
FRESH_INVITATION_ADDRESS = Limit("fresh-invitation-address", 3, timedelta(days=1))
INVITING_STAFF = Limit("inviting-staff", 200, timedelta(hours=1))


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
    """Count one try, inside the caller's transaction; for how many seconds there is no room, 0 for none.

    The row is locked between reading and writing, so of many at once each sees the others' count.
    """
    now = timezone.now()
    key = key_of(limit, *subject)
    Throttle.objects.bulk_create([Throttle(key_hash=key, window_ends_at=now)], ignore_conflicts=True)
    row = Throttle.objects.select_for_update().get(key_hash=key)
    if row.window_ends_at <= now:
        _begin_window(row, limit, now)
    row.count += 1
    if limit.doubling and row.count == limit.most:
        row.window_ends_at = now + limit.wait(row.level)
    row.save(update_fields=["window_ends_at", "count", "level"])
    if row.count <= limit.most:
        return 0
    return max(1, ceil((row.window_ends_at - now).total_seconds()))


def forget(limit: Limit, *subject: str) -> None:
    """Begin the count of `subject` anew."""
    Throttle.objects.filter(key_hash=key_of(limit, *subject)).delete()


def key_of(limit: Limit, *subject: str) -> str:
    # The parts are joined by what cannot stand in any of them.
    return salted_hmac(f"throttle {limit.name}", "\x00".join(subject), algorithm="sha256").hexdigest()


def _begin_window(row: Throttle, limit: Limit, now: datetime) -> None:
    was_exhausted = row.count >= limit.most and row.window_ends_at > now - REMEMBERED
    row.level = min(row.level + 1, HIGHEST_LEVEL) if was_exhausted else 0
    row.count = 0
    row.window_ends_at = now + limit.window
