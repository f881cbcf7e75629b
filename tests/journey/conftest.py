"""What both journeys look through."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

# On a machine that does much else besides; nothing here measures how quick a page is.
expect.set_options(timeout=30_000)

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture
def browser() -> Iterator[Browser]:
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()
