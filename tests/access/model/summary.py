"""A line under the tests' results: how far the walks went, and how many cells were looked at one by one."""

import pytest

PROPERTY = "model"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the tests of the model covered, wherever they ran; nothing where they did not run."""
    passed = terminalreporter.stats.get("passed", [])
    said = [str(value) for report in passed for name, value in report.user_properties if name == PROPERTY]
    cells = [int(line) for line in said if line.isdigit()]
    for line in [line for line in said if not line.isdigit()]:
        terminalreporter.write_line(f"Model of an access: {line}.")
    if cells:
        terminalreporter.write_line(
            f"Model of an access: {sum(cells)} cells of its table seen, {len(cells)} states, none empty."
        )
