"""Merging on the pages: pick, compare, see what ends, and where the merged record leads."""

from typing import Any

import pytest
from django.test import Client

from tests import make
from tests.staff.test_crm_contacts import text_of
from tests.web.markup import faults_of
from tradedoor.access.actions import merging
from tradedoor.access.models import Access, State
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.contacts import update_contact
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import stop_work
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


def contact_merge(contact: Contact) -> str:
    return f"/crm/contacts/{contact.public_id}/merge/"


def customer_merge(customer: Customer) -> str:
    return f"/crm/customers/{customer.public_id}/merge/"


def sure(*rows: Any, **more: str) -> dict[str, Any]:
    """What the page sends: the versions it was made of, and whom it is to merge."""
    versions = {f"version-{row.public_id}": row.version for row in rows}
    return {"sure": "1", "with": [str(row.public_id) for row in rows[1:]], **versions, **more}


@pytest.fixture
def twin(acme: Customer) -> Contact:
    return make.contact(
        acme, "bea@acme.example", first_name="Beatrice", last_name="Buyer", phone="0123 & more"
    )


def test_the_record_shows_who_looks_like_the_same_person(
    ada_client: Client, vic_client: Client, bea_contact: Contact, twin: Contact
) -> None:
    address = f"/crm/contacts/{bea_contact.public_id}/"
    shown = text_of(ada_client.get(address))
    assert "Possible duplicate" in shown
    assert f"/crm/contacts/{twin.public_id}/" in shown
    assert f"/merge/?with={twin.public_id}" in shown
    assert "Merge with…" in shown
    assert "/merge/" not in text_of(vic_client.get(address))


def test_picking_offers_the_alike_first_and_finds_people_of_other_customers(
    ada_client: Client, bea_contact: Contact, twin: Contact, nils_contact: Contact
) -> None:
    shown = text_of(ada_client.get(contact_merge(bea_contact)))
    assert f"with={twin.public_id}" in shown
    assert "Nils Nord" not in shown
    found = text_of(ada_client.get(contact_merge(bea_contact), {"q": "nils"}))
    assert f"with={nils_contact.public_id}" in found
    assert faults_of(found) == []


def test_the_page_says_what_stays_moves_and_ends_before_anything_happens(
    ada_client: Client, bea: Access, bea_contact: Contact, twin: Contact, harbour: Store, meadow: Store
) -> None:
    make.access(twin, harbour)
    make.access(twin, meadow, state=State.PENDING)

    answer = ada_client.get(contact_merge(bea_contact), {"with": str(twin.public_id)})

    shown = text_of(answer)
    for words in ("Which values stay", "Stays", "Moves over to Bea Buyer", "Ends", "0123 &amp; more"):
        assert words in shown
    assert "Keep the other record" in shown
    assert faults_of(shown) == []
    twin.refresh_from_db()
    assert twin.merged_into is None


def test_merging_takes_the_chosen_value_and_leads_back_to_the_record(
    ada_client: Client, bea: Access, bea_contact: Contact, twin: Contact, meadow: Store
) -> None:
    make.access(twin, meadow)
    chosen = {"choose-first_name": str(twin.public_id)}

    answer = ada_client.post(contact_merge(bea_contact), sure(bea_contact, twin, **chosen), follow=True)

    shown = text_of(answer)
    assert "Beatrice Buyer" in shown
    assert "1 access moved over." in shown
    assert "Merged into it" in shown
    bea_contact.refresh_from_db()
    assert (bea_contact.first_name, bea_contact.phone) == ("Beatrice", "0123 & more")
    assert Access.objects.filter(contact=bea_contact).count() == 2

    gone = text_of(ada_client.get(f"/crm/contacts/{twin.public_id}/"))
    assert "This contact was merged" in gone
    assert f'href="/crm/contacts/{bea_contact.public_id}/"' in gone
    assert "contact-restore" not in gone
    assert "/restore/" not in gone
    assert ada_client.get(contact_merge(twin)).status_code == 302


def test_pressed_twice_it_happens_once(ada_client: Client, bea_contact: Contact, twin: Contact) -> None:
    form = sure(bea_contact, twin)
    assert ada_client.post(contact_merge(bea_contact), form).status_code == 302
    assert ada_client.post(contact_merge(bea_contact), form).status_code == 302
    bea_contact.refresh_from_db()
    assert bea_contact.version == 2


def test_what_somebody_changed_meanwhile_is_shown_anew_with_what_was_chosen(
    ada_client: Client, sam: Actor, bea_contact: Contact, twin: Contact
) -> None:
    form = sure(bea_contact, twin, **{"choose-first_name": str(twin.public_id)})
    update_contact(twin, {"job_title": "Head of buying"}, version=twin.version, actor=sam)

    answer = ada_client.post(contact_merge(bea_contact), form)

    assert answer.status_code == 409
    shown = text_of(answer)
    assert "Sam Seller changed this while you were editing. Nothing was saved." in shown
    assert "Head of buying" in shown
    assert f'name="choose-first_name" value="{twin.public_id}" checked' in shown
    twin.refresh_from_db()
    assert twin.merged_into is None


def test_customers_are_compared_and_merged(
    ada_client: Client, bea: Access, nils: Access, acme: Customer, borealis: Customer
) -> None:
    make.contact(borealis, "bea@acme.example")
    page = ada_client.get(customer_merge(acme), {"with": str(borealis.public_id)})
    shown = text_of(page)
    assert "imports that name BORE find Acme" in shown
    assert "1 person would stand in it twice" in shown
    assert faults_of(shown) == []

    answer = ada_client.post(
        customer_merge(acme),
        sure(acme, borealis, **{"choose-name": str(borealis.public_id)}),
        follow=True,
    )

    assert "1 access came along." in text_of(answer)
    acme.refresh_from_db()
    assert acme.name == "Borealis"
    gone = text_of(ada_client.get(f"/crm/customers/{borealis.public_id}/details/"))
    assert "This customer was merged" in gone
    assert f"/crm/customers/{acme.public_id}/details/" in gone
    assert "/restore/" not in gone
    history = text_of(ada_client.get(f"/crm/customers/{borealis.public_id}/activity/"))
    assert "Merged into another customer" in history


def test_a_merge_into_an_inactive_customer_says_that_accesses_end(
    ada_client: Client, nils: Access, borealis: Customer
) -> None:
    off = make.customer("Off", code="OFF", status="inactive")
    shown = text_of(ada_client.get(customer_merge(off), {"with": str(borealis.public_id)}))
    assert "1 access to a store ends" in shown


def test_customers_of_one_name_are_offered(ada_client: Client, acme: Customer) -> None:
    twin = make.customer("ACME", code="A2")
    assert "Possible duplicate" in text_of(ada_client.get(f"/crm/customers/{acme.public_id}/details/"))
    shown = text_of(ada_client.get(customer_merge(acme)))
    assert f"with={twin.public_id}" in shown
    assert f"with={twin.public_id}" in text_of(ada_client.get(customer_merge(acme), {"q": "A2"}))
    assert faults_of(shown) == []


def test_large_customers_become_one_in_the_background_and_both_records_say_how_far_it_is(
    ada_client: Client, acme: Customer, borealis: Customer, nils: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_background()
    monkeypatch.setattr(merging, "AT_ONCE", 0)
    page = f"{customer_merge(acme)}?with={borealis.public_id}"
    assert "come along in the background" in text_of(ada_client.get(page))

    answer = ada_client.post(customer_merge(acme), sure(acme, borealis), follow=True)

    work = Work.objects.get()
    for customer in (acme, borealis):
        text = text_of(ada_client.get(f"/crm/customers/{customer.public_id}/details/"))
        assert "Borealis: being merged into Acme" in text
        assert "0 of 1 contacts are over. Everybody signs in meanwhile." in " ".join(text.split())
        assert "Go on merging" not in text
        assert not faults_of(text)
    assert "being merged into Acme, in the background." in text_of(answer)
    stop_work(work.public_id, actor=Actor.machine("test", permissions=frozenset()))
    text = text_of(ada_client.get(f"/crm/customers/{borealis.public_id}/details/"))
    assert "Nothing can be added or changed here any more." in text
    assert "/edit/" not in text
    again = f"/crm/customers/{acme.public_id}/merge/continue/"
    assert again in text
    ada_client.post(again)
    drive_work(Work.objects.latest("pk").pk)
    assert Customer.objects.get(pk=borealis.pk).merged_into == acme
    ada_client.post(again)
    assert Work.objects.count() == 2
