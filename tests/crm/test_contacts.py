"""Creating, changing, archiving, restoring and moving contacts; departments; and what happens at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tests import make
from tradedoor.audit.models import AuditDetail, AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from tradedoor.core.permissions import Permission
from tradedoor.crm.actions.contact_sets import archive_contacts, move_contacts, restore_contacts
from tradedoor.crm.actions.contacts import create_contact, update_contact
from tradedoor.crm.actions.customer_sets import archive_customers
from tradedoor.crm.actions.departments import (
    archive_department,
    create_department,
    restore_department,
    update_department,
)
from tradedoor.crm.events import Event
from tradedoor.crm.models import Address, Contact, Customer, Department


def test_a_new_contact_stands_in_main_and_in_search(sam: Actor, acme: Customer) -> None:
    made = create_contact(
        acme,
        {"first_name": "Ann", "last_name": "Ax", "email": " Ann@Acme.Example ", "address": {"city": "Town"}},
        actor=sam,
    )

    made.refresh_from_db()
    assert made.department.is_main
    assert (made.email, made.email_canonical) == ("Ann@Acme.Example", "ann@acme.example")
    assert made.search_text == "ann ax ann@acme.example acme acme"
    assert str(made.address) == "Town"
    row = AuditRow.objects.get()
    assert (row.event, row.customer_id, row.contact_id) == (Event.CONTACT_CREATED, acme.pk, made.pk)
    assert row.data == {}


@pytest.mark.parametrize(
    "email", ["ann", "ann@acme", "ann@acme.example\u200b", "a@acme.example, b@acme.example"]
)
def test_a_form_refuses_a_malformed_email(sam: Actor, acme: Customer, email: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_contact(acme, {"last_name": "Ax", "email": email}, actor=sam)
    assert (refusal.value.code, refusal.value.field) == ("bad_email", "email")
    assert not Contact.objects.exists()


def test_a_form_refuses_an_email_shared_inside_the_customer(sam: Actor, bea_contact: Contact) -> None:
    with pytest.raises(Invalid) as refusal:
        create_contact(
            bea_contact.customer, {"last_name": "Ax", "email": "BEA@acme.example"}, actor=sam, confirmed=True
        )
    assert refusal.value.code == "email_taken_in_customer"
    assert "Bea Buyer" in str(refusal.value)


def test_an_email_of_another_customers_contact_wants_a_confirmation(
    sam: Actor, acme: Customer, nils_contact: Contact
) -> None:
    data = {"last_name": "Nord", "email": "nils@borealis.example"}

    with pytest.raises(Conflict) as refusal:
        create_contact(acme, data, actor=sam)  # type: ignore[arg-type]  # a plain dict of the same keys
    assert refusal.value.code == "email_elsewhere"
    assert refusal.value.data == {"names": ["Nils Nord (Borealis)"]}
    made = create_contact(acme, data, actor=sam, confirmed=True)  # type: ignore[arg-type]  # the same
    assert made.email_canonical == nils_contact.email_canonical


def test_an_archived_contact_keeps_its_email_from_nobody(sam: Actor, bea_contact: Contact) -> None:
    archive_contacts([bea_contact], actor=sam)

    create_contact(bea_contact.customer, {"email": "bea@acme.example"}, actor=sam)


def test_a_contact_needs_a_name_or_an_email(sam: Actor, bea_contact: Contact) -> None:
    with pytest.raises(Invalid) as refusal:
        create_contact(bea_contact.customer, {"phone": "1"}, actor=sam)
    assert refusal.value.code == "required"
    with pytest.raises(Invalid):
        update_contact(bea_contact, {"first_name": "", "last_name": " ", "email": ""}, version=1, actor=sam)


def test_a_changed_email_is_history_of_its_own_with_old_and_new(sam: Actor, bea_contact: Contact) -> None:
    changed = update_contact(
        bea_contact, {"email": "beatrice@acme.example", "phone": "1"}, version=1, actor=sam
    )

    assert (changed.email_canonical, changed.version) == ("beatrice@acme.example", 2)
    assert "beatrice@" in changed.search_text
    row = AuditRow.objects.get(event=Event.CONTACT_EMAIL_CHANGED)
    assert row.data == {}
    assert AuditDetail.objects.get(row=row).values == {
        "email": {"old": "bea@acme.example", "new": "beatrice@acme.example"}
    }
    assert AuditRow.objects.get(event=Event.CONTACT_UPDATED).data == {"fields": ["phone"]}


def test_an_email_that_the_crm_took_as_it_was_does_not_stand_in_the_way_of_other_edits(
    sam: Actor, acme: Customer
) -> None:
    odd = make.contact(acme, "not an address")

    changed = update_contact(odd, {"email": "not an address", "phone": "1"}, version=1, actor=sam)

    assert (changed.phone, changed.email_canonical) == ("1", "")


def test_saving_what_is_there_already_changes_nothing(sam: Actor, bea_contact: Contact) -> None:
    update_contact(bea_contact, {"first_name": "Bea", "address": None}, version=1, actor=sam)

    bea_contact.refresh_from_db()
    assert bea_contact.version == 1
    assert not AuditRow.objects.exists()


def test_who_saved_meanwhile_is_named(sam: Actor, ada: Actor, bea_contact: Contact) -> None:
    update_contact(bea_contact, {"phone": "1"}, version=1, actor=ada)

    with pytest.raises(Conflict) as refusal:
        update_contact(bea_contact, {"phone": "2"}, version=1, actor=sam)
    assert refusal.value.data == {"by": "Ada Admin"}


def test_consent_is_dated_when_it_is_given(sam: Actor, bea_contact: Contact) -> None:
    given = update_contact(bea_contact, {"subscribed": True}, version=1, actor=sam)
    assert given.consent_source == "staff"
    dated = given.consent_at
    assert dated is not None

    ended = update_contact(given, {"subscribed": False}, version=2, actor=sam)
    assert ended.consent_at == dated


def test_archiving_and_restoring_are_done_once(sam: Actor, bea_contact: Contact) -> None:
    assert archive_contacts([bea_contact], actor=sam) == [bea_contact]
    assert archive_contacts([bea_contact], actor=sam) == []
    assert restore_contacts([bea_contact], actor=sam) == [bea_contact]
    assert restore_contacts([bea_contact], actor=sam) == []
    events = [row.event for row in AuditRow.objects.order_by("pk")]
    assert events == [Event.CONTACT_ARCHIVED, Event.CONTACT_RESTORED]


def test_a_contact_of_an_archived_customer_waits_for_its_customer(sam: Actor, bea_contact: Contact) -> None:
    archive_customers([bea_contact.customer], actor=sam)

    with pytest.raises(Conflict) as refusal:
        restore_contacts([bea_contact], actor=sam)
    assert refusal.value.code == "customer_archived"
    with pytest.raises(Conflict):
        create_contact(bea_contact.customer, {"last_name": "New"}, actor=sam)


def test_a_contact_moves_to_another_customer_with_its_address_and_leaves_its_posts(
    sam: Actor, bea_contact: Contact, borealis: Customer
) -> None:
    update_contact(bea_contact, {"address": {"city": "Town"}}, version=1, actor=sam)
    Department.objects.update(default_contact=bea_contact, approver=bea_contact)
    old = bea_contact.customer

    moved = move_contacts([bea_contact], to=borealis.departments.get(), actor=sam)

    assert moved == [bea_contact]
    bea_contact.refresh_from_db()
    assert (bea_contact.customer, bea_contact.department) == (borealis, borealis.departments.get())
    assert "borealis" in bea_contact.search_text
    assert Address.objects.get(city="Town").customer == borealis
    assert not Department.objects.filter(default_contact=bea_contact).exists()
    told = AuditRow.objects.filter(event=Event.CONTACT_MOVED).values_list("customer_id", flat=True)
    assert set(told) == {old.pk, borealis.pk}
    assert move_contacts([bea_contact], to=borealis.departments.get(), actor=sam) == []


def test_nobody_moves_to_where_their_email_is_taken(
    sam: Actor, bea_contact: Contact, borealis: Customer
) -> None:
    make.contact(borealis, "bea@acme.example")

    with pytest.raises(Invalid) as refusal:
        move_contacts([bea_contact], to=borealis.departments.get(), actor=sam)
    assert refusal.value.code == "email_taken_in_customer"
    bea_contact.refresh_from_db()
    assert bea_contact.customer_id != borealis.pk


def test_departments_have_names_of_their_own_and_main_stays(sam: Actor, acme: Customer) -> None:
    buying = create_department(acme, {"name": "Buying"}, actor=sam)

    with pytest.raises(Invalid) as refusal:
        create_department(acme, {"name": "BUYING"}, actor=sam)
    assert refusal.value.code == "name_taken"
    assert update_department(buying, {"name": "Purchasing"}, actor=sam).name_key == "purchasing"
    with pytest.raises(Conflict) as main:
        archive_department(acme.departments.get(is_main=True), actor=sam)
    assert main.value.code == "main_department"


def test_a_department_with_living_contacts_is_not_archived(sam: Actor, bea_contact: Contact) -> None:
    buying = create_department(bea_contact.customer, {"name": "Buying"}, actor=sam)
    update_contact(bea_contact, {"department_id": buying.pk}, version=1, actor=sam)

    with pytest.raises(Conflict) as refusal:
        archive_department(buying, actor=sam)
    assert refusal.value.code == "department_in_use"
    archive_contacts([bea_contact], actor=sam)
    assert archive_department(buying, actor=sam).archived_at is not None
    with pytest.raises(NotFound):
        create_contact(bea_contact.customer, {"last_name": "Ax", "department_id": buying.pk}, actor=sam)
    assert restore_department(buying, actor=sam).archived_at is None


def test_nothing_of_another_customer_can_be_used(
    sam: Actor, acme: Customer, borealis: Customer, nils_contact: Contact
) -> None:
    foreign = borealis.departments.get()

    refused: list[Callable[[], object]] = [
        lambda: create_contact(acme, {"last_name": "Ax", "department_id": foreign.pk}, actor=sam),
        lambda: create_department(acme, {"name": "X", "approver_id": nils_contact.pk}, actor=sam),
    ]
    for attempt in refused:
        with pytest.raises(Invalid) as refusal:
            attempt()
        assert refusal.value.code == "other_customer"


def test_whoever_may_only_look_changes_nothing(vic: Actor, bea_contact: Contact) -> None:
    main = bea_contact.department

    refused: list[Callable[[], object]] = [
        lambda: create_contact(bea_contact.customer, {"last_name": "Ax"}, actor=vic),
        lambda: update_contact(bea_contact, {"last_name": "Ax"}, version=1, actor=vic),
        lambda: archive_contacts([bea_contact], actor=vic),
        lambda: restore_contacts([bea_contact], actor=vic),
        lambda: move_contacts([bea_contact], to=main, actor=vic),
        lambda: create_department(bea_contact.customer, {"name": "X"}, actor=vic),
        lambda: update_department(main, {"name": "X"}, actor=vic),
        lambda: archive_department(main, actor=vic),
        lambda: restore_department(main, actor=vic),
    ]
    for attempt in refused:
        with pytest.raises(NotAllowed):
            attempt()
    assert not AuditRow.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_give_one_email_at_once_one_is_refused() -> None:
    acme = make.customer("Acme")
    actor = Actor.machine("tests", permissions=frozenset({Permission.CRM_EDIT}))

    def create(number: int) -> str:
        try:
            create_contact(acme, {"last_name": f"N{number}", "email": "one@acme.example"}, actor=actor)
        except Refusal as refusal:
            return refusal.code
        else:
            return "created"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(create, range(4)))

    assert answers == ["created", *["email_taken_in_customer"] * 3]
    assert Contact.objects.count() == 1
