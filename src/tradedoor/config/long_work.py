"""Long work from a command: a progress bar, Ctrl-C to stop, and the same command again to go on."""

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from django.conf import settings
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotFound
from tradedoor.core.sheets.guards import guard
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import result_lines, resume_work, work_for

STOPPED_EXIT_CODE = 130  # what a shell says of a command ended by Ctrl-C
REFUSED_SHOWN = 20


def run_again_or_start(start: Callable[[], Work], *, same: Iterable[Any], actor: Actor) -> Work:
    """Take up the unfinished work that a command with the `same` words began, else `start` it; drive it here.

    What was begun is remembered in the data folder under a digest of those words, since the file of an import
    is a new upload each time.
    """
    note = _note(same)
    work = _begun_before(note, actor=actor)
    if work is None:
        work = start()
        note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        note.write_text(str(work.public_id), encoding="ascii")
    elif work.state not in {Work.State.QUEUED, Work.State.RUNNING}:
        work = resume_work(work.public_id, actor=actor)
    work = drive(work)
    if work.state == Work.State.DONE:
        note.unlink(missing_ok=True)
    return work


def drive(work: Work) -> Work:
    """Do the work here, or watch the worker that is at it; say on standard error how far it is."""
    prepare_background()
    with _bar(work) as show:
        return drive_work(work.pk, show)


def digest_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def report(work: Work, *, problems: frozenset[str], result: Path | None) -> None:
    """Say what became of it, and of the first things that went wrong; end the command by what the work's state is."""
    if result is not None:
        written = write_result(work, result)
        click.echo(f"{written} lines in {result}", err=True)
    counts = ", ".join(
        f"{count} {status.replace('_', ' ')}" for status, count in sorted(work.counts.items()) if count
    )
    click.echo(f"{work.title}: {counts or 'nothing to do'}")
    shown = 0
    for line in result_lines(work) if problems & work.counts.keys() else ():
        if line.status in problems:
            name = f" ({line.data['name']})" if line.data.get("name") else ""
            click.echo(f"  {line.number}{name}: {line.status}: {line.reason}")
            shown += 1
            if shown == REFUSED_SHOWN:
                click.echo("  … and further ones; --result FILE writes all.")
                break
    if work.state == Work.State.STOPPED:
        click.echo("Stopped. The same command goes on from here.", err=True)
        raise SystemExit(STOPPED_EXIT_CODE)
    if work.state == Work.State.FAILED:
        raise click.ClickException(work.problem)


def write_result(work: Work, file: Path) -> int:
    """Write one line for each thing: its number, status and reason."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(["number", "status", "reason", "data"])
        count = 0
        for line in result_lines(work):
            data = json.dumps(line.data, ensure_ascii=False) if line.data else ""
            writer.writerow([line.number, line.status, guard(str(line.reason)), guard(data)])
            count += 1
    return count


def _begun_before(note: Path, *, actor: Actor) -> Work | None:
    if not note.is_file():
        return None
    try:
        work = work_for(UUID(note.read_text(encoding="ascii")), actor=actor)
    except (NotFound, ValueError):
        return None  # tidied away since
    return None if work.state == Work.State.DONE else work


def _note(same: Iterable[Any]) -> Path:
    words = "\0".join(str(word) for word in same)
    return Path(settings.TRADEDOOR_DATA_DIR) / "commands" / hashlib.sha256(words.encode()).hexdigest()


@contextmanager
def _bar(work: Work) -> Iterator[Callable[[Work], None]]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(work.title, total=work.total)

        def show(now: Work) -> None:
            progress.update(task, completed=now.done, total=now.total)

        yield show
