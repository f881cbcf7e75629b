"""Customers from a file: what is made of each row, and why some are refused."""

import pytest

from tests import make
from tests.crm.importing import applied, checked, import_all, statuses, upload
from tradedoor.audit.models import AuditDetail, AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid, NotAllowed
from tradedoor.crm.actions.customer_sets import archive_customers
from tradedoor.crm.models import Address, Contact, Customer, CustomerTag, Department, PriceTier

HEADER = ["Customer code", "Company", "Phone", "Billing street", "Billing city"]


def test_new_rows_become_customers_with_main_department_address_search_and_history(importer: Actor) -> None:
    lines = import_all(
        [HEADER, ["A1", "Åkerman & Söhne", "123", "High Street 1", "Malmö"], ["A2", "Beta", "", "", ""]],
        kind="customers",
        actor=importer,
    )

    assert statuses(lines) == ["created", "created"]
    akerman = Customer.objects.get(code="A1")
    assert (akerman.name, akerman.phone, akerman.status) == ("Åkerman & Söhne", "123", "active")
    assert "akerman" in akerman.search_text
    assert akerman.departments.get().is_main
    billing = akerman.addresses.get()
    assert (billing.kind, billing.line1, billing.city, billing.is_default) == (
        "billing", "High Street 1", "Malmö", True,
    )  # fmt: skip
    row = AuditRow.objects.get(event="customer.created", customer_id=akerman.pk)
    assert row.data["row"] == 2
    assert (row.actor_kind, row.actor_label) == ("machine", "import")
    assert AuditDetail.objects.get(row=row).values["name"] == "Åkerman & Söhne"


def test_the_same_file_a_second_time_changes_nothing(importer: Actor) -> None:
    table = [HEADER, ["A1", "Alpha", "123", "High Street 1", "Malmö"]]
    import_all(table, kind="customers", actor=importer)
    before = Customer.objects.get().version

    assert statuses(import_all(table, kind="customers", actor=importer)) == ["unchanged"]
    assert Customer.objects.get().version == before
    assert Address.objects.count() == 1


def test_a_known_code_updates_what_the_file_gives_and_leaves_what_it_leaves_empty(importer: Actor) -> None:
    alpha = make.customer("Alpha", code="A1", phone="123", website="alpha.example")
    person = make.contact(alpha, "kim@alpha.example")

    lines = import_all([HEADER, [" a1 ", "Alpha Trading", "", "", "Malmö"]], kind="customers", actor=importer)

    assert statuses(lines) == ["updated"]
    alpha.refresh_from_db()
    person.refresh_from_db()
    assert (alpha.code, alpha.name, alpha.phone, alpha.website, alpha.version) == (
        "A1", "Alpha Trading", "123", "alpha.example", 2,
    )  # fmt: skip
    assert alpha.sort_name == "alpha trading"
    assert "alpha trading" in person.search_text
    row = AuditRow.objects.get(event="customer.updated")
    assert row.data["fields"] == ["billing", "name"]
    assert AuditDetail.objects.get(row=row).values["name"] == {"old": "Alpha", "new": "Alpha Trading"}


def test_a_code_twice_in_the_file_refuses_the_second_row_and_names_the_first(importer: Actor) -> None:
    lines = import_all([HEADER, ["A1", "Alpha"], ["a1", "Other"]], kind="customers", actor=importer)

    assert lines[0][:2] == (2, "refused")  # short rows are refused, see below
    full = [HEADER, ["A1", "Alpha", "", "", ""], ["a1", "Other", "", "", ""]]
    lines = import_all(full, kind="customers", actor=importer)
    assert statuses(lines) == ["created", "refused"]
    assert lines[1][2] == "This is the same as row 2."
    assert Customer.objects.get().name == "Alpha"


def test_create_update_and_skip_are_explicit(importer: Actor) -> None:
    make.customer("Alpha", code="A1")
    table = [HEADER, ["A1", "Alpha 2", "", "", ""], ["B1", "Beta", "", "", ""]]

    assert statuses(import_all(table, kind="customers", actor=importer, create=False)) == [
        "updated",
        "skipped",
    ]
    assert statuses(import_all(table, kind="customers", actor=importer, update=False)) == [
        "skipped",
        "created",
    ]


def test_without_a_code_a_customer_is_found_by_its_name_where_only_one_has_it(importer: Actor) -> None:
    make.customer("Alpha", code="A1")
    make.customer("Twin", code="T1")
    make.customer("TWIN", code="T2")
    table = [["Company", "Phone"], ["ALPHA", "9"], ["Twin", "9"], ["New", "9"]]

    lines = import_all(table, kind="customers", actor=importer)

    assert statuses(lines) == ["updated", "refused", "created"]
    assert "T1, T2" in lines[1][2]
    assert Customer.objects.get(code="A1").name == "Alpha"
    made = Customer.objects.get(name="New")
    assert made.code == f"C{made.pk:06}"


def test_what_cannot_be_understood_refuses_its_row_alone(importer: Actor) -> None:
    table = [
        ["Customer code", "Company", "Status", "Price tier"],
        ["A1", "Alpha", "sleeping", ""],
        ["A2", "Beta", "", "Gold"],
        ["", "", "active", ""],
        ["A3", "x" * 201, "", ""],
        ["A4", "Delta", "On hold", ""],
    ]

    lines = import_all(table, kind="customers", actor=importer)

    assert statuses(lines) == ["refused"] * 4 + ["created"]
    assert "sleeping" in lines[0][2]
    assert "Gold" in lines[1][2]
    assert "neither a customer code nor a company name" in lines[2][2]
    assert "200" in lines[3][2]
    assert Customer.objects.get().status == "on_hold"


def test_tags_price_tier_and_account_manager_are_found_by_name(importer: Actor) -> None:
    make.staff("Mona Manager", email="mona@tradedoor.example")
    PriceTier.objects.create(name="Gold")
    table = [
        ["Customer code", "Company", "Tags", "Price tier", "Account manager"],
        ["A1", "Alpha", "bike; north, Bike", "gold", "Mona Manager"],
        ["A2", "Beta", "", "", "Nobody Known"],
    ]

    lines = import_all(table, kind="customers", actor=importer)

    assert statuses(lines) == ["created", "created"]
    assert "Nobody Known" in lines[1][2]
    alpha = Customer.objects.get(code="A1")
    assert str(alpha.price_tier) == "Gold"
    assert str(alpha.account_manager) == "Mona Manager"
    assert sorted(CustomerTag.objects.values_list("label", flat=True)) in (
        ["Bike", "north"],
        ["bike", "north"],
    )


def test_an_archived_customer_is_not_brought_back_by_a_file(importer: Actor) -> None:
    archive_customers([make.customer("Alpha", code="A1")], actor=importer)

    lines = import_all([HEADER, ["A1", "Alpha", "1", "", ""]], kind="customers", actor=importer)

    assert statuses(lines) == ["refused"]
    assert "archived" in lines[0][2]


def test_one_file_of_companies_and_persons_makes_both(importer: Actor) -> None:
    table = [
        ["Account Number", "Company", "Company Phone", "Company Email", "First Name", "Last Name", "Email"],
        ["A1", "Alpha", "1", "info@alpha.example", "Ann", "Ax", "ann@alpha.example"],
        ["A1", "Alpha", "1", "info@alpha.example", "Ben", "Bo", "ben@alpha.example"],
        ["A2", "Beta", "2", "", "", "", ""],
    ]

    lines = import_all(table, kind="customers", actor=importer)

    assert statuses(lines) == ["created", "created", "created"]
    alpha = Customer.objects.get(code="A1")
    assert (alpha.phone, alpha.email) == ("1", "info@alpha.example")
    assert sorted(alpha.contacts.values_list("first_name", flat=True)) == ["Ann", "Ben"]
    assert Customer.objects.count() == 2
    assert statuses(import_all(table, kind="customers", actor=importer)) == ["unchanged"] * 3


def test_a_refused_person_leaves_its_company_unmade_too(importer: Actor) -> None:
    """All or nothing of a row (CSV-02)."""
    table = [
        ["Account Number", "Company", "Company Email", "First Name", "Last Name", "Email"],
        ["A1", "Alpha", "", "x" * 101, "Ax", "ann@alpha.example"],
    ]

    assert statuses(import_all(table, kind="customers", actor=importer)) == ["refused"]
    assert not Customer.objects.exists()
    assert not Contact.objects.exists()
    assert not Department.objects.exists()


def test_a_person_refused_in_the_plan_changes_nothing_of_the_company_either(importer: Actor) -> None:
    alpha = make.customer("Alpha", code="A1", phone="1")
    for name in ("Ann", "Ben"):
        make.contact(alpha, "info@alpha.example", first_name=name, last_name="Ax")
    table = [
        [
            "Account Number",
            "Company",
            "Company Phone",
            "Company Email",
            "First Name",
            "Last Name",
            "Email",
            "Phone",
        ],
        ["A1", "Alpha", "2", "", "Cid", "Ax", "info@alpha.example", ""],
    ]

    assert statuses(import_all(table, kind="customers", actor=importer)) == ["refused"]
    alpha.refresh_from_db()
    assert (alpha.phone, alpha.version) == ("1", 1)


def test_a_company_is_changed_by_a_row_whose_person_stays_as_they_were(importer: Actor) -> None:
    alpha = make.customer("Alpha", code="A1", phone="1")
    make.contact(alpha, "ann@alpha.example", first_name="Ann", last_name="Ax")
    table = [
        [
            "Account Number",
            "Company",
            "Company Phone",
            "Company Email",
            "First Name",
            "Last Name",
            "Email",
            "Phone",
        ],
        ["A1", "Alpha", "2", "", "Ann", "Ax", "ann@alpha.example", ""],
    ]

    assert statuses(import_all(table, kind="customers", actor=importer)) == ["updated"]
    alpha.refresh_from_db()
    assert alpha.phone == "2"


def test_a_dry_run_writes_nothing(importer: Actor) -> None:
    file = upload([HEADER, ["A1", "Alpha", "", "", ""]], kind="customers", actor=importer)

    assert statuses(checked(file, actor=importer)) == ["created"]
    assert not Customer.objects.exists()
    assert not AuditRow.objects.filter(event="customer.created").exists()


def test_whoever_may_not_import_can_neither_upload_nor_apply(importer: Actor, vic: Actor) -> None:
    with pytest.raises(NotAllowed):
        upload([HEADER], kind="customers", actor=vic)
    file = upload([HEADER, ["A1", "Alpha", "", "", ""]], kind="customers", actor=importer)
    with pytest.raises(NotAllowed):
        applied(file, actor=vic)
    assert not Customer.objects.exists()


def test_a_file_without_the_columns_it_needs_is_refused_by_their_names(importer: Actor) -> None:
    file = upload([["Colour", "Size"], ["red", "9"]], kind="customers", actor=importer)

    with pytest.raises(Invalid) as refusal:
        checked(file, actor=importer)
    assert refusal.value.code == "missing_columns"
