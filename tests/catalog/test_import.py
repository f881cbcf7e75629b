"""Importing products: what a file says is in the catalogue afterwards, and every row has its answer."""

from decimal import Decimal

import pytest

from tests.catalog.conftest import Importer
from tradedoor.audit.models import AuditRow
from tradedoor.catalog.models import Category, Price, Product, ProductImage, Variant
from tradedoor.jobs.models import Work, WorkLine

PLAIN = """SKU,Name,Model,Category,Subcategory,Description,Colour,Size,Weight,List Price,Stock
CAP-1,Logo Cap,Cap,Clothing,Caps,A cap.,Multi,,,8.99,288
GLO-S,"Gloves, S",Gloves,Clothing,Gloves,Warm.,Black,S,,24.49,3
PUMP,Mini Pump,,Accessories,Pumps,Pumps.,,,170,19.99,0
GLO-M,"Gloves, M",Gloves,Clothing,Gloves,Warm.,Black,M,,24.49,12
"""
SHOP = """Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,\
Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Position,Image Alt Text
pot,Clay Pot,<p>Classic <b>pot</b></p>,Potters,Outdoor,"Pot, Plants",true,Size,Small,,1,9.99,,https://img.example/a.jpg,1,A pot
pot,,,,,,,,Large,,3,15.99,20,https://img.example/b.jpg,2,
pot,,,,,,,,,,,,,https://img.example/c.jpg,3,
lamp,Copper Lamp,,Potters,Indoor,,false,Title,Default Title,LAMP-9,2,59.99,,,,
"""


def lines(work: Work) -> list[tuple[int, str, str]]:
    return list(
        WorkLine.objects.filter(work=work).order_by("number").values_list("number", "status", "reason")
    )


def statuses(work: Work) -> list[str]:
    return [status for _number, status, _reason in lines(work)]


def test_rows_that_share_a_model_become_one_product_in_several_sizes(run_import: Importer) -> None:
    work = run_import(PLAIN)

    gloves = Product.objects.get(name="Gloves")
    assert gloves.option_names == ["Colour", "Size"]
    assert list(gloves.variants.values_list("sku", "option_values", "stock")) == [
        ("GLO-S", ["Black", "S"], 3),
        ("GLO-M", ["Black", "M"], 12),
    ]
    assert gloves.category is not None
    assert gloves.category.path == "clothing/gloves"
    assert work.counts == {
        "created": 4, "updated": 0, "unchanged": 0, "refused": 0, "products": 3, "variants": 4, "images": 0,
    }  # fmt: skip


def test_a_row_alone_with_its_model_is_a_product_by_its_own_name(run_import: Importer) -> None:
    run_import(PLAIN)

    cap = Product.objects.get(handle="logo-cap")
    assert (cap.name, cap.option_names, cap.attributes) == (
        "Logo Cap",
        [],
        {"model": "Cap", "Colour": "Multi"},
    )


def test_a_weight_of_which_the_unit_is_not_known_is_kept_as_it_stands(run_import: Importer) -> None:
    run_import(PLAIN)

    pump = Variant.objects.get(sku="PUMP")
    assert (pump.weight, pump.weight_unit) == (Decimal(170), "")


def test_rows_that_share_a_handle_are_one_product_and_an_image_row_adds_only_an_image(
    run_import: Importer,
) -> None:
    work = run_import(SHOP)

    pot = Product.objects.get(handle="pot")
    assert (pot.name, pot.description, pot.brand, pot.tags) == (
        "Clay Pot",
        "Classic pot",
        "Potters",
        ["Pot", "Plants"],
    )
    assert list(pot.variants.values_list("option_values", "stock")) == [(["Small"], 1), (["Large"], 3)]
    assert list(pot.images.values_list("source_url", flat=True)) == [
        f"https://img.example/{letter}.jpg" for letter in "abc"
    ]
    assert not Product.objects.get(handle="lamp").is_published
    assert work.counts["images"] == 3


def test_a_variant_without_a_sku_gets_one_and_the_report_says_so(run_import: Importer) -> None:
    work = run_import(SHOP)

    assert list(Variant.objects.filter(product__handle="pot").values_list("sku", flat=True)) == [
        "POT-SMALL",
        "POT-LARGE",
    ]
    assert "SKU made: POT-SMALL." in lines(work)[0][2]
    assert "not fetched" in lines(work)[2][2]


def test_prices_are_exact_and_in_the_currency_asked_for(run_import: Importer) -> None:
    run_import(SHOP, currency="usd")

    large = Price.objects.get(variant__sku="POT-LARGE")
    assert (large.amount, large.compare_at, large.currency) == (Decimal("15.99"), Decimal(20), "USD")


@pytest.mark.parametrize("text", [PLAIN, SHOP])
def test_importing_twice_changes_nothing(run_import: Importer, text: str) -> None:
    run_import(text)
    before = list(Product.objects.order_by("pk").values())
    events = AuditRow.objects.filter(event__startswith="catalog.product").count()

    again = run_import(text)

    assert set(statuses(again)) == {"unchanged"}
    assert list(Product.objects.order_by("pk").values()) == before
    assert AuditRow.objects.filter(event__startswith="catalog.product").count() == events


def test_a_second_file_changes_what_it_names_and_nothing_else(run_import: Importer) -> None:
    run_import(PLAIN)

    work = run_import("SKU,Price,Stock\nGLO-S,25.00,\nPUMP,19.99,7\n")

    assert statuses(work) == ["updated", "updated"]
    gloves = Variant.objects.get(sku="GLO-S")
    assert (gloves.prices.get().amount, gloves.stock, gloves.product.name) == (Decimal(25), 3, "Gloves")
    assert Variant.objects.get(sku="PUMP").stock == 7


def test_a_new_size_joins_the_product_that_is_there(run_import: Importer) -> None:
    run_import(PLAIN)

    work = run_import(PLAIN + '"GLO-L","Gloves, L",Gloves,Clothing,Gloves,Warm.,Black,L,,24.49,1\n')

    assert statuses(work) == ["unchanged", "unchanged", "unchanged", "unchanged", "created"]
    assert Product.objects.get(name="Gloves").variants.count() == 3


def test_a_dry_run_says_what_an_import_would_say_and_writes_nothing(run_import: Importer) -> None:
    dry = run_import(PLAIN + "CAP-1,Twice,,,,,,,,1,1\n", dry_run=True)

    assert not Product.objects.exists()
    assert not Category.objects.exists()
    assert lines(dry) == lines(run_import(PLAIN + "CAP-1,Twice,,,,,,,,1,1\n"))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Nothing,,,,,,,,1,1", "neither a SKU nor a handle"),
        ("A,Below,,,,,,,,-5,1", "below zero"),
        ("A,Words,,,,,,,,cheap,1", "is no price"),
        ('A,Doubtful,,,,,,,,"1,234",1', "is no price"),
        ("A,Half,,,,,,,,1,2.5", "is no stock"),
        (f"{'A' * 101},Long,,,,,,,,1,1", "longer than 100"),
        (f"A,{'N' * 201},,,,,,,,1,1", "longer than 200"),
        ("A,Short", "cells"),
    ],
)
def test_a_row_that_cannot_be_taken_is_refused_with_its_reason_and_the_others_stand(
    run_import: Importer, row: str, reason: str
) -> None:
    work = run_import(PLAIN + row + "\n")

    assert statuses(work) == ["created"] * 4 + ["refused"]
    assert reason in lines(work)[-1][2]
    assert Variant.objects.count() == 4


def test_the_second_row_of_a_sku_is_refused_and_names_the_first(run_import: Importer) -> None:
    work = run_import(PLAIN + "cap-1,Again,,,,,,,,1,1\n")

    assert lines(work)[-1] == (6, "refused", "The SKU cap-1 stands in row 2 already.")


def test_a_sku_of_another_product_is_refused(run_import: Importer) -> None:
    run_import(SHOP)

    work = run_import("Handle,Title,Variant SKU,Variant Price\npot,Clay Pot,LAMP-9,3\n")

    assert lines(work) == [(2, "refused", "The SKU LAMP-9 belongs to Copper Lamp.")]


def test_a_handle_with_nothing_but_images_makes_no_product(run_import: Importer) -> None:
    work = run_import("Handle,Title,Image Src\nghost,,https://img.example/g.jpg\n")

    assert statuses(work) == ["refused"]
    assert not Product.objects.exists()
    assert not ProductImage.objects.exists()


def test_an_image_address_that_is_no_web_address_is_refused(run_import: Importer) -> None:
    work = run_import("Handle,Title,Price,Image Src\npot,Pot,1,javascript:alert(1)\n")

    assert statuses(work) == ["refused"]


def test_two_names_that_make_one_handle_become_two_products(run_import: Importer) -> None:
    run_import("SKU,Name,Price\nA,Red pot,1\nB,Red Pot!,2\n")

    assert sorted(Product.objects.values_list("handle", flat=True)) == ["red-pot", "red-pot-b"]


def test_rows_of_a_product_may_stand_far_apart_and_batches_never_split_it(run_import: Importer) -> None:
    apart = "".join(f"X{n},Thing {n},,,,,,,,1,1\n" for n in range(450))

    work = run_import(PLAIN.replace("PUMP,", apart + "PUMP,", 1))

    assert work.done == 454
    assert Product.objects.get(name="Gloves").variants.count() == 2


def test_each_product_changed_is_one_row_of_history(run_import: Importer) -> None:
    run_import(PLAIN)

    made = AuditRow.objects.filter(event="catalog.product.created")
    assert sorted(row.data["product"] for row in made) == ["gloves", "logo-cap", "mini-pump"]
    assert AuditRow.objects.filter(event="catalog.import.started").count() == 1
