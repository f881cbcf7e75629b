"""A variable is read by its type, from itself or from a file, and refused by its name."""

from datetime import timedelta
from pathlib import Path

import pytest

from tradedoor.config.env import (
    Environment,
    Kind,
    SettingError,
    Variable,
    choice,
    duration,
    flag,
    path,
    text,
    url,
    whole,
    with_file,
    words,
)
from tradedoor.config.variables import ALL

PORT = Variable("TRADEDOOR_PORT", whole(1, 65535), "8000", "")


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (whole(0, 9), "7", 7),
        (flag(), "yes", True),
        (flag(), "0", False),
        (flag(), "", False),
        (duration("0s", "30d"), "90m", timedelta(minutes=90)),
        (duration("0s", "30d"), "1h", timedelta(hours=1)),
        (duration("0s", "30d"), "7D", timedelta(days=7)),
        (words(), " a.example, ,b.example ", ("a.example", "b.example")),
        (choice("json", "text"), "JSON", "json"),
        (text(), " x ", "x"),
        (path(), "/tmp/./x", Path("/tmp/x").resolve()),  # noqa: S108  # nothing is written there
    ],
)
def test_a_value_is_read_by_its_kind(kind: Kind[object], given: str, value: object) -> None:
    assert Variable("TRADEDOOR_X", kind, "", "").parse(given) == value


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (whole(0, 9), "10"),
        (whole(0, 9), "many"),
        (flag(), "maybe"),
        (duration("1m", "1h"), "2h"),
        (duration("1m", "1h"), "60"),
        (duration("1m", "1h"), "-5m"),
        (choice("json", "text"), "xml"),
        (url("smtp"), "http://mail.example"),
        (url("smtp"), ""),
        (url("smtp"), "smtp://mail.example:port"),
        (path(), " "),
    ],
)
def test_what_does_not_fit_is_refused_by_name_with_what_is_expected(kind: Kind[object], given: str) -> None:
    variable = Variable("TRADEDOOR_X", kind, "", "")
    with pytest.raises(SettingError, match=r"^TRADEDOOR_X: expected "):
        variable.parse(given)


def test_an_error_does_not_retell_the_value_since_it_may_be_a_password() -> None:
    variable = Variable("TRADEDOOR_MAIL_URL", url("smtp"), "", "")
    with pytest.raises(SettingError) as refused:
        variable.parse("smpt://user:hunter2@mail.example")
    assert "hunter2" not in str(refused.value)


def test_a_value_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("9000\n")
    assert Environment({"TRADEDOOR_PORT_FILE": str(tmp_path / "port")}).read(PORT) == 9000


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^TRADEDOOR_PORT_FILE: "):
        Environment({"TRADEDOOR_PORT_FILE": str(tmp_path / "none")}).read(PORT)


def test_a_value_given_both_ways_is_refused(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("9000")
    with pytest.raises(SettingError, match="twice"):
        Environment({"TRADEDOOR_PORT": "1", "TRADEDOOR_PORT_FILE": str(tmp_path / "port")}).read(PORT)


def test_a_slip_in_a_name_is_refused() -> None:
    with pytest.raises(SettingError, match=r"^TRADEDOOR_PROT: "):
        Environment({"TRADEDOOR_PROT": "1"}).refuse_unknown([PORT])


def test_names_of_others_and_file_forms_are_left_alone() -> None:
    Environment({"PATH": "", "TRADEDOOR_PORT": "1", "TRADEDOOR_PORT_FILE": ""}).refuse_unknown([PORT])


def test_every_default_fits_its_own_kind() -> None:
    for variable in ALL:
        Environment({}).read(variable)


def test_every_variable_is_listed_once_and_says_what_it_is_for() -> None:
    assert len({variable.name for variable in ALL}) == len(ALL)
    assert [variable.name for variable in ALL if not variable.meaning.endswith(".")] == []


def test_a_file_adds_lines_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# note\nexport A=\"one two\"\n\nB = 2\nTRADEDOOR_PORT='9000'\n")
    assert with_file({"B": "3"}, file) == {"A": "one two", "B": "3", "TRADEDOOR_PORT": "9000"}


def test_a_line_of_the_file_that_is_none_is_named_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\nthis is not one\n")
    with pytest.raises(SettingError, match="line 2"):
        with_file({}, file)


def test_no_file_adds_nothing(tmp_path: Path) -> None:
    assert with_file({"A": "1"}, tmp_path / ".env") == {"A": "1"}
