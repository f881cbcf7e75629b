"""python -m tools.screenshots: draw the pictures of docs/images anew, from the demo company.

Starts an installation of its own in a temporary folder and looks at it in Chromium, so that a picture shows
what a first start shows. Always the same windows and one pixel a point, so that sizes do not wander.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from shutil import which

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
COMMAND = Path(sys.executable).parent / "tradedoor"
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 780}
OWNER = "owner@tradedoor.example"
STORE, STORE_NAME = "northmoor", "Northmoor Trade"
PASSWORD = "seven wet umbrellas"  # noqa: S105 - opens a store that is gone in a minute
LARGEST = 150_000
COLOURS = 256
SECONDS = 120
CUSTOMERS = """\
Company name,Company code,Phone,City,Status
Blue Fern Bakery,BF-01,+44 113 496 0101,Leeds,active
Óbidos Café,OB-02,+351 21 555 0100,Lisboa,active
Old Mill Inn,OM-03,,York,prospect
,NN-04,,Bristol,active
Blue Fern Bakery,BF-01,,Leeds,active
Sleepy Hollow Ltd,SH-05,,Bath,asleep
Tern & Daughters,TD-06,+44 1632 960987,Whitby,active
"""


class Installation:
    """The demo company on a port of its own, and commands that know it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.environment = {
            "PATH": os.defpath,
            "TRADEDOOR_ENV_FILE": "",
            "TRADEDOOR_DATA_DIR": str(folder / "data"),
            "TRADEDOOR_PORT": str(port),
            "TRADEDOOR_WORKERS": "1",
        }

    def said(self, *words: str) -> str:
        """What a command prints."""
        return subprocess.run(
            [COMMAND, *words],
            cwd=self.folder,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    @contextmanager
    def running(self) -> Iterator[None]:
        with subprocess.Popen(
            [COMMAND, "run"], cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL
        ) as process:
            try:
                self._wait()
                yield
            finally:
                process.terminate()

    def _wait(self) -> None:
        last = time.monotonic() + SECONDS
        while time.monotonic() < last:
            try:
                with urllib.request.urlopen(f"{self.address}/readyz", timeout=5):  # noqa: S310 - our own
                    return
            except OSError:
                time.sleep(0.2)
        raise SystemExit("The installation did not start.")

    def invitation_link(self) -> str:
        """The link in the newest invitation to the store that still works."""
        for mail in json.loads(self.said("mail", "list", "--json", "--limit", "0")):
            if mail["state"] != "captured" or not mail["subject"].startswith(STORE_NAME):
                continue
            shown = self.said("mail", "show", str(mail["id"]))
            if link := re.search(rf"{self.address}/s/{STORE}/join/\S+", shown):
                return link.group()
        raise SystemExit("No captured mail invites to the store.")


def main() -> None:
    chromium = which("chromium")
    if chromium is None:
        raise SystemExit("Needs Chromium; on Debian: apt-get install chromium")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tradedoor-pictures-") as name, sync_playwright() as playwright:
        installation = Installation(Path(name))
        with installation.running():
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            picture_staff(browser, installation)
            picture_store(browser, installation)
            browser.close()


def picture_staff(browser: Browser, installation: Installation) -> None:
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce")
    page = context.new_page()
    page.goto(installation.said("login-link", "--email", OWNER).split()[-1])
    page.get_by_role("button", name="Sign in").click()
    dashboard = f"{installation.address}/stores/{STORE}/dashboard/"
    page.goto(dashboard)
    keep(page, "dashboard")
    page.get_by_role("link", name="Invite New Customers").first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[name=id]").first.wait_for()
    for box in dialog.locator("input[name=id]:not(:disabled)").all()[:2]:
        box.check()
    keep(page, "invite")
    page.goto(f"{installation.address}/crm/customers/?q=Brightfield")
    page.locator("tbody a").first.click()
    page.wait_for_load_state()
    page.get_by_role("link", name=re.compile(r"^Contacts \d|^Contacts$")).last.click()
    page.wait_for_load_state()
    keep(page, "customer")
    import_report(page, installation)
    on_phone(browser, context, f"{dashboard}?tab=pending")
    context.close()


def import_report(page: Page, installation: Installation) -> None:
    page.goto(f"{installation.address}/crm/import/?kind=customers")
    sheet = {"name": "customers.csv", "mimeType": "text/csv", "buffer": CUSTOMERS.encode()}
    page.locator("input[type=file]").set_input_files(sheet)  # type: ignore[arg-type]  # a literal of its shape
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("columnheader", name="Reason").wait_for()
    keep(page, "import")


def on_phone(browser: Browser, context: BrowserContext, address: str) -> None:
    phone = browser.new_context(
        viewport=PHONE, reduced_motion="reduce", storage_state=context.storage_state()
    )
    page = phone.new_page()
    page.goto(address)
    keep(page, "phone")
    phone.close()


def picture_store(browser: Browser, installation: Installation) -> None:
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{installation.address}/s/{STORE}/login/")
    keep(page, "sign-in")
    page.goto(installation.invitation_link())
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Join Now").click()
    page.wait_for_load_state()
    page.goto(f"{installation.address}/s/{STORE}/catalogue/")
    keep(page, "catalogue")
    context.close()


def keep(page: Page, name: str) -> None:
    """Write what the window shows, with as few colours as it needs. Refuses a picture that is too heavy."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => null)")
    shown = Image.open(BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    path = IMAGES / f"{name}.png"
    shown.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.name}: {shown.width} x {shown.height}, {size:,} bytes")
    if size > LARGEST:
        raise SystemExit(f"{path.name} is larger than {LARGEST:,} bytes.")


if __name__ == "__main__":
    main()
