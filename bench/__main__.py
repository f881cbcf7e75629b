"""python -m bench [NAME…] [--on sqlite|postgres] [--keep FOLDER]: measure on SQLite and on a private PostgreSQL, and
print a table.

Each database is measured by a process of its own, on an installation of its own in a temporary folder. The large
measurements share one with a million contacts; with `--keep` it is made once, and the next run begins with a copy.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.figures import Figure
from bench.keeping import PREPARED
from tools.testing.postgres import binaries, cluster

SMALL = ("handouts", "inviting", "importing", "lists", "registering", "search", "sign_in", "weight")
LARGE = ("million", "email_changes", "deactivating", "wide")
NAMES = SMALL + LARGE
# What whoever has a million contacts gives to PostgreSQL; its own default is that of a machine of 1999.
MEMORY = {"shared_buffers": "512MB"}
DATABASES = ("sqlite", "postgres")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--on", choices=DATABASES, help="one database only")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the large databases are kept")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    for database in [chosen.on] if chosen.on else DATABASES:
        if database == "postgres" and binaries() is None:
            print("PostgreSQL is not installed and is left out.")
            continue
        names = chosen.names or NAMES
        for group, keep in ((SMALL, None), (LARGE, chosen.keep)):
            if asked := [name for name in group if name in names]:
                figures += measured(database, asked, keep=keep)
    print_table(figures)
    return int(any(not figure.holds for figure in figures))


def measured(database: str, names: Sequence[str], *, keep: Path | None) -> Iterator[Figure]:
    """Run the measurements in a process that knows this database from its start."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="tradedoor-bench-")))
        kept = place_of(database, keep) if keep else None
        url = ""
        if database == "postgres":
            memory = MEMORY if set(names) <= set(LARGE) else {}
            url = held.enter_context(cluster(kept, **memory))
            made_database(url)
        elif kept and (kept / PREPARED).exists():
            shutil.copyfile(kept / PREPARED, folder / "tradedoor.sqlite3")
        before = {name: value for name, value in os.environ.items() if not name.startswith("TRADEDOOR_")}
        settings = {
            "TRADEDOOR_ENV_FILE": "",
            "TRADEDOOR_DATA_DIR": str(folder),
            "TRADEDOOR_DATABASE_URL": url,
            "TRADEDOOR_LOG_LEVEL": "error",
            "DJANGO_SETTINGS_MODULE": "tradedoor.config.settings",
            "BENCH_KEPT": str(kept or ""),
        }
        process = held.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "bench.one_database", database, *names],
                env=before | settings,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        for line in process.stdout or ():
            print(".", end="", flush=True)
            yield Figure(**json.loads(line))
    if process.returncode:
        raise SystemExit(process.returncode)


def place_of(database: str, keep: Path) -> Path:
    """A folder for this database as it is made now: made otherwise, it is made anew."""
    recipe = b"".join(Path(__file__).with_name(name).read_bytes() for name in ("million_rows.py", "rows.py"))
    place = keep.resolve() / f"{database}-{hashlib.sha256(recipe).hexdigest()[:12]}"
    place.mkdir(parents=True, exist_ok=True)
    return place


def made_database(url: str) -> None:
    """Make the database that the address of a cluster names: new, or as the prepared one that the cluster has."""
    server, _, query = url.partition("?")
    import psycopg

    with psycopg.connect(f"{server.rpartition('/')[0]}/postgres?{query}", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS tradedoor")
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'prepared'").fetchone()
        connection.execute(
            "CREATE DATABASE tradedoor TEMPLATE prepared STRATEGY file_copy"
            if found
            else "CREATE DATABASE tradedoor"
        )


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
