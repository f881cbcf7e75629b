"""Writing down what became of mails: state and history in one short transaction, set by set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from django.db import transaction
from django.utils import timezone

from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many, update_many
from tradedoor.mail.models import MailBody, MailMessage
from tradedoor.mail.transport import Kind, Outcome

SENDER = Actor.job("mail.send_due", permissions=frozenset())
MOST_BUILDS = 5
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
PATIENCE = timedelta(days=3)  # how long a passing refusal may pass

State = MailMessage.State
OVER = {Kind.REFUSED: "mail.refused", Kind.REJECTED: "mail.failed"}


@dataclass(frozen=True, slots=True)
class Captured:
    message: MailMessage
    subject: str
    mail: EmailMessage


@dataclass(frozen=True, slots=True)
class Gone:
    message: MailMessage


@dataclass(frozen=True, slots=True)
class Failed:
    """A mail that could not be made; `why` names nobody."""

    message: MailMessage
    why: str


@dataclass(frozen=True, slots=True)
class _Change:
    """The new values of one row, in the order of COLUMNS, and its event where history is to say so."""

    message: MailMessage
    state: State
    subject: str = ""
    wait: timedelta | None = None
    code: str = ""
    reply: str = ""
    event: str = ""


COLUMNS = ("state", "subject", "run_at", "leased_until", "error_code", "error_reply", "sent_at", "sealed")


def record_outcomes(outcomes: Sequence[tuple[MailMessage, str, Outcome]], *, sender: str) -> None:
    """Write down what the server said of each mail. What may still pass is queued again for later."""
    _write([_change(message, subject, outcome) for message, subject, outcome in outcomes], sender=sender)


def record_gone(gone: Sequence[Gone], *, sender: str) -> None:
    """Cancel mails whose reason is gone, such as a link that died."""
    _write(
        [_Change(one.message, State.CANCELLED, code="gone", event="mail.cancelled") for one in gone],
        sender=sender,
    )


def record_failed(failed: Sequence[Failed], *, sender: str) -> None:
    """Have mails that could not be made tried again, and parked after some tries (EML-07)."""
    _write([_unbuilt(one) for one in failed], sender=sender)


def record_captured(captured: Sequence[Captured], *, sender: str) -> None:
    """Keep whole mails instead of sending them."""
    with transaction.atomic():
        kept = _write(
            [
                _Change(one.message, State.CAPTURED, subject=one.subject, event="mail.captured")
                for one in captured
            ],
            sender=sender,
        )
        bodies = [_body(one) for one in captured if one.message.pk in kept]
        insert_many(MailBody, ["message_id", "headers", "text", "html"], bodies)


def _change(message: MailMessage, subject: str, outcome: Outcome) -> _Change:
    code = outcome.code or outcome.kind.value
    if outcome.kind == Kind.SENT:
        return _Change(message, State.SENT, subject=subject, event="mail.sent")
    if outcome.kind in OVER:
        over = outcome.kind.value if outcome.kind == Kind.REFUSED else f"rejected_{code}"
        return _Change(
            message, State.FAILED, subject, code=over, reply=outcome.reply, event=OVER[outcome.kind]
        )
    if timezone.now() - message.created_at > PATIENCE and outcome.code != "lost":
        return _Change(
            message, State.FAILED, subject, code="gave_up", reply=outcome.reply, event="mail.failed"
        )
    return _Change(message, State.QUEUED, subject, wait=_wait(message), code=code, reply=outcome.reply)


def _unbuilt(failed: Failed) -> _Change:
    message = failed.message
    if message.attempts >= MOST_BUILDS:
        return _Change(message, State.FAILED, code="unbuildable", reply=failed.why, event="mail.failed")
    return _Change(message, State.QUEUED, wait=_wait(message), code="unbuildable", reply=failed.why)


def _wait(message: MailMessage) -> timedelta:
    doubled: int = 2 ** min(max(message.attempts - 1, 0), 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def _write(changes: Sequence[_Change], *, sender: str) -> set[int]:
    """Write the changes of mails that are still this sender's, and return their keys."""
    if not changes:
        return set()
    now = timezone.now()
    with transaction.atomic():
        # A mail whose lease was lost is somebody else's to write; one cancelled on its way was sent all the same.
        states = dict(
            MailMessage.objects.filter(pk__in=[one.message.pk for one in changes], leased_by=sender)
            .filter(state__in=[State.SENDING, State.CANCELLED])
            .values_list("pk", "state")
        )
        kept = [
            one
            for one in changes
            if one.message.pk in states
            and not (one.state == State.QUEUED and states[one.message.pk] == State.CANCELLED)
        ]
        update_many(MailMessage, "id", COLUMNS, [_values(one, now) for one in kept])
        for event in sorted({one.event for one in kept if one.event}):
            record_many(event, actor=SENDER, entries=[_entry(one) for one in kept if one.event == event])
    return {one.message.pk for one in kept}


def _values(change: _Change, now: Any) -> tuple[Any, ...]:
    message = change.message
    return (
        message.pk,
        change.state,
        change.subject or message.subject,
        message.run_at if change.wait is None else now + change.wait,
        None,
        change.code[:40],
        change.reply[:300],
        now if change.state in {State.SENT, State.CAPTURED} else None,
        # What it tells is needed only while it may still be sent (TMP-02), or looked at instead.
        message.sealed if change.state in {State.QUEUED, State.CAPTURED} else "",
    )


def _entry(change: _Change) -> Entry:
    message = change.message
    return Entry(
        store_id=message.store_id,
        customer_id=message.customer_id,
        contact_id=message.contact_id,
        access_id=message.access_id,
        login_id=message.login_id,
        data={
            "mail": message.public_id,
            "template": message.template,
            "link_id": message.link_id,
            "code": change.code,
        },
        personal={"to": message.to_email, "subject": change.subject, "reply": change.reply},
        result="ok"
        if change.state in {State.SENT, State.CAPTURED}
        else change.code[:40] or change.state.value,
    )


def _body(captured: Captured) -> tuple[Any, ...]:
    mail = captured.mail
    text = mail.get_body(preferencelist=("plain",))
    html = mail.get_body(preferencelist=("html",))
    return (
        captured.message.pk,
        [[name, str(value)] for name, value in mail.items()],
        _lines(text.get_content()) if text else "",
        _lines(html.get_content()) if html else "",
    )


def _lines(content: str) -> str:
    """Undo the line ends of the wire."""
    return content.replace("\r\n", "\n")
