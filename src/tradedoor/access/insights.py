"""What happened in a store over the last month: sign-ins by day, and what became of invitations."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from tradedoor.access.models import Access
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotFound
from tradedoor.core.permissions import Permission, require
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store
from tradedoor.stores.queries import sign_ins_by_day, today_in

DAYS = 30
# Looking through more invitations than this takes long enough to be remembered for some minutes.
MANY = 10_000
SOME_MINUTES = 5 * 60


@dataclass(frozen=True, slots=True)
class SignIns:
    """The sign-ins of each of the last thirty days, today last, and the sum of the thirty before."""

    days: tuple[tuple[date, int], ...]
    before: int

    @property
    def total(self) -> int:
        return sum(count for _day, count in self.days)

    @property
    def change(self) -> int | None:
        """By how many per cent there are more than in the thirty days before; None where there were none."""
        return round(100 * (self.total - self.before) / self.before) if self.before else None


@dataclass(frozen=True, slots=True)
class Funnel:
    """Those invited in the last thirty days, by their last invitation. Each number is part of the one before.

    `reached` are those whose mail was handed over, and those who opened a link that went another way.
    """

    invited: int
    reached: int
    opened: int
    joined: int


def sign_ins_of(store: Store, *, actor: Actor) -> SignIns:
    """By one query of at most sixty rows, whatever the size of the store. Raises `NotAllowed` and `NotFound`."""
    _require_inside(actor, store)
    today = today_in(store)
    counts = sign_ins_by_day(store, since=today - timedelta(days=2 * DAYS - 1))
    days = [today - timedelta(days=back) for back in range(2 * DAYS - 1, -1, -1)]
    numbers = [(day, counts.get(day, 0)) for day in days]
    return SignIns(days=tuple(numbers[DAYS:]), before=sum(count for _day, count in numbers[:DAYS]))


def funnel_of(store: Store, *, actor: Actor) -> Funnel:
    """By one query; of very many invitations up to some minutes old. Raises as `sign_ins_of`."""
    _require_inside(actor, store)
    key = f"access.funnel.{store.pk}"
    found: Funnel | None = cache.get(key)
    if found is None:
        found = _counted(store)
        if found.invited > MANY:
            cache.set(key, found, SOME_MINUTES)
    return found


def _counted(store: Store) -> Funnel:
    since = timezone.now() - timedelta(days=DAYS)
    arrived = [MailMessage.State.SENT, MailMessage.State.CAPTURED]
    mails = MailMessage.objects.filter(access_id=OuterRef("pk"), created_at__gte=since, state__in=arrived)
    links = OneTimeLink.objects.filter(
        access_id=OuterRef("pk"), purpose=Purpose.INVITATION, created_at__gte=since, opened_at__isnull=False
    )
    joined = Q(accepted_at__isnull=False)
    opened = joined | Q(Exists(links))
    rows = Access.objects.filter(store=store, invited_at__gte=since)
    return Funnel(
        **rows.aggregate(
            invited=Count("pk"),
            reached=Count("pk", filter=opened | Q(Exists(mails))),
            opened=Count("pk", filter=opened),
            joined=Count("pk", filter=joined),
        )
    )


def _require_inside(actor: Actor, store: Store) -> None:
    require(actor, Permission.ACCESS_READ)
    if actor.stores is not None and store.pk not in actor.stores:
        raise NotFound
