"""Products made and changed by staff, and read by buyers."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tradedoor.access.models import Access
from tradedoor.audit.models import AuditRow
from tradedoor.catalog.actions.categories import create_category, rename_category
from tradedoor.catalog.actions.products import (
    NewProduct,
    NewVariant,
    archive_product,
    create_product,
    restore_product,
    set_published,
    update_product,
)
from tradedoor.catalog.models import Product, Variant
from tradedoor.catalog.queries import (
    categories_tree,
    category_in_store,
    prices_for,
    product_in_store,
    products_in_store,
)
from tradedoor.catalog.stock import StockDisplay, stock_words
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tradedoor.stores.models import Store


def pot(actor: Actor, *, sku: str = "POT", name: str = "Clay pot", **more: object) -> Product:
    variant = NewVariant(sku=sku, prices={"EUR": Decimal("9.99")}, stock=3)
    return create_product(NewProduct(name=name, variants=[variant], **more), actor=actor)  # type: ignore[arg-type]  # fields of the product


@pytest.fixture
def bea_actor(bea: Access) -> Actor:
    assert bea.login
    return make.actor(bea.login, access=bea)


def test_a_product_is_made_with_its_variants_prices_and_history(cat: Actor) -> None:
    product = create_product(
        NewProduct(
            name="Bowl",
            option_names=["Size"],
            variants=[
                NewVariant(sku="B-S", options=["S"], prices={"EUR": Decimal(5), "USD": Decimal(6)}),
                NewVariant(sku="B-L", options=["L"]),
            ],
        ),
        actor=cat,
    )

    assert product.handle == "bowl"
    assert list(product.variants.values_list("sku", "position")) == [("B-S", 0), ("B-L", 1)]
    assert AuditRow.objects.get(event="catalog.product.created").data["product"] == "bowl"


def test_a_sku_is_given_once_whatever_its_case(cat: Actor) -> None:
    pot(cat)

    with pytest.raises(Conflict) as refusal:
        pot(cat, sku="pot", name="Another")

    assert refusal.value.code == "sku_taken"
    assert Product.objects.count() == 1


@pytest.mark.parametrize(
    "new",
    [
        NewProduct(name=" ", variants=[NewVariant(sku="A")]),
        NewProduct(name="None", variants=[]),
        NewProduct(name="Two", variants=[NewVariant(sku="A"), NewVariant(sku="B")]),
        NewProduct(name="Blank", variants=[NewVariant(sku=" ")]),
        NewProduct(name="Options", option_names=["Size"], variants=[NewVariant(sku="A")]),
        NewProduct(name="Below", variants=[NewVariant(sku="A", prices={"EUR": Decimal(-1)})]),
    ],
)
def test_a_product_that_contradicts_itself_is_refused(cat: Actor, new: NewProduct) -> None:
    with pytest.raises(Invalid):
        create_product(new, actor=cat)


def test_a_change_is_found_by_search_and_written_once(cat: Actor, bea_actor: Actor, harbour: Store) -> None:
    product = pot(cat)

    update_product(product, actor=cat, changes={"name": "Terracotta jar"})
    update_product(product, actor=cat, changes={"name": "Terracotta jar"})

    assert [row.name for row in products_in_store(harbour, actor=bea_actor, search="cotta")] == [
        "Terracotta jar"
    ]
    assert AuditRow.objects.filter(event="catalog.product.updated").count() == 1


def test_of_two_who_save_at_once_the_second_is_told(cat: Actor) -> None:
    mine = pot(cat)
    theirs = Product.objects.get()
    update_product(theirs, actor=cat, changes={"name": "Theirs"})

    with pytest.raises(Conflict):
        update_product(mine, actor=cat, changes={"name": "Mine"})


def test_what_is_hidden_or_archived_no_buyer_sees(cat: Actor, bea_actor: Actor, harbour: Store) -> None:
    product = pot(cat)

    def require_hidden() -> None:
        assert not products_in_store(harbour, actor=bea_actor).exists()
        with pytest.raises(NotFound):
            product_in_store(harbour, product.public_id, actor=bea_actor)

    set_published(product, actor=cat, published=False)
    require_hidden()
    set_published(product, actor=cat, published=True)
    assert product_in_store(harbour, product.public_id, actor=bea_actor) == product
    archive_product(product, actor=cat)
    require_hidden()
    restore_product(product, actor=cat)
    assert product_in_store(harbour, product.public_id, actor=bea_actor) == product


def test_who_only_looks_changes_nothing(cat: Actor, vic: Actor) -> None:
    product = pot(cat)

    for change in (
        lambda: pot(vic, sku="X"),
        lambda: update_product(product, actor=vic, changes={"name": "X"}),
        lambda: set_published(product, actor=vic, published=False),
        lambda: archive_product(product, actor=vic),
        lambda: create_category("X", actor=vic),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_a_buyer_sees_the_store_signed_in_to_and_no_other(
    cat: Actor, bea_actor: Actor, harbour: Store, meadow: Store
) -> None:
    pot(cat)

    assert products_in_store(harbour, actor=bea_actor).count() == 1
    for look in (
        lambda: products_in_store(meadow, actor=bea_actor),
        lambda: categories_tree(meadow, actor=bea_actor),
        lambda: prices_for(meadow, [], actor=bea_actor),
    ):
        with pytest.raises(NotFound):
            look()
    with pytest.raises(NotAllowed):
        products_in_store(harbour, actor=Actor.nobody())


def test_the_tree_counts_whole_branches_and_leaves_out_empty_ones(
    cat: Actor, bea_actor: Actor, harbour: Store
) -> None:
    home = create_category("Home", actor=cat)
    garden = create_category("Garden", actor=cat, parent=home)
    create_category("Empty", actor=cat)
    pot(cat, sku="A", category=garden)
    pot(cat, sku="B", name="Rug", category=home)

    [branch] = categories_tree(harbour, actor=bea_actor)

    assert (branch.category, branch.count, [below.category for below in branch.branches]) == (
        home,
        2,
        [garden],
    )
    assert products_in_store(harbour, actor=bea_actor, category=home).count() == 2
    assert category_in_store(harbour, "home/garden", actor=bea_actor) == garden
    with pytest.raises(NotFound):
        category_in_store(harbour, "home/attic", actor=bea_actor)
    with pytest.raises(Conflict):
        create_category("Garden", actor=cat, parent=home)
    assert rename_category(garden, actor=cat, name="Outside").path == "home/garden"


def test_a_price_is_in_the_stores_currency_or_on_request(
    cat: Actor, bea_actor: Actor, harbour: Store
) -> None:
    variants = [
        NewVariant(sku="A", options=["A"], prices={"EUR": Decimal("9.99")}, compare_at={"EUR": Decimal(12)}),
        NewVariant(sku="B", options=["B"], prices={"USD": Decimal(5)}),
        NewVariant(sku="C", options=["C"], prices={"EUR": Decimal(0)}, compare_at={"EUR": Decimal(0)}),
    ]
    create_product(NewProduct(name="Bowl", option_names=["Kind"], variants=variants), actor=cat)
    a, b, c = Variant.objects.order_by("sku")

    offers = prices_for(harbour, [a, b, c], actor=bea_actor)

    assert (str(offers[a.pk].price), str(offers[a.pk].before)) == ("€9.99", "€12.00")
    assert b.pk not in offers
    assert (str(offers[c.pk].price), offers[c.pk].before) == ("€0.00", None)


def test_a_page_of_products_costs_the_same_queries_however_many_it_holds(
    cat: Actor, bea_actor: Actor, harbour: Store
) -> None:
    def spent() -> int:
        with CaptureQueriesContext(connection) as queries:
            products = list(products_in_store(harbour, actor=bea_actor))
            variants = [variant for product in products for variant in product.variants.all()]
            prices_for(harbour, variants, actor=bea_actor)
            [list(product.images.all()) for product in products]
        return len(queries)

    pot(cat)
    few = spent()
    for number in range(30):
        pot(cat, sku=f"P{number}", name=f"Pot {number}")

    assert spent() == few == 4


@pytest.mark.parametrize(
    ("stock", "setting", "words"),
    [
        (11, StockDisplay.INDICATOR, "More than 10 in stock"),
        (10, StockDisplay.INDICATOR, "4–10 in stock"),
        (4, StockDisplay.INDICATOR, "4–10 in stock"),
        (3, StockDisplay.INDICATOR, "1–3 in stock"),
        (1, StockDisplay.INDICATOR, "1–3 in stock"),
        (0, StockDisplay.INDICATOR, "Out of stock"),
        (-2, StockDisplay.NUMBER, "Out of stock"),
        (288, StockDisplay.NUMBER, "288 in stock"),
        (288, StockDisplay.HIDDEN, ""),
        (None, StockDisplay.NUMBER, ""),
    ],
)
def test_stock_is_told_in_words(stock: int | None, setting: StockDisplay, words: str) -> None:
    assert stock_words(Variant(stock=stock), setting) == words
