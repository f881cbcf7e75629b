"""The style sheets and the vendored font."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import override_settings

from tradedoor.web.static_files import CSS, LEFT_OUT, HashedStorage, joined_css, parts

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("sheet", LEFT_OUT)
def test_a_sheet_begins_with_the_layers(sheet: str) -> None:
    css = joined_css(sheet)

    assert css.startswith("@layer reset,tokens,base,shell,parts,pages,util;")
    assert "/*" not in css
    assert css.count("{") == css.count("}")
    assert 'url("font/inter-latin.woff2")' in css


def test_every_part_is_in_a_sheet_and_every_part_left_out_is_there() -> None:
    there = {path.stem for path in CSS.glob("*.css")}

    assert {path.stem for sheet in LEFT_OUT for path in parts(sheet)} == there
    assert set().union(*LEFT_OUT.values()) <= there


@pytest.mark.parametrize("sheet", LEFT_OUT)
def test_a_sheet_is_found_without_any_build_step(sheet: str) -> None:
    found = finders.find(sheet)

    assert found
    assert Path(str(found)).read_text(encoding="utf-8") == joined_css(sheet)
    assert finders.find("web/nothing.css") is None


def test_collecting_gives_hashed_names_and_leaves_the_parts_out(tmp_path: Path) -> None:
    storages = {"staticfiles": {"BACKEND": "tradedoor.web.static_files.HashedStorage"}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
        storage = HashedStorage()

        sheet = tmp_path / storage.url("web/app.css").removeprefix("/static/")
        assert sheet.name != "app.css"
        assert "font/inter-latin." in sheet.read_text(encoding="utf-8")
        assert not list((tmp_path / "web" / "css").glob("*.css"))
        assert storage.url("django_htmx/htmx-2.min.js") != "/static/django_htmx/htmx-2.min.js"


def test_names_stay_plain_where_nothing_was_collected(tmp_path: Path) -> None:
    with override_settings(STATIC_ROOT=tmp_path):
        assert HashedStorage().url("web/app.css") == "/static/web/app.css"


def test_vendored_files_are_as_locked() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "vendor.py", "--check"], check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
