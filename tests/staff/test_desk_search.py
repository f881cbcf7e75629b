"""Search, the palette's answers, and help."""

import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import make
from tradedoor.access.models import Access
from tradedoor.crm.models import Customer
from tradedoor.staff.help import HELP
from tradedoor.stores.models import Store

DOCS = Path(__file__).resolve().parents[2] / "src/tradedoor/staff/jinja2/staff/desk/help"


def test_customers_contacts_stores_and_pages_are_found(
    vic_client: Client, bea: Access, harbour: Store
) -> None:
    page = vic_client.get("/search/?q=bea").content.decode()
    assert f'href="/crm/contacts/{bea.contact.public_id}/"' in page

    page = vic_client.get("/search/?q=acme").content.decode()
    assert f'href="/crm/customers/{bea.customer.public_id}/"' in page

    assert f'href="/stores/{harbour.slug}/dashboard/"' in vic_client.get("/search/?q=harb").content.decode()
    assert "data-hit" in vic_client.get("/search/?q=activity").content.decode()


def test_pages_somebody_may_not_open_are_not_offered(vic_client: Client, ada_client: Client) -> None:
    assert 'href="/staff/" data-hit' not in vic_client.get("/search/?q=staff").content.decode()
    assert 'href="/staff/" data-hit' in ada_client.get("/search/?q=staff").content.decode()


def test_nothing_found_repeats_what_was_asked(vic_client: Client) -> None:
    page = vic_client.get("/search/", {"q": "<zebra>"}).content.decode()

    assert "Nothing matches “&lt;zebra&gt;”" in page


def test_the_palette_gets_the_results_alone(vic_client: Client, bea: Access) -> None:
    answer = vic_client.get("/search/?q=bea", headers={"HX-Request": "true"})

    assert "<html" not in answer.content.decode()
    assert "data-hit" in answer.content.decode()
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize("text", ["\x00", "%_'\"", "a" * 5000, "  "])
def test_odd_texts_are_searched_for_too(vic_client: Client, text: str) -> None:
    assert vic_client.get("/search/", {"q": text}).status_code == 200


def test_a_search_costs_the_same_however_much_is_found(
    vic_client: Client, acme: Customer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(30):
        make.contact(acme)

    with django_assert_max_num_queries(12):
        vic_client.get("/search/?q=acme")


def test_each_help_page_is_there_and_linked(vic_client: Client) -> None:
    listed = vic_client.get("/help/").content.decode()
    for slug in HELP:
        assert f'href="/help/{slug}/"' in listed
        page = vic_client.get(f"/help/{slug}/").content.decode()
        assert len(re.findall(r"<h1", page)) == 1
        assert "%%" not in page

    assert {path.stem for path in DOCS.glob("[!_]*.html")} - {"list"} == set(HELP)
    assert vic_client.get("/help/nothing/").status_code == 404
