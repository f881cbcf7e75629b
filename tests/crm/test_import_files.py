"""What people really upload: odd encodings, delimiters, quotes, and files that are no tables."""

import io
from pathlib import Path

import pytest
from django.conf import LazySettings
from openpyxl import Workbook

from tests import make
from tests.crm.importing import APPLY, applied, as_csv, checked, import_all, statuses, upload
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.sheets.writing import csv_chunks
from tradedoor.crm.actions.exports import export_contacts, export_customers
from tradedoor.crm.actions.imports import describe_import, start_check, start_import, upload_import
from tradedoor.crm.imports.results import result_table
from tradedoor.crm.imports.spool import SHELF
from tradedoor.crm.models import Address, Contact, Customer, ImportFile

TABLE = [["Customer code", "Company"], ["A1", "Åkerman & Söhne"], ["A2", "Beta"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_recognised(importer: Actor, encoding: str, delimiter: str) -> None:
    content = as_csv(TABLE, delimiter=delimiter).encode(encoding)

    assert statuses(import_all(content, kind="customers", actor=importer)) == ["created", "created"]
    assert Customer.objects.get(code="A1").name == "Åkerman & Söhne"


def test_a_guessed_encoding_waits_for_a_person_to_confirm_it(importer: Actor) -> None:
    file = upload(as_csv(TABLE).encode("cp1252"), kind="customers", actor=importer)
    assert (file.encoding, file.encoding_is_guess) == ("cp1252", True)

    with pytest.raises(Conflict) as refusal:
        checked(file, actor=importer)
    assert refusal.value.code == "encoding_unconfirmed"
    describe_import(file, actor=importer, encoding="cp1252")
    assert statuses(checked(file, actor=importer)) == ["created", "created"]
    assert statuses(applied(file, actor=importer)) == ["created", "created"]
    assert Customer.objects.get(code="A1").name == "Åkerman & Söhne"


def test_a_quoted_line_break_stays_in_notes_and_leaves_names(importer: Actor) -> None:
    content = 'Customer code,Company,Notes\nA1,"Alpha\nTrading","one\ntwo"\nA2,Beta,\n'

    lines = import_all(content, kind="customers", actor=importer)

    assert [number for number, _, _ in lines] == [2, 5]
    alpha = Customer.objects.get(code="A1")
    assert (alpha.name, alpha.notes) == ("Alpha Trading", "one\ntwo")


def test_a_workbook_is_read_and_formulas_are_only_text(importer: Actor) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [["Customer code", "Company"], ["A1", '=HYPERLINK("http://evil.example")'], ["A2", "Beta"]]:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)

    lines = import_all(out.getvalue(), kind="customers", actor=importer)

    assert "created" in statuses(lines)
    assert Customer.objects.filter(code="A2").exists()


def test_a_formula_in_a_csv_comes_back_as_text_that_no_spreadsheet_runs(importer: Actor) -> None:
    import_all([["Customer code", "Company"], ["A1", "=1+1"]], kind="customers", actor=importer)

    export = export_customers(importer)
    written = b"".join(csv_chunks(export.header, export.rows)).decode("utf-8-sig")

    assert Customer.objects.get().name == "=1+1"
    assert '"\'=1+1"' in written


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 this is no workbook", None),
        (b"%PDF-1.7 nor this", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
    ],
)
def test_what_is_no_table_is_refused_and_nothing_is_kept(
    importer: Actor, content: bytes, code: str | None
) -> None:
    with pytest.raises(Invalid) as refusal:
        upload(content, kind="customers", actor=importer, name="table.xlsx")

    assert code is None or refusal.value.code == code
    assert not ImportFile.objects.exists()
    assert _kept() == set()


def test_a_file_beyond_the_limit_is_refused_before_it_is_stored_whole_csv_02(
    importer: Actor, settings: LazySettings
) -> None:
    settings.TRADEDOOR_IMPORT_MAX_MEGABYTES = 1

    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            self.taken += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(Invalid) as refusal:
        upload_import(endless, kind="customers", name="two-gigabytes.csv", actor=importer)  # type: ignore[arg-type]  # has all that is asked of it

    assert refusal.value.code == "file_too_large"
    assert endless.taken < 4_000_000
    assert _kept() == set()


def test_an_uploaded_file_is_readable_for_its_owner_alone(importer: Actor) -> None:
    file = upload(TABLE, kind="customers", actor=importer)

    assert SHELF.path(file.public_id).stat().st_mode & 0o777 == 0o600
    assert SHELF.path(file.public_id).parent.stat().st_mode & 0o777 == 0o700


def test_a_name_that_is_a_path_leads_nowhere(importer: Actor) -> None:
    file = upload(TABLE, kind="customers", actor=importer, name="../../etc/passwd")

    assert file.name == "passwd"
    assert SHELF.path(file.public_id).name == str(file.public_id)


def test_a_mapping_may_name_only_what_an_import_may_fill_csv_02(importer: Actor) -> None:
    file = upload(TABLE, kind="customers", actor=importer)

    for key in ("merged_into", "archived_at", "code_key", "public_id"):
        with pytest.raises(Invalid) as refusal:
            describe_import(file, actor=importer, mapping={"code": 0, key: 1})
        assert refusal.value.code == "unknown_target"


def test_a_row_with_too_many_cells_is_refused_alone(importer: Actor) -> None:
    content = "Customer code,Company\nA1,Alpha,and more\nA2,Beta\n"

    assert statuses(import_all(content, kind="customers", actor=importer)) == ["refused", "created"]


def test_the_result_is_the_file_with_status_and_reason_in_front(importer: Actor) -> None:
    make.customer("Beta", code="A2")
    content = "Customer code,Company\nA1,Alpha,and more\nA2,Beta\nA3,Gamma\n"
    file = upload(content, kind="customers", actor=importer, update=False)
    applied(file, actor=importer)
    file.refresh_from_db()
    assert file.apply_work is not None

    table = result_table(file, file.apply_work, actor=importer)

    assert table.header == ["Row", "Status", "Reason", "Customer code", "Company"]
    assert list(table.rows) == [
        ["2", "Refused", "This row has 3 cells, the header has 2.", "A1", "Alpha | and more"],
        ["3", "Skipped", "This customer is there already.", "A2", "Beta"],
        ["4", "Created", "", "A3", "Gamma"],
    ]


def test_an_import_starts_once_and_its_file_is_then_fixed(importer: Actor) -> None:
    file = upload(TABLE, kind="customers", actor=importer)
    first = start_import(file, kind=APPLY, actor=importer)

    assert start_import(file, kind=APPLY, actor=importer) == first
    with pytest.raises(Conflict) as refusal:
        describe_import(file, actor=importer, mapping={"code": 1})
    assert refusal.value.code == "already_started"


def test_a_file_is_not_described_anew_while_it_is_checked(importer: Actor) -> None:
    file = upload(TABLE, kind="customers", actor=importer)
    start_check(file, actor=importer)

    with pytest.raises(Conflict) as refusal:
        describe_import(file, actor=importer, mapping={"code": 0, "name": 1})
    assert refusal.value.code == "check_running"


def test_what_is_exported_can_be_imported_and_changes_nothing(importer: Actor) -> None:
    _import_a_bit_of_everything(importer)
    before = (list(Customer.objects.values()), list(Contact.objects.values()), list(Address.objects.values()))
    customers, contacts = export_customers(importer), export_contacts(importer)
    customer_file = b"".join(csv_chunks(customers.header, customers.rows))
    contact_file = b"".join(csv_chunks(contacts.header, contacts.rows))

    assert set(statuses(import_all(customer_file, kind="customers", actor=importer))) == {"unchanged"}
    assert set(statuses(import_all(contact_file, kind="contacts", actor=importer))) == {"unchanged"}
    after = (list(Customer.objects.values()), list(Contact.objects.values()), list(Address.objects.values()))
    assert before == after


def test_an_export_comes_back_whole_into_an_empty_crm(importer: Actor) -> None:
    _import_a_bit_of_everything(importer)
    customers, contacts = export_customers(importer), export_contacts(importer)
    tables = ([customers.header, *customers.rows], [contacts.header, *contacts.rows])
    Contact.objects.all().delete()
    Customer.objects.all().delete()

    import_all(tables[0], kind="customers", actor=importer)
    import_all(tables[1], kind="contacts", actor=importer)

    again = (export_customers(importer), export_contacts(importer))
    assert tables == tuple([export.header, *export.rows] for export in again)


def _import_a_bit_of_everything(actor: Actor) -> None:
    import_all(
        [
            [
                "Code",
                "Company",
                "Tags",
                "Notes",
                "Billing street",
                "Billing city",
                "Delivery street",
                "Status",
            ],
            ["A1", "Åkerman", "north; bike", "first\nsecond", "High 1", "Town", "Dock 9", "on hold"],
            ["'A2", "-Beta-", "", "", "", "", "", "prospect"],
        ],
        kind="customers",
        actor=actor,
    )
    import_all(
        [
            [
                "Customer code",
                "First name",
                "Last name",
                "Email",
                "Department",
                "Subscribed",
                "Street",
                "Phone",
            ],
            ["A1", "Ann", "van der Ax", "Ann@A1.example", "Buying", "yes", "Home 3", "+44 1"],
            ["A1", "Ben", "Bo", "ben(at)a1", "", "no", "", ""],
            ["A1", "Cid", "", "", "Buying", "", "", ""],
        ],
        kind="contacts",
        actor=actor,
    )


def _kept() -> set[Path]:
    folder = SHELF.path(ImportFile().public_id).parent
    return set(folder.iterdir()) if folder.exists() else set()


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, settings: LazySettings) -> None:
    settings.TRADEDOOR_DATA_DIR = tmp_path
