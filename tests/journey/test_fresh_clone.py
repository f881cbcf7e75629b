"""The first of the two commands, as the README says it: clone, `make run`, open the link, and start once more."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journey.installation import free_port, is_answering, until

pytestmark = pytest.mark.journey

ROOT = Path(__file__).resolve().parents[2]
INSTALL_SECONDS = 300
OWN = (
    "TRADEDOOR_",
    "DJANGO_",
    "PYTHON",
    "PYTEST_",
    "COVERAGE_",
    "MAKE",
    "GIT_",
    "VIRTUAL_ENV",
    "TEST_DATABASE",
)
OFFLINE = re.compile(r"NewConnectionError|ConnectTimeout|Name or service not known|Temporary failure in name")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    if not ((ROOT / ".git").exists() and shutil.which("git") and shutil.which("make")):
        pytest.skip("this is no git checkout, or git or make is not installed")
    subprocess.run(["git", "clone", "-q", ROOT, tmp_path / "clone"], check=True, env=environment(0))
    return tmp_path / "clone"


def environment(port: int) -> dict[str, str]:
    """A shell's environment in which nobody has set anything for us yet."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    # No folder of the running virtual environment: make finds the machine's own Python.
    own = str(Path(sys.executable).parent)
    path = os.pathsep.join(part for part in kept["PATH"].split(os.pathsep) if part != own)
    return kept | {"PATH": path, "TRADEDOOR_PORT": str(port), "PYTHONUNBUFFERED": "1"}


@contextmanager
def made_run(clone: Path, port: int) -> Iterator[Path]:
    """`make run` in the clone, as in a terminal: Ctrl-C goes to all of its processes. Gives the file it writes to."""
    log = clone.parent / f"run-{time.monotonic_ns()}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            ["make", "run", f"PYTHON={sys.executable}"],
            cwd=clone,
            env=environment(port),
            stdout=stream,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    try:
        yield log
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_two_words_start_it_and_the_second_start_is_quick_and_keeps_everything(
    clone: Path, browser: Browser
) -> None:
    port = free_port()
    page = browser.new_page()
    with made_run(clone, port) as log:
        page.goto(link_in(log))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/login/" not in url)
        sees_the_demo_company(page, port)

    until(lambda: not is_answering(port), what="the end of the web server")
    assert "Stopped." in log.read_text(encoding="utf-8")

    began = time.monotonic()
    with made_run(clone, port):
        until(lambda: is_answering(port), what="the first answer of the second start", seconds=60)
        took = time.monotonic() - began
        sys.stdout.write(f"Second start: {took:.1f} s from `make run` to the first answer\n")
        sees_the_demo_company(page, port)


def link_in(log: Path) -> str:
    """The sign-in link that the first start prints. Skips where nothing can be installed from."""

    def said() -> str:
        return log.read_text(encoding="utf-8", errors="replace")

    def is_over() -> bool:
        return "login/link/" in said() or bool(re.search(r"^make: \*\*\*", said(), re.MULTILINE))

    until(is_over, what="the sign-in link", seconds=INSTALL_SECONDS)
    found = re.search(r"http://\S+/login/link/\S+/", said())
    if found is None and OFFLINE.search(said()):
        pytest.skip("no package index can be reached, so nothing can be installed into a fresh clone")
    assert found, said()[-3000:]
    return found[0]


def sees_the_demo_company(page: Page, port: int) -> None:
    """Signed in, still or again: the demo's first store stands there with its customers."""
    page.goto(f"http://127.0.0.1:{port}/stores/northmoor/dashboard/")
    expect(page.get_by_role("link", name="Current Customers")).to_be_visible()
    expect(page.locator("tbody tr").first).to_be_visible()
