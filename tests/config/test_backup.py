"""A backup of a running installation, and back again: by the command, on the database of this run."""

import hashlib
import json
import os
import secrets
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from click.testing import CliRunner

from tradedoor.config.backups import making
from tradedoor.config.backups.archive import read_checked, unpack, writing
from tradedoor.config.backups.errors import BackupError
from tradedoor.config.cli import cli

COMMAND = Path(sys.executable).parent / "tradedoor"
SERVER = os.environ.get("TEST_DATABASE_URL", "")
CUSTOMERS = "Customer code,Company\nA-1,Acme\nB-1,Borealis\n"


@dataclass(frozen=True, slots=True)
class Place:
    """An installation: a data folder, and a database of its own."""

    data: Path
    database: str

    def tradedoor(
        self, *words: str | Path, stdin: bytes | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        environment = {
            "PATH": f"{self.data.parent / 'programs'}:{os.environ['PATH']}",
            "TRADEDOOR_ENV_FILE": "",
            "TRADEDOOR_DATA_DIR": str(self.data),
            "TRADEDOOR_DATABASE_URL": self.database,
            "TRADEDOOR_PORT": "1",  # nothing may listen there while something is restored, and nothing can
        }
        return subprocess.run(
            [COMMAND, *words], env=environment, input=stdin, capture_output=True, check=False
        )

    def says(self, *words: str | Path) -> str:
        done = self.tradedoor(*words)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def refuses(self, *words: str | Path) -> str:
        done = self.tradedoor(*words)
        assert done.returncode == 1, done.stdout.decode()
        return done.stderr.decode()

    def count(self, what: str) -> int:
        return int(self.execute(f"SELECT count(*) FROM {what}")[0][0])  # noqa: S608 - ours

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        if self.database:
            with psycopg.connect(self.database) as server:
                done = server.execute(statement.encode())
                return done.fetchall() if done.description else []
        with closing(sqlite3.connect(self.data / "tradedoor.sqlite3")) as file, file:
            return file.execute(statement).fetchall()


@pytest.fixture
def places(tmp_path: Path) -> Iterator[list[Place]]:
    """Two: one to back up, and an empty one."""
    if not SERVER:
        yield [Place(tmp_path / name, "") for name in ("first", "second")]
        return
    names = [f"backup_{secrets.token_hex(6)}" for _ in range(2)]
    parts = urlsplit(SERVER)
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as server:
        for name in names:
            server.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield [Place(tmp_path / name, urlunsplit(parts._replace(path=f"/{name}"))) for name in names]
        finally:
            for name in names:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def with_a_reader_that_dies_half_way(folder: Path) -> None:
    folder.mkdir()
    program = folder / "pg_restore"
    program.write_text('#!/bin/sh\n[ "$1" = --list ] && exit 0\necho "CREATE TABLE half (id int);"\nexit 1\n')
    program.chmod(0o755)


def test_all_of_an_installation_comes_back_with_sessions_ended_and_mail_paused(
    places: list[Place], tmp_path: Path
) -> None:
    first, second = places
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    first.says("migrate")
    first.says("login-link", "--email", "olga@seller.example")
    first.says("import", "customers", tmp_path / "customers.csv")
    logo = first.data / "files" / "stores" / "logo.png"
    logo.parent.mkdir(parents=True)
    logo.write_bytes(b"a picture")
    links = "accounts_onetimelink WHERE used_at IS NULL AND revoked_at IS NULL"
    assert first.count(links) == 1
    kept = tmp_path / "kept.tar.gz"

    assert "It holds the keys" in first.says("backup", kept, "--with-keys")
    assert kept.stat().st_mode & 0o077 == 0
    first.execute("UPDATE crm_customer SET name = 'Changed since'")
    changed = "crm_customer WHERE name = 'Changed since'"
    said = second.says("restore", kept)

    assert "Whatever was done since that moment is undone" in said
    assert "The keys here are others" not in said
    assert (first.count(changed), second.count(changed), second.count("crm_customer")) == (2, 0, 2)
    assert second.count("accounts_session") == second.count(links) == 0
    assert second.count("mail_pause WHERE store_id IS NULL") == 1
    assert second.count("audit_row WHERE event = 'accounts.installation.restored'") == 1
    assert (second.data / "files" / "stores" / "logo.png").read_bytes() == b"a picture"
    for name in ("secret.key", "link.key", "audit.key"):
        assert (second.data / "keys" / name).read_text() == (first.data / "keys" / name).read_text()
    assert not [path for path in second.data.iterdir() if path.name.startswith((".backup", ".restore"))]

    assert "--replace" in first.refuses("restore", kept)
    assert first.count(changed) == 2
    piped = tmp_path / "piped.tar.gz"
    piped.write_bytes(second.tradedoor("backup", "-").stdout)
    if SERVER:
        with_a_reader_that_dies_half_way(tmp_path / "programs")
        assert "Nothing was restored" in first.refuses("restore", "--replace", piped)
        assert first.count(changed) == 2
        (tmp_path / "programs" / "pg_restore").unlink()
    first.says("restore", "--replace", piped)
    assert first.count(changed) == 0


def test_a_backup_is_never_written_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(to: BinaryIO, *, with_keys: bool) -> None:
        to.write(packed(tmp_path, "made.tar.gz", {"data/a": b"a"}).read_bytes())

    monkeypatch.setattr(making, "write_backup", write)
    kept = tmp_path / "kept.tar.gz"
    assert making.make_backup(kept, with_keys=False).members
    kept.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        making.make_backup(kept, with_keys=False)
    assert kept.read_bytes() == b"mine"
    assert not list(tmp_path.glob(".*"))


def test_the_command_says_whether_a_backup_is_whole(tmp_path: Path) -> None:
    whole = packed(tmp_path, "whole.tar.gz", {"data/a": b"a"})
    said = CliRunner().invoke(cli, ["restore", "--check", str(whole)])
    assert (said.exit_code, "It is whole: sqlite, without the keys" in said.output) == (0, True)
    whole.write_bytes(whole.read_bytes()[:-30])
    cut = CliRunner().invoke(cli, ["restore", "--replace", str(whole)])
    assert (cut.exit_code, "Nothing was restored" in cut.output) == (1, True)


def packed(folder: Path, name: str, held: dict[str, bytes], **changed: object) -> Path:
    """A backup made by hand, whose manifest says what is `changed`."""
    manifest = {
        "format": 1,
        "version": "1",
        "made_at": "2026-01-01T00:00:00+00:00",
        "database": "sqlite",
        "migrations": [],
        "holds_keys": False,
        "keys": {},
        "members": {path: hashlib.sha256(text).hexdigest() for path, text in held.items()},
        **changed,
    }
    file = folder / name
    with tarfile.open(file, "w:gz") as tar:
        for path, text in [*held.items(), ("manifest.json", json.dumps(manifest).encode())]:
            entry = tarfile.TarInfo(path)
            entry.size = len(text)
            tar.addfile(entry, BytesIO(text))
    return file


def test_a_backup_that_is_not_what_it_says_is_refused(tmp_path: Path) -> None:
    assert read_checked(packed(tmp_path, "good.tar.gz", {"data/a": b"a"})).members
    refused = {
        "is not what was backed up": packed(tmp_path, "1", {"data/a": b"a"}, members={"data/a": "0" * 64}),
        "data/b in it": packed(tmp_path, "2", {"data/b": b"b"}, members={}),
        "newer version": packed(tmp_path, "3", {}, format=2),
        "not one of ours": packed(tmp_path, "4", {}, surprise=1),
    }
    (tmp_path / "5").write_bytes(b"PK\x03\x04 no tar at all")
    refused["no whole backup"] = tmp_path / "5"
    for sentence, file in refused.items():
        with pytest.raises(BackupError, match=sentence):
            read_checked(file)


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "data/../../outside"])
def test_nothing_is_written_outside_the_folder(tmp_path: Path, name: str) -> None:
    file = packed(tmp_path, "x.tar.gz", {name: b"x"})
    with pytest.raises(BackupError, match="leads out of the folder"):
        unpack(file, tmp_path / "inside")


def test_a_link_in_a_backup_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.tar.gz"
    with tarfile.open(file, "w:gz") as tar:
        entry = tarfile.TarInfo("data/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    with pytest.raises(BackupError, match="is no file"):
        unpack(file, tmp_path / "inside")


def test_a_backup_that_was_cut_off_has_no_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    file = tmp_path / "cut.tar.gz"
    with file.open("wb") as stream, writing(stream) as writer:
        writer.add(tmp_path / "a", "data/a")
    with pytest.raises(BackupError, match="it has no end"):
        read_checked(file)
