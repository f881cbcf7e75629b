"""A store's colours always read, and its drawings are its own."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradedoor.web.art import door_art, mark_svg
from tradedoor.web.theme import (
    DARK_SURFACE,
    WHITE,
    NotAColourError,
    contrast,
    fingerprint,
    parse,
    readable,
    text_on,
    theme_css,
)

colours = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def tokens(css: str) -> dict[str, list[str]]:
    return {
        name: re.findall("#[0-9a-f]{6}", value) for name, value in re.findall(r"(--[\w-]+):([^;]+);", css)
    }


@given(brand=colours, accent=colours)
def test_whatever_colours_are_chosen_the_text_reads(brand: str, accent: str) -> None:
    theme = tokens(theme_css(brand, accent))

    assert contrast(theme["--accent"][0], WHITE) >= 4.5
    assert contrast(theme["--accent"][1], DARK_SURFACE) >= 4.5
    assert contrast(theme["--accent-fill"][0], theme["--on-accent"][0]) >= 4.5
    assert contrast(theme["--accent-fill-hover"][0], theme["--on-accent"][0]) >= 4.5
    assert contrast(theme["--brand"][0], theme["--on-brand"][0]) >= 4.5
    assert contrast(theme["--brand"][0], theme["--brand-2"][0]) >= 3


@given(colour=colours)
def test_a_corrected_colour_reads_and_a_good_one_stays(colour: str) -> None:
    corrected = readable(colour)

    assert contrast(corrected, WHITE) >= 4.5
    assert (corrected == colour) == (contrast(colour, WHITE) >= 4.5)
    assert contrast(text_on(colour), colour) >= 4.5


def test_contrast_is_the_ratio_of_wcag() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#2a4bd0", "#2a4bd0") == 1


@pytest.mark.parametrize("text", ["", "red", "#12345", "#12345g", "#fff;}body{display:none", "url(x)"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(NotAColourError):
        parse(text)
    with pytest.raises(NotAColourError):
        theme_css(text, "#fff")
    with pytest.raises(NotAColourError):
        door_art("x", ("#fff", text))


def test_a_theme_changes_its_address_with_its_colours() -> None:
    assert fingerprint(theme_css("#0f4f45", "#f4d58a")) == fingerprint(theme_css("0F4F45", " #f4d58a "))
    assert fingerprint(theme_css("#0f4f45", "#f4d58a")) != fingerprint(theme_css("#0f4f46", "#f4d58a"))


@given(seed=st.text(max_size=40), brand=colours, accent=colours)
def test_the_art_of_a_door_is_its_own_small_and_always_the_same(seed: str, brand: str, accent: str) -> None:
    art = door_art(seed, (brand, accent))

    assert art == door_art(seed, (brand, accent))
    assert len(art.encode()) < 8_000
    assert "style" not in art
    assert ET.fromstring(art).tag.endswith("svg")  # noqa: S314  # drawn by us


@given(name=st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30))
def test_a_mark_is_sound_whatever_the_name(name: str) -> None:
    assert ET.fromstring(mark_svg(name, ("#0f4f45", "#f4d58a"))).tag.endswith("svg")  # noqa: S314  # drawn by us


def test_two_stores_have_two_doors() -> None:
    look = ("#0f4f45", "#f4d58a")
    assert door_art("Northwind", look) != door_art("Kestrel", look)
