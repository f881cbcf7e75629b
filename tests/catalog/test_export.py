"""What goes out comes back: an export, imported again, changes nothing."""

import io
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.catalog.conftest import Importer
from tests.catalog.test_import import PLAIN, SHOP
from tradedoor.audit.models import AuditRow
from tradedoor.catalog.exports import products_header, products_table
from tradedoor.catalog.models import Product
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.core.sheets.writing import write_csv


def exported(actor: Actor, *, currency: str = "EUR") -> bytes:
    out = io.BytesIO()
    write_csv(out, products_header(), products_table(actor=actor, currency=currency), numeric=["Stock"])
    return out.getvalue()


@pytest.mark.parametrize("text", [PLAIN, SHOP])
def test_an_export_imported_again_changes_nothing(run_import: Importer, cat: Actor, text: str) -> None:
    run_import(text)
    before = list(Product.objects.order_by("pk").values())

    work = run_import(exported(cat))

    assert (work.counts["created"], work.counts["updated"], work.counts["refused"]) == (0, 0, 0)
    assert list(Product.objects.order_by("pk").values()) == before


@pytest.mark.real_data
def test_the_real_catalogue_comes_back_unchanged(run_import: Importer, cat: Actor, shared_data: Path) -> None:
    run_import((shared_data / "adventure-works" / "products.csv").read_bytes())
    for source in sorted((shared_data / "shopify-products").glob("*.csv")):
        run_import(source.read_bytes())

    work = run_import(exported(cat))

    assert (work.done, work.counts["unchanged"]) == (361, 361)


def test_queries_do_not_grow_with_rows(run_import: Importer, cat: Actor) -> None:
    def spent() -> int:
        with CaptureQueriesContext(connection) as queries:
            exported(cat)
        return len(queries)

    run_import(PLAIN)
    few = spent()
    run_import("SKU,Name,Price\n" + "".join(f"X{number},Thing {number},1\n" for number in range(100)))

    assert spent() == few


def test_who_exported_is_kept_and_who_may_not_is_refused(run_import: Importer, cat: Actor) -> None:
    exported(cat)

    assert AuditRow.objects.get(event="catalog.exported").actor_id == cat.login_id
    with pytest.raises(NotAllowed):
        exported(Actor.nobody())
