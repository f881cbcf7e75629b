"""The Word file of a hand-out: what is put where, and that Word's own rules are kept."""

import io
import zipfile
from itertools import pairwise

import pytest
from docx import Document
from docx.document import Document as Opened
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.handouts.facts import LINK, handout, paragraph, part_of, standard, template
from tests.handouts.offices import codes_in
from tradedoor.handouts.facts import Handout
from tradedoor.handouts.packages import read_package
from tradedoor.handouts.word import word_file


def made(*body: str, of: Handout | None = None) -> bytes:
    return word_file(read_package(io.BytesIO(template(*body))), of or handout())


def opened(file: bytes) -> Opened:
    return Document(io.BytesIO(file))


def lines(file: bytes) -> list[str]:
    document = opened(file)
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    inside = [one.text for cell in cells for one in cell.paragraphs]
    return [*(one.text for one in document.paragraphs), *inside]


def test_it_names_store_and_customer_and_holds_the_link_steps_and_contact() -> None:
    file = word_file(standard(), handout())

    said = lines(file)
    assert "Order online at Harbour" in said
    assert "For the people of Acme" in said
    assert LINK in said
    assert "Choose “New User - Register”, fill in the form, and choose “Register”." in said
    assert {"Phone: +44 20 7946 0000", "Email: help@seller.example", "Harbour Ltd\n12 Quay Street"} <= {*said}
    assert not any("{{" in line for line in said)


def test_a_name_that_word_began_with_a_capital_is_known_all_the_same() -> None:
    assert lines(made(paragraph("{{ Customer }} {{\u00a0LINK }}"))) == [f"Acme {LINK}"]


def test_the_link_can_be_clicked() -> None:
    document = opened(word_file(standard(), handout()))

    targets = [one.target_ref for one in document.part.rels.values() if one.is_external]
    assert targets == [LINK]
    assert "w:hyperlink" in document.element.xml


def test_its_code_reads_as_exactly_the_link() -> None:
    with zipfile.ZipFile(io.BytesIO(word_file(standard(), handout()))) as packed:
        picture = Image.open(io.BytesIO(packed.read("word/media/tradedoor-qr.png")))

    assert codes_in(picture) == [LINK]


def test_equal_facts_make_equal_files() -> None:
    assert word_file(standard(), handout()) == word_file(standard(), handout())


def test_without_logo_phone_and_address_their_lines_are_left_out() -> None:
    file = word_file(standard(), handout(logo=None, phone="", email="", address=""))

    said = lines(file)
    assert not [line for line in said if line.startswith(("Phone", "Email"))]
    assert said[0] == "Order online at Harbour"
    assert "tradedoor-logo" not in part_of(file)


def test_a_link_that_registers_nobody_tells_how_to_sign_in() -> None:
    said = lines(word_file(standard(), handout(registers=False)))

    assert not [line for line in said if "Register" in line]
    assert [line for line in said if "“Forgot password?”" in line]


def test_the_last_step_says_so_where_somebody_decides() -> None:
    said = lines(word_file(standard(), handout(is_approved=True)))

    assert "We look at your request and mail you as soon as you can sign in." in said


def test_a_placeholder_torn_apart_by_word_is_found() -> None:
    assert lines(made(paragraph("For {", "{ cust", "omer }", "} only: {{", "link}}"))) == [
        f"For Acme only: {LINK}"
    ]


def test_a_value_takes_the_look_of_its_place_and_the_words_around_keep_theirs() -> None:
    file = made(paragraph("a {{ customer }} b", look="<w:rPr><w:b/></w:rPr>"), paragraph("{{ link }}"))

    [first, _link] = opened(file).paragraphs
    assert [(run.text, run.bold) for run in first.runs] == [("a ", True), ("Acme", True), (" b", True)]


def test_what_a_name_holds_is_text_and_nothing_else() -> None:
    nasty = "<w:br/> & {{ link }} {% x %} \"'\x00\x1b\u202e"
    file = made(paragraph("{{ customer }}"), paragraph("{{ link }}"), of=handout(customer=nasty))

    assert lines(file) == ["<w:br/> & {{ link }} {% x %} \"'", LINK]


def test_a_name_from_right_to_left_is_marked_so_and_its_neighbours_are_not() -> None:
    file = made(paragraph("For {{ customer }}, {{ link }}"), of=handout(customer="שלום (2024) Ltd"))

    assert part_of(file).count("<w:rtl/>") == 1
    assert lines(file) == [f"For שלום (2024) Ltd, {LINK}"]


def test_each_step_is_numbered_where_word_does_not_do_it() -> None:
    said = lines(made(paragraph("→ {{ steps }}"), paragraph("{{ qr }}")))

    assert said[0].startswith("→ 1. Open the address above")
    assert said[5].startswith("→ 6. From then on")


def test_a_list_of_words_own_is_not_numbered_twice() -> None:
    numbered = (
        '<w:p><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>{{ steps }}</w:t></w:r></w:p>'
    )

    assert (
        lines(made(numbered, paragraph("{{ qr }}")))[1]
        == "Choose “New User - Register”, fill in the form, and choose “Register”."
    )


def test_pictures_have_numbers_of_their_own_however_often_they_come() -> None:
    xml = part_of(made(paragraph("{{ qr }}{{ qr }}{{ logo }}")))

    assert [f'wp:docPr id="{number}"' in xml for number in (1, 2, 3)] == [True] * 3


def test_a_cell_that_stays_empty_keeps_the_paragraph_that_word_asks_for() -> None:
    cell = f"<w:tbl><w:tblPr/><w:tblGrid/><w:tr><w:tc>{paragraph('{{ phone }}')}</w:tc></w:tr></w:tbl>"
    file = made(cell, paragraph("{{ link }}"), of=handout(phone=""))

    assert [len(cell.paragraphs) for cell in opened(file).tables[0].rows[0].cells] == [1]


def test_headers_are_filled_in_too() -> None:
    header = (
        '<?xml version="1.0"?><w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"{paragraph('{{ store }}: {{ link }}')}</w:hdr>"
    )
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
    content = template(
        paragraph("{{ qr }}"),
        more={"word/header1.xml": header.encode()},
        types=f'<Override PartName="/word/header1.xml" ContentType="{kind}"/>',
    )

    file = word_file(read_package(io.BytesIO(content)), handout())

    assert ">Harbour</w:t>" in part_of(file, "word/header1.xml")
    assert LINK in part_of(file, "word/_rels/header1.xml.rels")


@pytest.mark.parametrize("picture", [(4000, 10), (10, 4000), (1, 1)], ids=["flat", "tall", "one pixel"])
def test_a_logo_of_any_shape_stays_in_its_frame(picture: tuple[int, int]) -> None:
    out = io.BytesIO()
    Image.new("RGB", picture, "red").save(out, "PNG")

    document = opened(word_file(standard(), handout(logo=out.getvalue())))

    assert all(shape.width.mm <= 65.1 and shape.height.mm <= 42.1 for shape in document.inline_shapes)


@given(
    before=st.text(alphabet="ab {}<&", max_size=8),
    customer=st.text(max_size=30).filter(lambda text: "\r" not in text),
    cuts=st.lists(st.integers(0, 40), max_size=5),
)
def test_wherever_word_tears_a_text_apart_the_same_comes_out(
    before: str, customer: str, cuts: list[int]
) -> None:
    text = f"{before.replace('{{', '')}|{{{{ customer }}}}|"
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    runs = [text[start:end] for start, end in pairwise(places)]
    escaped = [run.replace("&", "&amp;").replace("<", "&lt;") for run in runs]

    torn = made(paragraph(*escaped), paragraph("{{ qr }}"), of=handout(customer=customer))
    whole = made(paragraph("".join(escaped)), paragraph("{{ qr }}"), of=handout(customer=customer))

    assert lines(torn) == lines(whole)
