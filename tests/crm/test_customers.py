"""Creating, changing, archiving and restoring customers."""

import pytest

from tests import make
from tradedoor.accounts.models import Login
from tradedoor.audit.models import AuditDetail, AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict, Invalid, NotAllowed
from tradedoor.crm.actions.contact_sets import archive_contacts
from tradedoor.crm.actions.customer_sets import (
    archive_customers,
    restore_customers,
    set_customer_status,
    tag_customers,
)
from tradedoor.crm.actions.customers import create_customer, update_customer
from tradedoor.crm.actions.price_tiers import create_price_tier
from tradedoor.crm.events import SENTENCES, Event
from tradedoor.crm.models import Address, Contact, Customer, Department


def history(*, customer: Customer | None = None) -> list[str]:
    rows = AuditRow.objects.order_by("pk")
    return [row.event for row in (rows.filter(customer_id=customer.pk) if customer else rows)]


def test_a_new_customer_has_main_addresses_tags_and_a_place_in_search(sam: Actor) -> None:
    made = create_customer(
        {
            "name": " Åkerman \n & Söhne ",
            "code": "A 1",
            "email": "info@akerman.example",
            "billing": {"line1": "High Street 1", "city": "Malmö"},
            "deliveries": [{"line1": "Dock 1"}, {"line1": "Dock 2"}, {}],
            "tags": ["bike", "Bike", "north"],
        },
        actor=sam,
    )

    made.refresh_from_db()
    assert (made.name, made.code_key, made.version) == ("Åkerman & Söhne", "a 1", 1)
    assert made.search_text == "akerman & sohne a 1 info@akerman.example"
    assert made.departments.get().name == Department.MAIN
    assert [(a.kind, a.line1, a.is_default) for a in made.addresses.order_by("pk")] == [
        ("billing", "High Street 1", True), ("delivery", "Dock 1", True), ("delivery", "Dock 2", False),
    ]  # fmt: skip
    assert sorted(tag.label for tag in made.tags.all()) == ["bike", "north"]
    assert history(customer=made) == [Event.CUSTOMER_CREATED]


def test_without_a_code_a_customer_gets_one_of_ours(sam: Actor) -> None:
    made = create_customer({"name": "Alpha"}, actor=sam)

    assert made.code == f"C{made.pk:06}"


@pytest.mark.parametrize("code", ["A1", " a1 ", "Ａ１", "a\u200b1"])
def test_a_code_belongs_to_one_customer_however_it_is_spelled(sam: Actor, code: str) -> None:
    create_customer({"name": "Alpha", "code": "A1"}, actor=sam)

    with pytest.raises(Invalid) as refusal:
        create_customer({"name": "Beta", "code": code}, actor=sam)
    assert (refusal.value.code, refusal.value.field) == ("code_taken", "code")
    assert "Alpha" in str(refusal.value)
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": " "}, "name"),
        ({}, "name"),
        ({"name": "A", "phone": "1" * 51}, "phone"),
        ({"name": "A", "status": "asleep"}, "status"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(sam: Actor, data: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_customer(data, actor=sam)  # type: ignore[arg-type]  # some of it is wrong on purpose
    assert refusal.value.field == field
    assert not Customer.objects.exists()


def test_a_renamed_customer_takes_its_contacts_along_in_search(sam: Actor) -> None:
    alpha = make.customer("Alpha", code="A1")
    person = make.contact(alpha, "kim@alpha.example")

    changed = update_customer(alpha, {"name": "Omega", "phone": ""}, version=1, actor=sam)

    assert (changed.name, changed.version, changed.sort_name) == ("Omega", 2, "omega")
    person.refresh_from_db()
    assert "omega a1" in person.search_text
    row = AuditRow.objects.get(event=Event.CUSTOMER_UPDATED)
    assert row.data == {"fields": ["name"]}
    assert AuditDetail.objects.get(row=row).values == {"name": {"old": "Alpha", "new": "Omega"}}


def test_saving_what_is_there_already_changes_nothing(sam: Actor) -> None:
    alpha = make.customer("Alpha", code="A1")

    update_customer(alpha, {"name": "Alpha", "tags": [], "deliveries": []}, version=1, actor=sam)

    alpha.refresh_from_db()
    assert alpha.version == 1
    assert history() == []


def test_who_saved_meanwhile_is_named_and_nothing_is_lost(sam: Actor, ada: Actor) -> None:
    alpha = make.customer("Alpha", code="A1")
    update_customer(alpha, {"phone": "1"}, version=1, actor=ada)

    with pytest.raises(Conflict) as refusal:
        update_customer(alpha, {"phone": "2"}, version=1, actor=sam)
    assert refusal.value.code == "changed_meanwhile"
    assert "Ada Admin" in str(refusal.value)
    alpha.refresh_from_db()
    assert alpha.phone == "1"


def test_a_changed_status_is_history_of_its_own(sam: Actor) -> None:
    alpha = make.customer("Alpha")

    update_customer(alpha, {"status": "on_hold", "phone": "1"}, version=1, actor=sam)

    row = AuditRow.objects.get(event=Event.CUSTOMER_STATUS_CHANGED)
    assert row.data == {"old": "active", "new": "on_hold"}
    assert AuditRow.objects.get(event=Event.CUSTOMER_UPDATED).data == {"fields": ["phone"]}


def test_addresses_that_stay_keep_their_rows_for_the_departments_that_use_them(sam: Actor) -> None:
    alpha = create_customer(
        {"name": "Alpha", "deliveries": [{"line1": "One"}, {"line1": "Two"}, {"line1": "Three"}]}, actor=sam
    )
    two = Address.objects.get(line1="Two")
    main = alpha.departments.get()
    Department.objects.filter(pk=main.pk).update(delivery_address=two)

    update_customer(alpha, {"deliveries": [{"line1": "Two"}, {"line1": "Four"}]}, version=1, actor=sam)

    main.refresh_from_db()
    assert main.delivery_address == two
    assert list(alpha.addresses.order_by("-is_default").values_list("line1", flat=True)) == ["Two", "Four"]


def test_many_get_a_status_and_those_that_had_it_are_left_alone(sam: Actor) -> None:
    customers = [make.customer(f"N{n}") for n in range(3)]
    Customer.objects.filter(pk=customers[0].pk).update(status="inactive")

    changed = set_customer_status(customers, "inactive", actor=sam)

    assert [row.pk for row in changed] == [customers[1].pk, customers[2].pk]
    assert set_customer_status(customers, "inactive", actor=sam) == []
    assert history() == [Event.CUSTOMER_STATUS_CHANGED] * 2


def test_tags_are_added_and_taken_once(sam: Actor) -> None:
    customers = [make.customer(f"N{n}") for n in range(2)]

    assert tag_customers(customers, add=["north", "north"], remove=[], actor=sam) == 2
    assert tag_customers(customers, add=["north"], remove=["south"], actor=sam) == 0
    assert tag_customers(customers[:1], remove=["north"], actor=sam) == 1
    assert list(customers[1].tags.values_list("label", flat=True)) == ["north"]
    assert history() == [Event.CUSTOMER_TAGGED] * 3


def test_archiving_takes_the_contacts_along_and_restoring_brings_back_just_those(sam: Actor) -> None:
    alpha = make.customer("Alpha")
    stays, left_before = make.contact(alpha), make.contact(alpha)
    archive_contacts([left_before], actor=sam)

    assert archive_customers([alpha], actor=sam) == [alpha]
    assert archive_customers([alpha], actor=sam) == []
    assert not Contact.objects.living().exists()
    with pytest.raises(Conflict) as refusal:
        update_customer(alpha, {"phone": "1"}, version=2, actor=sam)
    assert refusal.value.code == "archived"

    assert restore_customers([alpha], actor=sam) == [alpha]
    assert restore_customers([alpha], actor=sam) == []
    assert list(Contact.objects.living()) == [stays]


def test_a_price_tier_has_its_name_alone(sam: Actor) -> None:
    assert str(create_price_tier(" Gold ", actor=sam)) == "Gold"
    with pytest.raises(Invalid) as refusal:
        create_price_tier("gold", actor=sam)
    assert refusal.value.code == "name_taken"


def test_whoever_may_only_look_changes_nothing(vic: Actor) -> None:
    alpha = make.customer("Alpha")

    for forbidden in (
        lambda: create_customer({"name": "Beta"}, actor=vic),
        lambda: update_customer(alpha, {"name": "Beta"}, version=1, actor=vic),
        lambda: set_customer_status([alpha], "inactive", actor=vic),
        lambda: tag_customers([alpha], add=["x"], actor=vic),
        lambda: archive_customers([alpha], actor=vic),
        lambda: restore_customers([alpha], actor=vic),
        lambda: create_price_tier("Gold", actor=vic),
    ):
        with pytest.raises(NotAllowed):
            forbidden()
    alpha.refresh_from_db()
    assert (alpha.name, alpha.status, alpha.version, alpha.archived_at) == ("Alpha", "active", 1, None)
    assert history() == []


def test_every_event_has_a_sentence(sam_login: Login) -> None:
    assert set(SENTENCES) == set(Event)


@pytest.mark.parametrize(
    ("field", "typed", "code"), [("email", "foo@@bar", "bad_email"), ("currency", "12", "bad_currency")]
)
def test_what_cannot_be_right_is_refused_where_somebody_types_it(
    sam: Actor, field: str, typed: str, code: str
) -> None:
    made = create_customer({"name": "Alpha"}, actor=sam)

    with pytest.raises(Invalid) as refused:
        update_customer(made, {field: typed}, version=1, actor=sam)  # type: ignore[misc]
    with pytest.raises(Invalid):
        create_customer({"name": "Beta", field: typed}, actor=sam)  # type: ignore[misc]

    assert (refused.value.code, refused.value.field) == (code, field)


def test_an_email_that_an_import_took_as_it_was_keeps_nobody_from_saving_the_rest(sam: Actor) -> None:
    made = create_customer({"name": "Alpha"}, actor=sam)
    Customer.objects.filter(pk=made.pk).update(email="foo@@bar")

    saved = update_customer(made, {"email": "foo@@bar", "phone": "123"}, version=1, actor=sam)

    assert saved.phone == "123"
