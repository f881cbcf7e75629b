"""Write docs/admin/settings.md from the list of variables; with --check only say whether it is in step."""

import sys
from pathlib import Path

from tradedoor.config.env import Variable
from tradedoor.config.variables import GROUPS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "admin" / "settings.md"

INTRODUCTION = """\
# Settings

<!-- Written by `make docs` from src/tradedoor/config/variables.py; change that file. -->

Tradedoor is set up by variables of its environment, or by `NAME=value` lines in a file `.env` in the folder it is
started from; the environment wins. Each can instead be given as the path of a file that holds the value, under its
name with `_FILE` added (`TRADEDOOR_MAIL_URL_FILE=/run/secrets/mail`): best for passwords and keys. A value that does
not fit, and a `TRADEDOOR_` name that does not exist, is refused at start, by name.

Times are a number and a unit: `90s`, `15m`, `1h`, `7d`.
"""


def page() -> str:
    parts = [INTRODUCTION]
    for title, variables in GROUPS.items():
        parts.append(f"## {title}\n")
        parts.extend(entry(variable) for variable in variables)
    return "\n".join(parts)


def entry(variable: Variable[object]) -> str:
    default = f"`{variable.default}`" if variable.default else "empty"
    return (
        f"### {variable.name}\n\n{variable.meaning}\n\n"
        f"Expected: {variable.kind.expected}. Default: {default}.\n"
    )


def main() -> int:
    if "--check" in sys.argv:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
