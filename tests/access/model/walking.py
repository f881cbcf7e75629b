"""One walk: steps one after the other, each checked, and a look around at the end."""

from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from typing import Self

from tests.access.model import (
    by_applicant,
    by_buyer,
    by_clock,
    by_crm,
    by_import,
    by_staff,
    by_staff_of_requests,
)
from tests.access.model.by_buyer import try_to_sign_in
from tests.access.model.by_clock import go_round
from tests.access.model.by_staff import rows_of
from tests.access.model.checks import Taken, check
from tests.access.model.happening import happen
from tests.access.model.oracle import Snapshot, gets_in, label
from tests.access.model.world import Spot, World
from tests.emptying import undone
from tradedoor.access.models import Access, Tab
from tradedoor.access.queries import dashboard
from tradedoor.access.why import why_not
from tradedoor.accounts.actions.sessions import session_for
from tradedoor.audit.models import AuditRow
from tradedoor.audit.seals import verify
from tradedoor.core.errors import Refusal

FACES = (
    by_buyer, by_clock, by_crm, by_import, by_staff, by_applicant, by_staff_of_requests,
)  # fmt: skip  # whoever imports this has all events


@dataclass(slots=True)
class Coverage:
    """What walks have touched."""

    walks: int = 0
    steps: int = 0
    cells: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)

    def add(self, state: str, event: str, outcome: str) -> None:
        self.steps += 1
        self.cells.setdefault((state, event), Counter())[outcome] += 1

    def plain(self) -> list[list[str]]:
        """As a report of a test can carry it: each cell with its outcomes, behind the numbers of walks and steps."""
        cells = [[*cell, *outcomes] for cell, outcomes in self.cells.items()]
        return [[str(self.walks), str(self.steps)], *cells]


class Walker:
    """Goes through one world, step by step."""

    def __init__(self, world: World, coverage: Coverage | None = None) -> None:
        self.world = world
        self.coverage = coverage or Coverage()
        self.coverage.walks += 1
        self.now = Snapshot.take()
        self.read = self._newest()
        self.spent: set[int] = set()

    def branch(self) -> Self:
        """One who goes on from here in another direction, once what this one does is undone."""
        other = copy(self)
        other.world, other.spent = self.world.copy(), set(self.spent)
        return other

    def step(self, event: str, spot: Spot, other: int) -> str:
        """Let it happen and check all that has to hold; "ok", or "refused: " and the code."""
        state = label(self.world, spot, self.now)
        outcome = self.happen(event, spot, other)
        self.check(event, spot, outcome)
        self.coverage.add(state, event, outcome)
        return outcome

    def happen(self, event: str, spot: Spot, other: int) -> str:
        self.world.clock.shift(20)  # two clicks at once are one: not what this is about
        return happen(event, self.world, spot, other)

    def check(self, event: str, spot: Spot, outcome: str) -> None:
        """Check all that has to hold after what has just happened."""
        before, self.now = self.now, Snapshot.take()
        history = tuple(AuditRow.objects.filter(pk__gt=self.read).order_by("pk"))
        self.read = self._newest()
        check(Taken(self.world, event, spot, outcome, before, self.now, history))
        living = {link.pk for link in self.now.links}
        assert not living & self.spent, "a link that was dead lives again"
        self.spent |= {link.pk for link in before.links} - living

    def look_around(self) -> None:
        """Everybody tries every door, staff look at every tab, and the history is sealed and whole."""
        self._tabs_hold_each_access_once()
        self._cookies_open_what_they_may()
        self._everybody_tries_every_door()
        go_round()
        verdict = verify()
        assert verdict.is_sound, verdict.sentence

    def _tabs_hold_each_access_once(self) -> None:
        everything = sorted(rows_of(self.world).values_list("pk", flat=True))
        assert everything == sorted(self.now.accesses)
        shown = [
            pk
            for tab in Tab
            for pk in dashboard(None, tab=tab, actor=self.world.sam).values_list("pk", flat=True)
        ]
        assert sorted(shown) == everything

    def _cookies_open_what_they_may(self) -> None:
        able = {session.key_hash for session in self.now.living_sessions()}
        for key, store_id in self.world.cookies:
            session = session_for(key, realm="buyer", store_id=store_id)
            if session is not None and session.key_hash in able:
                assert gets_in(self.now.accesses[session.access_id or 0]) or not self._is_open(
                    session.access_id
                )

    def _is_open(self, access_id: int | None) -> bool:
        access = self.now.accesses[access_id or 0]
        return access.store.is_active and access.contact.archived_at is None

    def _everybody_tries_every_door(self) -> None:
        addresses = {login.email for login in self.now.logins.values()}
        rows = list(self.now.accesses.values())
        for address in sorted(addresses):
            opens = set()
            for number, store_id in enumerate(self.world.stores):
                spot = Spot(0, number)
                with undone():
                    try:
                        try_to_sign_in(self.world, spot, address, self.world.password(address))
                    except Refusal:
                        continue
                opens |= {row.pk for row in rows if row.store_id == store_id and self._is_by(row, address)}
            answers = why_not(address, actor=self.world.sam).answers
            told = {access.pk for answer in answers for access in answer.opens}
            assert opens <= told, f"{address} gets in where staff are told of a reason against it"

    def _is_by(self, row: Access, address: str) -> bool:
        return row.login is not None and row.login.email == address and gets_in(row)

    def _newest(self) -> int:
        return AuditRow.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
