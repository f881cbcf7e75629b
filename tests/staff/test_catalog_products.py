"""The catalogue as staff see it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.staff.conftest import SignedIn
from tradedoor.catalog.actions.categories import create_category
from tradedoor.catalog.actions.products import NewProduct, NewVariant, create_product
from tradedoor.catalog.models import Price, Product, Variant
from tradedoor.core.actor import Actor


def text_of(response: Any) -> str:
    return str(response.content.decode())


def made(name: str, ada: Actor, **fields: Any) -> Product:
    sku = name.upper().replace(" ", "-")
    variant = NewVariant(sku=sku, prices={"EUR": Decimal("4.20")}, stock=7)
    return create_product(NewProduct(name=name, variants=[variant], **fields), actor=ada)


def at(name: str, product: Product) -> str:
    return reverse(f"staff:{name}", args=[product.public_id])


@pytest.fixture
def pot(ada: Actor) -> Product:
    return made("Copper pot", ada, category=create_category("Kitchen", actor=ada), brand="Ember")


def test_products_are_found_filtered_and_priced(pot: Product, ada: Actor, ada_client: Client) -> None:
    made("Hidden lamp", ada, is_published=False)
    address = reverse("staff:products")

    html = text_of(ada_client.get(address))
    assert "Copper pot" in html
    assert "€4.20" in html
    assert "Not published" in html
    assert "Hidden lamp" not in text_of(ada_client.get(address, {"category": "kitchen"}))
    assert "Copper pot" not in text_of(ada_client.get(address, {"state": "hidden"}))
    assert "Copper pot" in text_of(ada_client.get(address, {"q": "copper-p"}))


def test_the_number_of_queries_does_not_grow_with_the_products(ada: Actor, ada_client: Client) -> None:
    counts = []
    for number in (2, 20):
        for one in range(number):
            made(f"Product {number} {one}", ada)
        ada_client.get(reverse("staff:products"))
        with CaptureQueriesContext(connection) as asked:
            ada_client.get(reverse("staff:products"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_an_empty_catalogue_offers_the_import(db: None, ada_client: Client, vic_client: Client) -> None:
    assert "No products yet" in text_of(ada_client.get(reverse("staff:products")))
    assert "kind=products" in text_of(ada_client.get(reverse("staff:products")))
    assert "kind=products" not in text_of(vic_client.get(reverse("staff:products")))


def test_a_product_is_hidden_shown_archived_and_brought_back(pot: Product, ada_client: Client) -> None:
    for name, published, archived in (
        ("product-unpublish", False, False),
        ("product-unpublish", False, False),
        ("product-publish", True, False),
        ("product-archive", True, True),
        ("product-restore", True, False),
    ):
        assert ada_client.post(at(name, pot)).status_code == 302
        pot.refresh_from_db()
        assert (pot.is_published, pot.archived_at is not None) == (published, archived)
        assert ada_client.get(at("product", pot)).status_code == 200


def test_words_price_and_stock_are_edited_together(pot: Product, ada_client: Client) -> None:
    variant = Variant.objects.get()
    given = {
        "name": "Iron pot", "brand": "", "description": "Heavy.", "category": "", "version": str(pot.version),
        f"price-{variant.pk}": "5.5", f"stock-{variant.pk}": "",
    }  # fmt: skip

    assert ada_client.post(at("product-edit", pot), given).status_code == 302
    pot.refresh_from_db()
    variant.refresh_from_db()
    assert (pot.name, pot.category, variant.stock) == ("Iron pot", None, None)
    assert Price.objects.get().amount == Decimal("5.5")

    stale = ada_client.post(at("product-edit", pot), given | {"name": "Tin pot"})
    assert stale.status_code == 409
    assert 'value="Tin pot"' in text_of(stale)
    bad = ada_client.post(
        at("product-edit", pot), given | {"version": str(pot.version), f"price-{variant.pk}": "-1"}
    )
    assert bad.status_code == 422
    gone = given | {"version": str(pot.version), f"price-{variant.pk}": ""}
    ada_client.post(at("product-edit", pot), gone)
    assert not Price.objects.exists()


def test_whoever_only_looks_changes_nothing(pot: Product, vic_client: Client, signed_in: SignedIn) -> None:
    assert "Copper pot" in text_of(vic_client.get(at("product", pot)))
    assert vic_client.post(at("product-archive", pot)).status_code == 403
    assert vic_client.get(at("product-edit", pot)).status_code == 403
