"""Lists: pages walked both ways give every row once, and no address breaks them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import F, QuerySet, Value
from django.db.models.functions import NullIf
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradedoor.crm.models import PriceTier
from tradedoor.web.lists import Filter, ListPage, ListSpec, Sort, build_list, select_rows

pytestmark = pytest.mark.django_db


def at_position(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(position=int(value))


SPEC = ListSpec(
    sorts={
        "name": Sort("Name", "name"),
        "place": Sort("Place", "position"),
        "far": Sort("Furthest", "-position", "name"),
        "near": Sort("Nearest", "position", "name", indexed=False),
    },
    filters=[
        Filter(
            "size", "Size", lambda rows, value: rows.filter(name__startswith=value), options=[("a", "Small")]
        ),
        Filter("position", "Position", at_position),
    ],
    search=lambda rows, text: rows.filter(name__contains=text),
    page_size=4,
    keep=("tab",),
)


def tiers(positions: list[int]) -> None:
    PriceTier.objects.all().delete()
    PriceTier.objects.bulk_create(
        PriceTier(name=f"{'ab'[n % 2]}{n:03}", position=place) for n, place in enumerate(positions)
    )


def page(query: str = "", **changes: Any) -> ListPage[PriceTier]:
    return build_list(QueryDict(query.removeprefix("?")), SPEC, PriceTier.objects.all(), **changes)


def walk(
    start: ListPage[PriceTier], step: Callable[[ListPage[PriceTier]], str | None]
) -> list[list[PriceTier]]:
    pages = [start.rows]
    while url := step(start):
        start = page(url)
        pages.append(start.rows)
        assert len(pages) < 100, "the walk does not end"
    return pages


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    positions=st.lists(st.integers(0, 5), max_size=18),
    sort=st.sampled_from(["name", "-name", "place", "-place", "far", "-far", "near", "-near"]),
)
def test_walking_forward_gives_every_row_once_and_back_the_same_pages(
    positions: list[int], sort: str
) -> None:
    tiers(positions)
    turned = sort.startswith("-")
    order = [*SPEC.sorts[sort.removeprefix("-")].fields, "pk"]
    expected = list(PriceTier.objects.order_by(*order))
    if turned:
        expected.reverse()

    forward = walk(page(f"sort={sort}"), lambda shown: shown.next_url)

    assert [row for rows in forward for row in rows] == expected
    assert all(len(rows) == 4 for rows in forward[:-1])
    last = page(f"sort={sort}")
    while last.next_url:
        last = page(last.next_url)
    assert walk(last, lambda shown: shown.previous_url) == forward[::-1]


def test_positions_are_told_both_ways() -> None:
    tiers([0] * 10)

    first = page()
    second = page(first.next_url or "")
    third = page(second.next_url or "")
    back = page(third.previous_url or "")

    assert [first.position, second.position, third.position] == ["1–4 of 10", "5–8 of 10", "9–10 of 10"]
    assert back.position == second.position
    assert page(back.previous_url or "").position == "1–4 of 10"
    assert first.previous_url is None
    assert third.next_url is None


def test_a_page_costs_two_queries_however_many_rows(django_assert_num_queries: Any) -> None:
    tiers(list(range(200)))
    url = page("sort=far").next_url or ""

    with django_assert_num_queries(2):
        page(url)
    with django_assert_num_queries(1):
        page(url, total=200)
    with django_assert_num_queries(2):
        page("sort=near", total=200)


def test_counting_stops_at_a_thousand() -> None:
    tiers([0] * 1005)

    assert page().position == "1–4 of 1,000+"
    assert page(total=1005).count_text == "1,005"
    with CaptureQueriesContext(connection) as asked:
        page()
    assert "LIMIT 1001" in asked[-1]["sql"]


@pytest.mark.parametrize(
    "query",
    [
        "after=nonsense",
        "after=eyJhIjoxfQ:abc",
        "before=%00",
        "sort=password&size=zz&position=many&position=%00",
        "sort=-&q=",
        "after=" + "x" * 5000,
        "position=99999999999999999999999",
    ],
)
def test_a_wrong_address_shows_the_default_page(query: str) -> None:
    tiers([0] * 6)

    assert [row.name for row in page(query).rows] in (["a000", "a002", "a004", "b001"], [])
    assert page(query).sort("name") is not None


def test_a_cursor_of_another_order_or_of_our_key_no_more_is_passed_over() -> None:
    tiers([0] * 6)
    url = page("sort=far").next_url or ""
    cursor = QueryDict(url.removeprefix("?"))["after"]

    assert page(f"after={cursor}").position == "1–4 of 6"
    assert page(f"sort=-far&after={cursor}").position == "1–4 of 6"
    with_other_key = settings_with_other_key(lambda: page(url))
    assert with_other_key.position == "1–4 of 6"


def settings_with_other_key(run: Callable[[], ListPage[PriceTier]]) -> ListPage[PriceTier]:
    from django.test import override_settings

    with override_settings(SECRET_KEY="another key altogether, of fair length", SECRET_KEY_FALLBACKS=[]):
        return run()


def test_rows_gone_behind_a_cursor_lead_to_the_beginning() -> None:
    tiers([0] * 6)
    url = page().next_url or ""
    PriceTier.objects.filter(name__gt="b001").delete()

    assert [row.name for row in page(url).rows] == ["a000", "a002", "a004", "b001"]


def test_filters_search_and_kept_parameters_stay_in_every_address() -> None:
    tiers([0, 1] * 6)

    shown = page("tab=pending&q=00&size=a&sort=-far&junk=1")

    assert shown.is_narrowed
    assert shown.clear_url == "?tab=pending"
    assert shown.querystring == "tab=pending&q=00&size=a&sort=-far"
    assert shown.next_url is not None
    assert shown.next_url.startswith("?tab=pending&q=00&size=a&sort=-far&after=")
    size = shown.filters[0]
    assert (size.value, size.value_label, size.clear_url) == ("a", "Small", "?tab=pending&q=00&sort=-far")
    assert size.options[0].selected
    assert shown.search_hidden == [("tab", "pending"), ("size", "a"), ("sort", "-far")]


def test_sort_heads_turn_round_and_say_which_way() -> None:
    name, far = page().sort("name"), page("sort=far").sort("far")

    assert name is not None
    assert (name.direction, name.url) == ("ascending", "?sort=-name")
    assert far is not None
    assert (far.direction, far.url) == ("descending", "?sort=-far")
    turned = page("sort=-name").sort("name")
    assert turned is not None
    assert (turned.direction, turned.url) == ("descending", "?")
    assert page().sort("nothing") is None


def test_a_typed_filter_that_cannot_be_is_dropped() -> None:
    tiers([0, 1, 2])

    assert [row.position for row in page("position=1").rows] == [1]
    assert len(page("position=one").rows) == 3


def test_a_null_in_a_sort_field_is_the_programmers_error() -> None:
    tiers([0] * 6)
    spec = ListSpec(sorts={"odd": Sort("Odd", "odd")}, page_size=2)
    rows = PriceTier.objects.annotate(odd=NullIf(F("position"), Value(0)))

    with pytest.raises(ImproperlyConfigured):
        build_list(QueryDict(""), spec, rows)


def test_a_bulk_form_chooses_rows_or_all_that_the_list_finds() -> None:
    tiers([0, 1, 2, 3, 4, 5])
    first, second = PriceTier.objects.order_by("pk")[:2]

    some = select_rows(QueryDict(f"id={first.pk}&id={second.pk}&id=x"), SPEC, PriceTier.objects.all())
    every = select_rows(QueryDict("all=1&query=size%3Da"), SPEC, PriceTier.objects.all())

    assert set(some) == {first, second}
    assert {row.name for row in every} == {"a000", "a002", "a004"}
    assert not select_rows(QueryDict(""), SPEC, PriceTier.objects.all())


SEARCHED = ListSpec(
    sorts={"name": Sort("Name", "name", walked=True), "place": Sort("Place", "position")},
    search=lambda rows, text: rows.filter(name__contains=text),
    search_few=lambda rows, text: rows.filter(name__contains=text),
    page_size=4,
)


def searched(query: str) -> ListPage[PriceTier]:
    return build_list(QueryDict(query), SEARCHED, PriceTier.objects.all())


def names(*words: str) -> None:
    PriceTier.objects.bulk_create(PriceTier(name=f"{word} {n:04}") for n, word in enumerate(words))


@pytest.mark.parametrize("sort", ["name", "-name", "place"])
def test_what_a_search_finds_is_the_same_whether_it_is_little_much_or_far_along_the_order(sort: str) -> None:
    names(*["aa"] * 1300, *["mm"] * 3, *["zz"] * 1100)

    for word, number in (("mm", 3), ("aa", 1300), ("zz", 1100), ("0", 2403)):
        order = {"name": ["name", "pk"], "-name": ["-name", "-pk"], "place": ["position", "pk"]}[sort]
        expected = [row.name for row in PriceTier.objects.filter(name__contains=word).order_by(*order)]
        first = searched(f"q={word}&sort={sort}")
        assert [row.name for row in first.rows] == expected[:4]
        assert first.count == min(number, 1001)
        if first.next_url:
            second = searched(first.next_url[1:])
            assert [row.name for row in second.rows] == expected[4:8]
            assert [row.name for row in searched((second.previous_url or "")[1:]).rows] == expected[:4]


def test_a_search_costs_three_queries_and_one_more_where_its_many_matches_are_far_along_the_order(
    django_assert_num_queries: Any,
) -> None:
    names(*["aa"] * 1300, *["mm"] * 3, *["zz"] * 1100)

    for query, number in (("q=mm", 3), ("q=aa", 3), ("q=zz&sort=place", 3), ("q=zz", 4)):
        with django_assert_num_queries(number):
            searched(query)
