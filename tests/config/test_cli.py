"""The `tradedoor` command, as a person at a terminal meets it."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests import make
from tradedoor.access.models import State
from tradedoor.accounts.models import Login
from tradedoor.accounts.queries import has_owner
from tradedoor.accounts.roles import Role as StaffRole
from tradedoor.catalog.models import Product
from tradedoor.config.cli import COMMANDS, cli, main
from tradedoor.config.commands.imports import read_mapping
from tradedoor.config.commands.run import way_in
from tradedoor.config.machine import machine
from tradedoor.core.permissions import Permission
from tradedoor.crm.models import Contact
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import stop_work
from tradedoor.jobs.worker import run_worker
from tradedoor.mail.models import MailMessage

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


def test_contacts_come_with_their_customers_and_each_refused_row_has_its_reason(tmp_path: Path) -> None:
    customers, contacts = tmp_path / "customers.csv", tmp_path / "contacts.csv"
    customers.write_text("Code,Name\nA1,Acme\nA1,Acme again\n")
    contacts.write_text(
        "Customer code,First name,Last name,Email\nA1,Bea,Buyer,bea@acme.example\n,Nobody,Nowhere,\n"
    )

    first = tradedoor("import", "customers", str(customers))
    second = tradedoor("import", "contacts", str(contacts))

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "1 created" in first.stdout
    assert "1 created, 1 refused" in second.stdout
    assert re.search(r"3: refused: \S+", second.stdout)
    assert [contact.email for contact in Contact.objects.all()] == ["bea@acme.example"]


def test_all_are_invited_once_however_often_the_command_runs() -> None:
    acme, harbour = make.customer("Acme"), make.store("Harbour")
    make.contact(acme)
    make.contact(acme)
    make.contact(acme, "")

    first = tradedoor("invite", "--store", harbour.slug, "--all")
    assert first.exit_code == 0, first.output
    assert "2 invited" in first.stdout
    assert "No email in the CRM." in first.stdout
    assert MailMessage.objects.count() == 2

    tradedoor("invite", "--store", harbour.slug, "--all")
    assert MailMessage.objects.count() == 2


def test_a_search_narrows_whom_is_invited() -> None:
    harbour = make.store("Harbour")
    wanted = make.contact(make.customer("Acme"))
    make.contact(make.customer("Borealis"))

    assert "1 invited" in tradedoor("invite", "--store", harbour.slug, "--filter", "acme").stdout
    assert [message.to_email for message in MailMessage.objects.all()] == [wanted.email]


@pytest.mark.parametrize("whom", [(), ("--all", "--filter", "acme")])
def test_inviting_wants_to_be_told_whom(whom: tuple[str, ...]) -> None:
    harbour = make.store("Harbour")
    assert tradedoor("invite", "--store", harbour.slug, *whom).exit_code == 2


def test_login_details_are_mailed_or_shown_once() -> None:
    harbour, acme = make.store("Harbour"), make.customer("Acme")
    ann, ben = make.contact(acme, "ann@acme.example"), make.contact(acme, "ben@acme.example")

    mailed = tradedoor("details", "--store", harbour.slug, "--email", "ANN@acme.example")
    assert "1 given" in mailed.stdout, mailed.output
    assert [message.to_email for message in MailMessage.objects.all()] == [ann.email]

    shown = tradedoor("details", "--store", harbour.slug, "--email", ben.email, "--show")
    email, password = shown.stdout.split()
    assert email == ben.email
    assert Login.objects.get(email=ben.email).check_password(password)
    assert MailMessage.objects.count() == 1


def test_login_details_are_shown_for_all_but_who_is_refused_by_name() -> None:
    harbour, acme = make.store("Harbour"), make.customer("Acme")
    ann, ben = make.contact(acme, "ann@acme.example"), make.contact(acme, "ben@acme.example")
    make.access(ann, harbour, state=State.DEACTIVATED)
    emails = ("--email", ann.email, "--email", ben.email)

    shown = tradedoor("details", "--store", harbour.slug, *emails, "--show")

    assert shown.exit_code == 1
    assert shown.stdout.startswith(f"{ben.email}\t")
    assert shown.stderr.startswith(f"{ann.email}: Is deactivated.")
    mailed = tradedoor("details", "--store", harbour.slug, "--email", ann.email)
    assert f"({ann.name}): deactivated" in mailed.stdout


def test_login_details_are_for_somebody_who_is_known_and_meant() -> None:
    harbour = make.store("Harbour")
    for name in ("Acme", "Borealis"):
        make.contact(make.customer(name, code=name.upper()), "kim@both.example")
    words = ("details", "--store", harbour.slug, "--email")

    assert "no contact" in tradedoor(*words, "nobody@acme.example").output
    assert "--customer" in tradedoor(*words, "kim@both.example").output
    assert "1 given" in tradedoor(*words, "kim@both.example", "--customer", "acme").stdout


def test_a_captured_mail_is_listed_and_shown_whole() -> None:
    harbour = make.store("Harbour")
    bea = make.contact(make.customer("Acme"))
    tradedoor("invite", "--store", harbour.slug, "--all")

    assert "Its text is not kept" in tradedoor("mail", "show", str(MailMessage.objects.get().pk)).output
    run_worker(once=True)

    [listed] = json.loads(tradedoor("mail", "list", "--json", "--to", bea.email.upper()).output)
    assert sorted(listed) == ["created_at", "id", "state", "subject", "to"]
    assert (listed["to"], listed["state"]) == (bea.email, "captured")
    shown = tradedoor("mail", "show", str(listed["id"])).output
    assert f"Subject: {listed['subject']}" in shown
    assert "/s/harbour/join/" in shown
    assert "<html" in shown


def test_a_mail_id_that_is_none_is_explained() -> None:
    refused = tradedoor("mail", "show", "the-last-one")
    assert refused.exit_code == 2
    assert "expected the id of a mail" in refused.output


def test_nobody_else_gets_in_by_the_link_that_is_printed_while_there_is_an_owner_with_a_password() -> None:
    assert "There is no owner yet" in way_in()
    tradedoor("login-link", "--email", "owner@acme.example")
    assert "Sign in as owner@acme.example" in way_in()

    make.staff("Ada Admin", role=StaffRole.OWNER)
    assert "/login/link/" not in way_in()
