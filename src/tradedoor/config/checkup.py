"""What is the matter with this installation, each with its cure. Nothing here changes anything but a cache."""

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from tradedoor.access.email_change_queries import none_overdue
from tradedoor.access.queries import counts_match, misplaced
from tradedoor.accounts.queries import has_owner
from tradedoor.audit.seals import unsealed_since
from tradedoor.config.refusals import is_loopback
from tradedoor.jobs.models import Job
from tradedoor.jobs.queries import workers_silent_since
from tradedoor.mail.outbox import paused_stores
from tradedoor.mail.queries import OVERDUE, longest_waiting, mail_trouble
from tradedoor.mail.transport import trouble as mail_server_trouble

LITTLE, TOO_LITTLE = 2_000_000_000, 200_000_000  # bytes free
SEALED_WITHIN = timedelta(minutes=10)
OLDEST_POSTGRES = 150_000
FAILED_SINCE = timedelta(days=7)


class State(StrEnum):
    WELL = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what helps; a cure only where something is the matter."""

    what: str
    state: State
    sentence: str
    cure: str = ""


def checkup() -> Iterator[Finding]:
    """Look at everything; where the database does not answer, at all that needs none."""
    yield from _folder()
    yield from _deployment()
    yield _mail_server()
    try:
        yield from _database()
        if connection.introspection.table_names():
            yield from _inside()
    except DatabaseError as trouble:
        first_line = str(trouble).strip().partition("\n")[0]
        yield Finding(
            "database",
            State.BAD,
            f"It does not do as asked: {first_line}",
            "See whether it runs and TRADEDOOR_DATABASE_URL is right; run `tradedoor migrate`.",
        )


def _folder() -> Iterator[Finding]:
    root = Path(settings.TRADEDOOR_DATA_DIR)
    open_to_others = [
        path
        for path in (root, *root.glob("keys"), *root.glob("keys/*.key"), *root.glob("backups"))
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    yield (
        Finding(
            "data folder",
            State.BAD,
            f"Other users of this machine may read {', '.join(str(path) for path in open_to_others)}.",
            "chmod -R go= " + " ".join(str(path) for path in open_to_others),
        )
        if open_to_others
        else Finding("data folder", State.WELL, f"{root}; nobody else may read it.")
    )
    free = shutil.disk_usage(root).free
    size = f"{free / 1_000_000_000:,.1f} GB free."
    if free >= LITTLE:
        yield Finding("disk", State.WELL, size)
    else:
        bad = free < TOO_LITTLE
        yield Finding("disk", State.BAD if bad else State.NOTE, size, "Make room before writing stops.")


def _deployment() -> Iterator[Finding]:
    """Django's own list for a server, which a try-out on one's own machine need not meet."""
    if is_loopback(settings.TRADEDOOR_BASE_URL.partition("://")[2].partition(":")[0]):
        yield Finding("address", State.NOTE, f"{settings.TRADEDOOR_BASE_URL}: for this machine only.")
        return
    yield Finding("address", State.WELL, settings.TRADEDOOR_BASE_URL)
    for found in run_checks(include_deployment_checks=True, databases=[]):
        if not found.is_silenced():
            yield Finding("settings", State.BAD, f"{found.msg} ({found.id})", found.hint or "")


def _mail_server() -> Finding:
    if settings.TRADEDOOR_MAIL_CAPTURED:
        return Finding(
            "mail server", State.NOTE, "There is none: mail is captured.", "Set TRADEDOOR_MAIL_URL."
        )
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    trouble = mail_server_trouble()
    if trouble:
        return Finding("mail server", State.BAD, f"{server}: {trouble}", "See TRADEDOOR_MAIL_URL.")
    return Finding("mail server", State.WELL, f"{server} answers and lets us in. No mail was sent.")


def _database() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT current_setting('server_version_num')::int, current_setting('server_version')"
            )
            number, name = cursor.fetchone()
            is_old = number < OLDEST_POSTGRES
            yield Finding(
                "database",
                State.BAD if is_old else State.WELL,
                f"PostgreSQL {name}.",
                "Tradedoor is tried with 15 and newer." if is_old else "",
            )
        else:
            cursor.execute("PRAGMA quick_check(1)")
            [verdict] = cursor.fetchone()
            yield Finding(
                "database",
                State.WELL if verdict == "ok" else State.BAD,
                "SQLite; its file holds together." if verdict == "ok" else f"SQLite: {verdict}",
                "" if verdict == "ok" else "Restore a backup: `tradedoor restore`.",
            )
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        yield Finding(
            "version", State.BAD, f"The database is {len(pending)} steps behind.", "Run `tradedoor migrate`."
        )


def _inside() -> Iterator[Finding]:
    if not has_owner():
        yield Finding(
            "owner", State.BAD, "There is none.", "Run `tradedoor login-link --email <your email>`."
        )
    silent = workers_silent_since()
    yield (
        Finding("worker", State.WELL, "One has been heard of, or nothing waits for one.")
        if silent is None
        else Finding(
            "worker", State.BAD, f"None since {silent:%Y-%m-%d %H:%M} UTC.", "Start `tradedoor worker`."
        )
    )
    failed = Job.objects.filter(
        state=Job.State.FAILED, finished_at__gte=timezone.now() - FAILED_SINCE
    ).count()
    if failed:
        yield Finding("jobs", State.NOTE, f"{failed} were given up in a week.", "The worker's log says why.")
    yield from _mail()
    if not none_overdue():
        yield Finding(
            "email changes",
            State.BAD,
            "Some are overdue.",
            "They apply once a worker runs; see Email changes.",
        )
    yield from _history()
    wrong = len(counts_match()) + misplaced().count()
    yield (
        Finding(
            "tabs", State.BAD, f"{wrong} numbers or rows are on a wrong one.", "A defect: please report it."
        )
        if wrong
        else Finding("tabs", State.WELL, "Their numbers are those of the rows.")
    )


def _mail() -> Iterator[Finding]:
    are_all, stores = paused_stores()
    if are_all or stores:
        whose = "All mail" if are_all else f"Mail of {len(stores)} stores"
        yield Finding("mail", State.NOTE, f"{whose} is paused.", "Let it go at Mail.")
    trouble, waiting = mail_trouble(), longest_waiting()
    if trouble is not None or waiting > OVERDUE:
        minutes = int(waiting.total_seconds() // 60)
        yield Finding("mail", State.BAD, f"The oldest has waited for {minutes} minutes.", "See Mail.")


def _history() -> Iterator[Finding]:
    since = unsealed_since()
    if since is not None and timezone.now() - since > SEALED_WITHIN:
        yield Finding(
            "history",
            State.BAD,
            f"Rows since {since:%Y-%m-%d %H:%M} UTC have no seal.",
            "Start `tradedoor worker`; `tradedoor audit verify` checks all of it.",
        )
    else:
        yield Finding("history", State.WELL, "Sealed. `tradedoor audit verify` checks all of it.")
