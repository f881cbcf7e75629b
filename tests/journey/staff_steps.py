"""What somebody of the seller does on screen, by the labels they read there."""

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Page, expect

STORE = {"name": "Harbour Wheels", "slug": "harbour"}
LONG = 60_000  # ms: how long a job may take on a busy machine


def sign_in_by_link(page: Page, link: str, *, home: str) -> None:
    """Open the one-time link of the command; whoever has no password yet is asked to choose one."""
    page.goto(link)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/login/" not in url)
    assert "/account/password/" in page.url
    page.goto(home)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def make_store(page: Page, home: str) -> None:
    page.goto(f"{home}/stores/add/")
    page.get_by_label("Name", exact=True).fill(STORE["name"])
    page.get_by_label("Address", exact=True).fill(STORE["slug"])
    page.get_by_label("Phone").fill("+44 20 7946 0000")
    page.get_by_label("Email").fill("help@harbour.example")
    page.get_by_label("Currency").fill("USD")
    page.get_by_role("button", name="Add store").click()
    expect(page.get_by_text(STORE["name"]).first).to_be_visible()
    assert "/stores/harbour/" in page.url


def import_on_screen(page: Page, home: str, kind: str, path: Path, *, count: int) -> list[dict[str, str]]:
    """Choose the file, look at the columns, check, apply; return the lines of the result file."""
    page.goto(f"{home}/crm/import/")
    page.get_by_role("radio", name=kind).check()
    page.get_by_label("File").set_input_files(path)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="What the columns mean")).to_be_visible()
    guess = page.get_by_label("Company is imported as").evaluate("one => one.selectedOptions[0].text")
    assert guess == "Company"

    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", name="What the import will do")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Nothing has been written yet.")).to_be_visible()
    page.get_by_role("button", name=f"Import {count} rows").click()
    expect(page.get_by_role("link", name="Show customers")).to_be_visible(timeout=LONG)

    result = page.request.get(page.get_by_role("link", name="Result file (CSV)").get_attribute("href") or "")
    assert result.ok
    lines = list(csv.DictReader(io.StringIO(result.body().decode("utf-8-sig"))))
    page.get_by_role("link", name="Show customers").click()
    expect(page.locator("tbody tr").first).to_be_visible()
    return lines


def invite_all(page: Page, home: str, *, count: int) -> None:
    """From the dashboard: all that match, confirmed on the page that names their number."""
    page.goto(f"{home}/stores/harbour/dashboard/")
    page.get_by_role("link", name="Invite New Customers").first.click()
    page.get_by_label(f"All {count} that match").check()
    page.get_by_role("button", name="Invite", exact=False).last.click()
    page.get_by_role("button", name=f"Invite {count} contacts").click()
    page.wait_for_url(lambda url: "tab=pending" in url)


def sees_all_pending(page: Page, home: str, *, count: int) -> None:
    page.goto(f"{home}/stores/harbour/dashboard/?tab=pending")
    expect(page.get_by_role("link", name="Pending Customers")).to_contain_text(str(count))
    expect(page.locator("tbody tr").first).to_contain_text("Sent")


def choose(page: Page, home: str, person: Mapping[str, str], verb: str) -> None:
    """Find somebody by Search Customers and press `verb` in the menu of their row."""
    page.goto(f"{home}/stores/harbour/dashboard/")
    page.get_by_role("searchbox", name="Search Customers").fill(person["Email"])
    row = page.locator("tbody tr").filter(has_text=person["Email"])
    expect(page).to_have_url(re.compile("q="))
    expect(page.locator("tbody tr")).to_have_count(1)
    row.get_by_role("button", name="More actions for").click()
    row.get_by_role("button", name=verb).click()


def deactivate(page: Page, home: str, person: Mapping[str, str]) -> None:
    choose(page, home, person, "Deactivate customer")
    expect(page.locator(".toast, .banner").filter(has_text="can no longer sign in").first).to_be_visible()


def reenable(page: Page, home: str, person: Mapping[str, str]) -> None:
    choose(page, home, person, "Re-enable customer")
    expect(page.locator(".toast, .banner").filter(has_text="can sign in again").first).to_be_visible()
