"""Uploaded product files are kept as long as somebody may ask for the result."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import LazySettings
from django.utils import timezone

from tradedoor.catalog.actions.clearing import clear_out
from tradedoor.catalog.actions.importing import receive_products_file, start_products_import
from tradedoor.catalog.imports.files import SHELF
from tradedoor.catalog.models import Product, ProductFile
from tradedoor.core.actor import Actor
from tradedoor.jobs.driving import drive_work


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, settings: LazySettings) -> None:
    """What other tests left in theirs would be a stray here."""
    settings.TRADEDOOR_DATA_DIR = tmp_path


def test_a_product_file_goes_after_a_month_and_its_products_stay(importer: Actor) -> None:
    file = receive_products_file(io.BytesIO(b"SKU,Name\nA,Pot\n"), name="p.csv", actor=importer)
    work = start_products_import(file, actor=importer)

    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert clear_out() == {"files": 0, "strays": 0}
    drive_work(work.pk)
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert clear_out() == {"files": 1, "strays": 0}
        assert clear_out() == {"files": 0, "strays": 0}

    assert not SHELF.path(file.public_id).exists()
    assert not ProductFile.objects.exists()
    assert Product.objects.exists()
