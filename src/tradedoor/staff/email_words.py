"""Email changes in words: their state, what each does to which store, and why one cannot happen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradedoor.access.actions.email_plan import EFFECTS, Effect, Planned
from tradedoor.access.actions.email_schedule import CancelledWhy
from tradedoor.access.models import Access, EmailChange, EmailChangeState, State
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.staff.people import Look
from tradedoor.stores.models import Store
from tradedoor.web.formats import span

STATES: Mapping[EmailChangeState, Look] = {
    EmailChangeState.SCHEDULED: Look(EmailChangeState.SCHEDULED.label, "clock", "accent"),
    EmailChangeState.UNCONFIRMED: Look(EmailChangeState.UNCONFIRMED.label, "hourglass", "warn"),
    EmailChangeState.APPLIED: Look(EmailChangeState.APPLIED.label, "check", "good"),
    EmailChangeState.CANCELLED: Look(EmailChangeState.CANCELLED.label, "x"),
    EmailChangeState.FAILED: Look(EmailChangeState.FAILED.label, "circle-alert", "bad"),
}
REPORTED = Look(gettext_lazy("Reported, on hold"), "circle-alert", "bad")
CANCELLED: Mapping[str, str | Promise] = {
    CancelledWhy.WITHDRAWN: gettext_lazy("The CRM says the former email again."),
    CancelledWhy.BY_STAFF: gettext_lazy("Cancelled by staff; the CRM keeps the new email."),
    CancelledWhy.CONTACT_GONE: gettext_lazy("The contact or its customer left."),
    CancelledWhy.NO_ACCESS: gettext_lazy("There was no access left that it would have reached."),
}
EFFECT_WORDS: Mapping[Effect, str | Promise] = {
    Effect.FOLLOWS: gettext_lazy("signs in with the new email and the same password"),
    Effect.FOLLOWS_SILENTLY: gettext_lazy("follows, without a mail"),
    Effect.INVITED_AGAIN: gettext_lazy("the invitation goes to the new email"),
}


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change as a line shows it."""

    row: EmailChange
    look: Look
    why: str
    may_cancel: bool
    may_now: bool


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What applying now would do for one contact: per store, those of other stores named as such."""

    planned: Planned
    effects: Sequence[tuple[str, str, bool]]


def change_row(change: EmailChange, *, actor: Actor) -> ChangeRow:
    look = REPORTED if change.is_reported else STATES[EmailChangeState(change.state)]
    why = ""
    if change.state == EmailChangeState.CANCELLED:
        why = str(CANCELLED.get(change.reason, ""))
    elif change.reason:
        why = sentence_of(Reason(change.reason))
    waits = change.state in {EmailChangeState.SCHEDULED, EmailChangeState.FAILED}
    return ChangeRow(
        row=change,
        look=look,
        why=why,
        may_cancel=change.is_open and actor.can(Permission.CRM_EDIT),
        may_now=waits and actor.can(Permission.ACCESS_INVITE),
    )


def change_rows(changes: Iterable[EmailChange], *, actor: Actor) -> list[ChangeRow]:
    return [change_row(change, actor=actor) for change in changes]


def planned_rows(plan: Iterable[Planned], *, here: Store) -> list[PlannedRow]:
    return [
        PlannedRow(
            row,
            [
                (access.store.name, str(EFFECT_WORDS[effect]), access.store_id != here.pk)
                for access, effect in row.effects()
            ],
        )
        for row in plan
    ]


def after_the_edit() -> str:
    """When a new email reaches the sign-in, as this installation is set: for the end of a sentence."""
    delay = settings.TRADEDOOR_EMAIL_CHANGE_DELAY
    return _("%(time)s after the last edit") % {"time": span(delay)} if delay else _("at once")


def what_editing_does(access: Access) -> str:
    """What another email in the CRM would do to this access, for the contact form."""
    if State(access.state) not in EFFECTS:
        return ""
    follows = _("%(when)s: follows, without a mail")
    words = {
        State.CURRENT: _("%(when)s: signs in with the new email and the same password; both emails are told"),
        State.PENDING: _(
            "%(when)s: the link in the old mail is dead, a new invitation goes to the new email"
        ),
        State.DEACTIVATED: follows,
        State.REQUESTED: follows,
    }
    delay = settings.TRADEDOOR_EMAIL_CHANGE_DELAY
    when = _("%(time)s after saving") % {"time": span(delay)} if delay else _("Soon after saving")
    return words.get(State(access.state), "") % {"when": when}
