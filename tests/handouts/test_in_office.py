"""The Word file as LibreOffice opens it: its pages drawn, its code read, its words found."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.handouts.facts import LINK, handout, standard
from tests.handouts.offices import as_pdf, codes_in, needs_office, needs_poppler
from tradedoor.handouts.word import word_file

pytestmark = [needs_office, needs_poppler]

CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "bare": {"logo": None, "phone": "", "email": "", "address": "", "registers": False},
    "long": {
        "customer": "Gesellschaft für Möbelbeschläge mbH & Co. KG " * 4,
        "link": LINK + "0123456789" * 14,
    },
    "turned": {"customer": "شركة النور للتجارة", "store": "חנות הנמל"},
}


@pytest.mark.parametrize("case", CASES)
def test_a_hand_out_is_one_page_from_which_the_link_can_be_read(case: str, tmp_path: Path) -> None:
    facts = handout(**CASES[case])
    word = tmp_path / "handout.docx"
    word.write_bytes(word_file(standard(), facts))

    printed = as_pdf(word)
    subprocess.run(["pdftoppm", "-r", "110", "-png", printed.name, "page"], cwd=tmp_path, check=True)
    text = subprocess.run(
        ["pdftotext", printed.name, "-"], cwd=tmp_path, check=True, capture_output=True
    ).stdout

    pages = sorted(tmp_path.glob("page*.png"))
    assert len(pages) == 1
    assert codes_in(Image.open(pages[0])) == [facts.link]
    assert b"{{" not in text
    assert ("How to get in" in text.decode()) is True
