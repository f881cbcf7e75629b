"""A button pressed twice in a moment sends one mail.

What was done a moment ago stands in the history, written by the transaction that did it. Whoever looks holds the
accesses, so that of two presses at once the second sees the first. Only the same person's are one: a colleague who
does it again means it.
"""

from collections.abc import Collection, Mapping, Sequence

from django.contrib.auth.hashers import check_password
from django.utils import timezone

from tradedoor.access.actions.planning import A_MOMENT, Candidate
from tradedoor.access.events import Event
from tradedoor.accounts.actions.temporary import TemporaryPassword
from tradedoor.accounts.models import Login
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.stores.models import Store


def done_just_now(event: Event, access_ids: Collection[int], *, actor: Actor) -> frozenset[int]:
    """Those of these held accesses to which the actor did that a moment ago; none for an actor without a login."""
    if actor.login_id is None or not access_ids:
        return frozenset()
    rows = AuditRow.objects.filter(access_id__in=access_ids, event=event, actor_id=actor.login_id)
    if event is Event.LOGIN_DETAILS_GIVEN:
        rows = rows.filter(data__mailed=True)
    young = rows.filter(at__gt=timezone.now() - A_MOMENT)
    return frozenset(pk for pk in young.values_list("access_id", flat=True) if pk is not None)


def given_just_now(
    chosen: Sequence[tuple[Store, Candidate]],
    passwords: Mapping[int, TemporaryPassword],
    *,
    mailed: bool,
    actor: Actor,
) -> frozenset[int]:
    """The accesses of one contact to whom the same form has just mailed the same; none where anything differs."""
    accesses = [candidate.access for _store, candidate in chosen if candidate.access is not None]
    people = {access.contact_id for access in accesses}
    if not mailed or len(accesses) < len(chosen) or len(people) != 1:
        return frozenset()
    ids = frozenset(access.pk for access in accesses)
    if done_just_now(Event.LOGIN_DETAILS_GIVEN, ids, actor=actor) != ids:
        return frozenset()
    login = Login.objects.filter(accesses__in=ids).first()
    given = passwords.get(people.pop())
    had = login is not None and login.has_password
    same = check_password(given.raw, login.password) if given and login and had else not given and not had
    return ids if same else frozenset()
