"""Inviting: picked over several searches, all that match, from a contact and from the list of contacts."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import make
from tests.staff.conftest import SignedIn
from tradedoor.access.models import Access, Role, State
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.models import Work
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store


def text_of(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def picker(harbour: Store) -> str:
    return reverse("staff:invite", args=[harbour.slug])


@pytest.fixture
def send(harbour: Store) -> str:
    return reverse("staff:invite-send", args=[harbour.slug])


def test_contacts_stand_under_their_customers_and_those_who_cannot_be_invited_say_why(
    bea: Access, acme: Customer, borealis: Customer, picker: str, sam_client: Client
) -> None:
    make.contact(acme, "", first_name="Nora", last_name="Nomail")
    make.contact(borealis, first_name="Olaf", last_name="Open")

    html = text_of(sam_client.get(picker + "?q="))

    assert html.index("Acme") < html.index("Nora Nomail") < html.index("Borealis") < html.index("Olaf Open")
    assert "Add an email first" in html
    assert "Already current" in html
    new = text_of(sam_client.get(picker))
    assert "Bea Buyer" not in new, "only those not yet invited, at first"


def test_what_was_picked_goes_along_from_one_search_to_the_next(
    acme: Customer, borealis: Customer, picker: str, sam_client: Client
) -> None:
    first = make.contact(acme, first_name="Ann", last_name="First")
    make.contact(borealis, first_name="Olaf", last_name="Open")

    html = text_of(sam_client.post(picker, {"id": str(first.public_id), "q": "olaf", "new": "1"}))

    assert "Picked before" in html
    assert f'value="{first.public_id}" checked' in html
    assert "Olaf Open" in html
    fragment = sam_client.post(picker, {"q": "olaf"}, headers={"HX-Request": "true", "HX-Target": "picker"})
    assert "<html" not in text_of(fragment)


def test_the_dialog_is_the_same_form(picker: str, sam_client: Client) -> None:
    html = text_of(sam_client.get(picker, headers={"HX-Request": "true", "HX-Target": "dialog-content"}))
    assert 'class="dialog__head"' in html
    assert "<html" not in html


def test_those_picked_are_invited_at_once_in_the_role_and_twice_is_once(
    acme: Customer, harbour: Store, send: str, sam_client: Client
) -> None:
    ids = [str(make.contact(acme).public_id) for _ in range(3)]
    ids.append(str(make.contact(acme, "").public_id))

    html = text_of(sam_client.post(send, {"id": ids, "role": "approver"}, follow=True))
    assert "3 invitations to Harbour are on their way." in html
    assert "1 could not be invited: No email in the CRM. (1)" in html
    assert set(Access.objects.values_list("state", "role")) == {(State.PENDING, Role.APPROVER)}

    assert "moment ago" in text_of(sam_client.post(send, {"id": ids, "role": "approver"}, follow=True))
    assert MailMessage.objects.count() == 3


def test_nobody_picked_comes_back_with_the_page(send: str, sam_client: Client) -> None:
    response = sam_client.post(send, {"q": "x"})
    assert response.status_code == 422
    assert "Pick at least one contact." in text_of(response)


def test_more_than_a_page_of_picks_runs_as_a_job(
    acme: Customer, harbour: Store, send: str, sam_client: Client
) -> None:
    ids = [str(make.contact(acme).public_id) for _ in range(51)]

    html = text_of(sam_client.post(send, {"id": ids}, follow=True))

    work = Work.objects.get()
    assert (work.kind, work.total) == ("access.invite", 51)
    assert f"job-{work.public_id}" in html


def test_all_that_match_are_named_by_number_before_anything_is_sent(
    acme: Customer, borealis: Customer, harbour: Store, send: str, sam_client: Client
) -> None:
    for _ in range(52):
        make.contact(acme)
    make.contact(borealis)
    chosen = {"all": "1", "q": "acme", "new": "1", "role": "buyer"}

    assert "Invite 52 contacts to Harbour?" in text_of(sam_client.post(send, chosen))
    assert not Work.objects.exists()
    sam_client.post(send, chosen | {"sure": "1"})
    sam_client.post(send, chosen | {"sure": "1"})

    work = Work.objects.get()
    assert work.total == 52
    assert work.args["selection"]["search"] == "acme"


def test_all_that_match_are_done_at_once_where_they_are_few(
    acme: Customer, send: str, sam_client: Client
) -> None:
    make.contact(acme)
    sam_client.post(send, {"all": "1", "q": "", "new": "1", "sure": "1"})
    assert Access.objects.get().state == State.PENDING


def test_a_contact_is_invited_to_the_stores_of_ones_choice(
    bea: Access, bea_contact: Contact, harbour: Store, meadow: Store, sam_client: Client
) -> None:
    here = reverse("staff:invite-contact", args=[bea_contact.public_id])

    html = text_of(sam_client.get(here))
    assert "Already current" in html
    assert 'value="meadow" checked' in html, "the only possible store"
    assert sam_client.post(here, {"store": ["harbour"]}).status_code == 422
    sam_client.post(here, {"store": ["meadow"], "role": "buyer"})
    assert Access.objects.get(store=meadow).state == State.PENDING


def test_those_ticked_in_the_list_of_contacts_are_invited_once_a_store_is_chosen(
    acme: Customer, harbour: Store, meadow: Store, sam_client: Client
) -> None:
    ids = [str(make.contact(acme).public_id), str(make.contact(acme, "").public_id)]
    here = reverse("staff:invite-contacts")

    html = text_of(sam_client.post(here, {"id": ids}))
    assert "Invite 2 contacts" in html
    assert "1 can be invited, 1 cannot, and is left out" in html
    sam_client.post(here, {"id": ids, "store": "meadow"})
    assert Access.objects.get().store == meadow
    sam_client.post(here, {"all": "1", "query": "q=acme", "store": "harbour"})
    assert Access.objects.filter(store=harbour).count() == 1


def test_a_store_outside_the_scope_is_not_there(
    picker: str, send: str, meadow: Store, acme: Customer, signed_in: SignedIn
) -> None:
    limited = signed_in(make.staff("Mia Meadow", stores=(meadow,)))
    contact = make.contact(acme)

    assert limited.get(picker).status_code == 404
    assert limited.post(send, {"id": str(contact.public_id)}).status_code == 404
    limited.post(reverse("staff:invite-contact", args=[contact.public_id]), {"store": ["harbour"]})
    assert not Access.objects.exists()
