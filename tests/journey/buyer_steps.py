"""What an invited person does in a browser, and what they are told."""

from playwright.sync_api import Browser, Page, expect

PASSWORD = "nine copper lanterns"


def join(page: Page, link: str) -> str:
    """Join Now, a password, in; the link's token leaves the address bar. Return the address of the store's home."""
    page.goto(link)
    assert token_of(link) not in page.url
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Join Now").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")
    return page.url


def looks_at_the_catalogue(page: Page, home: str, *, product: str) -> None:
    """The imported products stand there; a search finds one, and its page shows it."""
    page.goto(home + "catalogue/")
    expect(page.locator(".products > *").first).to_be_visible()
    page.get_by_role("searchbox").first.fill(product)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Results for")
    page.locator(".products a").first.click()
    expect(page.locator(".goods")).to_be_visible()
    expect(page.locator(".goods").get_by_text("SKU").first).to_be_visible()


def link_is_used(browser: Browser, link: str) -> None:
    """In another browser the same link says what became of it, and lets nobody in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("You have joined already")
    expect(page.get_by_label("Choose a password")).to_have_count(0)
    context.close()


def is_out_at_the_next_click(page: Page, home: str) -> None:
    page.goto(home + "catalogue/")
    assert "/login/" in page.url
    expect(page.locator(".products")).to_have_count(0)


def sign_in(page: Page, home: str, email: str) -> None:
    page.goto(home + "login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def is_told_that_access_is_off(page: Page, home: str, email: str) -> None:
    sign_in(page, home, email)
    expect(page.get_by_role("heading", level=1)).to_contain_text("You cannot sign in at the moment")
    expect(page.get_by_text("switched off").or_(page.get_by_text("is off")).first).to_be_visible()
    expect(page.get_by_text("+44 20 7946 0000").first).to_be_visible()


def is_in_again(page: Page, home: str, email: str) -> None:
    sign_in(page, home, email)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")


def token_of(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]
