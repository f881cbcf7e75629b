"""Every event in every state, one by one: each cell of the table beside this file, `cells.txt`.

Written anew by `MODEL_WRITE_CELLS=1 pytest tests/access/model/test_cells.py -n0`; what changed is then to be read.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from tests.access.model.cells import EVENT_NAMES, FILE, STATES, committed, effects_of, reach
from tests.access.model.summary import LOOKED_AT
from tests.access.model.world import START, World, build, frozen
from tests.emptying import undone
from tools.state_page import PAGE, page

IS_WRITING = "MODEL_WRITE_CELLS" in os.environ
TABLE = committed()
# Where every change is checked PostgreSQL goes through a third of the states, spread over all of them; `make check-all`
# through all of them there, too.
IS_PART = bool(os.environ.get("TEST_DATABASE_URL")) and "MODEL_WALKS" not in os.environ


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with frozen() as clock:
        yield build(clock)


def test_the_table_has_a_cell_for_every_event_in_every_state() -> None:
    assert TABLE.cells.keys() == {(state, event) for state in STATES for event in EVENT_NAMES}
    assert all(TABLE.cells.values())


def test_the_page_of_the_documents_says_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make docs"


@pytest.mark.parametrize("state", STATES[::3] if IS_PART else STATES)
def test_each_event_has_the_outcome_of_its_cell(
    state: str, world: World, record_property: Callable[[str, object], None]
) -> None:
    found = outcomes(world, state)
    if IS_WRITING:
        TABLE.cells |= {(state, event): said for event, said in found.items()}
        FILE.write_text(TABLE.text())

    assert found == {event: TABLE.cells[state, event] for event in EVENT_NAMES}
    record_property(LOOKED_AT, len(found))


def outcomes(world: World, state: str) -> dict[str, str]:
    """What each event does to an access in this state."""
    found = {}
    world.clock.move_to(START, tick=False)
    here = reach(world, state)
    now = timezone.now()
    for event in EVENT_NAMES:
        world.clock.move_to(now, tick=False)
        with undone():
            found[event] = effects_of(here.branch(), event)
    return found
