"""Which email changes have to be decided together."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from tradedoor.access.actions.email_plan import MOVING
from tradedoor.access.models import Access, EmailChange
from tradedoor.accounts.models import Login

MOST_ROUNDS = 20


class Wish(NamedTuple):
    """An open change as far as it leads to others."""

    pk: int
    contact_id: int
    new_canonical: str


def wishes(rows: QuerySet[EmailChange]) -> list[Wish]:
    """These changes by id, as far as they lead to others."""
    return [Wish(*row) for row in rows.order_by("pk").values_list(*Wish._fields)]


def with_kin(changes: Sequence[EmailChange]) -> list[EmailChange]:
    """These changes and all that have to be decided together with them, by id."""
    own = {change.pk: change for change in changes}
    every = wishes_with_kin(Wish(row.pk, row.contact_id, row.new_canonical) for row in changes)
    more = EmailChange.objects.filter(pk__in=[wish.pk for wish in every if wish.pk not in own])
    found = own | {change.pk: change for change in more}
    return [found[wish.pk] for wish in every]


def wishes_with_kin(asked: Iterable[Wish]) -> list[Wish]:
    """These and all that have to be decided together with them, by id.

    Those of contacts on the same login, and of contacts whose login has an address that one of them wants.
    """
    found = {wish.pk: wish for wish in asked}
    fresh = list(found.values())
    for _round in range(MOST_ROUNDS):
        if not fresh:
            break
        contacts = [wish.contact_id for wish in fresh]
        own = Access.objects.filter(contact_id__in=contacts, state__in=MOVING, login__isnull=False)
        wanted = {wish.new_canonical for wish in fresh if wish.new_canonical}
        holders = Login.objects.buyers().filter(email_canonical__in=wanted)
        # A swap waits for whichever is due last, so both sides have to be looked at from either.
        left = dict(holders.values_list("pk", "email_canonical"))
        left |= dict(own.values_list("login_id", "login__email_canonical"))
        beside = Access.objects.filter(login_id__in=list(left), state__in=MOVING)
        reached = set(beside.values_list("contact_id", flat=True)).difference(contacts)
        # By lists of what is looked for, and what is found already taken off here: in one statement PostgreSQL
        # compares every change that is open with all of them.
        of_contacts = EmailChange.objects.open().filter(contact_id__in=list(reached))
        entering = EmailChange.objects.open().filter(new_canonical__in=list(left.values()))
        more = {*wishes(of_contacts), *wishes(entering)}
        fresh = sorted(wish for wish in more if wish.pk not in found)
        found |= {wish.pk: wish for wish in fresh}
    return [found[pk] for pk in sorted(found)]
