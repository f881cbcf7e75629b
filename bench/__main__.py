"""python -m bench [NAME…] [--on sqlite|postgres]: measure on SQLite and on a private PostgreSQL, and print a table.

Each database is measured by a process of its own, on an installation of its own in a temporary folder.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from bench.figures import Figure
from tools.testing.postgres import binaries, cluster

NAMES = ("inviting", "importing", "lists", "search", "sign_in", "weight")
DATABASES = ("sqlite", "postgres")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--on", choices=DATABASES, help="one database only")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    for database in [chosen.on] if chosen.on else DATABASES:
        if database == "postgres" and binaries() is None:
            print("PostgreSQL is not installed and is left out.")
            continue
        figures += measured(database, chosen.names or NAMES)
    print_table(figures)
    return int(any(not figure.holds for figure in figures))


def measured(database: str, names: Sequence[str]) -> Iterator[Figure]:
    """Run the measurements in a process that knows this database from its start."""
    with ExitStack() as held:
        url = held.enter_context(cluster()) if database == "postgres" else ""
        folder = held.enter_context(tempfile.TemporaryDirectory(prefix="tradedoor-bench-"))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TRADEDOOR_")}
        settings = {
            "TRADEDOOR_ENV_FILE": "",
            "TRADEDOOR_DATA_DIR": folder,
            "TRADEDOOR_DATABASE_URL": made_database(url),
            "TRADEDOOR_LOG_LEVEL": "error",
            "DJANGO_SETTINGS_MODULE": "tradedoor.config.settings",
        }
        process = held.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "bench.one_database", database, *names],
                env=kept | settings,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        for line in process.stdout or ():
            print(".", end="", flush=True)
            yield Figure(**json.loads(line))
    if process.returncode:
        raise SystemExit(process.returncode)


def made_database(url: str) -> str:
    """Make the database that the address of a new cluster names."""
    if not url:
        return ""
    server, _, query = url.partition("?")
    import psycopg

    with psycopg.connect(f"{server.rpartition('/')[0]}/postgres?{query}", autocommit=True) as connection:
        connection.execute("CREATE DATABASE tradedoor")
    return url


def print_table(figures: Sequence[Figure]) -> None:
    """One line a figure, the databases side by side."""
    shown = [name for name in DATABASES if any(figure.database == name for figure in figures)]
    rows: dict[tuple[str, str, str], dict[str, Figure]] = {}
    for figure in figures:
        rows.setdefault((figure.group, figure.name, figure.mark), {})[figure.database] = figure
    print()
    print(f"\n| what | {' | '.join(shown)} | mark |\n|---|{'---:|' * len(shown)}---|")
    group = ""
    for (row_group, name, mark), found in rows.items():
        if row_group != group:
            group = row_group
            print(f"| **{group}** |{' |' * (len(shown) + 1)}")
        values = (found[one].shown if one in found else "" for one in shown)
        print(f"| {name} | {' | '.join(values)} | {mark} |")


if __name__ == "__main__":
    sys.exit(main())
