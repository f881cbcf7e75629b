"""Time passing, what the worker does meanwhile, and mail on its way."""

from datetime import timedelta

from tests.access.model.happening import ENDS, RETURNS, Reach, event
from tests.access.model.oracle import may_be_mailed
from tests.access.model.world import Spot, World
from tradedoor.jobs.registry import task_named
from tradedoor.mail.claiming import claim, still_mine
from tradedoor.mail.outcomes import Gone, record_gone, record_outcomes
from tradedoor.mail.rendering import render, subject_of
from tradedoor.mail.transport import Kind, Outcome

ROUND = (
    "access.apply_email_changes", "access.switch_due", "access.read_feed", "access.remind", "accounts.tidy",
    "registration.tidy", "audit.seal",
)  # fmt: skip
TAKEN = Outcome(Kind.SENT)
REFUSED = Outcome(Kind.REFUSED, "550", "5.1.1 no such mailbox")
BY_DAY = f"{ENDS} {RETURNS}"


def go_round() -> None:
    for name in ROUND:
        task_named(name)()


def _pass(w: World, **passed: float) -> None:
    w.clock.shift(timedelta(**passed))
    go_round()


@event("clock", moves=BY_DAY, reach=Reach.ANYBODY)
def minutes_pass(w: World, _spot: Spot, _other: int) -> None:
    _pass(w, minutes=11)


@event("clock", moves=BY_DAY, reach=Reach.ANYBODY)
def hour_passes(w: World, _spot: Spot, _other: int) -> None:
    _pass(w, minutes=61)


@event("clock")
def hours_pass_without_worker(w: World, _spot: Spot, _other: int) -> None:
    w.clock.shift(timedelta(hours=5))


@event("clock", moves=BY_DAY, reach=Reach.ANYBODY)
def days_pass(w: World, spot: Spot, other: int) -> None:
    mail_goes_out(w, spot, other)
    _pass(w, days=2, minutes=1)
    mail_goes_out(w, spot, other)


@event("clock", moves=BY_DAY, reach=Reach.ANYBODY)
def week_passes(w: World, _spot: Spot, _other: int) -> None:
    _pass(w, days=8)


@event("clock")
def history_is_read(_w: World, _spot: Spot, _other: int) -> None:
    task_named("access.read_feed")()


@event("clock")
def mail_goes_out(w: World, _spot: Spot, _other: int) -> None:
    _deliver(w, refused="")


@event("clock")
def mail_bounces(w: World, spot: Spot, _other: int) -> None:
    _deliver(w, refused=w.address(spot).casefold())
    task_named("access.read_feed")()


def _deliver(w: World, *, refused: str) -> None:
    """What the sender does of each batch, with a server that refuses one address."""
    sender = f"model {w.number()}"
    while mails := claim(sender=sender, most=100):
        gone, outcomes = [], []
        for mail in still_mine(mails, sender=sender):
            words = render(mail)
            if words is None:
                gone.append(Gone(mail))
                continue
            assert may_be_mailed(mail), f"{mail.template} to {mail.to_email}"
            outcomes.append(
                (mail, subject_of(words), REFUSED if mail.to_email.casefold() == refused else TAKEN)
            )
        record_gone(gone, sender=sender)
        record_outcomes(outcomes, sender=sender)
