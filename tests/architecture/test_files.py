"""What no file of the repository may hold, and what must stay in step."""

import ast
import re
from itertools import pairwise
from pathlib import Path

from tests.architecture.source import ROOT, SRC, modules, text_of, tracked
from tools.settings_page import PAGE, page
from tradedoor.config.env import PREFIX
from tradedoor.config.variables import ALL

SHELF_NAMES = {"utils", "helpers", "common", "manager", "managers", "handler", "handlers", "misc", "shared"}
# Pieced together, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
HOME_FOLDERS = re.compile(r"(?<![\w.~/-])/(?:home|Users|root|work)/[\w.-]+")
REGISTRIES = re.compile(
    r"(?:--(?:extra-)?index-url|--find-links)[ =]\S+|files\.pythonhosted\.org|registry\.(?:npmjs|yarnpkg)\.\w+"
)
VENDORED = ("/vendor/", "/data/")
LONGEST_MODULE = 400


def own_text_files() -> list[Path]:
    return [file for file in tracked() if not any(part in f"/{file.relative_to(ROOT)}" for part in VENDORED)]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in own_text_files()
        if file != Path(__file__)
        for number, line in enumerate(text_of(file).splitlines(), start=1)
        if pattern.search(line)
    ]


def test_nothing_is_marked_as_unfinished() -> None:
    assert lines_with(UNFINISHED) == []


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    assert lines_with(HOME_FOLDERS) == []


def test_no_file_names_a_package_registry() -> None:
    assert lines_with(REGISTRIES) == []


def test_no_module_is_a_shelf_for_this_and_that() -> None:
    found = [file for file in SRC.rglob("*.py") if SHELF_NAMES & {file.stem, file.parent.name}]
    assert found == []


def test_no_module_is_too_long_to_find_ones_way_in() -> None:
    found = [
        f"{module.path.relative_to(ROOT)}: {length} lines"
        for module in modules()
        if (length := len(text_of(module.path).splitlines())) > LONGEST_MODULE
    ]
    assert found == []


def test_every_ruling_out_of_a_check_says_why() -> None:
    """On its own line, or in the comment above it."""
    bare = re.compile(
        r"#\s*(?:noqa(?!: [A-Z]+\d+(?:, ?[A-Z]+\d+)*\s+[#-]?\s*\w)"
        r"|type: ignore(?!\[[\w-]+(?:, ?[\w-]+)*\]\s+[#-]?\s*\w))"
    )
    found = [
        f"{module.path.relative_to(ROOT)}:{number}"
        for module in modules()
        for number, (above, line) in enumerate(pairwise(["", *text_of(module.path).splitlines()]), start=1)
        if bare.search(line) and not above.strip().startswith("#")
    ]
    assert found == []


def test_every_link_between_documents_leads_somewhere() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {target}"
        for file in own_text_files()
        if file.suffix == ".md"
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", text_of(file))
        if not (file.parent / target).exists()
    ]
    assert found == []


def test_the_settings_page_lists_every_setting_as_it_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_the_example_environment_names_only_settings_that_exist() -> None:
    known = {variable.name for variable in ALL}
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+", (ROOT / ".env.example").read_text(encoding="utf-8")))
    assert {name.removesuffix("_FILE") for name in named} <= known


def test_only_settings_read_the_environment() -> None:
    found = [
        module.at(node)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node) in {"os.environ", "os.getenv"}
        and module.path not in {SRC / "config" / "settings.py", SRC / "config" / "cli.py"}
    ]
    assert found == []


def test_migrations_import_nothing_of_an_app_since_it_will_change() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {line}"
        for file in SRC.rglob("migrations/*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(?:from|import) tradedoor(?!\.core\.)", line)
    ]
    assert found == []
