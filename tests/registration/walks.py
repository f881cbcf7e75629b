"""Every combination of settings, address and history that can end otherwise, and how it ends.

What is left out cannot differ: where there is no form, or the domain is refused, nothing further is asked; whoever
comes without a link proves the mailbox and waits whatever the store says, but for a verified domain; whoever is known
proves it whatever the store says; and how many may pass a link or from one network is counted before any of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from tradedoor.registration.models import Approval, Mode

BY_LINK, WITHOUT = True, False
NOBODY, CONTACT, ARCHIVED, ELSEWHERE = "nobody", "contact", "archived contact", "contact of another customer"
SIGNS_IN_ELSEWHERE, INVITED, CURRENT = "password at another store", "invited", "current"
DEACTIVATED, REQUESTED, DECLINED, HELD = "deactivated", "requested", "declined", "held"
ANY, ALLOWED, NOT_ALLOWED, BLOCKED, NARROWED = "any", "allowed", "not allowed", "blocked", "not of the link"
VERIFIED, VERIFIED_ELSEWHERE, LOOKS_LIKE = "verified", "verified for another", "looks like the customer's"


class End(StrEnum):
    """What the person comes to."""

    NO_FORM = "the link leads to sign-in, and there is no form"
    REFUSED = "the form says that this domain cannot register"
    IN_AT_ONCE = "in by the form alone"
    WAITS_AT_ONCE = "waits by the form alone"
    IN = "in behind the mail, with a first password"
    WAITS = "waits behind the mail, with a first password"
    IN_BY_PASSWORD = "in behind the mail, with the password there is"
    WAITS_BY_PASSWORD = "waits behind the mail, with the password there is"
    TOLD = "told by mail what to do instead"
    NOTHING = "the page says the same, and no mail comes"


@dataclass(frozen=True, slots=True)
class Walk:
    mode: Mode
    approval: Approval
    confirms: bool
    by_link: bool
    domain: str
    known: str
    end: End

    def __str__(self) -> str:
        way = "by link" if self.by_link else "without link"
        first = "confirms" if self.confirms else "at once"
        return f"{self.mode}, {self.approval} approve, {first}, {way}, {self.domain} domain, {self.known}: {self.end}"


MODES, APPROVALS, BOTH = (Mode.LINK, Mode.OPEN), tuple(Approval), (True, False)
APPROVED = tuple(one for one in Approval if one != Approval.NONE)
Group = tuple[
    tuple[Mode, ...], tuple[Approval, ...], tuple[bool, ...], bool, tuple[str, ...], tuple[str, ...], End
]
# Modes, who approves, whether the email is confirmed first, by the link or not, domains, what is known; and the end.
GROUPS: list[Group] = [
    ((Mode.OFF,), APPROVALS[:1], BOTH, BY_LINK, (ANY,), (NOBODY,), End.NO_FORM),
    ((Mode.OFF,), APPROVALS[:1], BOTH, WITHOUT, (ANY,), (NOBODY,), End.NO_FORM),
    ((Mode.LINK,), APPROVALS[:1], BOTH, WITHOUT, (ANY, VERIFIED), (NOBODY,), End.NO_FORM),
    (MODES, APPROVALS[:1], BOTH, BY_LINK, (BLOCKED, NOT_ALLOWED, NARROWED), (NOBODY,), End.REFUSED),
    ((Mode.OPEN,), APPROVALS[:1], BOTH, WITHOUT, (BLOCKED, NOT_ALLOWED), (NOBODY,), End.REFUSED),
    # By the link, nobody known.
    (MODES, (Approval.NONE,), (True,), BY_LINK, (ANY, ALLOWED, VERIFIED_ELSEWHERE), (NOBODY,), End.IN),
    (MODES, (Approval.NONE,), (False,), BY_LINK, (ANY, ALLOWED, VERIFIED_ELSEWHERE), (NOBODY,), End.IN_AT_ONCE),
    (MODES, APPROVED, (True,), BY_LINK, (ANY, ALLOWED, VERIFIED_ELSEWHERE), (NOBODY,), End.WAITS),
    (MODES, APPROVED, (False,), BY_LINK, (ANY, ALLOWED), (NOBODY,), End.WAITS_AT_ONCE),
    (MODES, APPROVALS, BOTH, BY_LINK, (VERIFIED,), (NOBODY,), End.IN),
    (MODES, APPROVALS, (True,), BY_LINK, (LOOKS_LIKE,), (NOBODY,), End.WAITS),
    (MODES, APPROVALS, (False,), BY_LINK, (LOOKS_LIKE,), (NOBODY,), End.WAITS_AT_ONCE),
    # By the link, known.
    ((Mode.LINK,), (Approval.NONE,), BOTH, BY_LINK, (ANY,), (CONTACT, ELSEWHERE), End.IN),
    ((Mode.LINK,), APPROVED, BOTH, BY_LINK, (ANY,), (CONTACT, ELSEWHERE), End.WAITS),
    ((Mode.LINK,), APPROVALS, BOTH, BY_LINK, (ANY,), (INVITED,), End.IN),
    ((Mode.LINK,), APPROVALS, BOTH, BY_LINK, (ANY,), (ARCHIVED, DECLINED), End.WAITS),
    ((Mode.LINK,), (Approval.NONE,), BOTH, BY_LINK, (ANY,), (SIGNS_IN_ELSEWHERE,), End.IN_BY_PASSWORD),
    ((Mode.LINK,), APPROVED, BOTH, BY_LINK, (ANY,), (SIGNS_IN_ELSEWHERE,), End.WAITS_BY_PASSWORD),
    ((Mode.LINK,), APPROVALS, BOTH, BY_LINK, (ANY,), (CURRENT, DEACTIVATED, REQUESTED), End.TOLD),
    ((Mode.LINK,), APPROVALS, BOTH, BY_LINK, (ANY,), (HELD,), End.NOTHING),
    # Without a link.
    ((Mode.OPEN,), APPROVALS, BOTH, WITHOUT, (ANY, ALLOWED), (NOBODY,), End.WAITS),
    ((Mode.OPEN,), APPROVALS, BOTH, WITHOUT, (VERIFIED,), (NOBODY, CONTACT), End.IN),
    ((Mode.OPEN,), APPROVALS[:1], BOTH, WITHOUT, (ANY,), (CONTACT, ELSEWHERE), End.WAITS),
    ((Mode.OPEN,), APPROVALS[:1], BOTH, WITHOUT, (ANY,), (SIGNS_IN_ELSEWHERE,), End.WAITS_BY_PASSWORD),
    ((Mode.OPEN,), APPROVALS[:1], BOTH, WITHOUT, (ANY,), (CURRENT, DEACTIVATED, REQUESTED), End.TOLD),
    ((Mode.OPEN,), APPROVALS[:1], BOTH, WITHOUT, (ANY,), (HELD,), End.NOTHING),
]  # fmt: skip


def walks(*, every: bool) -> Iterator[Walk]:
    """All of them, or the last of each line above: that is the odder half of what it says."""
    for modes, approvals, confirms, by_link, domains, known, end in GROUPS:
        found = [
            Walk(mode, approval, confirm, by_link, domain, who, end)
            for mode, approval, confirm, domain, who in product(modes, approvals, confirms, domains, known)
        ]
        yield from found if every else found[-1:]
