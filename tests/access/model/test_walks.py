"""Random walks through the whole life of accesses: what has to hold holds after every step."""

import os
from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.access.model.cells import committed
from tests.access.model.happening import EVENTS
from tests.access.model.oracle import label
from tests.access.model.summary import WALKED
from tests.access.model.walking import Coverage, Walker
from tests.access.model.world import (
    BEA,
    BOB,
    CAL,
    HARBOUR,
    MEADOW,
    NILS,
    QUARRY,
    RITA,
    RITA_TOO,
    Spot,
    World,
    build,
    frozen,
)
from tests.emptying import undone

# `MODEL_WALKS=500` walks on and on. Hypothesis then begins elsewhere each time, and looks for the shortest way to what
# it finds; it is good at that and keeps to few places, so that most of the ground is covered by plain chance.
IS_LONG = "MODEL_WALKS" in os.environ
WALKS = int(os.environ.get("MODEL_WALKS", "6"))
STEPS = int(os.environ.get("MODEL_STEPS", "50"))
TABLE = committed()
PHASES = (Phase.generate, Phase.shrink) if IS_LONG else (Phase.generate,)

# Fewer places than there are, and some more often than others, so that a walk comes back to where it has been.
SPOTS = (
    Spot(BEA, HARBOUR),
    Spot(BEA, HARBOUR),
    Spot(BEA, MEADOW),
    Spot(BEA, QUARRY),
    Spot(BOB, HARBOUR),
    Spot(RITA, HARBOUR),
    Spot(RITA, MEADOW),
    Spot(RITA_TOO, HARBOUR),
    Spot(NILS, HARBOUR),
    Spot(NILS, QUARRY),
    Spot(CAL, HARBOUR),
)
OTHERS = (BEA, BOB, RITA, RITA_TOO, NILS, CAL)
# What ends a customer is one of many events here, or every walk would soon have nobody left.
RARE = frozenset({"merge_customers", "archive_customer", "deactivate_whole_customer", "week_passes"})


FACES = ("staff", "crm", "import", "buyer", "applicant", "clock")
LIFE = (
    "invite", "join", "sign_in", "reenable_here", "mail_goes_out", "hour_passes", "register",
    "confirm_the_registration", "approve",
)  # fmt: skip


def names_of(who: str) -> list[str]:
    names = [name for name, event in EVENTS.items() if event.who == who]
    return [name for name in names for _again in range(1 if name in RARE else 3)]


def of(who: str) -> st.SearchStrategy[str]:
    return st.sampled_from(names_of(who))


class Walk(RuleBasedStateMachine):
    """Who acts is chosen first, so that nobody's many events drown those of the others."""

    def __init__(self) -> None:
        super().__init__()
        self.around = undone()
        self.around.__enter__()
        self.walker = self.begin()
        self.is_sound = True

    def begin(self) -> Walker:
        raise NotImplementedError

    def go(self, event: str, spot: Spot, other: int) -> None:
        self.is_sound = False
        self.walker.step(event, spot, other)
        self.is_sound = True

    @rule(event=st.sampled_from(LIFE), spot=st.sampled_from(SPOTS), other=st.sampled_from(OTHERS))
    def life_goes_on(self, event: str, spot: Spot, other: int) -> None:
        self.go(event, spot, other)

    @rule(event=of("staff"), spot=st.sampled_from(SPOTS), other=st.sampled_from(OTHERS))
    def staff_do(self, event: str, spot: Spot, other: int) -> None:
        self.go(event, spot, other)

    @rule(event=of("crm"), spot=st.sampled_from(SPOTS), other=st.sampled_from(OTHERS))
    def in_the_crm(self, event: str, spot: Spot, other: int) -> None:
        self.go(event, spot, other)

    @rule(event=of("buyer"), spot=st.sampled_from(SPOTS), other=st.sampled_from(OTHERS))
    def buyers_do(self, event: str, spot: Spot, other: int) -> None:
        self.go(event, spot, other)

    @rule(event=of("applicant"), spot=st.sampled_from(SPOTS), other=st.sampled_from(OTHERS))
    def people_register(self, event: str, spot: Spot, other: int) -> None:
        self.go(event, spot, other)

    @rule(event=of("import"), spot=st.sampled_from(SPOTS), other=st.sampled_from(OTHERS))
    def files_are_imported(self, event: str, spot: Spot, other: int) -> None:
        self.go(event, spot, other)

    @rule(event=of("clock"), spot=st.sampled_from(SPOTS), other=st.sampled_from(OTHERS))
    def time_passes(self, event: str, spot: Spot, other: int) -> None:
        self.go(event, spot, other)

    def teardown(self) -> None:
        try:
            if self.is_sound:
                self.walker.look_around()
        finally:
            self.around.__exit__(None, None, None)


@pytest.fixture
def fresh(db: None) -> Iterator[Callable[[], World]]:
    """The world in the middle of its life: some are in, one was invited, one is off."""
    with frozen() as clock:
        world = build(clock)
        walker = Walker(world)
        for spot in (Spot(RITA, HARBOUR), Spot(RITA_TOO, HARBOUR), Spot(BEA, HARBOUR), Spot(NILS, HARBOUR)):
            assert walker.step("invite", spot, BEA) == "ok"
            assert walker.step("join", spot, BEA) == "ok"
        assert walker.step("invite", Spot(BEA, QUARRY), BEA) == "ok"
        assert walker.step("deactivate_here", Spot(NILS, HARBOUR), BEA) == "ok"
        began = walker.now.at

        def another() -> World:
            clock.move_to(began, tick=False)
            return world.copy()

        yield another


def test_whatever_happens_in_whatever_order_all_that_has_to_hold_holds(
    fresh: Callable[[], World], record_property: Callable[[str, object], None]
) -> None:
    coverage = Coverage()

    class Walking(Walk):
        def begin(self) -> Walker:
            return Walker(fresh(), coverage)

    run_state_machine_as_test(
        Walking,
        settings=settings(
            max_examples=WALKS if IS_LONG else 3,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not IS_LONG,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    record_property(WALKED, coverage.plain())


@pytest.mark.parametrize("number", range(WALKS))
def test_a_walk_by_chance_finds_nothing_that_does_not_hold(
    number: int, fresh: Callable[[], World], record_property: Callable[[str, object], None]
) -> None:
    chance, coverage = Random(number), Coverage()  # noqa: S311 - no secret
    with undone():
        walker = Walker(fresh(), coverage)
        for _step in range(STEPS):
            event, spot, other = chosen(chance, walker)
            print(f"{event} {spot} {other}")  # noqa: T201 - the way that led to a failure
            walker.step(event, spot, other)
        walker.look_around()
    record_property(WALKED, coverage.plain())


def chosen(chance: Random, walker: Walker) -> tuple[str, Spot, int]:
    """A step; rather one that does something, as far as the table knows."""
    for _try in range(6):
        who = chance.choice(["life", *FACES])
        event = chance.choice(LIFE if who == "life" else names_of(who))
        spot, other = chance.choice(SPOTS), chance.choice(OTHERS)
        cell = TABLE.cells.get((label(walker.world, spot, walker.now), event), "")
        if not cell.startswith("refused"):
            break
    return event, spot, other
