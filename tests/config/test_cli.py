"""The `tradedoor` command, as a person at a terminal meets it."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tradedoor.accounts.queries import has_owner
from tradedoor.catalog.models import Product
from tradedoor.config.cli import COMMANDS, cli, main
from tradedoor.config.commands.imports import read_mapping
from tradedoor.config.machine import machine
from tradedoor.core.permissions import Permission
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import stop_work

pytestmark = pytest.mark.django_db(transaction=True)

PRODUCTS = "SKU,Name,Price\nA-1,Apple box,12.50\nB-1,Berry box,9.90\n"


def tradedoor(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words), catch_exceptions=False)


@pytest.fixture
def products(tmp_path: Path) -> Path:
    file = tmp_path / "products.csv"
    file.write_text(PRODUCTS)
    return file


def test_help_names_every_command_with_what_it_does() -> None:
    shown = tradedoor("--help").output
    for command in COMMANDS:
        assert f"\n  {command} " in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    assert tradedoor(command, "--help").exit_code == 0


def test_a_command_that_is_none_is_refused() -> None:
    assert tradedoor("frobnicate").exit_code == 2


def test_a_refusal_is_one_sentence_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tradedoor("login-link", "--email", "owner@acme.example")
    monkeypatch.setattr(sys, "argv", ["tradedoor", "login-link", "--email", "nobody@acme.example"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "tradedoor: There is no such login.\n"


def test_the_first_login_link_makes_the_owner_and_later_ones_let_in() -> None:
    first = tradedoor("login-link", "--email", "owner@acme.example")
    assert has_owner()
    assert first.stdout.startswith("http://127.0.0.1:8000/login/link/")

    second = tradedoor("login-link", "--email", "OWNER@acme.example")
    assert second.exit_code == 0
    assert second.stdout != first.stdout


def test_no_store_is_said_to_people_and_is_an_empty_list_for_programs() -> None:
    assert tradedoor("store", "list").output == "There is no store yet.\n"
    assert json.loads(tradedoor("store", "list", "--json").output) == []


def test_history_that_nobody_touched_verifies() -> None:
    tradedoor("login-link", "--email", "owner@acme.example")
    done = tradedoor("audit", "verify")
    assert done.exit_code == 0
    assert "wait for a seal" in done.output


def test_a_file_of_products_is_imported_and_again_changes_nothing(products: Path) -> None:
    done = tradedoor("import", "products", str(products))
    assert done.exit_code == 0, done.output
    assert "2 created" in done.stdout
    assert Product.objects.count() == 2

    assert "2 unchanged" in tradedoor("import", "products", str(products)).stdout


def test_a_dry_run_says_what_would_happen_and_changes_nothing(products: Path) -> None:
    assert "2 " in tradedoor("import", "products", "--dry-run", str(products)).stdout
    assert not Product.objects.exists()


def test_a_column_can_be_named_and_the_result_written(products: Path, tmp_path: Path) -> None:
    products.write_text(PRODUCTS.replace("Name", "Thing"))
    result = tmp_path / "result.csv"
    done = tradedoor("import", "products", str(products), "--mapping", "name=Thing", "--result", str(result))
    assert done.exit_code == 0, done.output
    assert len(result.read_text().splitlines()) == 3


def test_a_mapping_can_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mapping.json"
    file.write_text('{"name": "Thing"}')
    assert read_mapping([str(file)]) == '{"name": "Thing"}'
    assert read_mapping(["name=Thing"]) == ["name=Thing"]


def test_work_that_was_stopped_is_taken_up_by_the_same_command(
    products: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    halted: list[Work] = []

    def stop_at_once(work_id: int, on_progress: Callable[[Work], None]) -> Work:
        work = Work.objects.get(pk=work_id)
        stop_work(work.public_id, actor=machine("test", Permission.CATALOG_IMPORT))
        work.refresh_from_db()
        on_progress(work)
        halted.append(work)
        return work

    with monkeypatch.context() as patched:
        patched.setattr("tradedoor.config.long_work.drive_work", stop_at_once)
        stopped = tradedoor("import", "products", str(products))
    assert stopped.exit_code == 130
    assert "goes on from here" in stopped.stderr

    assert tradedoor("import", "products", str(products)).exit_code == 0
    assert [work.pk for work in Work.objects.all()] == [halted[0].pk]
    assert Product.objects.count() == 2
