"""Each line of the security requirements on coming in by invitation and registration, on addresses and on files has a
test that is named after it, so that whoever reads the line finds what holds it."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
# A5, A14 and A15, by their letters and how many lines they have.
LINES = {"inv": 4, "reg": 6, "eml": 7, "csv": 3}


@pytest.fixture(scope="module")
def names() -> str:
    found = []
    for file in TESTS.rglob("test_*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found += [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return " ".join(name + "_" for name in found if name.startswith("test_"))


@pytest.mark.parametrize(
    "line", [f"{letters}_{number:02}" for letters, most in LINES.items() for number in range(1, most + 1)]
)
def test_a_line_of_the_requirements_has_a_test_of_its_name(line: str, names: str) -> None:
    assert f"_{line}_" in names
