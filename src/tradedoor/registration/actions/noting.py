"""Writing down what became of a request, whoever answered it and by which deed."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from tradedoor.access.answers import Answer, listen
from tradedoor.access.models import State
from tradedoor.access.transitions import Trigger
from tradedoor.core.actor import Actor
from tradedoor.mail.outbox import post_many
from tradedoor.registration.emails import WELCOME, letter_to
from tradedoor.registration.models import Decision, Registration


@transaction.atomic
def note_answers(answers: Collection[Answer], actor: Actor) -> None:
    """Write down what has answered these requests elsewhere. Whoever was invited while they waited is let in, and
    mailed as by Approve; login details tell of themselves, and nobody is mailed of an end from above."""
    let_in = {one.access_id: one.trigger for one in answers if one.state == State.CURRENT}
    ended = [one.access_id for one in answers if one.state == State.DECLINED]
    note(ended, Decision.DECLINED, reason="", actor=actor)
    decided = note(let_in, Decision.APPROVED, reason="", actor=actor)
    invited = [row for row in decided if let_in.get(row.access_id or 0) is Trigger.INVITE]
    post_many([letter_to(registration, WELCOME) for registration in invited])


def note(access_ids: Collection[int], decision: Decision, *, reason: str, actor: Actor) -> list[Registration]:
    """Write the answer on the latest registration of each of these accesses, and return them."""
    latest: dict[int, Registration] = {}
    rows = Registration.objects.filter(access__in=list(access_ids)).select_related("store")
    for row in rows.order_by("pk"):
        if row.access_id is not None:
            latest[row.access_id] = row
    now = timezone.now()
    Registration.objects.filter(pk__in=[row.pk for row in latest.values()]).update(
        decision=decision, reason=reason, decided_by=actor.login_id, decided_at=now
    )
    for row in latest.values():
        row.decision, row.reason, row.decided_at = decision, reason, now
    return list(latest.values())


listen(note_answers)
