"""Product files from upload to result, and the real ones."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.catalog.conftest import Importer
from tradedoor.catalog.actions.importing import (
    describe_products_file,
    receive_products_file,
    result_table,
    start_products_import,
)
from tradedoor.catalog.imports.files import SHELF
from tradedoor.catalog.models import Product, ProductFile, ProductImage, Variant
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict, Invalid, NotAllowed
from tradedoor.jobs.driving import drive_work


def receive(text: bytes, actor: Actor) -> ProductFile:
    return receive_products_file(io.BytesIO(text), name="products.csv", actor=actor)


def test_the_columns_are_guessed_and_can_be_said_otherwise(cat: Actor) -> None:
    file = receive(b"Artikel,Code,RRP\nPot,P1,9.99\n", cat)
    assert file.mapping == {"name": 0, "sku": 1, "price": 2}

    describe_products_file(file, actor=cat, mapping={"sku": 0}, currency="gbp")

    file.refresh_from_db()
    assert (file.mapping, file.currency) == ({"sku": 0}, "GBP")


def test_a_file_that_names_no_product_is_refused(cat: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        start_products_import(receive(b"Price,Stock\n1,2\n", cat), actor=cat)

    assert refusal.value.code == "missing_columns"


def test_a_file_that_is_no_table_is_not_kept(cat: Actor) -> None:
    with pytest.raises(Invalid):
        receive(b"%PDF-1.7 and so on", cat)

    assert not ProductFile.objects.exists()


def test_a_guessed_encoding_is_applied_only_once_confirmed(importer: Actor) -> None:
    file = receive("SKU,Name\nA,Stühle\n".encode("cp1252"), importer)
    start_products_import(file, actor=importer, dry_run=True)

    with pytest.raises(Conflict) as refusal:
        start_products_import(file, actor=importer)
    assert refusal.value.code == "encoding_not_confirmed"

    describe_products_file(file, actor=importer, mapping=file.mapping, confirm_encoding=True)
    drive_work(start_products_import(file, actor=importer).pk)
    assert Product.objects.get().name == "Stühle"


def test_a_double_click_starts_one_import(cat: Actor) -> None:
    file = receive(b"SKU,Name\nA,Pot\n", cat)

    assert start_products_import(file, actor=cat) == start_products_import(file, actor=cat)


def test_only_who_may_import_can(vic: Actor) -> None:
    with pytest.raises(NotAllowed):
        receive(b"SKU,Name\nA,Pot\n", vic)


def test_the_file_in_the_data_folder_is_the_owners_alone(cat: Actor) -> None:
    file = receive(b"SKU,Name\nA,Pot\n", cat)

    assert SHELF.path(file.public_id).stat().st_mode & 0o777 == 0o600


def test_the_result_file_is_the_input_with_a_status_and_a_reason_per_row(importer: Actor) -> None:
    file = receive(b"SKU,Name,Price\nA,Pot,1\nB,Pan,-1\n", importer)
    work = drive_work(start_products_import(file, actor=importer).pk)

    header, rows = result_table(file, work, actor=importer)

    assert header == ["Status", "Reason", "SKU in the catalogue", "SKU", "Name", "Price"]
    assert list(rows) == [
        ["created", "", "A", "A", "Pot", "1"],
        ["refused", "The price “-1” is below zero.", "B", "B", "Pan", "-1"],
    ]


def test_a_default_currency_is_that_of_the_first_store(run_import: Importer) -> None:
    make.store("Dollar", currency="USD")

    run_import("SKU,Name,Price\nA,Pot,1\n")

    assert Variant.objects.get().prices.get().currency == "USD"


def test_queries_grow_with_batches_and_not_with_rows(run_import: Importer) -> None:
    def spent(rows: int, mark: str) -> int:
        text = "SKU,Name,Price,Category\n" + "".join(f"{mark}{n},{mark} {n},1,Many\n" for n in range(rows))
        with CaptureQueriesContext(connection) as queries:
            run_import(text)
        return len(queries)

    run_import("SKU,Name,Price,Category\nZ,Z,1,Many\n")
    assert spent(150, "A") == spent(15, "B")


@pytest.mark.real_data
def test_the_adventure_works_products_arrive_whole(run_import: Importer, shared_data: Path) -> None:
    source = shared_data / "adventure-works" / "products.csv"
    with source.open(encoding="utf-8-sig", newline="") as file:
        expected = {
            row["SKU"]: (Decimal(row["List Price"]), int(row["Stock"])) for row in csv.DictReader(file)
        }

    work = run_import(source.read_bytes())

    assert (work.done, work.counts["created"], work.counts["refused"]) == (295, 295, 0)
    found = Variant.objects.values_list("sku", "prices__amount", "stock")
    assert {sku: (amount, stock) for sku, amount, stock in found} == expected
    assert run_import(source.read_bytes()).counts["unchanged"] == 295


@pytest.mark.real_data
def test_the_shopify_exports_arrive_whole(run_import: Importer, shared_data: Path) -> None:
    for source in sorted((shared_data / "shopify-products").glob("*.csv")):
        with source.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))

        work = run_import(source.read_bytes())

        assert (work.done, work.counts["refused"]) == (len(rows), 0)
        assert work.counts["products"] == len({row["Handle"] for row in rows})
    assert Variant.objects.count() == 66
    assert ProductImage.objects.count() == 82
    assert not any("<" in text for text in Product.objects.values_list("description", flat=True))
