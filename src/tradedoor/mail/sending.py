"""The sender: claims mails, renders each just before it leaves, and writes down what became of it right after.

The database is spoken to by one thread and the mail server by many, outside of any transaction.
"""

import os
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from time import monotonic
from uuid import uuid4

from django.conf import settings

from tradedoor.jobs.failures import described
from tradedoor.jobs.registry import pump
from tradedoor.mail.claiming import (
    LEASE,
    claim,
    end_trouble,
    give_back,
    keep_leases,
    note_trouble,
    still_mine,
)
from tradedoor.mail.models import MailMessage
from tradedoor.mail.outcomes import (
    Captured,
    Failed,
    Gone,
    record_captured,
    record_failed,
    record_gone,
    record_outcomes,
)
from tradedoor.mail.rendering import Unbuildable, build, envelope_address, render, subject_of
from tradedoor.mail.transport import Kind, Outcome, Relay

PER_THREAD = 4  # mails claimed a thread: enough to keep it busy, few enough to hold little when it dies
CAPTURED_AT_ONCE = 100
IDLE_SECONDS = 30.0
NOBODYS_FAULT = frozenset({Kind.TROUBLE, Kind.SENDER})  # no mail can leave, and no mail is to blame
NOTED = NOBODYS_FAULT | {Kind.POLICY}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A mail as it goes over the wire."""

    message: MailMessage
    subject: str
    mail: EmailMessage
    recipient: str


@dataclass(slots=True)
class Sender:
    """One process's sender, with its connections kept between the batches."""

    name: str = field(default_factory=lambda: f"{os.getpid()}:{uuid4().hex[:12]}")
    relay: Relay = field(default_factory=Relay)
    last_sent: float = field(default_factory=monotonic)
    _executor: ThreadPoolExecutor | None = None

    def send_some(self) -> bool:
        """Send a batch of what may leave now; say whether there was any."""
        if settings.TRADEDOOR_MAIL_CAPTURED:
            return self._capture(claim(sender=self.name, most=CAPTURED_AT_ONCE))
        messages = claim(sender=self.name, most=PER_THREAD * settings.TRADEDOOR_MAIL_THREADS)
        if not messages:
            if monotonic() - self.last_sent > IDLE_SECONDS:
                self.relay.close()
            return False
        self._send(deque(messages))
        self.last_sent = monotonic()
        return True

    def close(self) -> None:
        """Let go of threads and connections."""
        if self._executor is not None:
            self._executor.shutdown()
            self._executor = None
        self.relay.close()

    def _capture(self, messages: Sequence[MailMessage]) -> bool:
        prepared = self._prepare(still_mine(messages, sender=self.name)) if messages else []
        record_captured([Captured(one.message, one.subject, one.mail) for one in prepared], sender=self.name)
        return bool(messages)

    def _send(self, waiting: deque[MailMessage]) -> None:
        pending: dict[Future[Outcome], Prepared] = {}
        in_trouble = False
        renewed = monotonic()
        while waiting or pending:
            free = settings.TRADEDOOR_MAIL_THREADS - len(pending)
            if waiting and free > 0 and not in_trouble:
                self._hand_over([waiting.popleft() for _ in range(min(free, len(waiting)))], pending)
            if in_trouble and waiting:
                give_back(list(waiting), sender=self.name)
                waiting.clear()
            if pending:
                done, _still = wait(pending, timeout=LEASE.total_seconds() / 4, return_when=FIRST_COMPLETED)
                in_trouble |= self._record([(pending.pop(future), future.result()) for future in done])
            if monotonic() - renewed > LEASE.total_seconds() / 4:
                keep_leases(sender=self.name)
                renewed = monotonic()

    def _hand_over(self, messages: Sequence[MailMessage], pending: dict[Future[Outcome], Prepared]) -> None:
        mine = still_mine(messages, sender=self.name)
        if len(mine) < len(messages):
            give_back([message for message in messages if message not in mine], sender=self.name)
        sender = parseaddr(settings.TRADEDOOR_MAIL_FROM)[1]
        for one in self._prepare(mine):
            future = self._threads().submit(
                self.relay.deliver, one.mail, sender=sender, recipient=one.recipient
            )
            pending[future] = one

    def _prepare(self, messages: Sequence[MailMessage]) -> list[Prepared]:
        """Render what is still to be sent; write down what is not, and what cannot be."""
        prepared, gone, failed = [], [], []
        for message in messages:
            try:
                rendered = render(message, keeps_secret=settings.TRADEDOOR_MAIL_CAPTURED)
                if rendered is None:
                    gone.append(Gone(message))
                    continue
                mail = build(message, rendered)
                # Made here and not on the way, where it could no longer be told from a fault of the server's.
                mail.as_bytes()
                prepared.append(
                    Prepared(message, subject_of(rendered), mail, envelope_address(message.to_email))
                )
            except Unbuildable as why:
                failed.append(Failed(message, str(why)))
            except Exception as error:  # noqa: BLE001 - one template's fault must not stop the queue (EML-07)
                failed.append(Failed(message, described(error)))
        record_gone(gone, sender=self.name)
        record_failed(failed, sender=self.name)
        return prepared

    def _record(self, outcomes: Sequence[tuple[Prepared, Outcome]]) -> bool:
        """Write down what became of mails; say whether none can leave, for which no mail loses a try or its time."""
        troubled = [(one, outcome) for one, outcome in outcomes if outcome.kind in NOBODYS_FAULT]
        record_outcomes(
            [
                (one.message, one.subject, outcome)
                for one, outcome in outcomes
                if outcome.kind not in NOBODYS_FAULT
            ],
            sender=self.name,
        )
        give_back([one.message for one, _outcome in troubled], sender=self.name)
        for _one, outcome in outcomes:
            if outcome.kind in NOTED:
                note_trouble(outcome.code, outcome.reply, hold=outcome.kind in NOBODYS_FAULT)
                break
        else:
            if any(outcome.kind == Kind.SENT for _one, outcome in outcomes):
                end_trouble()
        return bool(troubled)

    def _threads(self) -> ThreadPoolExecutor:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(settings.TRADEDOOR_MAIL_THREADS, thread_name_prefix="smtp")
        return self._executor


_of_process = threading.local()


@pump("mail.send_due")
def send_due() -> bool:
    """Send a batch of due mail with this thread's own sender."""
    if not hasattr(_of_process, "sender"):
        _of_process.sender = Sender()
    sender: Sender = _of_process.sender
    return sender.send_some()
