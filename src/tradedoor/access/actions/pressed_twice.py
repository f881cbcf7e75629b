"""A button pressed twice in a moment sends one mail.

What was done a moment ago stands in the history, written by the transaction that did it. Whoever looks holds the
accesses, so that of two presses at once the second sees the first. Only the same person's are one: a colleague who
does it again means it.
"""

from collections.abc import Collection

from django.utils import timezone

from tradedoor.access.actions.planning import A_MOMENT
from tradedoor.access.events import Event
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor


def done_just_now(event: Event, access_ids: Collection[int], *, actor: Actor) -> frozenset[int]:
    """Those of these held accesses to which the actor did that a moment ago; none for an actor without a login."""
    if actor.login_id is None or not access_ids:
        return frozenset()
    rows = AuditRow.objects.filter(access_id__in=access_ids, event=event, actor_id=actor.login_id)
    young = rows.filter(at__gt=timezone.now() - A_MOMENT)
    return frozenset(pk for pk in young.values_list("access_id", flat=True) if pk is not None)
