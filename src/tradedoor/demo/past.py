"""The last four weeks of the demo company: who was invited, joined and left, each at a moment of its own.

The actions are those of people's clicks, in the order of time; only the clock that they read is set.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle
from secrets import token_urlsafe
from unittest.mock import patch

from django.conf import settings
from django.utils import timezone

from tradedoor.access.actions.invitations import cancel_invitations, invite_contacts
from tradedoor.access.actions.joining import accept_signed_in, accept_with_new_password
from tradedoor.access.actions.switching import deactivate
from tradedoor.access.models import Access
from tradedoor.access.sets import just
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.mail.sending import send_due
from tradedoor.stores.models import Store

OLD = timedelta(days=29)
# When each quarter of those who have answered was invited; whoever still waits was invited last.
WAVES = tuple(timedelta(days=days) for days in (28, 21, 14, 7))
WAITING_SINCE = (timedelta(days=4), timedelta(days=1))
OFFICE_OPENS, OFFICE_HOURS = 8, 9
REASONS = ("Left the company", "Moved to another site", "Asked by the account manager")


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one contact in one store; the list of them is dealt out in turn."""

    invited: bool = True
    joins: bool = False
    leaves: bool = False
    cancelled: bool = False


JOINS, WAITS, LEAVES, NEVER = Fate(joins=True), Fate(), Fate(joins=True, leaves=True), Fate(invited=False)
CALLED_BACK = Fate(cancelled=True)
# fmt: off
FATES = {
    "northmoor": (JOINS, JOINS, WAITS, JOINS, JOINS, NEVER, JOINS, LEAVES, JOINS, WAITS, JOINS, JOINS, CALLED_BACK),
    "kestrel": (NEVER, JOINS, NEVER, WAITS, NEVER, NEVER, JOINS, NEVER, LEAVES, NEVER, NEVER),
    "harbour-lane": (JOINS, JOINS, WAITS),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Happening:
    moment: datetime
    act: Callable[[], object]


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be this moment for whatever asks the clock in this process, which therefore does nothing else."""
    with patch.object(timezone, "now", lambda: moment):
        yield


def live_through(stores: Sequence[Store], contacts: Sequence[Contact], *, actor: Actor) -> None:
    """Let the four weeks happen."""
    happenings = [each for store in stores for each in _of_store(store, contacts, actor)]
    for happening in sorted(happenings, key=lambda each: each.moment):
        with at(happening.moment):
            happening.act()


def _of_store(store: Store, contacts: Sequence[Contact], actor: Actor) -> Iterator[Happening]:
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    mine = [one for one in contacts if store.customer_id in (None, one.customer_id)]
    reasons = cycle(REASONS)
    waves: dict[timedelta, list[int]] = {}
    for number, (contact, fate) in enumerate(zip(mine, cycle(FATES[store.slug]), strict=False)):
        if not fate.invited:
            continue
        answered = fate.joins or fate.cancelled
        wave = WAVES[number % len(WAVES)] if answered else WAITING_SINCE[number % len(WAITING_SINCE)]
        waves.setdefault(wave, []).append(contact.pk)
        invited = today - wave
        days, minutes = number // 4 % 6, number * 37 % (OFFICE_HOURS * 60)
        answers = invited + timedelta(days=days, hours=OFFICE_OPENS + 1, minutes=minutes)
        if fate.cancelled:
            yield Happening(answers, partial(_with_access, store, contact, partial(_call_back, actor=actor)))
        if fate.joins:
            yield Happening(answers, partial(_with_access, store, contact, _join))
        if fate.leaves:
            left = answers + timedelta(hours=20)
            leave = partial(_leave, reason=next(reasons), actor=actor)
            yield Happening(left, partial(_with_access, store, contact, leave))
    for wave, keys in waves.items():
        sent = today - wave + timedelta(hours=OFFICE_OPENS)
        yield Happening(sent, partial(_invite, store, keys, actor=actor))


def _invite(store: Store, contact_ids: Sequence[int], *, actor: Actor) -> None:
    """Where mail is captured, so are these at their own moment; else the worker sends them."""
    invite_contacts(store, contact_ids, actor=actor)
    while settings.TRADEDOOR_MAIL_CAPTURED and send_due():
        pass


def _call_back(access: Access, *, actor: Actor) -> None:
    cancel_invitations([access.pk], actor=actor)


def _leave(access: Access, *, reason: str, actor: Actor) -> None:
    deactivate(just(access), actor=actor, reason=reason)


def _join(access: Access) -> None:
    """They accept: with a new password that nobody knows, or by the login they have."""
    link = OneTimeLink.objects.select_related("login").get(
        purpose=Purpose.INVITATION, access_id=access.pk, used_at=None, revoked_at=None
    )
    person = Actor.nobody()
    if link.login and link.login.has_own_password:
        accept_signed_in(link.pk, link.login, store=access.store, actor=person)
    else:
        accept_with_new_password(link.pk, token_urlsafe(24), store=access.store, actor=person)


def _with_access(store: Store, contact: Contact, act: Callable[[Access], object]) -> None:
    """Whoever could not be invited, as of a customer that is inactive, has none."""
    for access in Access.objects.select_related("store").filter(store=store, contact=contact):
        act(access)
