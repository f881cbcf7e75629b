"""What the mails in the sink must be: one link for each, and good to read in text and HTML."""

import re
import sys
from collections.abc import Set as AbstractSet
from html.parser import HTMLParser

from tests.journey.sink import Received, Sink

STAND_ALONE = {"img", "br", "hr", "meta", "link", "input"}
DAY = re.compile(r"\b\d{1,2} [A-Z][a-z]+ 20\d\d\b|\b[A-Z][a-z]+ \d{1,2}, 20\d\d\b")
LEFT_OVER = re.compile(r"\{[{%]|[%}]\}|%\(\w+\)s|None\b|&lt;\w")


def one_link_each(sink: Sink, addresses: AbstractSet[str]) -> None:
    """Each address got at least one mail, exactly one link, and what came twice is the same mail."""
    found = sink.by_address()
    assert found.keys() == addresses
    links: dict[str, str] = {}
    twice = 0
    for address in addresses:
        mails = found[address]
        mine: set[str] = set().union(*(mail.links for mail in mails))
        assert len(mine) == 1, f"{len(mine)} different links for one person"
        links[address] = mine.pop()
        assert len({mail.mail["Message-ID"] for mail in mails}) == 1
        twice += len(mails) > 1
    assert len(set(links.values())) == len(addresses)
    assert len({found[address][0].mail["Message-ID"] for address in addresses}) == len(addresses)
    count = len(sink.received)
    sys.stdout.write(f"{count} mails to {len(addresses)} addresses, {twice} of them twice\n")
    assert 1 <= twice <= 32, "what was handed over and not written down comes again, and nothing else"


def reads_well(mail: Received) -> str:
    """Both parts carry the same one link, the button and the last day, and the markup closes what it opens.

    Returns the link.
    """
    [link] = mail.links
    assert link in mail.text
    assert link in mail.html
    day = DAY.search(mail.text)
    assert day, mail.text
    assert day[0] in mail.html
    assert "Join Now" in mail.text
    assert not LEFT_OVER.search(mail.text + mail.html)
    markup = Markup()
    markup.feed(mail.html)
    markup.close()
    assert markup.open == []
    assert "Join Now" in markup.words_of_link[link]
    return link


class Markup(HTMLParser):
    """Which elements are open, and what the links say."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words_of_link: dict[str, str] = {}
        self.link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in STAND_ALONE:
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
