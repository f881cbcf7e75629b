"""The hand-out as PDF, and text from right to left on it."""

import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.handouts.facts import LINK, handout
from tests.handouts.offices import codes_in, needs_poppler
from tradedoor.handouts.errors import LettersMissing
from tradedoor.handouts.lettering import set_for_print
from tradedoor.handouts.pdf import pdf_file

LONG_LINK = LINK + "0123456789" * 14


def drawn(content: bytes, folder: Path) -> tuple[int, list[str], str]:
    """How many pages it has, what the codes on the first say, and all its words."""
    (folder / "x.pdf").write_bytes(content)
    subprocess.run(["pdftoppm", "-r", "110", "-png", "x.pdf", "x"], cwd=folder, check=True)
    text = subprocess.run(["pdftotext", "x.pdf", "-"], cwd=folder, check=True, capture_output=True).stdout
    pages = sorted(folder.glob("x*.png"))
    with Image.open(pages[0]) as first:
        return len(pages), codes_in(first), text.decode()


def test_equal_facts_make_equal_files() -> None:
    assert pdf_file(handout()) == pdf_file(handout())


@needs_poppler
def test_it_is_one_page_with_the_words_and_a_code_that_reads_as_the_link(tmp_path: Path) -> None:
    pages, codes, text = drawn(pdf_file(handout()), tmp_path)

    assert (pages, codes) == (1, [LINK])
    for words in (
        "Order online at Harbour",
        "For the people of Acme",
        "New User - Register",
        "12 Quay Street",
    ):
        assert words in text


@needs_poppler
@pytest.mark.parametrize(
    "changes",
    [
        {"customer": "Internationale Gesellschaft für Möbelbeschläge mbH & Co. KG <Süd> " * 4},
        {"customer": "M" * 3000},
        {"link": LONG_LINK},
        {"logo": None, "phone": "", "email": "", "address": ""},
        {"customer": "شركة النور للتجارة (2024)", "store": "חנות הנמל"},
        {"address": "Line\n" * 90},
        {"language": "ar"},
    ],
    ids=["long", "longest", "long link", "bare", "turned", "tall", "mirrored"],
)
def test_it_is_drawn_whatever_the_facts(changes: dict[str, str], tmp_path: Path) -> None:
    facts = handout(**changes)

    _pages, codes, _text = drawn(pdf_file(facts), tmp_path)

    assert codes == [facts.link]


@pytest.mark.parametrize("place", ["customer", "store", "address"])
def test_letters_that_would_be_empty_boxes_are_refused_and_named(place: str) -> None:
    with pytest.raises(LettersMissing) as refused:
        pdf_file(handout(**{place: "株式会社 Nippon 会社"}))

    assert "株式会社" in str(refused.value)
    assert "Word" in str(refused.value)


def test_what_nobody_sees_is_no_reason_to_refuse() -> None:
    assert pdf_file(handout(customer="Caf\u00e9 \u2615\ufe0f So\u00adfia\u200b\u2066")).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Acme (2024) Ltd", "Acme (2024) Ltd"),
        ("שלום", "םולש"),
        ("For שלום Ltd", "For םולש Ltd"),
        ("שלום (2024) Ltd", "(2024) םולש Ltd"),
        ("שלום 12 דרך", "ךרד 12 םולש"),
        ("سلام", "\ufee1\ufefc\ufeb3"),
    ],
)
def test_letters_stand_in_the_order_of_paper(written: str, printed: str) -> None:
    assert set_for_print(written) == printed
