"""The desk in a real browser: accessible, quiet, fitting a phone, usable by keyboard and without script."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import ViewportSize, expect

from tests import make
from tests.browser import DESK, OpenPage, faults, faults_of, on_both_screens
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.models import Access
from tradedoor.accounts.actions.staff import staff_sign_in_link
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.jobs.models import Work
from tradedoor.mail.models import MailMessage
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    "/",
    "/account/",
    "/account/password/",
    "/search/?q=a",
    "/mail/",
    "/mail/{mail}/",
    "/mail/{mail}/?view=text",
    "/mail/{mail}/?view=headers",
    "/jobs/",
    "/jobs/{work}/",
    "/activity/",
    "/activity/?kind=jobs",
    "/staff/",
    "/staff/add/",
    "/staff/{vic}/",
    "/staff/{vic}/deactivate/",
    "/help/",
    "/help/invite/",
)


@pytest.fixture
def names(
    open_page: OpenPage,  # says where links in mails lead
    ada: Actor,
    vic_login: Login,
    harbour: Store,
    meadow: Store,
    bea: Access,
    nils_contact: Contact,
) -> dict[str, Any]:
    """Something on every page."""
    invite_contacts(harbour, [nils_contact.pk], actor=ada)
    Sender().send_some()
    now = timezone.now()
    work = Work.objects.create(
        kind="x", title="Import of people.csv", state="running", total=480, done=312, run_at=now, created_at=now,
        started_at=now - timedelta(seconds=60), counts={"changed": 7}, login_id=ada.login_id,
    )  # fmt: skip
    return {
        "mail": MailMessage.objects.get().public_id,
        "work": work.public_id,
        "vic": vic_login.public_id,
    }


@on_both_screens
def test_every_page_is_accessible_quiet_and_fits(
    open_page: OpenPage, ada_login: Login, names: dict[str, Any], size: ViewportSize, scheme: str
) -> None:
    page = open_page(size, ada_login, scheme=scheme)

    assert faults_of(page, {address: address.format(**names) for address in PAGES}) == {}


@on_both_screens
def test_the_door_is_accessible_quiet_and_fits(
    open_page: OpenPage, ada: Actor, ada_login: Login, size: ViewportSize, scheme: str
) -> None:
    token = staff_sign_in_link(ada_login.email, actor=ada)
    page = open_page(size, scheme=scheme)
    assert faults_of(page, {"login": "/login/", "link": f"/login/link/{token}/"}) == {}
    page.goto("/login/")
    page.fill("[name=email]", "ada@tradedoor.example")
    page.fill("[name=password]", "wrong words")
    page.press("[name=password]", "Enter")
    expect(page.locator(".errors")).to_contain_text("This email and password do not match.")
    assert faults(page, "wrong") == []


def test_the_palette_goes_anywhere_by_keyboard_alone(
    open_page: OpenPage, ada_login: Login, names: dict[str, Any]
) -> None:
    page = open_page(DESK, ada_login)
    page.goto("/help/")

    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    expect(page.locator("#palette [data-hit]").first).to_be_visible()
    assert faults(page, "palette") == []
    page.keyboard.type("activ")
    expect(page.locator("#palette [data-hit]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#palette [data-hit]")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#palette-q")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/activity/")

    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_a_mail_is_read_in_its_frame_and_its_link_opens_outside(
    open_page: OpenPage, ada_login: Login, names: dict[str, Any]
) -> None:
    page = open_page(DESK, ada_login)
    page.goto(f"/mail/{names['mail']}/")

    join = page.frame_locator("iframe").get_by_role("link", name="Join Now")
    expect(join).to_be_visible()
    with page.context.expect_page() as opened:
        join.click()
    assert "/s/harbour/join/" in opened.value.url


def test_the_page_of_a_job_stops_asking_once_it_has_ended_and_says_so_everywhere(
    open_page: OpenPage, ada_login: Login, names: dict[str, Any]
) -> None:
    page = open_page(DESK, ada_login)
    page.goto(f"/jobs/{names['work']}/")
    expect(page.locator(".banner--job progress")).to_be_visible()

    Work.objects.update(state="done", done=480, finished_at=timezone.now())

    expect(page.locator(".banner--job")).to_contain_text("480 checked")
    expect(page.locator(".banner--job[hx-get]")).to_have_count(0)
    expect(page.locator("#job-about")).to_contain_text("Ended")
    expect(page.locator("#job-about")).not_to_contain_text("the work goes on")


def test_all_of_it_works_without_script(open_page: OpenPage, ada_login: Login, names: dict[str, Any]) -> None:
    page = open_page(DESK, scripts=False)
    page.goto("/mail/")
    page.fill("[name=email]", ada_login.email)
    page.fill("[name=password]", make.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/mail/")

    page.fill("#q", "nils")
    page.press("#q", "Enter")
    expect(page.locator(".index__foot")).to_contain_text("1–1 of 1")
    page.goto(f"/jobs/{names['work']}/")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".banner--job")).to_contain_text("stopping")
