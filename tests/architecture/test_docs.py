"""What the documents say of the program is there: targets, commands, settings, files, pictures, decisions."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.architecture.source import ROOT, SRC
from tradedoor.config.cli import cli
from tradedoor.config.variables import GROUPS
from tradedoor.staff.help import HELP

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^ *```(?:sh|ini)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
TARGET = re.compile(r"\bmake (?:-\w \S+ )*(?:[A-Z_]+=\S+ )*(?P<target>[a-z.][\w./-]*)")
COMMAND = re.compile(r"(?:^|/bin/)tradedoor (?P<words>[a-z][a-z-]*(?: [a-z][a-z-]*)?)(?P<rest>[^\n#]*)")
OPTION = re.compile(r"(?<=\s)--[a-z-]+")
SETTING = re.compile(r"\bTRADEDOOR_[A-Z0-9_]+")
PATH = re.compile(r"(?:src|tests|tools|docs|bench|config|core|access|staff|storefront|accounts|web)/[\w./-]+")
HEAVIEST = 150_000
# Explained to developers as an example of a name that is refused.
NOT_SETTINGS = {"TRADEDOOR_", "TRADEDOOR_MAIL_ULR"}
# Joined from its parts when static files are collected.
MADE = {"web/app.css", "web/store.css"}


def code_of(document: Path) -> Iterator[str]:
    """What stands there as code, a line or a word at a time."""
    text = document.read_text(encoding="utf-8")
    for block in FENCE.findall(text):
        yield from block.splitlines()
    yield from CODE.findall(FENCE.sub("", text))


def said() -> list[tuple[str, str]]:
    return [
        (document.relative_to(ROOT).as_posix(), code) for document in DOCUMENTS for code in code_of(document)
    ]


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(VENV)", ".venv")
    targets = set(re.findall(r"^([a-z./-]+):", makefile, re.MULTILINE))
    named = {(place, match["target"]) for place, code in said() for match in TARGET.finditer(code)}

    assert {("README.md", "run"), ("README.md", "test")} <= named
    assert not [(place, target) for place, target in named if target not in targets]


def test_every_command_and_option_that_is_named_exists() -> None:
    context = click.Context(cli)
    unknown, seen = [], 0
    for place, code in said():
        for match in COMMAND.finditer(code):
            seen += 1
            first, *more = match["words"].split()
            command = cli.get_command(context, first)
            if isinstance(command, click.Group) and more:
                command = command.get_command(context, more[0])
            options = {name for option in command.params for name in option.opts} if command else set()
            if command is None or not set(OPTION.findall(match["rest"])) <= options | {"--help"}:
                unknown.append((place, code))

    assert seen > 15
    assert not unknown


def test_every_setting_that_is_named_exists() -> None:
    known = {variable.name for variables in GROUPS.values() for variable in variables}
    known |= {f"{name}_FILE" for name in known} | NOT_SETTINGS
    named = {(place, name) for place, code in said() for name in SETTING.findall(code)}

    assert not [(place, name) for place, name in named if name not in known]


def test_every_file_of_ours_that_is_named_exists() -> None:
    def is_there(path: str) -> bool:
        clean = path.rstrip("./")
        return any(
            (base / clean).exists() for base in (ROOT, SRC, *SRC.glob("*/jinja2"), *SRC.glob("*/static"))
        )

    missing = [
        (place, path)
        for place, code in said()
        if not re.search(r"[*<…]", code)
        for path in PATH.findall(code)
        if code.startswith(path) and path not in MADE and not is_there(path)
    ]

    assert not missing


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "images").iterdir()), ids=lambda path: path.name)
def test_every_picture_is_light_and_shown_somewhere(picture: Path) -> None:
    texts = [document.read_text(encoding="utf-8") for document in DOCUMENTS]

    assert picture.stat().st_size <= HEAVIEST
    assert any(picture.name in text for text in texts)


def test_every_decision_is_listed_under_its_number_and_title() -> None:
    listed = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    decisions = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))

    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for number, path in enumerate(decisions, start=1):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        assert first.startswith(f"# {number}. ")
        assert f"{number}. [" in listed
        assert f"({path.name})" in listed


def test_every_help_page_is_listed_for_its_readers() -> None:
    listed = (ROOT / "docs" / "user" / "README.md").read_text(encoding="utf-8")

    assert not [topic.title for topic in HELP.values() if f"- {topic.title}\n" not in listed]
