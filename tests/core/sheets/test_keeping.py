"""Uploaded tables in the data folder."""

import io
import os
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.utils import timezone

from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.sheets.keeping import Shelf

SHELF = Shelf("tables")


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, settings: LazySettings) -> None:
    settings.TRADEDOOR_DATA_DIR = tmp_path
    settings.TRADEDOOR_IMPORT_MAX_MEGABYTES = 1


def test_what_is_kept_is_read_again_and_is_ours_alone() -> None:
    public_id = uuid4()
    kept = SHELF.keep(io.BytesIO(b"a,b\n1,2\n"), public_id=public_id, name="t.csv")

    assert kept.size == 8
    assert SHELF.open(public_id, name="t.csv").header == ["a", "b"]
    assert SHELF.path(public_id).stat().st_mode & 0o777 == 0o600
    assert SHELF.path(public_id).parent.stat().st_mode & 0o777 == 0o700


def test_nothing_is_kept_of_a_file_that_is_too_large() -> None:
    public_id = uuid4()
    with pytest.raises(Invalid) as refusal:
        SHELF.keep(io.BytesIO(b"x" * 1_000_001), public_id=public_id, name="t.csv")

    assert refusal.value.code == "file_too_large"
    assert not SHELF.path(public_id).exists()
    SHELF.keep(io.BytesIO(b"x" * 1_000_000), public_id=public_id, name="t.csv")


def test_forgetting_takes_what_stands_beside_the_file_and_nothing_else() -> None:
    gone, stays = uuid4(), uuid4()
    for public_id in (gone, stays):
        for ending in ("", ".rows", ".77.part"):
            SHELF.path(public_id, ending=ending).write_bytes(b"x")

    SHELF.forget(gone)
    SHELF.forget(gone)

    assert not SHELF.path(gone).exists()
    assert sorted(path.name.removeprefix(str(stays)) for path in SHELF.path(stays).parent.iterdir()) == [
        "", ".77.part", ".rows",
    ]  # fmt: skip
    with pytest.raises(Conflict) as refusal:
        SHELF.open(gone, name="t.csv")
    assert refusal.value.code == "file_gone"


def test_strays_are_forgotten_once_they_are_old() -> None:
    known, stray, fresh = uuid4(), uuid4(), uuid4()
    for public_id in (known, stray, fresh):
        SHELF.path(public_id, ending=".rows").write_bytes(b"x")
    yesterday = timezone.now() - timedelta(days=1)
    for public_id in (known, stray):
        os.utime(SHELF.path(public_id, ending=".rows"), (yesterday.timestamp() - 1,) * 2)

    assert SHELF.forget_strays({known}, before=yesterday) == 1
    assert SHELF.forget_strays({known}, before=yesterday) == 0
    assert not SHELF.path(stray, ending=".rows").exists()
    assert SHELF.path(known, ending=".rows").exists()
    assert SHELF.path(fresh, ending=".rows").exists()
