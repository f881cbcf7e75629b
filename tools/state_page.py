"""Write docs/dev/state-table.md from the table that the model's tests hold the code to."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "tests" / "access" / "model" / "cells.txt"
PAGE = ROOT / "docs" / "dev" / "state-table.md"

INTRODUCTION = """\
# Every event in every state

<!-- Written by `make docs` from tests/access/model/cells.txt; see testing.md. -->

What happens to the access of one contact to one store, by the state it is in and what weighs on it: an error by its
name, a login on hold (`held`), a contact in the archive, a customer that is inactive or archived (`customer_off`) or on
hold, a store that is switched off or approves who comes by a link (`approval`), a registration of the same email that
waits for its mailbox to be proven (`unconfirmed`), a request turned down before (`twice`). `+` and `-` say what weighs
on it from then on, or no more. *Nothing more* is no refusal: nothing about this access had to change.
"""


def page() -> str:
    parts = [INTRODUCTION]
    for event in TABLE.read_text(encoding="utf-8").strip().split("\n\n"):
        name, *outcomes = event.splitlines()
        parts.append(f"## {name.replace('_', ' ').capitalize()}\n\n{table_of(outcomes)}")
    return "\n".join(parts)


def table_of(outcomes: list[str]) -> str:
    """The outcomes that a few states have, and then that of all others."""
    rows = [line.strip().partition(" | ") for line in outcomes]
    rows.sort(key=lambda row: row[2].count(","))
    said = [(outcome, f"`{states.replace(', ', '`, `')}`") for outcome, _, states in rows]
    said[-1] = (said[-1][0], "every other state" if len(said) > 1 else "every state")
    lines = [f"| {outcome} | {states} |" for outcome, states in said]
    return "\n".join(["| outcome | in |", "|---|---|", *lines, ""])


def main() -> int:
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
