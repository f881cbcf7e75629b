"""Somebody at a browser without JavaScript: opens pages, fills what their forms offer, presses what they show."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

Attributes = list[tuple[str, str | None]]
UNSEEN = frozenset({"script", "style", "template", "svg"})
FIELDS = frozenset({"input", "textarea", "select"})


@dataclass
class Form:
    action: str
    method: str
    name: str
    fields: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Pressable:
    """A link, or a button with the form that it sends."""

    text: str
    href: str = ""
    form: Form | None = None
    form_name: str = ""
    action: str = ""
    sends: tuple[str, str] | None = None


class Page(HTMLParser):
    """What a page says, and what it offers to press."""

    def __init__(self, html: str, *, address: str, status: int) -> None:
        super().__init__()
        self.html, self.address, self.status = html, address, status
        self.forms: list[Form] = []
        self.pressables: list[Pressable] = []
        self._words: list[str] = []
        self._unseen = 0
        self._form: Form | None = None
        self._open: Pressable | None = None
        self._select = self._textarea = ""
        self.feed(html)
        self.text = " ".join("".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = {name: value or "" for name, value in attrs}
        self._unseen += tag in UNSEEN
        if tag == "form":
            self._form = Form(
                given.get("action", ""), given.get("method", "get").lower(), given.get("id", "")
            )
            self.forms.append(self._form)
        elif tag == "a" and "href" in given:
            self._open = Pressable("", href=given["href"])
        elif tag == "button" and given.get("type", "submit") == "submit":
            sends = (given["name"], given.get("value", "")) if "name" in given else None
            self._open = Pressable(
                "",
                form=self._form,
                form_name=given.get("form", ""),
                action=given.get("formaction", ""),
                sends=sends,
            )
        elif self._form is not None and tag in FIELDS | {"option"}:
            self._take_field(tag, given, self._form)

    def _take_field(self, tag: str, given: dict[str, str], form: Form) -> None:
        name = given.get("name", "")
        if tag == "textarea":
            self._textarea = name
            form.fields[name] = [""]
        elif tag == "select":
            self._select = name
        elif tag == "option":
            if self._select and ("selected" in given or self._select not in form.fields):
                form.fields[self._select] = [given.get("value", "")]
        elif name and "disabled" not in given:
            kind = given.get("type", "text")
            if kind not in {"checkbox", "radio", "file", "submit"} or "checked" in given:
                form.fields.setdefault(name, []).append(
                    given.get("value", "on" if kind == "checkbox" else "")
                )

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""
        elif tag in {"a", "button"} and self._open is not None:
            self._open.text = " ".join(self._open.text.split())
            self.pressables.append(self._open)
            self._open = None
        self._words.append(" " if tag not in {"span", "b", "wbr"} else "")

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._textarea and self._form is not None:
            self._form.fields[self._textarea][0] += data
            return
        self._words.append(data)
        if self._open is not None:
            self._open.text += data

    def find(self, label: str) -> Pressable:
        """The link or button that begins with this label; an exact one first."""
        fitting = [one for one in self.pressables if one.text.startswith(label)]
        exact = [one for one in fitting if one.text == label]
        assert fitting, f"nothing to press is called {label!r} on {self.address}: {self.text[:3000]}"
        return (exact or fitting)[0]

    def offers(self, label: str) -> bool:
        return any(one.text.startswith(label) for one in self.pressables)

    def form_of(self, button: Pressable) -> Form:
        named = [form for form in self.forms if button.form_name and form.name == button.form_name]
        form = named[0] if named else button.form
        assert form is not None
        return form


class Browser:
    """One person's browser; CSRF is checked as it is outside of tests.

    With `email` and `password` it is one of the staff, who signs in again where the session has ended meanwhile.
    """

    def __init__(self, email: str = "", password: str = "") -> None:
        self.email, self.password = email, password
        self.client = Client(enforce_csrf_checks=True)
        self.page = Page("", address="/", status=0)

    def open(self, address: str, **query: str) -> Page:
        page = self._take(lambda: self.client.get(address, query or None, follow=True), address)
        if self.email and page.address.startswith("/login/"):
            return self.press("Sign in", email=self.email, password=self.password)
        return page

    def download(self, address: str) -> str:
        """The text of a file that a page offers; the page stays open."""
        answer: Any = self.client.get(address)
        assert answer.status_code == 200
        return b"".join(answer.streaming_content).decode("utf-8-sig")

    def choose(self, name: str, value: str, **filled: Any) -> Page:
        """Press the button that sends this, as those do of which each row of a list has one of the same label."""
        found = next(one for one in self.page.pressables if one.sends == (name, value))
        return self._send(found, **filled)

    def press(self, label: str, **filled: Any) -> Page:
        """Press a link, or a button after filling in its form; what is not named stays as the page has it."""
        return self._send(self.page.find(label), **filled)

    def _send(self, found: Pressable, **filled: Any) -> Page:
        if found.form is None and not found.form_name:
            return self.open(urljoin(self.page.address, found.href))
        form = self.page.form_of(found)
        data: dict[str, Any] = {**form.fields, **filled, **(dict([found.sends]) if found.sends else {})}
        address = urljoin(self.page.address, found.action or form.action or self.page.address)
        send = self.client.post if form.method == "post" else self.client.get
        return self._take(lambda: send(address, data, follow=True), address)

    def upload(self, label: str, content: str, **filled: Any) -> Page:
        return self.press(label, file=SimpleUploadedFile("contacts.csv", content.encode()), **filled)

    def _take(self, ask: Callable[[], Any], address: str) -> Page:
        answer = ask()
        where = answer.redirect_chain[-1][0] if answer.redirect_chain else address
        html = answer.content.decode() if not answer.streaming else ""
        self.page = Page(html, address=urljoin(address, where), status=answer.status_code)
        return self.page
