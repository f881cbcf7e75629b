"""A backup as a file: a tar, compressed, of the database's copy, the data folder and a manifest that ends it.

The manifest comes last because only then every digest is known: a backup can be written into a pipe, as into one that
encrypts it, and one that was cut off has no manifest and is refused.
"""

import gzip
import hashlib
import json
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from tradedoor.config.backups.errors import BackupError

FORMAT = 1
MANIFEST = "manifest.json"
QUICK = 3  # a database of a million contacts in half the time of the usual 9, for a tenth more bytes
BLOCK = 1 << 20
LONGEST_MANIFEST = 64 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `members` are the SHA-256 of each; `keys` prints of the keys that were in use."""

    format: int
    version: str
    made_at: str
    database: str
    migrations: list[str]
    holds_keys: bool
    keys: dict[str, str]
    members: dict[str, str]

    def text(self) -> bytes:
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()


class Writer:
    """Adds files to a backup and remembers what each was."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, str] = {}

    def add(self, path: Path, name: str) -> None:
        """Raises `FileNotFoundError` for one that has gone meanwhile."""
        with path.open("rb") as file:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = path.stat().st_size, 0o600
            read = Measured(file)
            self._tar.addfile(entry, read)
        self.members[name] = read.digest.hexdigest()

    def end(self, manifest: Manifest) -> None:
        entry = tarfile.TarInfo(MANIFEST)
        text = manifest.text()
        entry.size = len(text)
        self._tar.addfile(entry, BytesIO(text))


class Measured:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.digest.update(block)
        return block


@contextmanager
def writing(to: BinaryIO) -> Iterator[Writer]:
    with (
        gzip.GzipFile(fileobj=to, mode="wb", compresslevel=QUICK, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        yield Writer(tar)


def read_checked(source: Path) -> Manifest:
    """The manifest, once every member is what it says. Raises `BackupError`."""
    found: dict[str, str] = {}
    text = b""
    with _opened(source) as members:
        for name, file in members:
            if name == MANIFEST:
                text = file.read(LONGEST_MANIFEST)
            else:
                measured = Measured(file)
                while measured.read(BLOCK):
                    pass
                found[name] = measured.digest.hexdigest()
    if not text:
        raise BackupError("it has no end: it was cut off while it was written or copied.")
    manifest = _manifest(text)
    if changed := sorted(
        name
        for name in found.keys() | manifest.members.keys()
        if found.get(name) != manifest.members.get(name)
    ):
        raise BackupError(f"{changed[0]} in it is not what was backed up.")
    return manifest


def unpack(source: Path, folder: Path) -> None:
    """Write every member into `folder`. Raises `BackupError` for a name that leads out of it."""
    with _opened(source) as members:
        for name, file in members:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                raise BackupError(f"{name!r} in it leads out of the folder.")
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with target.open("wb") as written:
                while block := file.read(BLOCK):
                    written.write(block)
            target.chmod(0o600)


def _manifest(text: bytes) -> Manifest:
    try:
        manifest = Manifest(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise BackupError("its manifest is not one of ours.") from error
    if manifest.format != FORMAT:
        raise BackupError("a newer version of Tradedoor made it.")
    return manifest


@contextmanager
def _opened(source: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """The members, one after the other. Whatever is wrong with the file, here or while they are read, is one error."""
    try:
        with tarfile.open(source, mode="r|gz") as tar:
            yield _members(tar)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise BackupError(f"{source.name} is no whole backup of Tradedoor ({error}).") from error


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for entry in tar:
        file = tar.extractfile(entry) if entry.isfile() else None
        if file is None:
            raise BackupError(f"{entry.name!r} in it is no file.")
        yield entry.name, file
