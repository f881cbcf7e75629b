"""Importing on screen: file, columns, dry run, import, result."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web.markup import faults_of
from tradedoor.catalog.models import Product, ProductFile
from tradedoor.config.schedule import prepare_background
from tradedoor.crm.models import Contact, Customer, ImportFile
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.staff.views import imports

START = "/crm/import/"
CUSTOMERS = "Customer code,Company,Status,Phone\nVIA,Viale Group,active,1\nOST,Ostrow,active,2\n,,active,3\nBAD,Bad,asleep,4\n"


@pytest.fixture(autouse=True)
def _prepared() -> None:
    prepare_background()


def told(response: Any) -> str:
    """A download, whole."""
    return b"".join(response.streaming_content).decode()


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def upload(browser: Client, content: str | bytes, *, kind: str = "customers", name: str = "file.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return browser.post(START, {"kind": kind, "file": SimpleUploadedFile(name, data)})


def columns_of(browser: Client, address: str) -> dict[str, str]:
    """The mapping form as it was guessed."""
    text = browser.get(address).content.decode()
    found = {}
    for name, options in re.findall(r'<select name="(c\d+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def checked(browser: Client, content: str, *, kind: str = "customers", **said: str) -> str:
    """Upload, take the guesses, and return the address of the report."""
    address = upload(browser, content, kind=kind).headers["Location"]
    answer = browser.post(address, {"rows": "both", **columns_of(browser, address), **said})
    assert answer.status_code == 302, text_of(answer)
    return str(answer.headers["Location"])


def test_a_file_is_uploaded_and_its_columns_are_guessed(sam_client: Client) -> None:
    address = upload(sam_client, CUSTOMERS).headers["Location"]

    page = sam_client.get(address)
    assert "Viale Group" in text_of(page)
    assert faults_of(page.content.decode(), whole=True) == []
    assert columns_of(sam_client, address) == {"c0": "code", "c1": "name", "c2": "status", "c3": "phone"}


def test_the_whole_way_from_the_file_to_the_result(sam_client: Client) -> None:
    report = checked(sam_client, CUSTOMERS)
    page = sam_client.get(report)
    text = text_of(page)

    assert not Customer.objects.exists()
    assert "Nothing has been written yet." in text
    assert "Import 2 rows" in text
    assert faults_of(page.content.decode(), whole=True) == []
    refused = text_of(sam_client.get(report, {"status": "refused"}))
    assert "Ostrow" not in refused
    assert "asleep" in refused

    started = sam_client.post(report.replace("preview", "apply"))
    again = sam_client.post(report.replace("preview", "apply"))
    assert started.headers["Location"] == again.headers["Location"] == report
    assert "Importing file.csv" in text_of(sam_client.get(report))
    drive_work(Work.objects.get(kind="access.apply_import").pk)

    assert sorted(Customer.objects.values_list("code", flat=True)) == ["OST", "VIA"]
    assert "Import of file.csv" in text_of(sam_client.get(report))
    result = told(sam_client.get(report.replace("preview/", "result.csv")))
    assert "Viale Group" in result
    assert "Refused" in result
    assert sam_client.get(report.replace("preview/", "")).headers["Location"] == report


def test_contacts_can_bring_their_customers(sam_client: Client) -> None:
    people = "Company,First name,Last name,Email\nViale Group,Elena,Marchetti,e@viale.example\n"

    assert "Import 1 row" not in text_of(sam_client.get(checked(sam_client, people, kind="contacts")))
    report = checked(sam_client, people, kind="contacts", create_customers="on")
    assert "Import 1 row" in text_of(sam_client.get(report))
    sam_client.post(report.replace("preview", "apply"))
    drive_work(Work.objects.get(kind="access.apply_import").pk)
    assert Contact.objects.get().customer.name == "Viale Group"


def test_products_go_the_same_way(ada_client: Client) -> None:
    report = checked(ada_client, "SKU,Name,Price\nA1,Rope,2.50\n", kind="products", currency="EUR")
    assert "Import 1 row" in text_of(ada_client.get(report))

    ada_client.post(report.replace("preview", "apply"))
    ada_client.post(report.replace("preview", "apply"))
    file = ProductFile.objects.get()
    assert file.apply_work is not None
    drive_work(file.apply_work.pk)
    assert Product.objects.get().name == "Rope"
    assert "Rope" in told(ada_client.get(report.replace("preview/", "result.csv")))


def test_only_creating_skips_what_is_there(sam_client: Client, acme: Customer) -> None:
    text = text_of(sam_client.get(checked(sam_client, "Code,Company\nACME,Other\nNEW,New\n", rows="create")))

    assert "Import 1 row" in text
    assert "Skipped" in text


def test_two_columns_for_one_field_are_refused_beside_the_second(sam_client: Client) -> None:
    address = upload(sam_client, CUSTOMERS).headers["Location"]

    answer = sam_client.post(address, {"rows": "both", "c0": "code", "c1": "name", "c2": "", "c3": "name"})

    assert answer.status_code == 422
    assert "Chosen already for the column “Company”." in text_of(answer)
    assert 'id="id_c3_error"' in text_of(answer)


def test_a_mapping_without_what_is_needed_says_what_is_missing(sam_client: Client) -> None:
    address = upload(sam_client, CUSTOMERS).headers["Location"]

    answer = sam_client.post(address, {"rows": "both", "c0": "", "c1": "", "c2": "status", "c3": "phone"})

    assert answer.status_code == 422
    assert "No column was chosen for" in text_of(answer)


def test_a_guessed_encoding_has_to_be_confirmed(sam_client: Client) -> None:
    address = upload(sam_client, "Code,Company\nCAF,Café\n".encode("cp1252")).headers["Location"]
    assert "How the letters are written is a guess" in text_of(sam_client.get(address))
    assert "Café" in text_of(sam_client.get(address))

    refused = sam_client.post(address, {"rows": "both", "c0": "code", "c1": "name"})
    assert refused.status_code == 422
    assert "confirm that their letters are right" in text_of(refused)
    agreed = sam_client.post(address, {"rows": "both", "c0": "code", "c1": "name", "letters": "on"})
    assert agreed.status_code == 302


def test_another_encoding_shows_the_samples_anew(sam_client: Client) -> None:
    address = upload(sam_client, "Code,Company\nCAF,Caf\x82\n".encode("latin-1")).headers["Location"]

    sam_client.post(address, {"reread": "1", "encoding": "cp850"})

    assert "Café" in text_of(sam_client.get(address))
    assert "is a guess" not in text_of(sam_client.get(address))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7 not a table", "file.csv is neither a CSV nor an XLSX file."),
        (b"   ", "file.csv is empty."),
        (b"", "This file is empty."),
        (b"PK\x03\x04 broken", "file.csv"),
    ],
)
def test_a_wrong_file_says_why_and_keeps_one_on_the_page(
    content: bytes, sentence: str, sam_client: Client
) -> None:
    answer = upload(sam_client, content)

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "<title>Error:" in text_of(answer)
    assert not ImportFile.objects.exists()


def test_a_file_that_is_too_large_is_refused(sam_client: Client, settings: Any) -> None:
    settings.TRADEDOOR_IMPORT_MAX_MEGABYTES = 0

    answer = upload(sam_client, CUSTOMERS)

    assert answer.status_code == 422
    assert "Split it into several files." in text_of(answer)


def test_nothing_chosen_says_so(sam_client: Client) -> None:
    answer = sam_client.post(START, {"kind": "customers"})

    assert answer.status_code == 422
    assert "Choose a file." in text_of(answer)


def test_a_large_file_is_checked_as_a_job_with_progress(sam_client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(imports, "SMALL", 0)
    report = checked(sam_client, CUSTOMERS)
    htmx = {"HX-Request": "true", "HX-Target": "job"}

    assert "Checking file.csv" in text_of(sam_client.get(report))
    polled = sam_client.get(report, headers=htmx)
    assert "every 2s" in text_of(polled)
    assert "HX-Refresh" not in polled.headers
    drive_work(Work.objects.get().pk)
    assert sam_client.get(report, headers=htmx).headers["HX-Refresh"] == "true"


def test_each_imports_what_their_role_allows(
    carl_client: Client, vic_client: Client, sam_client: Client, db: None
) -> None:
    assert vic_client.get(START).status_code == 403
    assert upload(vic_client, CUSTOMERS).status_code == 403
    assert 'value="products"' not in text_of(carl_client.get(START))
    assert upload(carl_client, "SKU,Name\nA,B\n", kind="products").status_code == 422
    address = upload(sam_client, CUSTOMERS).headers["Location"]
    assert vic_client.get(address).status_code == 403
    assert vic_client.post(f"{address}apply/").status_code == 403
    assert sam_client.get(f"{START}{uuid4()}/").status_code == 404
