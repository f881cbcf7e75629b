"""From the database's address to Django's settings for it."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote

# Measured in the design's stack note; foreign keys are always on under Django.
# The log of writes is folded into the file every 16,000 pages (64 MB) and not every 1,000: whoever writes then waits
# for the disk, and an import of 10,000 contacts took 60 % longer for it; deactivating 100,000 wrote 60 % more at 8,000.
SQLITE_START = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=16000; "
    "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;"
)
SQLITE_TIMEOUT_SECONDS = 10
# From which use on a connection keeps the plan of a statement: not from the first, since many are sent only once.
PREPARED_FROM = 3


def database(address: SplitResult, *, data_dir: Path, threads: int) -> dict[str, Any]:
    """Settings for the database at `address`; for SQLite in the data folder where it is empty."""
    if address.scheme in {"postgres", "postgresql"}:
        return _postgres(address, threads=threads)
    file = Path(unquote(address.path.removeprefix("/"))) if address.path else data_dir / "tradedoor.sqlite3"
    return _sqlite(file.resolve())


def _sqlite(file: Path) -> dict[str, Any]:
    # IMMEDIATE takes the write lock when a transaction begins, so that two that both read and then write wait
    # for each other instead of one failing at its first write.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "init_command": SQLITE_START,
            "transaction_mode": "IMMEDIATE",
            "timeout": SQLITE_TIMEOUT_SECONDS,
        },
    }


def _postgres(address: SplitResult, *, threads: int) -> dict[str, Any]:
    options: dict[str, Any] = dict(parse_qsl(address.query))
    host = options.pop("host", "") or unquote(address.hostname or "")
    port = options.pop("port", "") or address.port or ""
    # Values go beside the statement instead of in it, so that the server plans a statement once a connection and
    # not each time it is sent: of a sign-in that was half the time spent in the database.
    options = {"server_side_binding": True, "prepare_threshold": PREPARED_FROM} | options
    options["pool"] = {"min_size": 1, "max_size": threads + 2, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(address.path.removeprefix("/")),
        "USER": unquote(address.username or ""),
        "PASSWORD": unquote(address.password or ""),
        "HOST": host,
        "PORT": str(port),
        "OPTIONS": options,
    }
