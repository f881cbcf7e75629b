"""Uploaded files hold what people are called and where they live; they are kept as long as somebody may ask."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import LazySettings
from django.db import connections
from django.utils import timezone

from tests.crm.importing import APPLY, applied, upload
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.clearing import clear_out
from tradedoor.crm.actions.imports import start_import
from tradedoor.crm.imports.spool import SHELF
from tradedoor.crm.models import Customer, ImportFile
from tradedoor.jobs.models import Work
from tradedoor.jobs.upkeep import tidy

TABLE = [["Customer code", "Company"], ["A1", "Acme"]]
GONE = {"files": 1, "strays": 0}
NOTHING = {"files": 0, "strays": 0}


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, settings: LazySettings) -> None:
    """What other tests left in theirs would be a stray here."""
    settings.TRADEDOOR_DATA_DIR = tmp_path


@pytest.mark.django_db
def test_a_file_goes_with_its_rows_after_a_month_and_what_it_brought_stays(importer: Actor) -> None:
    file = upload(TABLE, kind="customers", actor=importer)
    applied(file, actor=importer)

    with time_machine.travel(timezone.now() + timedelta(days=29), tick=False):
        assert clear_out() == NOTHING
    assert SHELF.path(file.public_id, ending=".rows").exists()
    with time_machine.travel(timezone.now() + timedelta(days=30, seconds=5), tick=False):
        tidy()
        assert ImportFile.objects.get().apply_work is not None
        assert clear_out() == GONE
        assert clear_out() == NOTHING

    assert not list(SHELF.path(file.public_id).parent.glob(f"{file.public_id}*"))
    assert not ImportFile.objects.exists()
    assert Customer.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_being_imported_waits(importer: Actor) -> None:
    file = upload(TABLE, kind="customers", actor=importer)
    work = start_import(file, kind=APPLY, actor=importer)

    with time_machine.travel(timezone.now() + timedelta(days=40), tick=False):
        assert clear_out() == NOTHING
        Work.objects.filter(pk=work.pk).update(state=Work.State.STOPPED)
        assert clear_out() == GONE


@pytest.mark.django_db(transaction=True)
def test_two_at_once_drop_it_once(importer: Actor) -> None:
    upload(TABLE, kind="customers", actor=importer)
    ImportFile.objects.update(created_at=timezone.now() - timedelta(days=31))

    def clear(_number: int) -> int:
        try:
            return clear_out()["files"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(clear, range(4))) == 1
