"""The whole first door as a stranger goes through it: nothing here knows the project's code.

Web and worker are processes, mail goes to a real SMTP server, pages are looked at in a real browser, and the worker
is killed in the middle of the invitations.
"""

import csv
import json
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journey.exports import Exports, exports, rows_of
from tests.journey.installation import Installation, look, until
from tests.journey.sink import Received, Sink, mail_sink

pytestmark = pytest.mark.journey

OWNER = "owner@tradedoor.example"
STORE = "northmoor"
PASSWORD = "nine copper lanterns"
KILLED_AFTER = 200
LEFT_OPEN = {"img", "br", "hr", "meta", "link", "input"}


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_sink() as sink:
        yield sink


@pytest.fixture
def here(tmp_path: Path, sink: Sink) -> Iterator[Installation]:
    """A new installation whose two processes run."""
    made = Installation(tmp_path, mail_port=sink.port)
    made.run("demo")
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
    import_all(here, files, tmp_path)
    addresses = {row["Email"].lower() for row in rows_of(files.contacts)}
    assert len(addresses) == 753
    assert len([address for address in addresses if not address.isascii()]) == 2

    invite_and_kill_the_worker(here, sink, "adventure-works" if files.are_real else "@cycles", addresses)
    one_link_each(sink, addresses)

    mail = sink.by_address()[min(addresses)][0]
    reads_well(mail)
    link = next(iter(mail.links))
    for method in ("GET", "HEAD", "GET"):
        assert look(link, method=method) == 302
    buyer = browser.new_page()
    join(buyer, link, product=rows_of(files.products)[0]["Name"])
    join_again_elsewhere(browser, link)

    agrees_with_the_sink(here, sink, addresses)
    here.run("audit", "verify")
    says_no_secret(here, sink)


def import_all(here: Installation, files: Exports, folder: Path) -> None:
    imported(here, "customers", files.customers, folder)
    imported(here, "contacts", files.contacts, folder)
    imported(here, "products", files.products, folder, "--currency", "USD")
    for path in files.more_products:
        imported(here, "products", path, folder, "--currency", "EUR")


def imported(here: Installation, what: str, path: Path, folder: Path, *more: str) -> None:
    """Import by command; each row of the file is in the result, and each that is not in says why."""
    result = folder / f"result-{path.name}"
    here.run("import", what, path, *more, "--result", result)
    with result.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == len(rows_of(path)), path.name
    assert all(line["reason"] for line in lines if line["status"] in {"refused", "skipped"})
    if what != "products":
        assert {line["status"] for line in lines} == {"created"}, path.name


def invite_and_kill_the_worker(here: Installation, sink: Sink, whom: str, addresses: set[str]) -> None:
    until(lambda: is_quiet(here), what="the mails of the demo company")
    sink.hold_from = len(sink.received) + KILLED_AFTER
    said = here.run("invite", "--store", STORE, "--filter", whom)
    assert "753 invited" in said, said

    until(lambda: len(sink.received) >= (sink.hold_from or 0) + 4, what="the middle of the mails")
    here.kill("worker")
    held = len(addresses & sink.by_address().keys())
    assert 150 <= held <= 500, held
    sink.release()
    here.start("worker")
    until(lambda: addresses <= sink.by_address().keys(), what="a mail to each of them")
    until(lambda: is_quiet(here), what="all mail written down as sent")


def is_quiet(here: Installation) -> bool:
    return {mail["state"] for mail in mails_of(here)}.isdisjoint({"queued", "sending"})


def mails_of(here: Installation) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads(here.run("mail", "list", "--json", "--limit", "0"))
    return listed


def one_link_each(sink: Sink, addresses: set[str]) -> None:
    """Each address got at least one mail, exactly one link, and what came twice is the same mail."""
    found = sink.by_address()
    links: dict[str, str] = {}
    twice = 0
    for address in addresses:
        mails = found[address]
        mine = set().union(*(mail.links for mail in mails))
        assert len(mine) == 1, f"{len(mine)} different links"
        links[address] = mine.pop()
        assert len({mail.mail["Message-ID"] for mail in mails}) == 1
        twice += len(mails) > 1
    assert len(set(links.values())) == len(addresses)
    assert len({found[address][0].mail["Message-ID"] for address in addresses}) == len(addresses)
    count = sum(len(found[address]) for address in addresses)
    sys.stdout.write(f"{count} mails to {len(addresses)} addresses, {twice} of them twice\n")
    assert 1 <= twice <= 32, "what was handed over and not written down comes again, and nothing else"


def reads_well(mail: Received) -> None:
    """Both parts carry the same one link, the button and the last day, and the markup closes what it opens."""
    assert len(mail.links) == 1
    link = next(iter(mail.links))
    assert link in mail.text
    assert link in mail.html
    day = re.search(r"\b\d{1,2} [A-Z][a-z]+ 20\d\d\b|\b[A-Z][a-z]+ \d{1,2}, 20\d\d\b", mail.text)
    assert day, mail.text
    assert day[0] in mail.html
    assert "Join Now" in mail.html
    assert "Join Now" in mail.text
    assert not re.search(r"\{[{%]|[%}]\}|%\(\w+\)s|None\b|&lt;\w", mail.text + mail.html)
    markup = Markup()
    markup.feed(mail.html)
    markup.close()
    assert markup.open == []
    assert "Join Now" in markup.words_of_link[link]


class Markup(HTMLParser):
    """Which elements are open, and what the links say."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words_of_link: dict[str, str] = {}
        self.link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in LEFT_OPEN:
            self.open.append(tag)
        if tag == "a":
            self.link = dict(attrs).get("href") or ""
            self.words_of_link.setdefault(self.link, "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"
        self.link = "" if tag == "a" else self.link

    def handle_data(self, data: str) -> None:
        if self.link:
            self.words_of_link[self.link] += data


def join(page: Page, link: str, *, product: str) -> None:
    """Join Now, a password, in; then the catalogue, a search and one product."""
    page.goto(link)
    assert link.rstrip("/").rpartition("/")[2] not in page.url
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Join Now").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")

    page.goto(page.url + "catalogue/")
    expect(page.locator(".products > *").first).to_be_visible()
    page.get_by_role("searchbox").first.fill(product)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Results for")
    page.locator(".products a").first.click()
    expect(page.locator(".goods")).to_be_visible()
    expect(page.get_by_text("SKU").first).to_be_visible()


def join_again_elsewhere(browser: Browser, link: str) -> None:
    page = browser.new_context().new_page()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("You have joined already")
    page.context.close()


def agrees_with_the_sink(here: Installation, sink: Sink, addresses: set[str]) -> None:
    listed = [mail for mail in mails_of(here) if mail["to"].lower() in addresses]
    assert {mail["state"] for mail in listed} == {"sent"}
    assert {mail["to"].lower() for mail in listed} == addresses
    ids = {one.mail["Message-ID"] for one in sink.received if one.to.lower() in addresses}
    assert len(listed) == len(ids)


def says_no_secret(here: Installation, sink: Sink) -> None:
    """No token, password or address stands in what web and worker said."""
    said = here.said()
    tokens = {link.rstrip("/").rpartition("/")[2] for mail in sink.received for link in mail.links}
    assert not [token for token in tokens if token in said]
    assert PASSWORD not in said
    assert re.findall(r"[\w.+-]+@[\w-]+\.[\w.-]+", said) == []
    assert "/join/" not in said
