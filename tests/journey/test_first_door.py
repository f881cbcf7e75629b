"""The whole first door as a stranger goes through it: nothing here knows the project's code.

Web and worker are processes, mail goes to a real SMTP server, pages are looked at in a real browser, and the worker
is killed in the middle of the invitations.
"""

import csv
import json
import re
import sys
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journey import buyer_steps, staff_steps
from tests.journey.exports import CONTACTS, CUSTOMERS, Exports, exports, rows_of
from tests.journey.installation import Installation, look, until
from tests.journey.mail_checks import one_link_each, reads_well
from tests.journey.sink import Sink, mail_sink

pytestmark = pytest.mark.journey

OWNER = "owner@tradedoor.example"
KILLED_AFTER = 200


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_sink() as sink:
        yield sink


@pytest.fixture
def here(tmp_path: Path, sink: Sink) -> Iterator[Installation]:
    """A new, empty installation whose two processes run."""
    made = Installation(tmp_path, mail_port=sink.port)
    made.run("migrate")
    made.start("web")
    made.start("worker")
    try:
        made.wait_for_web()
        yield made
    finally:
        made.stop()


def test_a_stranger_goes_through_the_whole_first_door(
    here: Installation, sink: Sink, browser: Browser, tmp_path: Path
) -> None:
    files = exports(tmp_path)
    sys.stdout.write(f"Files: {'real exports' if files.are_real else 'made by the test'}\n")
    people = {row["Email"].lower(): row for row in rows_of(files.contacts)}
    assert len(people) == CONTACTS
    assert len([address for address in people if not address.isascii()]) == 2
    home = here.address
    owner = browser.new_context(base_url=home).new_page()
    staff_steps.sign_in_by_link(owner, here.run("login-link", "--email", OWNER).split()[-1], home=home)
    staff_steps.make_store(owner, home)
    import_everything(here, files, owner, tmp_path)
    assert "There is no such mail" in here.run("mail", "list"), "importing sends nothing"

    invite_and_kill_the_worker(here, sink, owner, people.keys())
    one_link_each(sink, people.keys())
    staff_steps.sees_all_pending(owner, home, count=CONTACTS)

    email = max(people, key=len)  # which is part of no other's
    link = reads_well(sink.by_address()[email][0])
    for method in ("GET", "HEAD", "GET"):
        assert look(link, method=method) == 302, "a scanner uses nothing up"
    buyer = browser.new_context().new_page()
    store = buyer_steps.join(buyer, link)
    buyer_steps.looks_at_the_catalogue(buyer, store, product=rows_of(files.products)[0]["Name"])
    buyer_steps.link_is_used(browser, link)

    staff_steps.deactivate(owner, home, people[email])
    buyer_steps.is_out_at_the_next_click(buyer, store)
    buyer_steps.is_told_that_access_is_off(buyer, store, email)
    staff_steps.reenable(owner, home, people[email])
    buyer_steps.is_in_again(buyer, store, email)

    agrees_with_the_sink(here, sink)
    history_is_sealed(here)
    says_no_secret(here, sink)


def import_everything(here: Installation, files: Exports, owner: Page, folder: Path) -> None:
    """Customers on screen, the others by command; no row is lost, and each that is not in says why."""
    lines = staff_steps.import_on_screen(owner, here.address, "Customers", files.customers, count=CUSTOMERS)
    assert [line["Account Number"] for line in lines] == [
        row["Account Number"] for row in rows_of(files.customers)
    ]
    assert {line["Status"] for line in lines} == {"Created"}
    imported(here, "contacts", files.contacts, folder)
    imported(here, "products", files.products, folder, "--currency", "USD")
    for path in files.more_products:
        imported(here, "products", path, folder, "--currency", "USD")


def imported(here: Installation, what: str, path: Path, folder: Path, *more: str) -> None:
    result = folder / f"result-{path.name}"
    here.run("import", what, path, *more, "--result", result)
    with result.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == len(rows_of(path)), path.name
    assert all(line["reason"] for line in lines if line["status"] in {"refused", "skipped"})
    if what == "contacts":
        assert {line["status"] for line in lines} == {"created"}


def invite_and_kill_the_worker(
    here: Installation, sink: Sink, owner: Page, addresses: AbstractSet[str]
) -> None:
    sink.hold_from = KILLED_AFTER
    staff_steps.invite_all(owner, here.address, count=CONTACTS)
    until(lambda: len(sink.received) >= KILLED_AFTER + 4, what="the middle of the mails")
    here.kill("worker")
    assert 150 <= len(sink.by_address()) <= 500
    sink.release()
    here.start("worker")
    until(lambda: addresses <= sink.by_address().keys(), what="a mail to each of them")
    until(
        lambda: {mail["state"] for mail in mails_of(here)} == {"sent"}, what="all mail written down as sent"
    )


def mails_of(here: Installation) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads(here.run("mail", "list", "--json", "--limit", "0"))
    return listed


def agrees_with_the_sink(here: Installation, sink: Sink) -> None:
    """`mail list` names each mail once, and nothing went out but the invitations."""
    listed = mails_of(here)
    assert {mail["state"] for mail in listed} == {"sent"}
    assert len(listed) == CONTACTS
    assert {mail["to"].lower() for mail in listed} == sink.by_address().keys()
    assert len({one.mail["Message-ID"] for one in sink.received}) == CONTACTS


def history_is_sealed(here: Installation) -> None:
    """Within about a minute the worker seals what happened, a row at least for each contact and invitation."""

    def sealed() -> int:
        said = here.run("audit", "verify")
        found = re.match(r"([\d,]+) rows in", said)
        assert found, said
        return int(found[1].replace(",", ""))

    # Each look is a process that starts, while other tests want the machine.
    until(lambda: sealed() > 2 * CONTACTS, what="the seal of the history", pause=3)


def says_no_secret(here: Installation, sink: Sink) -> None:
    """No token, password or address stands in what web and worker said."""
    said = here.said()
    tokens = {buyer_steps.token_of(link) for mail in sink.received for link in mail.links}
    assert not [token for token in tokens if token in said]
    assert buyer_steps.PASSWORD not in said
    assert re.findall(r"[\w.+-]+@[\w-]+\.[\w.-]+", said) == []
    assert "/join/" not in said
