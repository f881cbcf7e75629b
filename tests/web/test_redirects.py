import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradedoor.web.redirects import safe_next

STORE = "/s/harbour/"


@pytest.mark.parametrize(
    "wanted",
    [
        "/s/harbour/",
        "/s/harbour/catalogue/",
        "/s/harbour/catalogue/?q=blue%20paint&page=2",
        "/s/harbour/catalogue/caf%C3%A9/",
        "/s/harbour/catalogue/?back=//evil.example",
        "/s/harbour/file.txt",
        "/s/harbour/..hidden/",
    ],
)
def test_a_plain_path_of_the_same_store_is_kept(wanted: str) -> None:
    assert safe_next(wanted, STORE) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "catalogue/",
        "/",
        "/crm/customers/",
        "/s/meadow/",
        "/s/harbour",
        "/s/harbourside/",
        "//evil.example/s/harbour/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/s/harbour/",
        "https:/s/harbour/",
        "javascript:alert(1)",
        "/s/harbour/../meadow/",
        "/s/harbour/./x",
        "/s/harbour/..",
        "/s/harbour/..;/meadow/",
        "/s/harbour/%2e%2e/meadow/",
        "/s/harbour/%252e%252e/meadow/",
        "/s/harbour/%25252e%25252e/meadow/",
        "/s/harbour/%2525252525252e/",
        "/s/harbour/..%2fmeadow/",
        "/s/harbour/%5c%5cevil.example",
        "/s/harbour/%2f%2fevil.example",
        "/s/harbour//evil.example",
        "/s/harbour/\r\nSet-Cookie: a=b",
        "/s/harbour/%0d%0aSet-Cookie",
        "/s/harbour/\x00",
        "/s/harbour/?a=b\r\nX: y",
        " /s/harbour/",
        "\t/s/harbour/",
        "/s/harbour/" + "x" * 2000,
    ],
)
def test_everything_else_leads_to_the_stores_own_front_page(wanted: str | None) -> None:
    assert safe_next(wanted, STORE) == STORE


@pytest.mark.parametrize("wanted", ["/s/harbour/", "/s/", "/s", "/%73/harbour/", "//evil.example", "/s?x"])
def test_no_store_is_inside_the_sellers_side(wanted: str) -> None:
    assert safe_next(wanted, "/") == "/"


def test_the_sellers_own_pages_are() -> None:
    assert (
        safe_next("/stores/harbour/dashboard/?tab=pending", "/") == "/stores/harbour/dashboard/?tab=pending"
    )


def test_a_fragment_is_left_off() -> None:
    assert safe_next("/s/harbour/basket/#line-3", STORE) == "/s/harbour/basket/"


@given(st.text(st.sampled_from("/.\\%2eE5cCfF0dDaA:?#;@ shabour\t\n"), max_size=40))
def test_whatever_is_wanted_the_answer_begins_with_the_prefix(wanted: str) -> None:
    answer = safe_next(STORE + wanted, STORE)

    path = answer.partition("?")[0]
    assert path.startswith(STORE)
    assert "//" not in path
    assert "\\" not in answer
    assert "/../" not in path + "/"
