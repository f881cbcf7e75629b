"""A real Chromium for tests: opened, signed in, and looked at as a person's tools would.

A busy machine makes these tests slow, never red: they wait for what a page says (`expect`), and act on or read
nothing before. With `SHOTS` naming a folder each page looked at is also kept there as a picture.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import make
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.models import Login

DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SMALL: ViewportSize = {"width": 320, "height": 700}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # Of what is right it need not say every place: that took a third of the time.
    "resultTypes": ["violations"],
}
PATIENCE = 60_000  # milliseconds; nothing here measures how quick a page is
# Of axe itself, which cannot look into the sandboxed frame of a mail.
NOISE = "postMessage"

expect.set_options(timeout=PATIENCE)

on_both_screens = pytest.mark.parametrize(
    ("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"]
)


class OpenPage(Protocol):
    def __call__(
        self,
        size: ViewportSize = DESK,
        login: Login | None = None,
        *,
        scripts: bool = True,
        scheme: Any = "light",
    ) -> Page:
        """A page in a browser of its own, where this person is signed in; nobody is without one."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, settings: Any) -> Iterator[OpenPage]:
    """Opens pages, and closes them before the database is emptied below them."""
    settings.TRADEDOOR_BASE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    contexts: list[BrowserContext] = []

    def opened(
        size: ViewportSize = DESK, login: Login | None = None, *, scripts: bool = True, scheme: Any = "light"
    ) -> Page:
        context = browser.new_context(
            viewport=size,
            base_url=live_server.url,
            color_scheme=scheme,
            java_script_enabled=scripts,
            reduced_motion="reduce",  # what is half faded in has too little contrast, and only then
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if login is not None:
            key = open_session(login, actor=make.actor(login)).key
            context.add_cookies([{"name": "td-staff", "value": key, "url": live_server.url}])
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def listen(page: Page) -> list[str]:
    """What the console says from now on."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def faults(page: Page, name: str = "") -> list[str]:
    """What is wrong with the page as it stands: for axe, and sideways scrolling. Kept as a picture by its name."""
    page.evaluate("document.fonts.ready.then(() => null)")
    assert page.viewport_size is not None
    width = page.viewport_size["width"]
    if name and (folder := os.environ.get("SHOTS")):
        page.screenshot(path=Path(folder) / f"{width}-{re.sub('[^a-z0-9]+', '-', name)}.png", full_page=True)
    violations = Axe().run(page, options=RULES).response["violations"]
    found = [f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in violations]
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
        found.append(f"{wide} px wide")
    return found


def faults_of(page: Page, addresses: Mapping[str, str]) -> dict[str, list[str]]:
    """What is wrong with each of these pages, by its name: `faults`, its status, and anything on the console."""
    said, found = listen(page), {}
    for name, address in addresses.items():
        said.clear()
        answer = page.goto(address)
        assert answer is not None
        status = [] if answer.status == 200 else [f"answered {answer.status}"]
        found[name] = [*status, *faults(page, name), *(text for text in said if NOISE not in text)]
    return {name: wrong for name, wrong in found.items() if wrong}
