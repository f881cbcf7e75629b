"""The prepared large database, put away for the next run."""

import os
import shutil
from pathlib import Path

PREPARED = "prepared.sqlite3"


def keep_database() -> None:
    """Put a copy of the database where the command line said; nothing where it did not."""
    from django.conf import settings
    from django.db import connection, connections

    kept = os.environ.get("BENCH_KEPT", "")
    if not kept:
        return
    held = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections.close_all()
        shutil.copyfile(held["NAME"], Path(kept, PREPARED + ".part"))
        Path(kept, PREPARED + ".part").rename(Path(kept, PREPARED))
        return
    import psycopg

    connections.close_all()
    connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL alone
    address = {"host": held["HOST"], "port": held["PORT"], "user": held["USER"]}
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE prepared TEMPLATE {held['NAME']} STRATEGY file_copy".encode())
