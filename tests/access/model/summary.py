"""Lines under the tests' results: how far the walks went, and how many cells were looked at one by one."""

from typing import Any

import pytest

WALKED = "model walked"
LOOKED_AT = "model cells"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the tests of the model covered, wherever they ran; nothing where they did not run."""
    passed = terminalreporter.stats.get("passed", [])
    said: list[tuple[str, Any]] = [pair for report in passed for pair in report.user_properties]
    if walks := [value for name, value in said if name == WALKED]:
        terminalreporter.write_line(f"Model of an access: {_walked(walks)}.")
    if cells := [int(value) for name, value in said if name == LOOKED_AT]:
        terminalreporter.write_line(
            f"Model of an access: {sum(cells)} cells of its table seen, {len(cells)} states, none empty."
        )


def _walked(walks: list[list[list[str]]]) -> str:
    cells: dict[tuple[str, str], set[str]] = {}
    for walk in walks:
        for state, event, *outcomes in walk[1:]:
            cells.setdefault((state, event), set()).update(outcomes)
    number, steps = (sum(int(walk[0][place]) for walk in walks) for place in (0, 1))
    states = {state for state, _event in cells}
    refused = sum("ok" not in outcomes for outcomes in cells.values())
    return (
        f"{number} walks, {steps} steps through {len(states)} states; {len(cells)} cells touched, "
        f"{refused} of them only refused, each with a code"
    )
