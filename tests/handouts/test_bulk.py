"""Hand-outs of many as long work: nothing twice, nothing kept too long, and the zip as it flows."""

import io
import os
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.handouts.facts import paragraph, template
from tradedoor.accounts.roles import Role
from tradedoor.audit.models import AuditRow
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.models import Customer
from tradedoor.handouts import shelf
from tradedoor.handouts.actions.bulk import (
    clear_out,
    foresee_handouts,
    handouts_zip,
    make_batch,
    start_handouts,
)
from tradedoor.handouts.actions.templates import restore_standard, upload_template
from tradedoor.handouts.errors import BadTemplate, HandoutsGone, NothingToHandOut
from tradedoor.handouts.making import Kind, plain_name
from tradedoor.handouts.models import HandoutTemplate
from tradedoor.handouts.zips import zip_chunks
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.registration.errors import NoLinkHere
from tradedoor.registration.models import EstoreLink
from tradedoor.stores.models import Store


@pytest.fixture(autouse=True)
def _prepared(settings: Any, tmp_path: Path) -> None:
    prepare_background()
    settings.TRADEDOOR_DATA_DIR = tmp_path


def opened(work: Work, actor: Actor) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(handouts_zip(work, actor=actor))))


def test_many_are_made_and_a_step_asks_the_same_for_one_and_for_ten(harbour: Store, sam: Actor) -> None:
    ids = [make.customer(f"C{number}").pk for number in range(22)]

    def asked(some: list[int]) -> int:
        make_batch(harbour, some, kind=Kind.WORD, work_id=uuid4(), first=1, actor=sam)  # links are made
        with CaptureQueriesContext(connection) as queries:
            make_batch(harbour, some, kind=Kind.WORD, work_id=uuid4(), first=1, actor=sam)
        return len(queries)

    assert asked(ids[:1]) == asked(ids[:10])
    work = drive_work(start_handouts(ids, harbour, kind=Kind.WORD, actor=sam).pk)
    assert work.counts == {"made": 22}
    assert len(opened(work, sam).namelist()) == 22


def test_work_that_was_killed_goes_on_and_makes_nothing_twice(
    harbour: Store, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [make.customer(f"C{number}", code=f"K{number:02}").pk for number in range(12)]
    real, calls = shelf.put, []

    def dying(*given: Any) -> None:
        calls.append(given[1])
        if len(calls) == 11:
            raise OSError("the disk is full")
        real(*given)

    monkeypatch.setattr("tradedoor.handouts.actions.bulk.put", dying)
    monkeypatch.setattr("tradedoor.jobs.driving.FAILURE_WAIT", timedelta(0))

    work = drive_work(start_handouts(ids, harbour, kind=Kind.PDF, actor=sam).pk)

    assert work.state == Work.State.DONE
    assert work.counts == {"made": 12}
    assert opened(work, sam).namelist() == [f"K{n:02} C{n}.pdf" for n in range(12)]
    assert EstoreLink.objects.count() == 12


def test_customers_without_a_link_are_left_out_and_named(
    sam: Actor, acme: Customer, borealis: Customer
) -> None:
    theirs = make.store("Theirs", kind=Store.Kind.DEDICATED, customer=borealis)
    gone = make.customer("Gone")
    ids = [acme.pk, borealis.pk, gone.pk]
    Customer.objects.filter(pk=gone.pk).delete()

    work = drive_work(start_handouts(ids, theirs, kind=Kind.WORD, actor=sam).pk)

    assert work.counts == {"made": 1, "skipped": 2}
    assert opened(work, sam).namelist() == ["BORE Borealis.docx"]


def test_what_would_become_of_them_is_known_before(
    sam: Actor, harbour: Store, acme: Customer, borealis: Customer
) -> None:
    theirs = make.store("Theirs", kind=Store.Kind.DEDICATED, customer=borealis)
    gone = make.customer("Gone", status=Customer.Status.INACTIVE)
    ids = [acme.pk, borealis.pk, gone.pk]

    seen = foresee_handouts(ids, [harbour, theirs], actor=sam)

    inactive, no_link = "This customer is inactive.", str(NoLinkHere.sentence)
    assert (seen[harbour.pk].able, list(seen[harbour.pk].left)) == (2, [(inactive, 1)])
    assert (seen[theirs.pk].able, dict(seen[theirs.pk].left)) == (1, {inactive: 1, no_link: 1})
    with pytest.raises(NothingToHandOut):
        start_handouts([acme.pk, gone.pk], theirs, kind=Kind.WORD, actor=sam)


def test_whose_letters_no_pdf_can_show_is_left_out_and_keeps_nobody_waiting(
    sam: Actor, harbour: Store, acme: Customer
) -> None:
    nippon = make.customer("株式会社", code="NIP")

    work = drive_work(start_handouts([nippon.pk, acme.pk], harbour, kind=Kind.PDF, actor=sam).pk)

    assert work.counts == {"made": 1, "skipped": 1}
    assert "株式会社" in WorkLine.objects.get(work=work, status="skipped").reason
    word = drive_work(start_handouts([nippon.pk], harbour, kind=Kind.WORD, actor=sam).pk)
    assert opened(word, sam).namelist() == ["NIP 株式会社.docx"]


def test_nobody_chosen_and_no_right_are_refused(
    harbour: Store, meadow: Store, acme: Customer, vic: Actor
) -> None:
    mia = make.actor(make.staff("Mia", role=Role.ACCESS_MANAGER, stores=(meadow,)))

    with pytest.raises(NothingToHandOut):
        start_handouts([], meadow, kind=Kind.WORD, actor=mia)
    for actor in (mia, vic):
        with pytest.raises(NotAllowed):
            start_handouts([acme.pk], harbour, kind=Kind.WORD, actor=actor)
    assert not Work.objects.exists()


def test_whoever_loses_the_right_meanwhile_gets_no_zip_and_no_more_hand_outs(
    harbour: Store, acme: Customer
) -> None:
    login = make.staff("Tom", role=Role.ACCESS_MANAGER)
    work = drive_work(start_handouts([acme.pk], harbour, kind=Kind.WORD, actor=make.actor(login)).pk)
    later = start_handouts([acme.pk], harbour, kind=Kind.PDF, actor=make.actor(login))
    login.role = Role.VIEWER
    login.save(update_fields=["role"])

    with pytest.raises(NotAllowed):
        handouts_zip(work, actor=make.actor(login))
    assert drive_work(later.pk).state == Work.State.FAILED


def test_files_are_ours_alone_and_gone_after_a_week(harbour: Store, acme: Customer, sam: Actor) -> None:
    work = drive_work(start_handouts([acme.pk], harbour, kind=Kind.WORD, actor=sam).pk)
    path = shelf.path_of(work.public_id, 1)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0

    (path.parent.parent / ".DS_Store").touch()  # no work's, and in nobody's way

    assert clear_out() == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(days=8), tick=False):
        assert clear_out() == 1

    assert not path.exists()
    with pytest.raises(HandoutsGone):
        handouts_zip(work, actor=sam)


def test_fetching_the_zip_is_written_down(harbour: Store, acme: Customer, sam: Actor) -> None:
    work = drive_work(start_handouts([acme.pk], harbour, kind=Kind.WORD, actor=sam).pk)

    handouts_zip(work, actor=sam)

    row = AuditRow.objects.get(event="handouts.archive_read")
    assert (row.data["count"], row.store_id) == (1, harbour.pk)


def test_the_zip_flows_file_by_file(tmp_path: Path) -> None:
    names = []
    for number in range(5):
        (tmp_path / str(number)).write_bytes(os.urandom(200_000))
        names.append((f"{number}.docx", tmp_path / str(number)))

    chunks = list(zip_chunks(names))

    assert max(map(len, chunks)) < 2 * 200_000
    packed = zipfile.ZipFile(io.BytesIO(b"".join(chunks)))
    assert packed.testzip() is None
    assert packed.read("3.docx") == (tmp_path / "3").read_bytes()


def test_of_two_of_one_name_the_second_is_numbered_and_what_is_gone_left_out(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    files = [("A.docx", tmp_path / "a"), ("a.docx", tmp_path / "a"), ("b.docx", tmp_path / "gone")]

    packed = zipfile.ZipFile(io.BytesIO(b"".join(zip_chunks(files))))

    assert packed.namelist() == ["A.docx", "a (2).docx"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("C:\\con<>:|?*\x00", "C con"),
        ("ACME Grüße & Söhne", "ACME Grüße Söhne"),
        ("…", "hand-out"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_name_is_fit_for_every_system(written: str, kept: str) -> None:
    assert plain_name(written) == kept


def test_a_template_takes_the_place_of_the_one_before_and_its_file_goes(
    harbour: Store, ada: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    content = template(paragraph("{{ link }}"))
    first = upload_template(harbour, io.BytesIO(content), name="a.docx", actor=ada)
    with django_capture_on_commit_callbacks(execute=True):
        second = upload_template(harbour, io.BytesIO(content), name="../b\u202e.docx", actor=ada)

    assert HandoutTemplate.objects.get() == second
    assert second.name == "b.docx"
    assert not first.file.storage.exists(str(first.file.name))
    with django_capture_on_commit_callbacks(execute=True):
        restore_standard(harbour, actor=ada)
    restore_standard(harbour, actor=ada)
    assert not second.file.storage.exists(str(second.file.name))
    events = (
        AuditRow.objects.filter(event__startswith="handouts.").order_by("pk").values_list("event", flat=True)
    )
    assert list(events) == ["handouts.template_set"] * 2 + ["handouts.template_removed"]


def test_a_template_that_is_refused_leaves_the_one_before(harbour: Store, ada: Actor, sam: Actor) -> None:
    upload_template(harbour, io.BytesIO(template(paragraph("{{ link }}"))), name="a.docx", actor=ada)

    with pytest.raises(BadTemplate):
        upload_template(harbour, io.BytesIO(b"no"), name="b.docx", actor=ada)
    with pytest.raises(NotAllowed):
        upload_template(harbour, io.BytesIO(b"no"), name="b.docx", actor=sam)

    assert HandoutTemplate.objects.get().name == "a.docx"
