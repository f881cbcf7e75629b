"""See to it that Chromium and PostgreSQL are there for the tests; where that may not be done, say what is missing.

LibreOffice and poppler, through which few tests look at hand-outs, are large and not installed by us; without them
those tests are skipped, and that is said too.
"""

import os
import shutil
import subprocess
from collections.abc import Callable

from tools.testing.postgres import binaries

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def has_chromium() -> bool:
    return any(shutil.which(name) for name in CHROMIUM_NAMES)


def has_postgres() -> bool:
    return binaries() is not None


def has_office() -> bool:
    return shutil.which("soffice") is not None


def has_poppler() -> bool:
    return shutil.which("pdftoppm") is not None


NEEDS: dict[str, Callable[[], bool]] = {"chromium": has_chromium, "postgresql": has_postgres}
TAKES: dict[str, Callable[[], bool]] = {"libreoffice-writer-nogui": has_office, "poppler-utils": has_poppler}


def ensure() -> list[str]:
    """Install what is missing where we are root on Debian; give the packages that are still not there."""
    missing = [package for package, is_there in NEEDS.items() if not is_there()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing for the tests: {' '.join(missing)}", flush=True)
        install(missing)
    return [package for package, is_there in (NEEDS | TAKES).items() if not is_there()]


def install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *step], check=False, stdout=subprocess.DEVNULL, env=environment)
