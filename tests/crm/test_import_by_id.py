"""Contacts named by their ID, as our own export gives it: what may change then that is a key otherwise."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.crm.importing import import_all, statuses, upload
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.contact_sets import archive_contacts
from tradedoor.crm.actions.exports import export_contacts
from tradedoor.crm.imports import steppers
from tradedoor.crm.imports.batches import BATCH
from tradedoor.crm.models import Contact, Customer, Department

HEADER = ["Contact ID", "Customer code", "First name", "Last name", "Email", "Archived", "Merged into"]
UNKNOWN = "0e8a27a4-3f66-4d0b-8f57-94b8a5a3a7d1"


@pytest.fixture
def alpha(db: None) -> Customer:
    return make.customer("Alpha", code="A1")


@pytest.fixture
def ann(alpha: Customer) -> Contact:
    return make.contact(alpha, "ann@alpha.example", first_name="Ann", last_name="Ax")


@pytest.fixture
def ben(alpha: Customer) -> Contact:
    return make.contact(alpha, "ben@alpha.example", first_name="Ben", last_name="Bo")


@pytest.fixture(params=[BATCH, 1], ids=["one batch", "a batch a row"], autouse=True)
def batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """What a row means does not hang on which rows are read with it."""
    monkeypatch.setattr(steppers, "BATCH", request.param)
    return int(request.param)


def row(
    contact: Contact, *, code: str = "A1", email: str = "", archived: str = "", into: str = ""
) -> list[str]:
    return [str(contact.public_id), code, contact.first_name, contact.last_name, email, archived, into]


def now(contact: Contact) -> Contact:
    return Contact.objects.select_related("customer", "department").get(pk=contact.pk)


def events_of(contact: Contact) -> list[str]:
    rows = AuditRow.objects.filter(contact_id=contact.pk).order_by("pk")
    return list(rows.values_list("event", flat=True))


def test_the_email_changes_and_the_report_says_from_what(ann: Contact, importer: Actor) -> None:
    lines = import_all([HEADER, row(ann, email="Ann.New@alpha.example")], kind="contacts", actor=importer)

    assert lines == [(2, "updated", "The email changes from ann@alpha.example.")]
    changed = now(ann)
    assert (changed.email, changed.email_canonical) == ("Ann.New@alpha.example", "ann.new@alpha.example")
    assert "ann.new@alpha.example" in changed.search_text
    assert changed.version == ann.version + 1
    assert events_of(ann) == ["contact.email_changed"]


def test_a_malformed_email_is_taken_at_its_word_with_a_warning(
    ann: Contact, ben: Contact, importer: Actor
) -> None:
    table = [HEADER, row(ann, email="ann(at)alpha"), row(ben, email=ben.email)]

    lines = import_all(table, kind="contacts", actor=importer)

    assert statuses(lines) == ["updated", "unchanged"]
    assert "cannot be invited" in lines[0][2]
    assert (now(ann).email, now(ann).email_canonical) == ("ann(at)alpha", "")


def test_an_empty_cell_or_another_spelling_changes_no_email(
    ann: Contact, ben: Contact, importer: Actor
) -> None:
    table = [HEADER, row(ann), row(ben, email="BEN@Alpha.Example")]

    assert statuses(import_all(table, kind="contacts", actor=importer)) == ["unchanged", "unchanged"]
    assert now(ben).email == "ben@alpha.example"


def test_two_swap_their_emails(ann: Contact, ben: Contact, importer: Actor) -> None:
    table = [HEADER, row(ann, email=ben.email), row(ben, email=ann.email)]

    assert statuses(import_all(table, kind="contacts", actor=importer)) == ["updated", "updated"]
    assert (now(ann).email, now(ben).email) == ("ben@alpha.example", "ann@alpha.example")


def test_an_email_that_a_colleague_has_is_kept_and_said(ann: Contact, ben: Contact, importer: Actor) -> None:
    [(_number, status, reason)] = import_all(
        [HEADER, row(ann, email=ben.email)], kind="contacts", actor=importer
    )

    assert status == "updated"
    assert "Ben Bo of Alpha has this email too." in reason


def test_two_rows_that_give_two_contacts_one_email_are_taken_with_a_warning(
    ann: Contact, ben: Contact, importer: Actor
) -> None:
    table = [HEADER, row(ann, email="info@alpha.example"), row(ben, email="info@alpha.example")]

    lines = import_all(table, kind="contacts", actor=importer)

    assert statuses(lines) == ["updated", "updated"]
    assert "Row 2 has the same email for another person of this customer." in lines[1][2]


def test_a_row_without_an_id_never_means_a_contact_that_another_row_names_by_it(
    ann: Contact, importer: Actor
) -> None:
    """Who has the former email now is somebody else, before the row of the change as well as after it."""
    new = ["", "A1", "Zoe", "Zo", "ann@alpha.example", "", ""]
    table = [HEADER, row(ann, email="ann.new@alpha.example"), new]

    assert statuses(import_all(table, kind="contacts", actor=importer)) == ["updated", "created"]
    assert now(ann).first_name == "Ann"
    assert Contact.objects.get(first_name="Zoe").email == "ann@alpha.example"

    turned = [
        HEADER,
        ["", "A1", "Yan", "Yo", "ann.new@alpha.example", "", ""],
        row(ann, email="a@alpha.example"),
    ]
    assert statuses(import_all(turned, kind="contacts", actor=importer)) == ["created", "updated"]
    assert (now(ann).first_name, now(ann).email) == ("Ann", "a@alpha.example")


def test_an_id_twice_is_refused_the_second_time(ann: Contact, importer: Actor) -> None:
    table = [HEADER, row(ann, email="a1@alpha.example"), row(ann, email="a2@alpha.example")]

    lines = import_all(table, kind="contacts", actor=importer)

    assert [line[1:] for line in lines[1:]] == [("refused", "This is the same as row 2.")]
    assert now(ann).email == "a1@alpha.example"


def test_another_customer_code_moves_the_contact_and_its_address(ann: Contact, importer: Actor) -> None:
    beta = make.customer("Beta", code="B1")
    main = ann.department
    main.default_contact = ann
    main.save()
    import_all([["Contact ID", "Street"], [str(ann.public_id), "Dock 1"]], kind="contacts", actor=importer)

    [(_number, status, reason)] = import_all([HEADER, row(ann, code="b1")], kind="contacts", actor=importer)

    assert (status, reason) == ("updated", "The contact moves here from Alpha.")
    moved = now(ann)
    assert (moved.customer, moved.department) == (beta, beta.departments.get())
    assert moved.address is not None
    assert (moved.address.line1, moved.address.customer) == ("Dock 1", beta)
    assert "beta" in moved.search_text
    assert not Department.objects.filter(default_contact=ann).exists()
    left = AuditRow.objects.filter(event="contact.moved", contact_id=ann.pk)
    assert set(left.values_list("customer_id", flat=True)) == {ann.customer_id, beta.pk}


def test_without_a_customer_column_the_contact_stays_where_it_is(ann: Contact, importer: Actor) -> None:
    table = [["Contact ID", "Phone"], [str(ann.public_id), "555"], ["", "556"]]

    lines = import_all(table, kind="contacts", actor=importer)

    assert statuses(lines) == ["updated", "refused"]
    assert now(ann).phone == "555"


def test_of_companies_with_one_name_the_contacts_own_is_meant(ann: Contact, importer: Actor) -> None:
    make.customer("Alpha", code="A2")
    table = [["Contact ID", "Company", "Phone"], [str(ann.public_id), "Alpha", "555"]]

    assert statuses(import_all(table, kind="contacts", actor=importer)) == ["updated"]
    assert now(ann).customer_id == ann.customer_id


def test_archived_contacts_are_archived_and_never_taken_back(
    ann: Contact, ben: Contact, importer: Actor
) -> None:
    archive_contacts([ben], actor=importer)
    table = [HEADER, row(ann, archived="yes"), row(ben, archived="yes")]

    lines = import_all(table, kind="contacts", actor=importer)

    assert [line[1:] for line in lines] == [("updated", "The contact is archived."), ("unchanged", "")]
    assert now(ann).archived_at is not None
    assert events_of(ann) == ["contact.archived"]
    again = import_all([HEADER, row(ann, archived="no")], kind="contacts", actor=importer)
    assert again[0][1:] == ("refused", "This contact is archived.")


def test_a_contact_is_merged_into_the_one_whose_id_is_given(
    alpha: Customer, ann: Contact, ben: Contact, importer: Actor
) -> None:
    earlier = make.contact(alpha, "old@alpha.example")
    Contact.objects.filter(pk=earlier.pk).update(merged_into=ann, archived_at="2026-01-01T00:00Z")
    main = ann.department
    main.approver = ann
    main.save()

    lines = import_all([HEADER, row(ann, into=str(ben.public_id))], kind="contacts", actor=importer)

    assert [line[1:] for line in lines] == [("updated", "The contact is merged into Ben Bo.")]
    assert now(ann).merged_into_id == now(earlier).merged_into_id == ben.pk
    assert now(ann).archived_at is not None
    main.refresh_from_db()
    assert main.approver == ben
    assert events_of(ann) == ["contact.merged"]
    assert events_of(ben) == ["contact.absorbed"]
    again = import_all([HEADER, row(ann, into=str(ben.public_id))], kind="contacts", actor=importer)
    assert again[0][1:] == ("skipped", "This contact was merged into another one.")


def test_nobody_is_merged_into_somebody_who_leaves_too(ann: Contact, ben: Contact, importer: Actor) -> None:
    table = [HEADER, row(ann, into=str(ben.public_id)), row(ben, archived="yes")]
    lines = import_all(table, kind="contacts", actor=importer)
    assert lines[0][1:] == ("refused", "The contact it was merged into leaves by this file too.")
    assert lines[1][1] == "updated"

    for target in (ann.public_id, ben.public_id, UNKNOWN):
        [line] = import_all([HEADER, row(ann, into=str(target))], kind="contacts", actor=importer)
        assert line[1] == "refused"
    assert now(ann).archived_at is None


def test_archiving_asks_for_the_id(ann: Contact, importer: Actor) -> None:
    table = [HEADER, ["", "A1", "Ann", "Ax", ann.email, "yes", ""]]

    lines = import_all(table, kind="contacts", actor=importer)

    assert lines[0][1:] == ("refused", "Archived and Merged into need the Contact ID of the contact.")


def test_an_id_nobody_has_leads_on_to_the_email_and_is_kept_for_a_new_contact(
    ann: Contact, importer: Actor
) -> None:
    other = "11111111-3f66-4d0b-8f57-94b8a5a3a7d1"
    table = [
        HEADER,
        [other, "A1", "Ann", "Ax", "ann@alpha.example", "", ""],
        [UNKNOWN, "A1", "Zoe", "Zo", "zoe@alpha.example", "", ""],
        [UNKNOWN[:-1] + "0", "A1", "Yan", "Yo", "y@alpha.example", "yes", ""],
    ]

    lines = import_all(table, kind="contacts", actor=importer)

    assert statuses(lines) == ["unchanged", "created", "skipped"]
    assert lines[1][2] == "There is no contact with this ID yet."
    assert str(Contact.objects.get(first_name="Zoe").public_id) == UNKNOWN
    assert statuses(import_all(table[:3:2], kind="contacts", actor=importer)) == ["unchanged"]
    assert now(ann).public_id == ann.public_id


def test_what_is_no_id_of_ours_refuses_its_row(importer: Actor) -> None:
    make.customer("Alpha", code="A1")
    file_row = ["0031t00000abc", "A1", "Ann", "Ax", "ann@alpha.example", "", ""]
    file = upload([HEADER, file_row], kind="contacts", actor=importer)
    assert "contact_id" not in file.mapping  # by its looks it is another system's

    mixed = [HEADER, ["", *file_row[1:]], [UNKNOWN, "A1", "Zoe", "Zo", "z@alpha.example", "", ""], file_row]
    lines = import_all(mixed, kind="contacts", actor=importer)

    assert statuses(lines) == ["created", "created", "refused"]
    assert "is no contact ID of Tradedoor" in lines[2][2]


def test_numbers_of_another_system_are_not_taken_for_ours(importer: Actor) -> None:
    table = [["Customer code", "Email", "Lead GUID"], ["A1", "a@a.example", UNKNOWN]]

    file = upload(table, kind="contacts", actor=importer)

    assert not {"contact_id", "merged_into"} & file.mapping.keys()


def test_an_export_with_a_changed_email_comes_back_as_that_change_alone(
    ann: Contact, ben: Contact, importer: Actor
) -> None:
    export = export_contacts(importer)
    table = [list(export.header), *(list(cells) for cells in export.rows)]
    table[1][table[0].index("Email")] = "ann.new@alpha.example"

    assert statuses(import_all(table, kind="contacts", actor=importer)) == ["updated", "unchanged"]
    assert (now(ann).email, now(ben).email) == ("ann.new@alpha.example", ben.email)


def test_two_rows_that_change_one_contact_the_later_by_its_new_email_are_one(
    ann: Contact, importer: Actor
) -> None:
    again = ["", "A1", "Ann", "Ax", "ann.new@alpha.example", "", ""]

    lines = import_all(
        [HEADER, row(ann, email="ann.new@alpha.example"), again], kind="contacts", actor=importer
    )

    assert [line[1:] for line in lines[1:]] == [("refused", "This is the same as row 2.")]
    assert Contact.objects.count() == 1


def test_rows_by_id_ask_no_more_questions_when_they_are_many(
    alpha: Customer, importer: Actor, batch: int
) -> None:

    def queries(number: int) -> int:
        people = [make.contact(alpha) for _ in range(number)]
        table = [HEADER, *(row(one, email=f"n{one.pk}@alpha.example") for one in people)]
        with CaptureQueriesContext(connection) as asked:
            assert set(statuses(import_all(table, kind="contacts", actor=importer))) == {"updated"}
        return len(asked)

    if batch > 1:
        assert queries(3) == queries(60)
