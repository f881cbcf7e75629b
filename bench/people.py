"""A person who registers at a real web server: opens the link, fills in the form, opens the mail, chooses a password."""

import http.client
import re
import time
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from tradedoor.registration.codes import code_of
from tradedoor.registration.models import EstoreLink

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
CHOSEN = "nine copper lanterns"
TRIES = 60
START_SECONDS = 60


@dataclass
class Person:
    """Someone with an address of their own, both for mail and in the network."""

    port: int
    number: int
    link: EstoreLink
    cookies: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    network: int = -1
    waits: int = 0

    @property
    def email(self) -> str:
        return f"person{self.number}@registering{self.link.store_id}.example"

    @property
    def home(self) -> str:
        return f"/s/{self.link.store.slug}"

    def again(self) -> "Person":
        """The same person in another tab."""
        return replace(self, cookies={}, hidden={})

    def beside(self, number: int) -> "Person":
        """Somebody else behind the same network, on whose desk the form lies open."""
        return replace(self, number=number, cookies=dict(self.cookies), network=self.number)

    def fill_in(self) -> int:
        """From the link to the sent form; its status."""
        self.fetch_form()
        return self.send_form()

    def fetch_form(self) -> None:
        self._ask("GET", f"{self.home}/link/{code_of(self.link)}/", expect=302)
        self._ask("GET", f"{self.home}/register/", expect=200)

    def send_form(self) -> int:
        form = {"first_name": "Nora", "last_name": f"New {self.number}", "email": self.email}
        return self._ask("POST", f"{self.home}/register/", form)

    def confirm(self, token: str) -> int:
        """From the mailed link to being in; the status of the last answer."""
        self._ask("GET", f"{self.home}/register/confirm/{token}/")
        status = self._ask("GET", f"{self.home}/register/confirm/")
        if status != 200:
            return status
        return self._ask("POST", f"{self.home}/register/confirm/", {"password": CHOSEN, "keep": ""})

    def _ask(self, method: str, path: str, form: dict[str, Any] | None = None, *, expect: int = 0) -> int:
        """Ask, and ask again where the server says that it is busy and when to come back."""
        for _try in range(TRIES):
            status, retry_after = self._once(method, path, form)
            if status != 503:
                break
            self.waits += 1
            time.sleep(min(retry_after, 2))
        if expect and status != expect:
            raise RuntimeError(f"{path}: {status}")
        return status

    def _once(self, method: str, path: str, form: dict[str, Any] | None) -> tuple[int, int]:
        number = self.network if self.network >= 0 else self.number
        source = f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=120, source_address=(source, 0)
        )
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(
                method, path, urlencode({**self.hidden, **form}) if form is not None else None, headers
            )
            answer = connection.getresponse()
            body = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: kept.value for name, kept in SimpleCookie(line).items()}
        self.hidden = dict(HIDDEN.findall(body)) or self.hidden
        return answer.status, int(answer.headers.get("Retry-After", "1"))


def reached(port: int) -> None:
    """Return once the server answers. Raises `RuntimeError` where it never does."""
    last = time.monotonic() + START_SECONDS
    while time.monotonic() < last:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    raise RuntimeError("the web server did not start")
