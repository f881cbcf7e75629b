"""The steps of a hand-out, in the very words of the pages they lead over."""

import re
from itertools import product

import pytest

from tests.architecture.source import SRC
from tests.handouts.facts import handout
from tradedoor.handouts.words import steps_of


def words_of_pages() -> str:
    folders = [SRC / "storefront", SRC / "registration", SRC / "web" / "jinja2"]
    files = [file for folder in folders for kind in ("*.html", "*.py") for file in folder.rglob(kind)]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize("flags", list(product([True, False], repeat=3)))
def test_every_label_that_a_step_names_stands_on_a_page(flags: tuple[bool, bool, bool]) -> None:
    registers, is_approved, confirms_first = flags
    facts = handout(registers=registers, is_approved=is_approved, confirms_first=confirms_first)
    pages = words_of_pages()

    labels = {label for step in steps_of(facts) for label in re.findall("“([^”]+)”", step)}

    assert "Sign in" in labels
    assert ("New User - Register" in labels) is registers
    assert [label for label in labels if f'_("{label}")' not in pages] == []


def test_who_decides_is_said_before_somebody_waits() -> None:
    steps = steps_of(handout(is_approved=True, confirms_first=False))

    assert "We look at your request and mail you as soon as you can sign in." in steps
    assert not [step for step in steps if "Confirm my email" in step]
