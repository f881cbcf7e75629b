"""Merging contacts, and customers: which values stand, what comes along, and what is left."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tradedoor.audit.models import AuditDetail, AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed, Refusal
from tradedoor.crm.actions.contact_sets import archive_contacts, restore_contacts
from tradedoor.crm.actions.customer_merging import merge_customers
from tradedoor.crm.actions.customer_sets import restore_customers
from tradedoor.crm.actions.merging import MergedContacts, merge_contacts
from tradedoor.crm.events import Event
from tradedoor.crm.keys import name_key
from tradedoor.crm.models import Address, Contact, Customer, CustomerTag, Department

pytestmark = pytest.mark.django_db


def merged(
    survivor: Contact, *others: Contact, actor: Actor, chosen: dict[str, int] | None = None
) -> MergedContacts:
    seen = {row.pk: Contact.objects.get(pk=row.pk).version for row in (survivor, *others)}
    return merge_contacts(survivor, others, chosen=chosen or {}, seen=seen, actor=actor)


def merged_customers(
    survivor: Customer, *others: Customer, actor: Actor, chosen: dict[str, int] | None = None
) -> Customer:
    seen = {row.pk: Customer.objects.get(pk=row.pk).version for row in (survivor, *others)}
    return merge_customers(survivor, others, chosen=chosen or {}, seen=seen, actor=actor).survivor


def test_the_survivor_keeps_its_values_and_takes_what_it_lacks(
    sam: Actor, acme: Customer, bea_contact: Contact
) -> None:
    other = make.contact(
        acme, "b.buyer@acme.example", first_name="Beatrice", phone="0123", own_fields={"Badge": "7"}
    )

    merged(bea_contact, other, actor=sam)

    kept = Contact.objects.get(pk=bea_contact.pk)
    assert (kept.first_name, kept.email, kept.phone) == ("Bea", "bea@acme.example", "0123")
    assert kept.own_fields == {"Badge": "7"}
    other.refresh_from_db()
    assert (other.merged_into, other.archived_at is not None) == (kept, True)
    assert other.first_name == "Beatrice"


def test_a_chosen_value_stands_and_is_found_by_search(
    sam: Actor, acme: Customer, bea_contact: Contact
) -> None:
    other = make.contact(acme, "new@acme.example", first_name="Beatrice")

    done = merged(bea_contact, other, actor=sam, chosen={"email": other.pk, "first_name": other.pk})

    kept = Contact.objects.get(pk=bea_contact.pk)
    assert (kept.first_name, kept.email_canonical) == ("Beatrice", "new@acme.example")
    assert "beatrice" in kept.search_text
    assert done.email_changed


def test_a_choice_that_was_not_offered_is_refused(sam: Actor, acme: Customer, bea_contact: Contact) -> None:
    other = make.contact(acme)
    for chosen in ({"email": 0}, {"nothing": other.pk}, {"phone": other.pk}):
        with pytest.raises(Refusal) as refusal:
            merged(bea_contact, other, actor=sam, chosen=chosen)
        assert refusal.value.code == "no_such_choice"
    other.refresh_from_db()
    assert other.merged_into is None


def test_history_says_it_of_both(sam: Actor, acme: Customer, bea_contact: Contact) -> None:
    other = make.contact(acme, first_name="Beatrice", phone="0123")

    merged(bea_contact, other, actor=sam)

    gone, kept = AuditRow.objects.order_by("pk")
    assert (gone.event, gone.contact_id, gone.data) == (
        Event.CONTACT_MERGED,
        other.pk,
        {"into": bea_contact.pk},
    )
    assert (kept.event, kept.contact_id) == (Event.CONTACT_ABSORBED, bea_contact.pk)
    assert kept.data == {"merged": [other.pk], "fields": ["phone"]}
    assert AuditDetail.objects.get(row=kept).values["phone"] == {"old": "", "new": "0123"}


def test_merging_twice_changes_nothing_the_second_time(
    sam: Actor, acme: Customer, bea_contact: Contact
) -> None:
    other = make.contact(acme)
    first = merged(bea_contact, other, actor=sam)
    second = merge_contacts(bea_contact, [other], chosen={}, seen={}, actor=sam)

    assert (len(first.merged), second.merged) == (1, ())
    assert AuditRow.objects.count() == 2


def test_what_changed_since_it_was_looked_at_is_looked_at_again(
    sam: Actor, acme: Customer, bea_contact: Contact
) -> None:
    other = make.contact(acme)
    with pytest.raises(Refusal) as refusal:
        merge_contacts(
            bea_contact,
            [other],
            chosen={},
            seen={bea_contact.pk: bea_contact.version, other.pk: other.version + 1},
            actor=sam,
        )
    assert refusal.value.code == "changed_meanwhile"
    assert not AuditRow.objects.exists()


def test_the_archived_and_those_merged_elsewhere_are_refused(
    sam: Actor, acme: Customer, bea_contact: Contact
) -> None:
    third, other = make.contact(acme), make.contact(acme)
    merged(third, other, actor=sam)
    with pytest.raises(Refusal) as refusal:
        merged(bea_contact, other, actor=sam)
    assert refusal.value.code == "merged_elsewhere"
    with pytest.raises(Refusal) as refusal:
        merged(other, bea_contact, actor=sam)
    assert refusal.value.code == "merged_elsewhere"
    archive_contacts([third], actor=sam)
    with pytest.raises(Refusal) as refusal:
        merged(bea_contact, third, actor=sam)
    assert refusal.value.code == "archived"
    with pytest.raises(Refusal) as refusal:
        merged(bea_contact, bea_contact, actor=sam)
    assert refusal.value.code == "nothing_to_merge"


def test_only_who_may_edit_merges(vic: Actor, acme: Customer, bea_contact: Contact) -> None:
    with pytest.raises(NotAllowed):
        merged(bea_contact, make.contact(acme), actor=vic)
    with pytest.raises(NotAllowed):
        merged_customers(acme, make.customer("Twin"), actor=vic)


def test_a_chain_of_merges_leads_straight_to_who_is_left_and_none_is_restored(
    sam: Actor, acme: Customer
) -> None:
    first, second, third = (make.contact(acme) for _ in range(3))
    merged(second, first, actor=sam)
    merged(third, second, actor=sam)

    assert {
        row.merged_into_id for row in (Contact.objects.get(pk=first.pk), Contact.objects.get(pk=second.pk))
    } == {third.pk}
    assert restore_contacts([first, second], actor=sam) == []


def test_departments_name_the_survivor_instead(
    sam: Actor, acme: Customer, borealis: Customer, bea_contact: Contact
) -> None:
    other, far = make.contact(acme), make.contact(borealis)
    acme.departments.update(approver=other, default_contact=other)
    borealis.departments.update(approver=far)

    merged(bea_contact, other, far, actor=sam)

    main = acme.departments.get()
    assert (main.approver, main.default_contact) == (bea_contact, bea_contact)
    assert borealis.departments.get().approver is None


def test_the_address_of_who_is_merged_comes_along_to_another_customer(
    sam: Actor, borealis: Customer, bea_contact: Contact
) -> None:
    other = make.contact(borealis)
    other.address = Address.objects.create(customer=borealis, kind="contact", city="Hull")
    other.save(update_fields=["address"])

    merged(bea_contact, other, actor=sam)

    kept = Contact.objects.select_related("address").get(pk=bea_contact.pk)
    assert kept.address is not None
    assert (kept.address.city, kept.address.customer_id) == ("Hull", bea_contact.customer_id)
    other.refresh_from_db()
    assert other.address is None


def test_a_consent_keeps_its_date(sam: Actor, acme: Customer, bea_contact: Contact) -> None:
    other = make.contact(acme, subscribed=True, consent_source="import")

    merged(bea_contact, other, actor=sam)
    bea_contact.refresh_from_db()
    assert not bea_contact.subscribed

    another = make.contact(acme, subscribed=True, consent_source="import")
    merged(bea_contact, another, actor=sam, chosen={"subscribed": another.pk})
    bea_contact.refresh_from_db()
    assert (bea_contact.subscribed, bea_contact.consent_source) == (True, "import")


@pytest.fixture
def twin(acme: Customer) -> Customer:
    """A second record of Acme, with everything on it."""
    twin = make.customer("Acme Ltd", code="OLD", phone="0456", tax_id="T1")
    sales = Department.objects.create(customer=twin, name="Sales", name_key=name_key("Sales"))
    Department.objects.create(customer=acme, name="sales", name_key=name_key("sales"))
    yard = Department.objects.create(customer=twin, name="Yard", name_key=name_key("Yard"))
    Address.objects.create(customer=acme, kind="delivery", city="Hull", is_default=True)
    same = Address.objects.create(customer=twin, kind="delivery", city="Hull", is_default=True)
    Address.objects.create(customer=twin, kind="delivery", city="Leeds")
    bill = Address.objects.create(customer=twin, kind="billing", city="York", is_default=True)
    Department.objects.filter(pk=yard.pk).update(delivery_address=same, invoice_address=bill)
    for label in ("North", "gold"):
        CustomerTag.objects.create(customer=twin, label=label)
    CustomerTag.objects.create(customer=acme, label="north")
    for department in (twin.departments.get(is_main=True), sales, yard):
        contact = make.contact(twin, first_name=department.name)
        Contact.objects.filter(pk=contact.pk).update(department=department)
    return twin


def test_everything_of_a_merged_customer_comes_along(sam: Actor, acme: Customer, twin: Customer) -> None:
    merged_customers(acme, twin, actor=sam)

    acme.refresh_from_db()
    twin.refresh_from_db()
    assert (acme.name, acme.code, acme.phone, acme.tax_id) == ("Acme", "ACME", "0456", "T1")
    assert (twin.code, twin.merged_into, twin.archived_at is not None) == ("OLD", acme, True)
    assert set(acme.departments.values_list("name", flat=True)) == {"Main", "sales", "Yard"}
    people = {
        row.first_name: row for row in Contact.objects.filter(customer=acme).select_related("department")
    }
    assert {name: row.department.name for name, row in people.items()} == {
        "Main": "Main",
        "Sales": "sales",
        "Yard": "Yard",
    }
    assert all(row.department.customer_id == acme.pk for row in people.values())
    assert people["Yard"].search_text.endswith("acme acme")
    deliveries = Address.objects.filter(customer=acme, kind="delivery").order_by("pk")
    assert [(row.city, row.is_default) for row in deliveries] == [("Hull", True), ("Leeds", False)]
    yard = people["Yard"].department
    assert yard.delivery_address == deliveries[0]
    assert yard.invoice_address is not None
    assert (yard.invoice_address.city, yard.invoice_address.customer) == ("York", acme)
    assert set(CustomerTag.objects.filter(customer=acme).values_list("label", flat=True)) == {"north", "gold"}
    assert restore_customers([twin], actor=sam) == []


def test_the_history_of_a_merged_customer_says_where_it_went(
    sam: Actor, acme: Customer, twin: Customer
) -> None:
    merged_customers(acme, twin, actor=sam, chosen={"name": twin.pk})

    [gone] = AuditRow.objects.filter(event=Event.CUSTOMER_MERGED)
    assert (gone.customer_id, gone.data) == (twin.pk, {"into": acme.pk, "into_code": "ACME"})
    [kept] = AuditRow.objects.filter(event=Event.CUSTOMER_ABSORBED)
    assert kept.data["codes"] == ["OLD"]
    assert kept.data["contacts"] == 3
    assert AuditRow.objects.filter(event=Event.CONTACT_MOVED, customer_id=twin.pk).count() == 3
    assert Customer.objects.get(pk=acme.pk).name == "Acme Ltd"


def test_merging_customers_twice_changes_nothing_the_second_time(
    sam: Actor, acme: Customer, twin: Customer
) -> None:
    merged_customers(acme, twin, actor=sam)
    before = AuditRow.objects.count()

    merge_customers(acme, [twin], chosen={}, seen={}, actor=sam)

    assert AuditRow.objects.count() == before


def test_merging_many_people_takes_as_many_statements_as_few(sam: Actor) -> None:
    def statements(number: int) -> int:
        kept, gone = make.customer(f"Kept {number}"), make.customer(f"Gone {number}")
        for _ in range(number):
            make.contact(gone)
        with CaptureQueriesContext(connection) as captured:
            merged_customers(kept, gone, actor=sam)
        return len(captured)

    assert statements(2) == statements(30)
