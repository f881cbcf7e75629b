"""Workbooks: what is in them as text, and what is refused."""

import datetime as dt
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from tradedoor.core.errors import Invalid
from tradedoor.core.sheets.reading import open_sheet
from tradedoor.core.sheets.table import Limits, Sheet

WriteBook = Callable[..., Path]
Repack = Callable[..., Path]

SHEET = "xl/worksheets/sheet1.xml"
_TABLE = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def opened(path: Path, *, limits: Limits | None = None, sheet: str | None = None) -> Sheet:
    return open_sheet(path, name="table.xlsx", limits=limits or Limits(), sheet=sheet)


def cells(sheet: Sheet) -> list[list[str]]:
    return [row.cells for row in sheet.rows()]


def refusal(path: Path, *, limits: Limits | None = None, sheet: str | None = None) -> Invalid:
    with pytest.raises(Invalid) as caught:
        list(opened(path, limits=limits, sheet=sheet).rows())
    assert str(caught.value)
    return caught.value


def table(*rows: str) -> bytes:
    """The XML of a sheet with the header a, b and these rows."""
    head = '<row r="1"><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row>'
    return _TABLE.format(head + "".join(rows)).encode()


def test_every_kind_of_cell_becomes_the_text_one_sees(xlsx_file: WriteBook) -> None:
    shown: list[tuple[object, str]] = [
        ("00123", "00123"),
        (123, "123"),
        (123.0, "123"),
        (-4, "-4"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (4006381333931, "4006381333931"),
        (1.5e20, "150000000000000000000"),
        (dt.date(2024, 1, 31), "2024-01-31"),
        (dt.datetime(2024, 1, 31, 9, 5, 7), "2024-01-31 09:05:07"),  # noqa: DTZ001 - a workbook knows no time zones
        (dt.time(9, 5), "09:05:00"),
        (dt.timedelta(hours=30), "1 day, 6:00:00"),
        (True, "true"),
        (False, "false"),
        (None, ""),
        ("Zoë 𝄞", "Zoë 𝄞"),
        ("two\nlines", "two\nlines"),
        ("last", "last"),
    ]
    sheet = opened(xlsx_file([[f"h{n}" for n in range(len(shown))], [value for value, _text in shown]]))
    assert cells(sheet) == [[text for _value, text in shown]]
    assert (sheet.notes.kind, sheet.notes.sheet, sheet.count()) == ("xlsx", "Sheet", 1)


def test_numbers_shown_with_leading_zeros_keep_them(xlsx_file: WriteBook) -> None:
    def pad(book: Workbook) -> None:
        assert book.active is not None
        book.active["A2"].number_format = "00000"

    assert cells(opened(xlsx_file([["code", "n"], [123, 123]], fill=pad))) == [["00123", "123"]]


def test_formulas_are_text_and_never_worked_out_csv_02(xlsx_file: WriteBook) -> None:
    (row,) = opened(xlsx_file([["a", "b"], ["x", '=HYPERLINK("http://evil.example","x")']])).rows()
    assert row.cells == ["x", '=HYPERLINK("http://evil.example","x")']
    assert (row.problem, row.note) == (None, "Column 2: a formula, taken as text.")


def test_errors_are_empty_and_said(xlsx_file: WriteBook) -> None:
    (row,) = opened(xlsx_file([["a", "b"], ["x", "#N/A"]])).rows()
    assert (row.cells, row.note) == (["x", ""], "Column 2: #N/A, taken as empty.")


def test_a_date_beyond_the_calendar_is_empty_and_said(xlsx_file: WriteBook) -> None:
    def spoil(book: Workbook) -> None:
        assert book.active is not None
        book.active["B2"].number_format = "yyyy-mm-dd"

    (row,) = opened(xlsx_file([["a", "b"], ["x", 99999999999]], fill=spoil)).rows()
    assert (row.cells, row.note) == (["x", ""], "Column 2: 99999999999, taken as empty.")


def test_dates_counted_from_1904_are_right(xlsx_file: WriteBook) -> None:
    def older(book: Workbook) -> None:
        book.epoch = dt.datetime(1904, 1, 1)  # noqa: DTZ001 - a workbook knows no time zones

    assert cells(opened(xlsx_file([["a"], [dt.date(2024, 1, 31)]], fill=older))) == [["2024-01-31"]]


def test_blank_rows_and_columns_are_left_out(xlsx_file: WriteBook) -> None:
    sheet = opened(xlsx_file([[], ["a", "b", None, " "], [], ["1"], [None, "2"], [" ", ""]]))
    assert sheet.header == ["a", "b"]
    assert [(row.number, row.cells, row.problem) for row in sheet.rows()] == [
        (4, ["1", ""], None),
        (5, ["", "2"], None),
    ]


def test_a_cell_beyond_the_header_is_a_problem(xlsx_file: WriteBook) -> None:
    (row,) = opened(xlsx_file([["a", "b"], ["1", "2", "3"]])).rows()
    assert row.problem == "This row has 3 cells, the header has 2."


def test_the_first_sheet_is_read_unless_another_is_named(xlsx_file: WriteBook) -> None:
    def more(book: Workbook) -> None:
        book.create_sheet("Contacts").append(["Email"])
        book.create_chartsheet("Chart", 0)

    path = xlsx_file([["Name"]], fill=more)
    assert opened(path).header == ["Name"]
    assert opened(path, sheet="Contacts").header == ["Email"]
    assert opened(path).notes.sheets == ["Sheet", "Contacts"]
    refused = refusal(path, sheet="Prices")
    assert refused.code == "no_sheet"
    assert "Sheet, Contacts" in str(refused)


def test_what_a_file_is_follows_from_its_content(xlsx_file: WriteBook) -> None:
    path = xlsx_file([["Name"], ["Ann"]])
    assert cells(opened(path.rename(path.with_suffix(".csv")))) == [["Ann"]]


def test_rows_can_be_read_again_and_from_any_number(xlsx_file: WriteBook) -> None:
    sheet = opened(xlsx_file([["n"], *([n] for n in range(50))]))
    everything = list(sheet.rows())
    assert list(sheet.rows()) == everything
    row = everything[20]
    assert list(sheet.rows(start=row.next_number, start_offset=row.next_offset)) == everything[21:]


def test_shared_and_rich_strings_are_read_without_reading_aids(xlsx_file: WriteBook, repack: Repack) -> None:
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><r><t xml:space="preserve">Old </t></r>'
        "<r><t>Tom</t></r><rPh sb='0' eb='1'><t>tomu</t></rPh></si><si><t>a_x000D_b_x005F_x0041_</t></si></sst>"
    )
    rows = '<row r="2"><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
    relation = '<Relationships><Relationship Type="x/{}" Target="{}" Id="{}"/></Relationships>'
    both = relation.format("worksheet", "/" + SHEET, "rId1").replace(
        "</Relationships>",
        relation.format("sharedStrings", "shared.xml", "rId2").removeprefix("<Relationships>"),
    )
    parts = {
        SHEET: table(rows),
        "xl/shared.xml": strings.encode(),
        "xl/_rels/workbook.xml.rels": both.encode(),
    }
    path = repack(xlsx_file([["x"]]), parts)
    assert cells(opened(path)) == [["Old Tom", "a\rb_x0041_"]]


def test_a_prefix_on_every_tag_makes_no_difference(xlsx_file: WriteBook, repack: Repack) -> None:
    xml = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        '<x:row><x:c t="str"><x:v>a</x:v></x:c></x:row><x:row><x:c><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert cells(opened(repack(xlsx_file([["x"]]), {SHEET: xml.encode()}))) == [["5"]]


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "renamed.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("customers.csv", "a,b")
    assert refusal(path).code == "not_a_workbook"


def test_a_text_document_is_refused(xlsx_file: WriteBook, repack: Repack) -> None:
    types = b'<Types><Override ContentType="application/vnd...wordprocessingml.document.main+xml"/></Types>'
    assert refusal(repack(xlsx_file([["x"]]), {"[Content_Types].xml": types})).code == "not_a_workbook"


def test_macros_are_refused_by_type_and_by_part(xlsx_file: WriteBook, repack: Repack) -> None:
    assert refusal(repack(xlsx_file([["x"]]), {"xl/vbaProject.bin": b"x"})).code == "macros"
    types = b'<Types><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
    assert refusal(repack(xlsx_file([["x"]]), {"[Content_Types].xml": types})).code == "macros"


def test_links_to_other_files_are_refused(xlsx_file: WriteBook, repack: Repack) -> None:
    path = repack(xlsx_file([["x"]]), {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})
    assert refusal(path).code == "external_links"


def test_encrypted_and_old_files_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    )
    assert refusal(path).code == "encrypted"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le"))
    assert refusal(path).code == "old_excel"


def test_an_archive_with_encrypted_parts_is_refused(xlsx_file: WriteBook) -> None:
    path = xlsx_file([["x"]])
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)
    assert refusal(path).code == "encrypted"


def test_a_zip_bomb_is_refused_unpacked_by_nobody(xlsx_file: WriteBook, repack: Repack) -> None:
    path = repack(xlsx_file([["x"]]), {"xl/media/image1.png": b"\0" * 30_000_000})
    assert path.stat().st_size < 100_000
    assert refusal(path).code == "zip_bomb"
    assert refusal(xlsx_file([["x"] * 50]), limits=Limits(unpacked_bytes=1000)).code == "zip_bomb"


def test_a_part_larger_than_it_says_is_not_unpacked(xlsx_file: WriteBook, repack: Repack) -> None:
    path = repack(xlsx_file([["x"]]), {SHEET: table("<row><c><v>1</v></c></row>" * 50_000)})
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(SHEET)
    true_size = info.file_size.to_bytes(4, "little")
    at = content.rindex(true_size)
    content[at : at + 4] = (500).to_bytes(4, "little")
    path.write_bytes(content)
    assert refusal(path).code == "damaged"


@pytest.mark.parametrize(
    "declared", ['<!DOCTYPE x [<!ENTITY a "b">]>', '<!DOCTYPE x SYSTEM "file:///etc/passwd">']
)
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml"])
def test_document_types_are_refused_in_every_part(
    xlsx_file: WriteBook, repack: Repack, declared: str, part: str
) -> None:
    path = xlsx_file([["x"]])
    with zipfile.ZipFile(path) as archive:
        xml = archive.read(part).decode()
    start = xml.index("?>") + 2 if xml.startswith("<?xml") else 0
    path = repack(path, {part: (xml[:start] + declared + xml[start:]).encode()})
    assert refusal(path).code == "damaged"


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="99999999999"><c><v>1</v></c></row>',
        '<row r="0"><c><v>1</v></c></row>',
        '<row r="x"><c><v>1</v></c></row>',
        '<row><c r="ZZZ1"><v>1</v></c></row>',
        "<row><c><v>one</v></c></row>",
        '<row><c t="s"><v>7</v></c></row>',
        '<row><c s="x"><v>7</v></c></row>',
        "<row><c><v>1</v></row>",
        f'<row><c t="str"><v>{"x" * 1_000_001}</v></c></row>',
    ],
)
def test_a_sheet_that_makes_no_sense_is_refused(xlsx_file: WriteBook, repack: Repack, rows: str) -> None:
    assert refusal(repack(xlsx_file([["x"]]), {SHEET: table(rows)})).code == "damaged"


def test_a_lone_cell_at_the_far_end_costs_nothing(xlsx_file: WriteBook, repack: Repack) -> None:
    path = repack(xlsx_file([["x"]]), {SHEET: table('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')})
    (row,) = opened(path).rows()
    assert (row.number, len(row.cells)) == (1_048_576, 16_384)
    assert row.problem is not None


def test_half_of_a_character_and_nul_stay_as_they_are_written(xlsx_file: WriteBook, repack: Repack) -> None:
    rows = '<row><c t="str"><v>_xD800_ _x0000_</v></c></row>'
    assert cells(opened(repack(xlsx_file([["x"]]), {SHEET: table(rows)}))) == [["_xD800_ _x0000_", ""]]


def test_too_many_rows_columns_and_characters_are_noticed(xlsx_file: WriteBook) -> None:
    assert refusal(xlsx_file([["x"] * 201])).code == "too_many_columns"
    assert refusal(xlsx_file([["x"], [1], [2], [3]]), limits=Limits(rows=2)).code == "too_many_rows"
    (row,) = opened(xlsx_file([["x"], ["abcdef"]]), limits=Limits(cell_chars=5)).rows()
    assert (row.cells, row.problem) == (["abcde"], "The cell in column 1 is longer than 5 characters.")


def test_a_workbook_without_a_table_is_refused(xlsx_file: WriteBook, repack: Repack) -> None:
    assert refusal(xlsx_file([])).code == "empty"
    assert refusal(repack(xlsx_file([["x"]]), {}, drop=frozenset({SHEET}))).code == "no_sheet"
    assert refusal(repack(xlsx_file([["x"]]), {}, drop=frozenset({"xl/workbook.xml"}))).code == "no_sheet"


def test_a_workbook_without_styles_is_read(xlsx_file: WriteBook, repack: Repack) -> None:
    path = repack(xlsx_file([["x"], [5]]), {}, drop=frozenset({"xl/styles.xml", "_rels/.rels"}))
    assert cells(opened(path)) == [["5"]]


def test_a_truncated_workbook_is_refused(xlsx_file: WriteBook) -> None:
    path = xlsx_file([["x"], ["y"]])
    whole = path.read_bytes()
    for length in range(4, len(whole), 97):
        path.write_bytes(whole[:length])
        assert refusal(path).code in {"damaged", "not_a_workbook"}


def test_other_peoples_zips_of_every_kind_raise_nothing_but_invalid(tmp_path: Path) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w"):
        pass
    path = tmp_path / "empty.xlsx"
    path.write_bytes(packed.getvalue())
    assert refusal(path).code == "not_a_workbook"
