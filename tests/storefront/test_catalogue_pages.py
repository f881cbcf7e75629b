"""What buyers see behind the door, and that nobody sees it before."""

import gzip
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.storefront.conftest import SignIn
from tradedoor.access.models import Access
from tradedoor.accounts.models import Session
from tradedoor.catalog.actions.products import NewProduct, NewVariant, create_product, set_published
from tradedoor.catalog.models import Product
from tradedoor.core.actor import Actor
from tradedoor.stores.models import Store

BEHIND = ("", "catalogue/", "catalogue/?category=garden", "account/", "account/password/")


@pytest.mark.parametrize("path", BEHIND)
def test_nobody_sees_the_catalogue_without_signing_in(client: Client, harbour: Store, path: str) -> None:
    answer = client.get(f"/s/harbour/{path}")

    assert answer.status_code == 302
    assert answer.url.startswith("/s/harbour/login/")  # type: ignore[attr-defined]  # a test response


def test_a_visitor_learns_nothing_of_a_product(client: Client, pot: Product, harbour: Store) -> None:
    for path in (f"catalogue/{pot.public_id}/", f"catalogue/{pot.public_id}/image/1/"):
        assert client.get(f"/s/harbour/{path}").status_code == 302


@pytest.mark.parametrize("path", BEHIND)
def test_pages_behind_the_door_hold_nothing_the_content_policy_blocks(
    bea_client: Client, pot: Product, path: str
) -> None:
    answer = bea_client.get(f"/s/harbour/{path}")

    assert answer.status_code == 200
    assert not re.search(r"<[^>]*\s(style|on\w+)=|<style|<script(?![^>]*\ssrc=)", answer.content.decode())
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_home_says_hello_and_shows_what_there_is(bea_client: Client, pot: Product) -> None:
    body = bea_client.get("/s/harbour/").content.decode()

    for part in (
        "Hello, Bea",
        "Acme",
        "Garden",
        "1 product",
        "Clay &lt;b&gt;pot&lt;/b&gt;",
        "from €9.99",
        "Some in stock",
    ):
        assert part in body
    assert "order" not in re.sub(r"<[^>]*>", "", body).lower()


def test_an_empty_catalogue_says_so(bea_client: Client) -> None:
    assert "still being filled" in bea_client.get("/s/harbour/").content.decode()
    assert "Nothing stands here yet" in bea_client.get("/s/harbour/catalogue/").content.decode()


def test_a_product_shows_variants_prices_and_stock_in_words(bea_client: Client, pot: Product) -> None:
    body = bea_client.get(f"/s/harbour/catalogue/{pot.public_id}/").content.decode()

    for part in ("POT-S", "POT-L", "Small", "Large", "€9.99", "€15.99", "1–3 in stock", "Out of stock", "<li>Light</li>",
                 "Garden", "Pots", "data:image/svg+xml"):  # fmt: skip
        assert part in body
    assert "<script>alert" not in body
    assert "Classic &lt;script&gt;" in body


@pytest.mark.parametrize(
    ("query", "found"),
    [("clay", 1), ("LAY", 1), ("pot-l", 1), ("garden", 1), ("pots", 1), ("large", 1), ("zzz", 0)],
)
def test_search_finds_any_part_of_name_sku_or_option(
    bea_client: Client, pot: Product, query: str, found: int
) -> None:
    body = bea_client.get("/s/harbour/catalogue/", {"q": query}).content.decode()

    assert body.count('class="product"') == found
    assert ("Nothing matches" in body) == (not found)


def test_a_category_holds_what_is_below_it_and_an_unknown_one_is_not_found(
    bea_client: Client, pot: Product
) -> None:
    for path in ("garden", "garden/pots"):
        answer = bea_client.get("/s/harbour/catalogue/", {"category": path})
        assert 'class="product"' in answer.content.decode()
    for path in ("garden/none", "gard", "x\x00"):
        assert bea_client.get("/s/harbour/catalogue/", {"category": path}).status_code == 404


def test_a_hidden_product_and_a_made_up_one_look_the_same(
    bea_client: Client, pot: Product, cat: Actor
) -> None:
    set_published(pot, actor=cat, published=False)

    hidden = bea_client.get(f"/s/harbour/catalogue/{pot.public_id}/")
    made_up = bea_client.get("/s/harbour/catalogue/00000000-0000-4000-8000-000000000000/")

    assert hidden.status_code == made_up.status_code == 404
    assert hidden.content == made_up.content


def test_a_product_without_a_price_in_the_stores_currency_is_on_request(
    bea_client: Client, cat: Actor
) -> None:
    variants = [NewVariant(sku="USD", prices={"USD": Decimal(5)}, pack_size=6, stock=50)]
    product = create_product(NewProduct(name="Dollar bowl", variants=variants), actor=cat)

    body = bea_client.get(f"/s/harbour/catalogue/{product.public_id}/").content.decode()

    assert "Price on request" in body
    assert "Pack of 6" in body
    assert "$5" not in body


def test_pages_are_cut_by_a_key_and_link_to_each_other(bea_client: Client, cat: Actor) -> None:
    for number in range(30):
        create_product(
            NewProduct(name=f"Thing {number:02}", variants=[NewVariant(sku=f"T{number}")]), actor=cat
        )

    first = bea_client.get("/s/harbour/catalogue/").content.decode()
    following = re.search(r'href="(\?[^"]*after=[^"]*)"', first)

    assert following
    assert first.count('class="product"') == 24
    second = bea_client.get("/s/harbour/catalogue/" + following[1].replace("&amp;", "&")).content.decode()
    assert second.count('class="product"') == 6
    assert "25–30 of 30" in second


@pytest.mark.parametrize("path", ["", "catalogue/", "catalogue/?q=thing", "product"])
def test_a_page_costs_the_same_queries_however_much_there_is(
    bea_client: Client, cat: Actor, pot: Product, path: str
) -> None:
    address = f"catalogue/{pot.public_id}/" if path == "product" else path

    def spent() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert bea_client.get(f"/s/harbour/{address}").status_code == 200
        return len(queries)

    make_things(cat, 0, 2)
    few = spent()
    make_things(cat, 2, 22)

    assert spent() == few <= 12


def make_things(cat: Actor, first: int, last: int) -> None:
    for number in range(first, last):
        create_product(NewProduct(name=f"Thing {number}", variants=[NewVariant(sku=f"T{number}")]), actor=cat)


def test_a_page_of_24_products_with_drawn_pictures_stays_light(bea_client: Client, cat: Actor) -> None:
    make_things(cat, 0, 30)

    assert len(gzip.compress(bea_client.get("/s/harbour/catalogue/").content)) < 15_000


def test_the_account_shows_who_one_is_here_and_where_one_is_signed_in(
    bea: Access, bea_client: Client, sign_in: SignIn, nils: Access
) -> None:
    sign_in(bea)
    other = Session.objects.latest("pk")
    foreign = sign_in(nils)
    theirs = Session.objects.latest("pk")

    body = bea_client.get("/s/harbour/account/").content.decode()
    for part in (
        "Bea Buyer",
        "bea@acme.example".replace("@", "@<wbr>"),
        "Acme",
        "This device, now",
        "Change password",
    ):
        assert part in body
    assert bea_client.post(f"/s/harbour/account/sessions/{other.public_id}/end/").status_code == 302
    assert bea_client.post(f"/s/harbour/account/sessions/{theirs.public_id}/end/").status_code == 404

    assert not Session.objects.filter(pk=other.pk).exists()
    assert foreign.get("/s/harbour/").status_code == 200


def test_the_look_of_a_store_is_public_and_kept_for_good(client: Client, harbour: Store) -> None:
    body = client.get("/s/harbour/login/").content.decode()
    theme = re.search(r'href="(/s/harbour/theme\.[0-9a-f]+\.css)"', body)
    art = re.search(r'src="(/s/harbour/art\.svg\?v=\w+)"', body)
    assert theme
    assert art

    for address, kind in ((theme[1], "text/css; charset=utf-8"), (art[1], "image/svg+xml")):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/s/harbour/mark.svg").headers["Cache-Control"] == "public, max-age=300"
    assert client.get("/s/harbour/theme.0.css").headers["Cache-Control"] == "public, max-age=300"


def test_a_store_without_logo_or_banner_has_none_to_serve(client: Client, harbour: Store) -> None:
    assert client.get("/s/harbour/logo.png").status_code == 404
    assert client.get("/s/harbour/banner.webp").status_code == 404


def test_every_page_names_whom_to_call(
    client: Client, bea_client: Client, harbour: Store, pot: Product, page: Callable[[str], str]
) -> None:
    for anyone, path in ((client, "login/"), (client, "password/forgot/"), (client, "join/"), (bea_client, ""),
                         (bea_client, "catalogue/"), (bea_client, f"catalogue/{pot.public_id}/"),
                         (bea_client, "account/"), (client, "nothing/")):  # fmt: skip
        body = anyone.get(page(path)).content.decode()
        assert harbour.phone in body, path
        assert harbour.email in body, path
