"""Exports: nothing in them runs, and they come back as they went."""

import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tradedoor.core.errors import Invalid
from tradedoor.core.sheets import writing
from tradedoor.core.sheets.guards import guard, unguard
from tradedoor.core.sheets.reading import open_sheet
from tradedoor.core.sheets.writing import as_text, csv_chunks, write_csv, write_xlsx

NASTY = [
    "=1+1",
    "+31 20 555 01 00",
    "-2+3",
    "@SUM(A1)",
    "|calc",
    "%APPDATA%",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "\u3000=1",
    "\ufeff=1",
    "\u200b=1",
    "\x1f=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "｜1",
    "％1",
    "'=1",
    "''=1",
    "' -1",
]
FINE = ["", "Acme", "'t Hoekje", "''", "a=1", "1-2", "a@b.example", "5%", "é", "‐", "3 = 3"]


@pytest.mark.parametrize("text", [*NASTY, "\0=1", "\0abc"])
def test_what_a_spreadsheet_might_run_gets_an_apostrophe(text: str) -> None:
    assert guard(text) == "'" + text
    assert unguard(guard(text)) == text


@pytest.mark.parametrize("text", FINE)
def test_what_it_will_not_run_is_left_alone(text: str) -> None:
    assert guard(text) == text
    assert unguard(text) == text


@given(st.text() | st.text(alphabet="'= -+\t\r\n@a＝"))
def test_a_guard_can_always_be_taken_off_exactly(text: str) -> None:
    assert unguard(guard(text)) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("-5", "-5"),
        ("-5.25", "-5.25"),
        ("-5,25", "-5,25"),
        ("-5+1", "'-5+1"),
        ("--5", "'--5"),
        ("-", "'-"),
        ("+5", "'+5"),
        ("-٣", "'-٣"),
    ],
)
def test_only_plain_negative_numbers_go_unguarded_in_a_numeric_column(text: str, shown: str) -> None:
    assert guard(text, numeric=True) == shown
    assert guard(text) == "'" + text


def test_csv_quotes_every_cell() -> None:
    out = BytesIO()
    write_csv(out, ["Name", "Note"], [["Ann", 'the "best"'], [None, "a\r\nb"]], bom=False)
    assert out.getvalue() == b'"Name","Note"\r\n"Ann","the ""best"""\r\n"","a\r\nb"\r\n'


def test_csv_begins_with_a_mark_unless_told_otherwise() -> None:
    assert b"".join(csv_chunks(["Ä"], [])) == b'\xef\xbb\xbf"\xc3\x84"\r\n'
    assert b"".join(csv_chunks(["Ä"], [], bom=False)) == b'"\xc3\x84"\r\n'


def test_numbers_by_column_or_by_type_keep_their_sign() -> None:
    rows = [["-5", "-5", Decimal("-1.50"), -3, -0.5]]
    written = b"".join(csv_chunks(["a", "stock", "c", "d", "e"], rows, numeric={"stock"}, bom=False))
    assert written.splitlines()[1] == b'"\'-5","-5","-1.50","-3","-0.5"'


def test_headers_are_guarded_too() -> None:
    assert b"".join(csv_chunks(["=evil"], [], bom=False)) == b'"\'=evil"\r\n'


def test_large_exports_leave_in_pieces_and_ask_for_rows_as_they_go() -> None:
    asked = 0

    def endless() -> Iterator[list[int]]:
        nonlocal asked
        while True:
            asked += 1
            yield [asked]

    chunks = csv_chunks(["n"], endless())
    next(chunks)
    next(chunks)
    assert asked < 1000


def test_a_row_of_another_width_than_the_header_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="zip"):
        b"".join(csv_chunks(["a", "b"], [["1"]]))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (Decimal("1E+3"), "1000"),
        (12, "12"),
        (date(2024, 1, 31), "2024-01-31"),
        (datetime(2024, 1, 31, 9, 5, tzinfo=UTC), "2024-01-31 09:05:00+00:00"),
        (time(9, 5), "09:05:00"),
    ],
)
def test_values_are_written_as_an_import_wants_them(value: object, text: str) -> None:
    assert as_text(value) == text


def test_a_workbook_holds_numbers_as_numbers_and_no_formulas() -> None:
    out = BytesIO()
    write_xlsx(out, ["Code", "Stock"], [["00123", 5], ["=1+1", Decimal("-1.5")], ["#N/A", 12345678901234567]])
    sheet = load_workbook(BytesIO(out.getvalue())).active
    assert sheet is not None
    found = [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert found == [
        [("00123", "s"), (5, "n")],
        [("'=1+1", "s"), (-1.5, "n")],
        [("#N/A", "s"), ("12345678901234567", "s")],
    ]


def test_what_does_not_fit_a_workbook_is_refused_and_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid) as caught:
        write_xlsx(BytesIO(), ["a"], [["x" * 32_768]])
    assert caught.value.code == "cell_too_long"
    monkeypatch.setattr(writing, "_XLSX_ROWS", 3)
    with pytest.raises(Invalid) as caught:
        write_xlsx(BytesIO(), ["a"], [["1"], ["2"], ["3"]])
    assert caught.value.code == "too_many_rows"


_CELLS = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30
) | st.sampled_from(
    [
        *NASTY,
        *FINE,
        "_x000D_",
        "_x005F_",
        '"',
        '""',
        "a,b;c|d",
        "\r",
        "\n",
        "\r\n",
        "00123",
        "1e5",
        "#N/A",
        "true",
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """A header of proper names, and rows in each of which something stands."""
    width = draw(st.integers(1, 6))
    header = [f"Field {number}" for number in range(width)]
    row = st.lists(_CELLS, min_size=width, max_size=width).filter(lambda cells: any(map(str.strip, cells)))
    return header, draw(st.lists(row, max_size=8))


_QUIET = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)


@_QUIET
@given(table=tables(), bom=st.sampled_from([True, False]))
def test_any_table_written_as_csv_is_read_back_the_same(
    tmp_path: Path, table: tuple[list[str], list[list[str]]], *, bom: bool
) -> None:
    header, rows = table
    path = tmp_path / "out.csv"
    with path.open("wb") as out:
        write_csv(out, header, rows, bom=bom)
    sheet = open_sheet(path, name="out.csv")
    assert (sheet.header, [row.cells for row in sheet.rows()]) == (header, rows)
    assert (sheet.count(), sheet.notes.delimiter, sheet.notes.encoding) == (len(rows), ",", "utf-8")


@_QUIET
@given(table=tables())
def test_any_table_written_as_xlsx_is_read_back_the_same(
    tmp_path: Path, table: tuple[list[str], list[list[str]]]
) -> None:
    header, rows = table
    path = tmp_path / "out.xlsx"
    with path.open("wb") as out:
        write_xlsx(out, header, rows)
    sheet = open_sheet(path, name="out.xlsx")
    assert (sheet.header, [row.cells for row in sheet.rows()]) == (header, rows)


@_QUIET
@given(table=tables(), codec=st.sampled_from(["utf-16", "utf-8"]))
def test_reading_resumes_at_every_row(
    tmp_path: Path, table: tuple[list[str], list[list[str]]], codec: str
) -> None:
    header, rows = table
    path = tmp_path / "out.csv"
    path.write_bytes(b"".join(csv_chunks(header, rows, bom=False)).decode().encode(codec))
    sheet = open_sheet(path, name="out.csv")
    everything = list(sheet.rows())
    for done, row in enumerate(everything, start=1):
        assert list(sheet.rows(start=row.next_number, start_offset=row.next_offset)) == everything[done:]


# The time stands in a workbook, so that its length differs from one run to the next.
_ANYWHERE = st.integers(0, 1 << 16)


def _read(path: Path) -> None:
    """Read a file in every way; nothing but `Invalid` may come of it."""
    try:
        sheet = open_sheet(path, name=path.name)
        found = list(sheet.rows())
        assert sheet.count() == len(found)
        assert all(len(row.cells) >= len(sheet.header) for row in found)
    except Invalid:
        return


@_QUIET
@given(
    content=st.binary(max_size=300)
    | st.text(alphabet="ab,;\t|\"\r\n é='", max_size=200).map(str.encode)
    | st.text(max_size=100).map(lambda text: text.encode("utf-16"))
    | st.builds(
        bytes.__add__,
        st.sampled_from([b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"sep=;"]),
        st.binary(),
    )
)
def test_random_bytes_raise_nothing_but_invalid(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    _read(path)


@_QUIET
@given(data=st.data())
def test_a_workbook_damaged_anywhere_raises_nothing_but_invalid(
    tmp_path: Path, xlsx_file: Callable[..., Path], data: st.DataObject
) -> None:
    path = xlsx_file([["a", "b"], ["x", 5], [date(2024, 1, 31), "=1+1"]])
    content = bytearray(path.read_bytes())
    for _damage in range(data.draw(st.integers(1, 4))):
        content[data.draw(_ANYWHERE) % len(content)] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    _read(path)


@_QUIET
@given(
    data=st.data(),
    part=st.sampled_from(
        ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"]
    ),
)
def test_a_part_damaged_anywhere_raises_nothing_but_invalid(
    xlsx_file: Callable[..., Path], repack: Callable[..., Path], data: st.DataObject, part: str
) -> None:
    path = xlsx_file([["a", "b"], ["x", 5], [date(2024, 1, 31), "=1+1"]])
    with zipfile.ZipFile(path) as archive:
        content = bytearray(archive.read(part))
    for _damage in range(data.draw(st.integers(1, 4))):
        at = data.draw(_ANYWHERE) % len(content)
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b"<", b'"', b"-", b"9999"])
        )
    _read(repack(path, {part: bytes(content)}))
