"""CSV as programs and people really write it."""

import csv
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tradedoor.core.errors import Invalid
from tradedoor.core.sheets.delimited import DelimitedSheet
from tradedoor.core.sheets.reading import open_sheet
from tradedoor.core.sheets.table import Limits, Row, Sheet

WriteFile = Callable[[bytes | str], Path]


def opened(path: Path, *, limits: Limits | None = None, encoding: str | None = None) -> Sheet:
    return open_sheet(path, name="table.csv", limits=limits or Limits(), encoding=encoding)


def cells(sheet: Sheet) -> list[list[str]]:
    return [row.cells for row in sheet.rows()]


def refusal(path: Path, *, limits: Limits | None = None, encoding: str | None = None) -> Invalid:
    with pytest.raises(Invalid) as caught:
        list(opened(path, limits=limits, encoding=encoding).rows())
    assert str(caught.value)
    return caught.value


def test_utf_8_is_read_with_and_without_a_mark(csv_file: WriteFile) -> None:
    plain = opened(csv_file("Name,Città\nZoë,Forlì\n"))
    assert (plain.header, cells(plain)) == (["Name", "Città"], [["Zoë", "Forlì"]])
    assert (plain.notes.encoding, plain.notes.bom, plain.notes.needs_encoding_confirmation) == (
        "utf-8",
        False,
        False,
    )

    marked = opened(csv_file(b"\xef\xbb\xbfName,City\nZo\xc3\xab,Rome\n"))
    assert (marked.header, cells(marked), marked.notes.bom) == (["Name", "City"], [["Zoë", "Rome"]], True)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_read_by_its_mark(csv_file: WriteFile, codec: str) -> None:
    sheet = opened(csv_file("\ufeffName\tStraße\nZoë\tऀ\u0a0a\nAnn\t𝄞\n".encode(codec)))
    assert sheet.header == ["Name", "Straße"]
    assert cells(sheet) == [["Zoë", "ऀ\u0a0a"], ["Ann", "𝄞"]]
    assert (sheet.notes.encoding, sheet.notes.delimiter, sheet.count()) == (codec, "\t", 2)


def test_anything_else_is_taken_for_cp1252_and_flagged(csv_file: WriteFile) -> None:
    sheet = opened(csv_file("Name,Price\nZoë,€ 5\n".encode("cp1252")))
    assert cells(sheet) == [["Zoë", "€ 5"]]
    assert (sheet.notes.encoding, sheet.notes.needs_encoding_confirmation) == ("cp1252", True)


def test_one_stray_byte_at_the_end_of_a_large_file_is_noticed_before_the_first_row(
    csv_file: WriteFile,
) -> None:
    sheet = opened(csv_file(b"Name,City\n" + b"Ann,Rome\n" * 300_000 + b"Zo\xeb,Rome\n"))
    assert sheet.notes.needs_encoding_confirmation


def test_a_person_may_name_the_encoding(csv_file: WriteFile) -> None:
    sheet = opened(csv_file("Name\nŁódź\n".encode("cp1250")), encoding="cp1250")
    assert cells(sheet) == [["Łódź"]]
    assert not sheet.notes.needs_encoding_confirmation


@pytest.mark.parametrize("encoding", ["base64", "zlib", "idna", "utf-7", "no such thing", ""])
def test_an_encoding_that_is_none_is_refused(csv_file: WriteFile, encoding: str) -> None:
    assert refusal(csv_file("a\n1\n"), encoding=encoding).code == "unknown_encoding"


def test_text_that_fits_no_encoding_is_refused_with_its_line(csv_file: WriteFile) -> None:
    refused = refusal(csv_file(b"Name\nok\nbad \x81\xff\n"))
    assert (refused.code, refused.data["line"]) == ("unreadable_text", 3)
    assert refusal(csv_file(b"\xff\xfea\x00\n\x00b")).code == "unreadable_text"


@pytest.mark.parametrize(
    "content", [b"Name\nok\nb\x00d\n", "Name\nok\nb\x00d\n".encode("utf-16"), b"Zo\xeb\nok\nb\x00d\n"]
)
def test_a_nul_is_refused_with_its_line(csv_file: WriteFile, content: bytes) -> None:
    refused = refusal(csv_file(content))
    assert (refused.code, refused.data["line"]) == ("nul", 3)


def test_utf_16_without_a_mark_is_refused_and_not_misread(csv_file: WriteFile) -> None:
    assert refusal(csv_file("Name,City\nAnn,Rome\n".encode("utf-16-le"))).code == "nul"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(csv_file: WriteFile, delimiter: str) -> None:
    lines = ["Code,Name,Note", 'A1,"Smith, Jones; and | more",x', "A2,Plain,y"]
    quoted = "\n".join(",".join(f'"{c}"' for c in row) for row in csv.reader(lines))
    sheet = opened(csv_file(quoted.replace('","', f'"{delimiter}"')))
    assert sheet.notes.delimiter == delimiter
    assert cells(sheet)[0] == ["A1", "Smith, Jones; and | more", "x"]


def test_decimal_commas_do_not_pass_for_delimiters(csv_file: WriteFile) -> None:
    assert opened(csv_file("Code;Prijs\nA;1,50\nB;2,50\nC;3,50\n")).notes.delimiter == ";"
    assert opened(csv_file("Code, old;Prijs, nieuw\nA;1,50\nB, b;2\nC;3,50\n")).notes.delimiter == ";"


def test_pipes_in_a_header_do_not_beat_commas(csv_file: WriteFile) -> None:
    assert opened(csv_file("Name,Tags a|b,Price\nx,a|b,3\ny,c|d,4\n")).notes.delimiter == ","


def test_one_column_needs_no_delimiter(csv_file: WriteFile) -> None:
    sheet = opened(csv_file("Email\nann@acme.example\nbea@acme.example\n"))
    assert (sheet.header, sheet.count()) == (["Email"], 2)


def test_excels_line_that_names_the_delimiter_is_obeyed(csv_file: WriteFile) -> None:
    sheet = opened(csv_file("sep=;\r\nA,a;B,b\r\n1,1;2,2\r\n"))
    assert (sheet.header, cells(sheet)) == (["A,a", "B,b"], [["1,1", "2,2"]])
    assert [row.number for row in sheet.rows()] == [3]


def test_line_breaks_inside_quotes_belong_to_the_cell(csv_file: WriteFile) -> None:
    sheet = opened(csv_file('Name,Note\nAnn,"one\ntwo\r\nthree"\nBea,x\n'))
    assert cells(sheet) == [["Ann", "one\ntwo\r\nthree"], ["Bea", "x"]]
    assert [row.number for row in sheet.rows()] == [2, 5]


def test_old_macs_line_breaks_are_understood(csv_file: WriteFile) -> None:
    assert cells(opened(csv_file("a,b\r1,2\r3,4"))) == [["1", "2"], ["3", "4"]]


def test_separators_of_unicode_are_no_line_breaks(csv_file: WriteFile) -> None:
    assert cells(opened(csv_file("a,b\nx\u2028y\x85z,\x0b\x0c1\n"))) == [["x\u2028y\x85z", "\x0b\x0c1"]]


def test_rows_of_another_width_say_so(csv_file: WriteFile) -> None:
    few, many, spare, fine = opened(csv_file("a,b,c\n1,2\n1,2,3,4\n1,2,3,,\n1,2,3\n")).rows()
    assert few.cells == ["1", "2", ""]
    assert few.problem == "This row has 2 cells, the header has 3."
    assert many.cells == ["1", "2", "3", "4"]
    assert many.problem == "This row has 4 cells, the header has 3."
    assert (spare.cells, spare.problem) == (["1", "2", "3"], None)
    assert (fine.number, fine.problem) == (5, None)


def test_blank_rows_are_left_out_and_still_counted_as_lines(csv_file: WriteFile) -> None:
    sheet = opened(csv_file("\n\na,b\n\n1,2\n , \n,,\n3,4\n\n"))
    assert [(row.number, row.cells) for row in sheet.rows()] == [(5, ["1", "2"]), (8, ["3", "4"])]
    assert sheet.count() == 2


def test_columns_without_a_name_or_with_a_taken_one_are_named_by_their_place(csv_file: WriteFile) -> None:
    sheet = opened(csv_file(" Name ,,Name,Column 2,\n1,2,3,4,5\n"))
    assert sheet.header == ["Name", "Column 2 (2)", "Column 3", "Column 2", "Column 5"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n"])
def test_a_file_with_nothing_in_it_is_refused(csv_file: WriteFile, content: bytes) -> None:
    assert refusal(csv_file(content)).code == "empty"


def test_a_header_alone_is_a_table_of_no_rows(csv_file: WriteFile) -> None:
    sheet = opened(csv_file("Code,Name"))
    assert (sheet.header, cells(sheet), sheet.count()) == (["Code", "Name"], [], 0)


def test_a_quote_that_is_never_closed_is_refused_with_the_line_where_it_opens(csv_file: WriteFile) -> None:
    refused = refusal(csv_file('a,b\n1,2\n3,"4\n5,6\n7,8\n'))
    assert (refused.code, refused.data["line"]) == ("unclosed_quote", 3)
    assert "line 3" in str(refused)
    long = refusal(csv_file('a,b\n1,2\n3,"4\n' + "5,6\n" * 100_000))
    assert (long.code, long.data["line"]) == ("unclosed_quote", 3)


def test_counting_refuses_what_reading_refuses(csv_file: WriteFile) -> None:
    with pytest.raises(Invalid):
        opened(csv_file('a,b\n3,"4\n5,6\n')).count()


def test_text_after_a_closing_quote_is_a_problem_of_that_row_only(csv_file: WriteFile) -> None:
    bad, good = opened(csv_file('a,b\n"Acme" Ltd,1\nBea,2\n')).rows()
    assert (bad.number, bad.cells) == (2, ["", ""])
    assert bad.problem is not None
    assert (good.cells, good.problem) == (["Bea", "2"], None)


def test_quotes_in_the_middle_of_a_cell_are_text(csv_file: WriteFile) -> None:
    assert cells(opened(csv_file('a,b\nThe "Best" Ltd,6" pipe\n'))) == [['The "Best" Ltd', '6" pipe']]


def test_a_header_with_broken_quotes_is_refused(csv_file: WriteFile) -> None:
    assert refusal(csv_file('"a" x,b\n1,2\n')).code == "broken_header"


def test_a_cell_that_is_too_long_is_cut_and_said(csv_file: WriteFile) -> None:
    long, fine = opened(csv_file(f"a,b\n1,{'x' * 40_000}\n1,2\n")).rows()
    assert len(long.cells[1]) == 32_767
    assert long.problem == "The cell in column 2 is longer than 32767 characters."
    assert fine.problem is None


def test_a_line_without_an_end_is_refused_before_it_fills_memory(csv_file: WriteFile) -> None:
    limits = Limits(columns=3, cell_chars=100)
    assert refusal(csv_file("a,b,c\n" + "x" * 1000), limits=limits).code == "unclosed_quote"
    assert refusal(csv_file("a,b,c\n" + '"\n",' * 1000), limits=limits).code == "unclosed_quote"


def test_too_many_columns_are_refused_csv_02(csv_file: WriteFile) -> None:
    refused = refusal(csv_file(",".join(["x"] * 201)))
    assert refused.code == "too_many_columns"
    assert "201" in str(refused)


def test_too_many_rows_are_refused_csv_02(csv_file: WriteFile) -> None:
    path = csv_file("a\n1\n2\n3\n")
    assert opened(path, limits=Limits(rows=3)).count() == 3
    assert refusal(path, limits=Limits(rows=2)).code == "too_many_rows"
    with pytest.raises(Invalid):
        opened(path, limits=Limits(rows=2)).count()


def test_a_file_of_two_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2_000_000_000)
    tracemalloc.start()
    assert refusal(path).code == "file_too_large"
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1_000_000


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "missing.csv").code == "no_file"
    assert refusal(tmp_path).code == "no_file"
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe").code == "no_file"


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7\n%\xe2", b"\x89PNG\r\n\x1a\n", b"<!DOCTYPE html>", b"\n <HTML><table>", b"\x1f\x8b\x08"],
)
def test_what_is_no_table_is_refused(csv_file: WriteFile, content: bytes) -> None:
    assert refusal(csv_file(content)).code == "not_a_table"


def test_rows_can_be_read_again_and_from_any_number(csv_file: WriteFile) -> None:
    sheet = opened(csv_file("a,b\n1,2\n\n3,4\n5,6\n"))
    assert cells(sheet) == cells(sheet)
    assert [row.cells for row in sheet.rows(start=4)] == [["3", "4"], ["5", "6"]]
    assert [row.cells for row in sheet.rows(start=3)] == [["3", "4"], ["5", "6"]]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_reading_goes_on_after_any_row_without_reading_those_before(csv_file: WriteFile, codec: str) -> None:
    text = 'Naam,Note\nZoë,"a\r\nb"\n\nBea,€\r\n"Ann ""x""",ü\rLast,z'
    sheet = opened(csv_file(text.encode(codec)))
    everything = list(sheet.rows())
    assert [row.number for row in everything] == [2, 5, 6, 7]
    for done, row in enumerate(everything, start=1):
        rest = sheet.rows(start=row.next_number, start_offset=row.next_offset)
        assert list(rest) == everything[done:]
        assert next(sheet.rows(start=row.number, start_offset=row.offset)) == row


def test_a_preview_is_the_first_rows(csv_file: WriteFile) -> None:
    assert [row.cells for row in opened(csv_file("a\n1\n2\n3\n")).preview(2)] == [["1"], ["2"]]


def test_guards_of_our_own_exports_are_taken_off(csv_file: WriteFile) -> None:
    assert cells(opened(csv_file("a,b,c,d\n'=1,'+31 20,'t Hoekje,''@x\n"))) == [
        ["=1", "+31 20", "'t Hoekje", "'@x"]
    ]


def test_a_lowered_limit_of_the_csv_module_does_not_spoil_reading(csv_file: WriteFile) -> None:
    before = csv.field_size_limit(10)
    try:
        assert cells(opened(csv_file(f"a,b\n1,{'x' * 5000}\n"))) == [["1", "x" * 5000]]
    finally:
        csv.field_size_limit(before)


def test_a_file_changed_while_it_is_read_is_refused(csv_file: WriteFile) -> None:
    sheet = opened(csv_file("a,b\n1,2\n3,4\n"))
    csv_file(b"a,b\n1,2\n\xff,4\n")
    with pytest.raises(Invalid) as caught:
        list(sheet.rows())
    assert caught.value.code == "unreadable_text"


def test_a_hundred_thousand_rows_are_read_in_little_memory(csv_file: WriteFile) -> None:
    line = 'AC{0:06d},Company {0},ann{0}@acme.example,+31 20 555 01 {0},"Street {0}, 2nd floor",Utrecht,1234 AB,NL\n'
    path = csv_file(
        "Code,Name,Email,Phone,Street,City,Postcode,Country\n" + "".join(map(line.format, range(100_000)))
    )
    sheet = opened(path)
    tracemalloc.start()
    found = sum(1 for _row in sheet.rows())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == sheet.count() == 100_000
    assert most < 2_000_000  # of a file of about 10 MB


def test_rows_are_plain_tuples_of_what_was_found(csv_file: WriteFile) -> None:
    sheet = opened(csv_file("a,b\n1,2\n"))
    assert isinstance(sheet, DelimitedSheet)
    assert list(sheet.rows()) == [Row(2, ["1", "2"], None, None, 4, 3, 8)]
