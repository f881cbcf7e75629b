"""Long work in words: how far it is, what came of it, and when it may end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tradedoor.handouts.actions.bulk import has_handouts
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.web.formats import number

# Nothing is said about the end before this many seconds and this share, since it would jump about.
SECONDS_TO_JUDGE = 3
SHARE_TO_JUDGE = 0.02
SECONDS_PER_MINUTE = 60
NUMBER, STATUS, REASON = "row", "status", "reason"


@dataclass(frozen=True, slots=True)
class StateLook:
    label: str | Promise
    icon: str
    tone: str = ""


STATES: Mapping[Work.State, StateLook] = {
    Work.State.QUEUED: StateLook(gettext_lazy("Waiting to start"), "clock"),
    Work.State.RUNNING: StateLook(gettext_lazy("Running"), "refresh-cw", "accent"),
    Work.State.STOPPED: StateLook(gettext_lazy("Stopped"), "circle-stop", "warn"),
    Work.State.DONE: StateLook(gettext_lazy("Done"), "check", "good"),
    Work.State.FAILED: StateLook(gettext_lazy("Ended with a problem"), "circle-alert", "bad"),
}
COUNTS: Mapping[str, Promise] = {
    "created": gettext_lazy("created"),
    "updated": gettext_lazy("updated"),
    "changed": gettext_lazy("changed"),
    "unchanged": gettext_lazy("unchanged"),
    "skipped": gettext_lazy("skipped"),
    "refused": gettext_lazy("refused"),
    "failed": gettext_lazy("failed"),
    "invited": gettext_lazy("invited"),
    "resent": gettext_lazy("sent again"),
    "given": gettext_lazy("given login details"),
    "kept_password": gettext_lazy("keep their own password"),
    "deactivated": gettext_lazy("deactivated"),
    "reenabled": gettext_lazy("re-enabled"),
    "cancelled": gettext_lazy("invitations cancelled"),
    "ended": gettext_lazy("accesses ended"),
    "accesses": gettext_lazy("accesses came along"),
    "scheduled": gettext_lazy("with a day on which they end"),
    "sessions_ended": gettext_lazy("sessions ended"),
    "moved": gettext_lazy("done"),
    "link": gettext_lazy("with a link"),
    "warned": gettext_lazy("with a warning"),
    "made": gettext_lazy("made"),
    "approved": gettext_lazy("approved"),
    "declined": gettext_lazy("declined"),
    "came_without_link": gettext_lazy("left alone: came without a link"),
    "left_the_list": gettext_lazy("left the list before their turn and were left alone"),
    "contact_archived": gettext_lazy("left alone: the contact is archived"),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """What a page says of one work."""

    look: StateLook
    status: str
    is_active: bool
    may_resume: bool
    counts: list[tuple[str, int]]
    # Where what it made can be fetched, beside the result file.
    download: str = ""


def progress_of(work: Work) -> Progress:
    state = Work.State(work.state)
    counts = [(str(COUNTS.get(name, name.replace("_", " "))), n) for name, n in work.counts.items()]
    said = [f"{number(n)} {name}" for name, n in counts if n]
    if state is Work.State.DONE:
        parts = [_done(work), *said]
    elif state is Work.State.QUEUED and not work.done:
        parts = [_("Waiting to start")]
    else:
        parts = [_so_far(work), *said]
    if state is Work.State.RUNNING:
        parts.append(_("stopping") if work.stop_requested else _left(work))
    elif state in {Work.State.STOPPED, Work.State.FAILED}:
        parts.append(str(STATES[state].label).lower())
    return Progress(
        look=STATES[state],
        status=" · ".join(part for part in parts if part),
        is_active=state in {Work.State.QUEUED, Work.State.RUNNING},
        may_resume=state in {Work.State.STOPPED, Work.State.FAILED},
        counts=counts,
        download=reverse("staff:handouts-file", args=[work.public_id]) if has_handouts(work) else "",
    )


def result_table(lines: Iterator[WorkLine]) -> tuple[Sequence[str], Iterator[Sequence[object]]]:
    """The header and the rows of the result file: number, status and reason, then what the work itself noted.

    The columns of the first line are those of all: a work notes the same things about each of its rows.
    """
    first = next(lines, None)
    columns = list(first.data) if first else []
    rows = chain([first], lines) if first else iter(())
    return [NUMBER, STATUS, REASON, *columns], (_row(line, columns) for line in rows)


def _row(line: WorkLine, columns: Sequence[str]) -> list[object]:
    return [line.number, line.status, line.reason, *(line.data.get(column, "") for column in columns)]


def _so_far(work: Work) -> str:
    if work.total is None:
        return _("%(done)s checked") % {"done": number(work.done)}
    return _("%(done)s of %(total)s checked") % {"done": number(work.done), "total": number(work.total)}


def _done(work: Work) -> str:
    return ngettext("%(n)s checked", "%(n)s checked", work.done) % {"n": number(work.done)}


def _left(work: Work) -> str:
    """How long it may still take, by how long it took so far."""
    if not work.total or not work.done or work.started_at is None:
        return ""
    spent = (timezone.now() - work.started_at).total_seconds()
    if spent < SECONDS_TO_JUDGE or work.done / work.total < SHARE_TO_JUDGE:
        return ""
    seconds = spent / work.done * max(0, work.total - work.done)
    if seconds < SECONDS_PER_MINUTE:
        return _("less than a minute left")
    minutes = round(seconds / SECONDS_PER_MINUTE)
    return ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes) % {"n": number(minutes)}
