"""Contacts from a file: whose they are, who they are, and what happens to doubtful emails."""

import pytest

from tests import make
from tests.crm.importing import import_all, statuses, upload
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.contact_sets import archive_contacts
from tradedoor.crm.actions.customer_merging import merge_customers
from tradedoor.crm.actions.merging import merge_contacts
from tradedoor.crm.imports.names import split_name
from tradedoor.crm.models import Contact, Customer

HEADER = ["Customer code", "Company", "First name", "Last name", "Email", "Phone"]


def test_rows_attach_by_code_and_by_name_only_where_that_is_unique(importer: Actor) -> None:
    alpha = make.customer("Alpha", code="A1")
    make.customer("Twin", code="T1")
    make.customer("Twin", code="T2")
    table = [
        HEADER,
        ["a1", "", "Ann", "Ax", "ann@alpha.example", ""],
        ["", "ALPHA", "Ben", "Bo", "ben@alpha.example", ""],
        ["", "Twin", "Cid", "Co", "cid@twin.example", ""],
        ["X9", "Alpha", "Dan", "Do", "dan@alpha.example", ""],
        ["", "Unknown", "Eve", "Eo", "eve@unknown.example", ""],
        ["", "", "Fay", "Fo", "fay@unknown.example", ""],
    ]

    lines = import_all(table, kind="contacts", actor=importer)

    assert statuses(lines) == ["created", "created", "refused", "refused", "refused", "refused"]
    assert [reason for _n, _s, reason in lines[2:5]] == [
        "More than one customer has this name: T1, T2. Give the customer code.",
        "There is no customer with the code X9.",
        "There is no customer called Unknown.",
    ]
    ann = alpha.contacts.get(first_name="Ann")
    assert ann.department.is_main
    assert (ann.sort_name, ann.email_canonical) == ("ax ann", "ann@alpha.example")
    assert ann.search_text == "ann ax ann@alpha.example alpha a1"
    assert AuditRow.objects.filter(event="contact.created", customer_id=alpha.pk).count() == 2


def test_a_company_of_another_name_under_the_code_is_said(importer: Actor) -> None:
    make.customer("Alpha", code="A1")

    lines = import_all(
        [HEADER, ["A1", "Omega", "Ann", "Ax", "ann@a.example", ""]], kind="contacts", actor=importer
    )

    assert lines[0][1:] == ("created", "The customer with this code is called Alpha.")


def test_the_email_within_the_customer_is_the_key_however_it_is_capitalised(importer: Actor) -> None:
    alpha = make.customer("Alpha", code="A1")
    ann = make.contact(alpha, "ann@alpha.example", first_name="Ann", last_name="Ax")

    lines = import_all(
        [HEADER, ["A1", "", "Anna", "Ax", "ANN@Alpha.Example", "555"]], kind="contacts", actor=importer
    )

    assert statuses(lines) == ["updated"]
    ann.refresh_from_db()
    assert (ann.first_name, ann.phone, ann.email, ann.version) == ("Anna", "555", "ann@alpha.example", 2)
    assert ann.sort_name == "ax anna"


def test_a_file_twice_is_unchanged_the_second_time(importer: Actor) -> None:
    make.customer("Alpha", code="A1")
    table = [
        HEADER,
        ["A1", "", "Ann", "Ax", "ann@alpha.example", "1"],
        ["A1", "", "Ben", "Bo", "", "2"],
        ["A1", "", "Cid", "Co", "not an address", "3"],
        ["A1", "", "Dan", "Do", "info@alpha.example", ""],
        ["A1", "", "Eve", "Eo", "info@alpha.example", ""],
    ]

    first = import_all(table, kind="contacts", actor=importer)
    assert statuses(first) == ["created"] * 5
    assert statuses(import_all(table, kind="contacts", actor=importer)) == ["unchanged"] * 5
    assert Contact.objects.count() == 5


def test_an_email_twice_in_the_file_is_refused_for_one_person_and_kept_with_a_warning_for_two(
    importer: Actor,
) -> None:
    make.customer("Alpha", code="A1")
    table = [
        HEADER,
        ["A1", "", "Ann", "Ax", "info@alpha.example", ""],
        ["A1", "", "ANN", "AX", "INFO@alpha.example", ""],
        ["A1", "", "Ben", "Bo", "info@alpha.example", ""],
        ["A1", "", "Ben", "Bo", "info@alpha.example", ""],
    ]

    lines = import_all(table, kind="contacts", actor=importer)

    assert [(number, status) for number, status, _ in lines] == [
        (2, "created"), (3, "refused"), (4, "created"), (5, "refused"),
    ]  # fmt: skip
    assert lines[1][2] == "This is the same as row 2."
    assert lines[2][2] == "Row 2 has the same email for another person of this customer."
    assert lines[3][2] == "This is the same as row 4."


def test_a_key_that_matches_two_contacts_refuses_its_row(importer: Actor) -> None:
    alpha = make.customer("Alpha", code="A1")
    for name in ("Ann", "Ben"):
        make.contact(alpha, "info@alpha.example", first_name=name, last_name="Ax")
    table = [HEADER, ["A1", "", "Cid", "Ax", "info@alpha.example", "1"]]

    lines = import_all(table, kind="contacts", actor=importer)
    assert statuses(lines) == ["refused"]
    assert lines[0][2] == "More than one contact of this customer has this email or name."
    table = [HEADER, ["A1", "", "ben", "ax", "info@alpha.example", "1"]]
    assert statuses(import_all(table, kind="contacts", actor=importer)) == ["updated"]


@pytest.mark.parametrize("email", ["ann@alpha", "ann@alpha.example\u200b", "=?utf-8?q?a?=@alpha.example"])
def test_a_malformed_email_is_kept_as_typed_without_canonical_form_and_with_a_warning(
    importer: Actor, email: str
) -> None:
    make.customer("Alpha", code="A1")

    lines = import_all([HEADER, ["A1", "", "Ann", "Ax", email, ""]], kind="contacts", actor=importer)

    assert statuses(lines) == ["created"]
    assert "cannot be invited" in lines[0][2]
    held = Contact.objects.get()
    assert (held.email, held.email_canonical) == (email, "")


def test_the_same_email_at_another_customer_is_warned_of(importer: Actor) -> None:
    make.contact(make.customer("Beta"), "ann@both.example", first_name="Ann", last_name="Ax")
    make.customer("Alpha", code="A1")

    lines = import_all(
        [HEADER, ["A1", "", "Ann", "Ax", "ann@both.example", ""]], kind="contacts", actor=importer
    )

    assert lines[0][1:] == ("created", "Ann Ax of Beta has this email too.")


def test_companies_that_are_not_there_are_made_only_when_asked(importer: Actor) -> None:
    table = [
        [*HEADER, "VAT number"],
        ["N1", "New One", "Ann", "Ax", "ann@new.example", "", "GB1"],
        ["N1", "New One", "Ben", "Bo", "ben@new.example", "", "GB1"],
        ["", "New Two", "Cid", "Co", "cid@new.example", "", ""],
        ["", "new two", "Dan", "Do", "dan@new.example", "", ""],
    ]

    assert statuses(import_all(table, kind="contacts", actor=importer)) == ["refused"] * 4
    assert not Customer.objects.exists()
    lines = import_all(table, kind="contacts", actor=importer, create_customers=True)
    assert statuses(lines) == ["created"] * 4
    assert lines[0][2] == "The customer was created with it."
    assert Customer.objects.get(code="N1").tax_id == "GB1"
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["New One", "New Two"]


def test_a_column_that_says_company_or_person_parts_the_rows(importer: Actor) -> None:
    """The shape of an Odoo export."""
    table = [
        ["Name", "Is a Company", "Related Company", "Email", "Phone", "City"],
        ["Azure Interior", "True", "", "info@azure.example", "1", "Fremont"],
        ["Brandon Freeman", "False", "Azure Interior", "brandon@azure.example", "2", ""],
    ]

    lines = import_all(table, kind="contacts", actor=importer, create_customers=True)

    assert statuses(lines) == ["created", "created"]
    azure = Customer.objects.get()
    assert (azure.name, azure.email, azure.addresses.get().city) == (
        "Azure Interior", "info@azure.example", "Fremont",
    )  # fmt: skip
    assert str(azure.contacts.get()) == "Brandon Freeman"


def test_departments_are_found_or_made_and_consent_is_dated(importer: Actor) -> None:
    alpha = make.customer("Alpha", code="A1")
    table = [
        [
            "Customer code",
            "Full name",
            "Email",
            "Department",
            "Subscribed User",
            "Receive Mail Out",
            "Street",
        ],
        ["A1", "Dr. Ann van der Ax", "ann@a.example", "Buying", "yes", "0", "Dock 1"],
        ["A1", "Bo, Ben", "ben@a.example", "BUYING", "perhaps", "", ""],
        ["A1", "Cid Co", "cid@a.example", "main", "no", "2", ""],
    ]

    lines = import_all(table, kind="contacts", actor=importer)

    assert statuses(lines) == ["created"] * 3
    assert "perhaps" in lines[1][2]
    ann, ben, cid = Contact.objects.select_related("department", "address").order_by("email")
    assert (ann.title, ann.first_name, ann.last_name) == ("Dr.", "Ann", "van der Ax")
    assert (ben.first_name, ben.last_name) == ("Ben", "Bo")
    assert ann.department == ben.department
    assert ann.department.name == "Buying"
    assert cid.department.is_main
    assert alpha.departments.count() == 2
    assert (ann.subscribed, ann.receive_mail_out, ann.consent_source) == (True, False, "import")
    assert ann.consent_at is not None
    assert ben.consent_at is None
    assert cid.receive_mail_out
    assert str(ann.address) == "Dock 1"


def test_an_archived_contact_is_not_made_anew(importer: Actor) -> None:
    alpha = make.customer("Alpha", code="A1")
    archive_contacts([make.contact(alpha, "ann@alpha.example")], actor=importer)

    lines = import_all(
        [HEADER, ["A1", "", "Ann", "Ax", "ann@alpha.example", ""]], kind="contacts", actor=importer
    )

    assert lines[0][1:] == ("refused", "This contact is archived.")


def test_mail_outs_are_not_guessed_from_a_column_of_another_name(importer: Actor) -> None:
    file = upload(
        [["Customer code", "Email", "Email Promotion"], ["A1", "a@a.example", "1"]],
        kind="contacts",
        actor=importer,
    )

    assert "receive_mail_out" not in file.mapping


def test_a_row_about_nobody_is_refused(importer: Actor) -> None:
    make.customer("Alpha", code="A1")

    lines = import_all([HEADER, ["A1", "", "", "", "", "555"]], kind="contacts", actor=importer)

    assert lines[0][1:] == ("refused", "There is neither a name nor an email.")


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("Ann Smith", ("", "Ann", "Smith")),
        ("Ann Marie Smith", ("", "Ann Marie", "Smith")),
        ("Smith, Ann", ("", "Ann", "Smith")),
        ("Mr. John Smith Jr.", ("Mr.", "John", "Smith Jr.")),
        ("John Smith, Jr.", ("", "John", "Smith Jr.")),
        ("Ludwig van Beethoven", ("", "Ludwig", "van Beethoven")),
        ("Ann", ("", "Ann", "")),
        ("Dr Prof Ann de la Cruz", ("Dr Prof", "Ann", "de la Cruz")),
    ],
)
def test_a_full_name_is_taken_apart(full: str, parts: tuple[str, str, str]) -> None:
    assert split_name(full) == parts


def test_the_code_of_a_merged_customer_goes_on_finding_the_survivor(importer: Actor) -> None:
    kept, gone = make.customer("Kept", code="NEW"), make.customer("Gone", code="OLD")
    seen = {row.pk: row.version for row in (kept, gone)}
    merge_customers(kept, [gone], chosen={}, seen=seen, actor=importer)

    people = [HEADER, ["old", "Gone", "Ann", "Ax", "ann@kept.example", ""]]
    lines = import_all(people, kind="contacts", actor=importer)

    assert lines == [(2, "created", "The customer with this code was merged into Kept (NEW).")]
    assert Contact.objects.get(first_name="Ann").customer == kept


def test_a_row_of_a_merged_customer_or_contact_writes_nothing_over(importer: Actor) -> None:
    kept, gone = make.customer("Kept", code="NEW"), make.customer("Gone", code="OLD")
    one, two = make.contact(kept, "one@kept.example"), make.contact(kept, "two@kept.example")
    versions = {row.pk: row.version for row in (one, two)}
    merge_contacts(one, [two], chosen={}, seen=versions, actor=importer)
    seen = {row.pk: Customer.objects.get(pk=row.pk).version for row in (kept, gone)}
    merge_customers(kept, [gone], chosen={}, seen=seen, actor=importer)

    customers = [["Customer code", "Company"], ["OLD", "Gone Ltd"], ["NEW", "Kept"]]
    assert statuses(import_all(customers, kind="customers", actor=importer)) == ["skipped", "unchanged"]
    people = [HEADER, ["NEW", "", "Zoe", "Zo", "two@kept.example", ""]]
    assert import_all(people, kind="contacts", actor=importer) == [
        (2, "skipped", "This contact was merged into another one.")
    ]
    assert Customer.objects.get(pk=kept.pk).name == "Kept"
    assert not Contact.objects.filter(first_name="Zoe").exists()
