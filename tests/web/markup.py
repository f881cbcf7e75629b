"""Reads a page as strictly as a validator does where it matters to us."""

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Reader(HTMLParser):
    """Collects what is wrong: unclosed and crossed elements, doubled attributes and ids, dead references."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _value in attrs]
        self.faults += [f"<{tag}> has {name} twice" for name in set(names) if names.count(name) > 1]
        self.faults += [f"<{tag}> has {name}" for name in names if name == "style" or name.startswith("on")]
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        for name in (
            "for",
            "aria-labelledby",
            "aria-describedby",
            "aria-controls",
            "popovertarget",
            "commandfor",
        ):
            self.references += str(given.get(name) or "").split()
        if tag == "button" and tag in self.open:
            self.faults.append("a button inside a button")
        if tag == "form" and tag in self.open:
            self.faults.append("a form inside a form")
        if tag == "img" and "alt" not in given:
            self.faults.append("an image without alt")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def finish(self, *, whole: bool) -> list[str]:
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self.open]
        self.faults += [f"the id {name} stands twice" for name in set(self.ids) if self.ids.count(name) > 1]
        if whole:
            self.faults += [f"nothing has the id {name}" for name in set(self.references) - set(self.ids)]
        return self.faults


def faults_of(html: str, *, whole: bool = False) -> list[str]:
    """What is wrong with this markup; `whole` also follows references to ids."""
    reader = Reader()
    reader.feed(html)
    return reader.finish(whole=whole)
