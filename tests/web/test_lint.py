"""Our own lint finds planted faults and passes what we ship."""

from pathlib import Path

import pytest

from tools.lint_templates import faults, sources

FAULTY = [
    '<p style="color: red">x</p>',
    "<style>p { margin: 0 }</style>",
    '<a href="/" onclick="go()">x</a>',
    "<button onClick='go()'>x</button>",
    "<script>go()</script>",
    '<script type="module">go()</script>',
    '<div hx-on:click="go()"></div>',
    '<div hx-vals="js:{a: 1}"></div>',
    '<a href="javascript:go()">x</a>',
    '<input hx-trigger="keyup[ctrlKey]">',
    '<rect fill="#ff0000"/>',
    "{{ text|safe }}",
]
SOUND = [
    '<p class="style">One, on = two</p>',
    '<script defer src="/x.js"></script>',
    '{# style="x" #}<!-- onclick="x" -->',
    '<a href="#add">Add</a> &#8594; <i hx-target="#abc"></i>',
    "{{ markup|safe }} {# safe: drawn by us #}",
    '<div data-on="x" hx-trigger="every 2s"></div>',
]


@pytest.mark.parametrize("text", FAULTY)
def test_a_planted_fault_is_found(text: str) -> None:
    assert [number for number, _fault in faults(Path("x.html"), f"<p>\n{text}\n</p>")] == [2]


@pytest.mark.parametrize("text", SOUND)
def test_sound_markup_passes(text: str) -> None:
    assert list(faults(Path("x.html"), text)) == []


def test_colours_stand_in_the_tokens_only() -> None:
    css = ".a { color: #123456; }\n.b { background: rgb(0 0 0 / 0.5); }\n.c { color: var(--text); }"

    assert [number for number, _fault in faults(Path("parts-x.css"), css)] == [1, 2]
    assert list(faults(Path("tokens.css"), css)) == []


def test_what_we_ship_is_clean() -> None:
    assert [
        (path.name, *fault) for path in sources() for fault in faults(path, path.read_text("utf-8"))
    ] == []
