"""A copy of the whole database as it is at one moment, and back again, by each database's own means."""

import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection, connections
from psycopg.conninfo import make_conninfo

from tradedoor.config.backups.errors import BackupError

SQLITE, POSTGRES = "sqlite", "postgresql"
# So many pages are copied at a time; others may write in between, which begins nothing anew that they do not touch.
PAGES = 4_096
MEMBERS = {SQLITE: "database.sqlite3", POSTGRES: "database.dump"}
# All of it goes in one transaction, which ends well only once the whole copy was read: a reader that dies half-way
# leaves what was there.
EMPTY_POSTGRES = b"BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"
COMMIT = b"\nCOMMIT;\n"


def kind() -> str:
    return str(connection.vendor)


def dump(folder: Path) -> Path:
    """Copy the database into a file in `folder`, as it is at one moment, while others read and write.

    Raises `BackupError` where the copy cannot be made, or does not hold together.
    """
    copy = folder / MEMBERS[kind()]
    if kind() == SQLITE:
        with closing(sqlite3.connect(_file())) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target, pages=PAGES)
            # The copy is a file of its own, without a log beside it.
            target.execute("PRAGMA journal_mode=DELETE")
        check(copy)
    else:
        with _told_where() as where:
            _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={copy}", where])
    return copy


def check(copy: Path) -> None:
    """Raises `BackupError` for a copy that does not hold together."""
    if copy.name == MEMBERS[POSTGRES]:
        _run(["pg_restore", "--list", str(copy)])
        return
    try:
        with closing(sqlite3.connect(copy)) as opened:
            [[verdict]] = opened.execute("PRAGMA integrity_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict != "ok":
        raise BackupError(f"the copy of the database is damaged ({verdict}).")


def load(copy: Path) -> None:
    """Put the copy in the place of the whole database: all of it, or where that fails nothing.

    Raises `BackupError`.
    """
    connections.close_all()
    if kind() == POSTGRES:
        connection.close_pool()  # type: ignore[attr-defined]  # one connection knows plans of tables that go
    if kind() == SQLITE:
        with (
            closing(sqlite3.connect(copy)) as source,
            closing(sqlite3.connect(_file(), timeout=30)) as target,
        ):
            try:
                source.backup(target)
                target.execute("PRAGMA journal_mode=WAL")
            except sqlite3.Error as error:
                raise BackupError(f"the database could not be written ({error}).") from error
        return
    script = subprocess.Popen(  # noqa: S603 - a program of the database, found by its name
        [_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(copy)],
        stdout=subprocess.PIPE,
    )
    with script, _told_where() as where:
        _load_script(script, where)
    if script.returncode:
        raise BackupError("pg_restore could not read the copy of the database.")


def _load_script(script: subprocess.Popen[bytes], where: str) -> None:
    command = ["psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", where]
    with (
        subprocess.Popen(  # noqa: S603 - the same
            [_program(command[0]), *command[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as psql
    ):
        with suppress(BrokenPipeError):  # where psql ends early it says below why
            if psql.stdin and script.stdout:
                psql.stdin.write(EMPTY_POSTGRES)
                shutil.copyfileobj(script.stdout, psql.stdin, 1 << 20)
                if script.wait() == 0:
                    psql.stdin.write(COMMIT)
                psql.stdin.close()
        said = psql.stderr.read().decode(errors="replace") if psql.stderr else ""
    if psql.returncode:
        raise BackupError(f"the database was left as it was: psql says {_first_line(said)!r}.")


def _file() -> Path:
    return Path(connection.settings_dict["NAME"])


@contextmanager
def _told_where() -> Iterator[str]:
    """The words that lead a program to the database. The password stands in a file that only we may read, since the
    words of a command can be read by others on the machine."""
    to: dict[str, Any] = connection.settings_dict
    options = {name: value for name, value in to["OPTIONS"].items() if name.startswith("ssl")}
    given = {"host": to["HOST"], "port": to["PORT"], "user": to["USER"], "dbname": to["NAME"], **options}
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:  # made for us alone
        file.write("*:*:*:*:" + to["PASSWORD"].replace("\\", "\\\\").replace(":", "\\:") + "\n")
        file.flush()
        words = make_conninfo(
            "", passfile=file.name, **{name: value for name, value in given.items() if value}
        )
        yield f"--dbname={words}"


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(  # noqa: S603 - a program of the database, found by its name
        [_program(command[0]), *command[1:]], capture_output=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{command[0]} says {_first_line(done.stderr.decode(errors='replace'))!r}.")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is needed for it. On Debian: apt-get install postgresql-client")
    return found


def _first_line(said: str) -> str:
    return said.strip().partition("\n")[0]
