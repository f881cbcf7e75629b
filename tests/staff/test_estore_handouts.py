"""Hand-outs of many customers at once, and a store's own template for them."""

import io
import re
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx import Document

from tests import make
from tests.handouts.facts import paragraph, template
from tests.web.markup import faults_of
from tradedoor.accounts.models import Login
from tradedoor.config.schedule import prepare_background
from tradedoor.crm.models import Customer
from tradedoor.handouts.models import HandoutTemplate
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.stores.models import Store

pytestmark = pytest.mark.usefixtures("_background")
BULK = "/crm/customers/handouts/"
SETTINGS = "/stores/harbour/settings/handout/"


@pytest.fixture
def _background() -> None:
    prepare_background()


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def zip_of(response: Any) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def upload(client: Client, content: bytes, name: str = "mine.docx") -> Any:
    return client.post(SETTINGS, {"template": SimpleUploadedFile(name, content)})


def chosen(*customers: Customer) -> dict[str, Any]:
    return {"id": [str(one.public_id) for one in customers], "query": ""}


def test_the_page_asks_for_store_and_kind_and_carries_the_choice(
    sam_client: Client, acme: Customer, borealis: Customer, harbour: Store, meadow: Store
) -> None:
    text = text_of(sam_client.post(BULK, chosen(acme, borealis)))

    assert "Hand-outs for 2 customers" in text
    assert f'value="{acme.public_id}"' in text
    assert 'name="store" value="meadow"' in text
    assert text.count("2 hand-outs are made.") == 2
    assert faults_of(text) == []


def test_a_store_for_which_nobody_can_have_one_says_so_before(
    sam_client: Client, acme: Customer, borealis: Customer, harbour: Store
) -> None:
    make.store("Theirs", kind=Store.Kind.DEDICATED, customer=borealis)

    text = text_of(sam_client.post(BULK, chosen(acme)))
    sent = sam_client.post(BULK, {**chosen(acme), "store": "theirs", "kind": "docx", "once": "a"})

    assert 'value="theirs" required disabled' in text
    assert "1 is left out: " in text
    assert sent.status_code == 422
    assert "No chosen customer can be given a hand-out for this store." in text_of(sent)
    assert faults_of(text_of(sent)) == []
    assert not Work.objects.exists()


def test_a_job_makes_them_and_its_zip_holds_one_for_each(
    sam_client: Client, acme: Customer, borealis: Customer, harbour: Store
) -> None:
    gone = make.customer("Gone", status=Customer.Status.INACTIVE)

    answer = sam_client.post(
        BULK, {**chosen(acme, borealis, gone), "store": "harbour", "kind": "docx", "once": "a"}
    )
    work = drive_work(Work.objects.get().pk)
    page = text_of(sam_client.get(answer["Location"]))
    packed = zip_of(sam_client.get(f"/jobs/{work.public_id}/hand-outs.zip"))

    assert work.counts == {"made": 2, "skipped": 1}
    assert "Download hand-outs (zip)" in page
    assert packed.namelist() == ["ACME Acme.docx", "BORE Borealis.docx"]
    assert "For the people of Borealis" in [
        one.text for one in Document(io.BytesIO(packed.read("BORE Borealis.docx"))).paragraphs
    ]
    result: Any = sam_client.get(f"/jobs/{work.public_id}/result.csv")
    assert "This customer is inactive." in b"".join(result.streaming_content).decode()


def test_sending_the_form_twice_starts_one_job(sam_client: Client, acme: Customer, harbour: Store) -> None:
    given = {**chosen(acme), "store": "harbour", "kind": "pdf", "once": "b"}

    first, second = sam_client.post(BULK, given), sam_client.post(BULK, given)

    assert first["Location"] == second["Location"]
    assert Work.objects.count() == 1


def test_only_who_started_it_and_owners_fetch_the_zip(
    sam_client: Client,
    ada_client: Client,
    vic_client: Client,
    carl_client: Client,
    acme: Customer,
    harbour: Store,
) -> None:
    sam_client.post(BULK, {**chosen(acme), "store": "harbour", "kind": "docx", "once": "c"})
    early = Work.objects.get()
    here = f"/jobs/{early.public_id}/hand-outs.zip"
    assert sam_client.get(here).status_code == 409
    drive_work(early.pk)

    assert {client.get(here).status_code for client in (vic_client, carl_client)} == {403}
    assert zip_of(ada_client.get(here)).namelist() == ["ACME Acme.docx"]
    assert "Download hand-outs" not in text_of(vic_client.get(f"/jobs/{early.public_id}/"))


def test_a_store_uploads_its_own_template_and_goes_back(
    ada_client: Client, sam_client: Client, acme: Customer, harbour: Store
) -> None:
    assert "Standard template" in text_of(ada_client.get(SETTINGS))

    assert upload(ada_client, template(paragraph("Ours: {{ customer }} {{ link }}"))).status_code == 302
    page = text_of(ada_client.get(SETTINGS))
    word = Document(
        io.BytesIO(sam_client.get(f"/crm/customers/{acme.public_id}/estore/harbour/handout.docx").content)
    )
    own = ada_client.get(f"{SETTINGS}own.docx")
    asked = text_of(ada_client.get(f"{SETTINGS}restore/"))
    ada_client.post(f"{SETTINGS}restore/")

    assert "mine.docx" in page
    assert faults_of(page) == []
    assert word.paragraphs[0].text.startswith("Ours: Acme http")
    assert "{{ customer }}" in Document(io.BytesIO(own.content)).paragraphs[0].text
    assert "Restore the standard template?" in asked
    assert "Standard template" in text_of(ada_client.get(SETTINGS))
    assert not HandoutTemplate.objects.exists()


def test_what_is_wrong_with_a_template_stands_beside_the_field(
    ada_client: Client, harbour: Store, ada_login: Login
) -> None:
    wrong = upload(ada_client, template(paragraph("{{ link }} {{ custmer }} {{ store.name }}")))
    none = ada_client.post(SETTINGS, {})

    assert wrong.status_code == 422
    assert "These placeholders are not known: {{ custmer }}, {{ store.name }}" in text_of(wrong)
    assert none.status_code == 422
    assert "Choose a file." in text_of(none)
    assert not HandoutTemplate.objects.exists()


def test_others_than_owners_look_and_change_nothing(
    vic_client: Client, sam_client: Client, harbour: Store
) -> None:
    assert "Changing them takes another role" in text_of(vic_client.get(SETTINGS))
    assert upload(sam_client, template(paragraph("{{ link }}"))).status_code == 403
    assert sam_client.post(f"{SETTINGS}restore/").status_code == 403


def test_the_sample_can_be_uploaded_as_it_is(ada_client: Client, harbour: Store) -> None:
    sample = ada_client.get(f"{SETTINGS}sample.docx").content

    assert upload(ada_client, sample).status_code == 302
    for page, start in (("example.docx", b"PK"), ("example.pdf", b"%PDF")):
        assert ada_client.get(SETTINGS + page).content.startswith(start)
