"""The customer's eStore panel and all that hangs on it, in a browser."""

import io
import re
import subprocess
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from docx import Document
from PIL import Image
from playwright.sync_api import Page, expect

from tests import make
from tests.browser import DESK, PHONE, OpenPage, faults, faults_of, on_both_screens
from tests.handouts.facts import logo, paragraph, template
from tests.handouts.offices import as_pdf, codes_in, needs_office, needs_poppler
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.registration.codes import estore_url
from tradedoor.registration.models import EstoreLink
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(bea: Access, acme: Customer, harbour: Store, meadow: Store) -> Customer:
    make.access(make.contact(acme), harbour, state=State.PENDING)
    make.contact(acme, "")
    make.contact(acme, "not an address")
    harbour.logo.save("logo.png", ContentFile(logo()))
    return acme


@on_both_screens
def test_every_page_is_sound(
    open_page: OpenPage, people: Customer, ada_login: Login, size: object, scheme: object
) -> None:
    page: Page = open_page(size, ada_login, scheme=scheme)  # type: ignore[arg-type]  # parametrized
    here = f"/crm/customers/{people.public_id}/estore/"

    found = faults_of(
        page,
        {
            "estore": here,
            "estore new link": f"{here}harbour/link/new/",
            "estore limits": f"{here}harbour/link/limits/",
            "estore email": f"{here}harbour/link/email/",
            "store handout": "/stores/harbour/settings/handout/",
            "store handout restore": "/stores/harbour/settings/handout/restore/",
        },
    )
    assert found == {}

    page.goto(here)
    page.get_by_role("button", name="More for the link to Harbour").click()
    expect(page.get_by_role("link", name="Hand-out as PDF")).to_be_visible()
    assert faults(page, "estore menu") == []

    page.goto(f"{here}harbour/link/email/")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Choose somebody, or type an address.")).to_be_visible()
    assert faults(page, "estore email error") == []

    page.goto("/crm/customers/")
    page.get_by_role("checkbox", name="Acme").check()
    more = page.get_by_role("button", name="More actions", exact=False).last
    more.click()
    page.get_by_role("button", name="Hand-outs").click()
    expect(page.get_by_role("heading", name="Hand-outs for 1 customer")).to_be_visible()
    assert faults(page, "handouts bulk") == []


def test_from_the_record_the_link_is_mailed_printed_and_replaced(
    open_page: OpenPage, people: Customer, bea_contact: Contact, sam_login: Login
) -> None:
    page = open_page(DESK, sam_login)
    page.goto(f"/crm/customers/{people.public_id}/")
    page.get_by_role("link", name="eStore", exact=True).click()
    link = page.get_by_label("eStore link").first
    address = link.input_value()
    assert address == estore_url(EstoreLink.objects.select_related("store").get(store__slug="harbour"))

    with page.expect_download() as download:
        page.get_by_role("link", name="Word hand-out for Harbour").click()
    file = Path(download.value.path()).read_bytes()
    assert address in "".join(
        cell.text for row in Document(io.BytesIO(file)).tables[0].rows for cell in row.cells
    )

    page.get_by_role("link", name="Email the link to Harbour").click()
    page.get_by_role("checkbox", name="Bea Buyer").check()
    page.get_by_label("Other addresses").fill("nina@acme.example")
    page.get_by_label("Personal message").fill("Welcome aboard")
    page.get_by_role("button", name="Preview").click()
    expect(page.frame_locator("iframe").get_by_text("Welcome aboard")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Bea Buyer")).to_be_checked()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The link is on its way to 2 people.")).to_be_visible()
    assert MailMessage.objects.count() == 2

    page.get_by_role("button", name="More for the link to Harbour").click()
    page.get_by_role("link", name="New link").click()
    page.get_by_role("button", name="New link").click()
    expect(page.get_by_text("Acme has a new link to Harbour.", exact=False)).to_be_visible()
    expect(page.get_by_label("eStore link").first).not_to_have_value(address)


@needs_office
@needs_poppler
def test_whoever_scans_the_printed_hand_out_stands_before_the_door_and_may_register(
    open_page: OpenPage, people: Customer, sam_login: Login, tmp_path: Path
) -> None:
    page = open_page(DESK, sam_login)
    page.goto(f"/crm/customers/{people.public_id}/estore/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Word hand-out for Harbour").click()
    word = tmp_path / "handout.docx"
    download.value.save_as(word)
    subprocess.run(["pdftoppm", "-r", "110", "-png", as_pdf(word).name, "page"], cwd=tmp_path, check=True)
    with Image.open(next(tmp_path.glob("page*.png"))) as printed:
        [address] = codes_in(printed)

    phone = open_page(PHONE)
    phone.goto(address)

    expect(phone).to_have_url(re.compile("/s/harbour/login/$"))
    expect(phone.get_by_role("link", name="New User - Register")).to_be_visible()


def test_a_template_is_uploaded_without_script_on_a_phone(
    open_page: OpenPage, harbour: Store, ada_login: Login, tmp_path: Path
) -> None:
    page = open_page(PHONE, ada_login, scripts=False)
    bad, good = tmp_path / "bad.docx", tmp_path / "good.docx"
    bad.write_bytes(template(paragraph("{{ link }} {{ custmer }}")))
    good.write_bytes(template(paragraph("{{ customer }}: {{ link }}")))

    page.goto("/stores/harbour/settings/handout/")
    page.get_by_label("Word document").set_input_files(bad)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("These placeholders are not known: {{ custmer }}").first).to_be_visible()

    page.get_by_label("Word document").set_input_files(good)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("good.docx")).to_be_visible()
