"""States brought about one by one, and what each event does there, as text that a person can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

from tests.access.model.happening import EVENTS
from tests.access.model.oracle import Snapshot, label
from tests.access.model.walking import Walker
from tests.access.model.world import BEA, HARBOUR, MEADOW, NILS, Spot, World
from tradedoor.access.models import EmailChange
from tradedoor.mail.models import MailMessage

FILE = Path(__file__).with_name("cells.txt")
HERE = Spot(BEA, HARBOUR)
ELSEWHERE = Spot(BEA, MEADOW)
EVENT_NAMES = tuple(name for name, event in EVENTS.items() if not event.elsewhere)

Step: TypeAlias = str | tuple[str, Spot] | tuple[str, Spot, int]
Steps: TypeAlias = tuple[Step, ...]

CURRENT: Steps = ("invite", "join")
# Bea is in another store and the change of her email was reported there, so that her one login is held.
HELD_ELSEWHERE: Steps = (
    ("invite", ELSEWHERE), ("join", ELSEWHERE), "edit_email", "hour_passes", ("report_email_change", ELSEWHERE),
)  # fmt: skip
NILS_TOO: Steps = (("invite", Spot(NILS, HARBOUR)), ("join", Spot(NILS, HARBOUR)))

REQUESTED: Steps = (
    "approve_who_comes_by_link", "register", "confirm_the_registration", "let_in_by_link",
)  # fmt: skip
DECLINED: Steps = (*REQUESTED, "decline")

# How each state comes about, by events alone.
WAYS: Mapping[str, Steps] = {
    "none": (),
    "none+held": HELD_ELSEWHERE,
    "none+archived": ("archive_contact",),
    "none+customer_off": ("make_customer_inactive",),
    "none+on_hold": ("put_customer_on_hold",),
    "none+store_off": ("switch_store_off",),
    "none+approval": ("approve_who_comes_by_link",),
    "none+unconfirmed": ("register",),
    "none+approval+unconfirmed": ("approve_who_comes_by_link", "register"),
    "none+archived+unconfirmed": ("archive_contact", "register"),
    "pending": ("invite",),
    "pending+unconfirmed": ("invite", "register"),
    "pending+on_hold": ("invite", "put_customer_on_hold"),
    "pending+store_off": ("invite", "switch_store_off"),
    "pending+undeliverable": ("invite", "mail_bounces"),
    "pending+no_email": ("invite", "empty_email"),
    "pending+archived+contact_gone": ("invite", "archive_contact_past_us", "history_is_read"),
    "expired": ("invite", "week_passes"),
    "expired+held": ("invite", *HELD_ELSEWHERE),
    "expired+store_off": ("invite", "week_passes", "switch_store_off"),
    "expired+undeliverable": ("invite", "mail_bounces", "week_passes"),
    "requested": REQUESTED,
    "requested+held": (*REQUESTED, *HELD_ELSEWHERE),
    "requested+archived": ("archive_contact", "register", "confirm_the_registration"),
    "requested+store_off": (*REQUESTED, "switch_store_off"),
    "cancelled": ("invite", "cancel"),
    "cancelled+unconfirmed": ("invite", "cancel", "register"),
    "cancelled+held": ("invite", "cancel", *HELD_ELSEWHERE),
    "cancelled+archived": ("invite", "archive_contact"),
    "cancelled+customer_off": ("invite", "make_customer_inactive"),
    "cancelled+store_off": ("invite", "cancel", "switch_store_off"),
    "declined": DECLINED,
    "declined+unconfirmed": (*DECLINED, "register"),
    "declined+twice": (*DECLINED, "ask_again", "decline"),
    "declined+twice+unconfirmed": (*DECLINED, "ask_again", "decline", "register"),
    "declined+archived": (*REQUESTED, "archive_contact"),
    "declined+customer_off": (*REQUESTED, "make_customer_inactive"),
    "declined+store_off": (*DECLINED, "switch_store_off"),
    "current": CURRENT,
    "current+unconfirmed": ("register", *CURRENT),
    "current+held": (*CURRENT, "edit_email", "hour_passes", "report_email_change"),
    "current+on_hold": (*CURRENT, "put_customer_on_hold"),
    "current+store_off": (*CURRENT, "switch_store_off"),
    "current+undeliverable": (*CURRENT, "send_reset_link", "mail_bounces"),
    "current+no_email": (*CURRENT, "empty_email"),
    "current+archived+contact_gone": (*CURRENT, "archive_contact_past_us", "history_is_read"),
    "current+email_in_use": (
        *CURRENT, *NILS_TOO, ("edit_email_to_that_of_another", HERE, NILS), "hour_passes",
    ),
    "current+login_shared": (
        ("edit_email_to_that_of_another", Spot(NILS, HARBOUR), BEA), *CURRENT, *NILS_TOO, "edit_email",
        "hour_passes",
    ),
    "current+duplicate_contact": (
        *CURRENT, ("edit_email_to_that_of_another", Spot(NILS, HARBOUR), BEA), ("merge_customers", HERE),
    ),
    "current+temporary": ("give_temporary_password",),
    "current+no_password": ("mail_login_details",),
    "deactivated+no_password": ("mail_login_details", "deactivate_here"),
    "deactivated": (*CURRENT, "deactivate_here"),
    "deactivated+unconfirmed": ("register", *CURRENT, "deactivate_here"),
    "deactivated+held": (*CURRENT, "edit_email", "hour_passes", "deactivate_here", "report_email_change"),
    "deactivated+archived": (*CURRENT, "archive_contact"),
    "deactivated+customer_off": (*CURRENT, "make_customer_inactive"),
    "deactivated+store_off": (*CURRENT, "deactivate_here", "switch_store_off"),
}  # fmt: skip
STATES = tuple(WAYS)


@dataclass(slots=True)
class Table:
    """The cells, by state and event. In the file each event stands once, with the states of each outcome."""

    cells: dict[tuple[str, str], str]

    @classmethod
    def read(cls, text: str) -> Self:
        cells: dict[tuple[str, str], str] = {}
        event = ""
        for line in text.splitlines():
            if line.startswith("    "):
                outcome, _, states_ = line.strip().partition(" | ")
                cells |= {(state, event): outcome for state in states_.split(", ")}
            elif line:
                event = line
        return cls(cells)

    def text(self) -> str:
        lines = []
        for event in EVENT_NAMES:
            by_outcome: dict[str, list[str]] = {}
            for state in STATES:
                by_outcome.setdefault(self.cells.get((state, event), "?"), []).append(state)
            lines += [event, *(f"    {said} | {', '.join(of)}" for said, of in by_outcome.items()), ""]
        return "\n".join(lines)


def committed() -> Table:
    """The table as it stands beside this module."""
    return Table.read(FILE.read_text(encoding="utf-8"))


def reach(world: World, state: str) -> Walker:
    """Somebody in a world in which Bea's access to Harbour is in this state."""
    walker = Walker(world)
    for step in WAYS[state]:
        name, spot, other = _whole(step)
        assert walker.step(name, spot, other) == "ok", f"{name} on the way to {state}"
    found = label(world, HERE, walker.now)
    assert found == state, f"the way to {state} leads to {found}"
    return walker


def _whole(step: Step) -> tuple[str, Spot, int]:
    if isinstance(step, str):
        return step, HERE, NILS
    return step if len(step) == 3 else (*step, NILS)


def effects_of(walker: Walker, event: str) -> str:
    """What the event does to Bea's access: where it goes, what is mailed, whether she is in or out; or the refusal."""
    world, before = walker.world, walker.now
    was, was_change = label(world, HERE, before), _email_change(world)
    outcome = walker.happen(event, HERE, NILS)
    if outcome != "ok":
        return outcome
    walker.check(event, HERE, outcome)
    after = walker.now
    becomes = label(world, HERE, after)
    mails = (
        MailMessage.objects.filter(pk__gt=before.mails)
        .order_by("template")
        .values_list("template", flat=True)
    )
    opened = {one.pk for one in after.living_sessions()} - {one.pk for one in before.living_sessions()}
    ended = len(before.living_sessions()) - len(set(_keys(before)) & set(_keys(after)))
    change = _email_change(world)
    parts = [
        *_difference(was, becomes),
        *([f"email change {change}"] if change != was_change else []),
        *(f"mail {template.partition('.')[2]}" for template in mails),
        *(["signed in"] if opened else []),
        *(["signed out"] if ended else []),
    ]
    return "; ".join(parts) or "nothing more"


def _difference(was: str, becomes: str) -> list[str]:
    """The state it goes to, and what weighs on it from now on (+) or no more (-)."""
    (state, *weights), (new, *more) = was.split("+"), becomes.split("+")
    return [
        *([f"to {new}"] if new != state else []),
        *(f"+{name}" for name in more if name not in weights),
        *(f"-{name}" for name in weights if name not in more),
    ]


def _keys(at: Snapshot) -> list[int]:
    return [one.pk for one in at.living_sessions()]


def _email_change(world: World) -> str:
    rows = EmailChange.objects.filter(contact=world.contacts[HERE.contact]).order_by("-pk")
    newest = rows.first()
    return f"{newest.state}{' for ' + newest.reason if newest.reason else ''}" if newest else "none"
