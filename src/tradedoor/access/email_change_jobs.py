"""Email changes in the background: those that are due, by the clock, and all of a store, as long work."""

from collections import Counter
from datetime import datetime

from django.utils.translation import gettext as _

from tradedoor.access.actions.email_plan import Planned
from tradedoor.access.actions.email_sync import UPDATE_EMAILS, apply_due, number_differing, update_batch
from tradedoor.access.email_change_queries import archived_since
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.jobs.registry import task, work
from tradedoor.jobs.steps import Line, Step, StepResult
from tradedoor.stores.models import Store

APPLY_DUE = "access.apply_email_changes"
ACTOR = Actor.job("email-changes", permissions=frozenset())


@task(APPLY_DUE)
def due() -> None:
    """Apply what is due; run late, it applies everything that has become due meanwhile, once."""
    apply_due(actor=ACTOR)


@work(UPDATE_EMAILS)
def update_emails(step: Step) -> StepResult:
    """Give the logins of the next contacts the email that the CRM says; what is left out is named, with the reason."""
    store = Store.objects.get(pk=step.args["store_id"])
    if step.cursor is None:
        return StepResult(cursor=0, done=0, total=number_differing(store, actor=step.actor))
    after = step.cursor
    cursor, rows, failed = update_batch(
        store, after=after, last=step.args["last"], most=step.batch, actor=step.actor
    )
    lines = [*(_line(row) for row in rows), *(_failed(contact, why) for contact, why in failed)]
    finished = cursor == after
    if finished and "since" in step.args:
        since = datetime.fromisoformat(step.args["since"])
        lines = [_left_alone(contact) for contact in archived_since(store, since, actor=step.actor)]
    return StepResult(
        cursor=cursor,
        done=len(lines),
        counts=Counter(line.status for line in lines),
        lines=lines,
        total=step.done + len(lines) if finished else None,
        finished=finished,
    )


def _left_alone(contact: Contact) -> Line:
    sentence = sentence_of(Reason.CONTACT_ARCHIVED)
    return Line(contact.pk, Reason.CONTACT_ARCHIVED.value, sentence, _told_of(contact))


def _failed(contact: Contact, why: str) -> Line:
    sentence = why or _(
        "Something went wrong on our side. The former email still signs in; try this one by itself."
    )
    return Line(contact.pk, "failed", sentence, _told_of(contact))


def _told_of(contact: Contact) -> dict[str, str]:
    return {
        "contact": str(contact.public_id),
        "name": contact.name,
        "customer": contact.customer.name,
        "old": "",
        "new": contact.email,
    }


def _line(row: Planned) -> Line:
    data = {
        "contact": str(row.contact.public_id),
        "name": row.contact.name,
        "customer": row.contact.customer.name,
        "old": row.change.old_email,
        "new": row.contact.email,
    }
    if row.reason is None:
        return Line(row.contact.pk, "changed", "", data)
    return Line(row.contact.pk, row.reason.value, row.sentence, data)
