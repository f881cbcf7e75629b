"""The Error tab: what a row says and offers, who may clear it, and that saving a fix is enough."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests import make
from tradedoor.access.actions import crm
from tradedoor.access.actions.errors import raise_errors
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.faults import Fault
from tradedoor.access.models import Access, AccessError, ErrorReason, Tab
from tradedoor.accounts.models import Login
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db
R = ErrorReason


def empty_email(contact: Contact, *, actor: Actor) -> None:
    now = Contact.objects.select_related("customer").get(pk=contact.pk)
    crm.update_contact(now, {"email": ""}, version=now.version, actor=actor)


def error_tab(client: Client, store: Store) -> str:
    response = client.get(reverse("staff:dashboard", args=[store.slug]), {"tab": "error"})
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def without_email(bea: Access, bea_contact: Contact, sam: Actor) -> Access:
    empty_email(bea_contact, actor=sam)
    return bea


def test_current_customers_says_how_many_are_on_error_and_that_they_still_get_in(
    without_email: Access, nils: Access, harbour: Store, sam_client: Client, sam: Actor, acme: Customer
) -> None:
    pending = invite_contact(harbour, make.contact(acme), actor=sam)
    raise_errors([Fault(pending.pk, R.STORE_INCOMPLETE)], actor=sam)

    page = sam_client.get(reverse("staff:dashboard", args=[harbour.slug])).content.decode()

    assert "1 current customer is on Error; they can still sign in" in page
    assert "Bea Buyer" not in page
    assert nils.contact.name in page


def test_a_row_says_what_is_wrong_since_when_and_the_next_step(
    without_email: Access, harbour: Store, sam_client: Client, sam: Actor
) -> None:
    raise_errors([Fault(without_email.pk, R.LOGIN_SHARED, {"name": "Twin"})], actor=sam)

    page = error_tab(sam_client, harbour)

    assert "No email in the CRM." in page
    assert "+1" in page
    form = reverse("staff:contact-edit", args=[without_email.contact.public_id])
    assert re.search(rf'href="{form}\?next=[^"]+"[^>]*>\s*Add email', page)
    for label in ("Undo the CRM edit", "Clear error", "I am on it", "Deactivate customer", "Open contact"):
        assert label in page


def test_saving_the_fix_takes_the_row_back_to_its_tab_and_leads_back(
    without_email: Access, harbour: Store, sam_client: Client
) -> None:
    back = reverse("staff:dashboard", args=[harbour.slug]) + "?tab=error"
    address = reverse("staff:contact-edit", args=[without_email.contact.public_id])
    contact = Contact.objects.get(pk=without_email.contact_id)
    shown = sam_client.get(address, {"next": back}).content.decode()
    assert f'name="next" value="{back}"' in shown

    response = sam_client.post(
        address,
        {
            "version": contact.version,
            "next": back,
            "first_name": "Bea",
            "last_name": "Buyer",
            "email": "bea@acme.example",
            "department": contact.department.public_id,
        },
    )

    assert (response.status_code, response["Location"]) == (302, back)
    assert not AccessError.objects.open().exists()
    assert Access.objects.get(pk=without_email.pk).tab == Tab.CURRENT


def test_clear_error_says_what_stays_wrong(without_email: Access, harbour: Store, sam_client: Client) -> None:
    address = reverse("staff:access-clear", args=[harbour.slug, without_email.public_id])

    page = sam_client.post(address, follow=True).content.decode()

    assert "Bea Buyer stays on Error: No email in the CRM." in page
    assert AccessError.objects.open().count() == 1


def test_clear_error_for_all_clears_what_is_mended(
    without_email: Access, nils: Access, harbour: Store, sam_client: Client, sam: Actor
) -> None:
    raise_errors([Fault(nils.pk, R.EMAIL_IN_USE)], actor=sam)
    page = error_tab(sam_client, harbour)
    assert "Clear error for all 2" in page

    response = sam_client.post(
        reverse("staff:access-bulk", args=[harbour.slug]),
        {
            "deed": "clear_error",
            "all": "1",
            "query": "tab=error",
            "next": f"/stores/{harbour.slug}/dashboard/",
        },
        follow=True,
    )

    assert "1 person is on Error no more." in response.content.decode()
    open_ones = AccessError.objects.open().values_list("access_id", flat=True)
    assert list(open_ones) == [without_email.pk]


def test_who_is_on_it_shows(without_email: Access, harbour: Store, sam_client: Client) -> None:
    here = [harbour.slug, without_email.public_id]
    sam_client.post(reverse("staff:access-take", args=here))
    assert "Sam Seller</td>" in error_tab(sam_client, harbour)

    sam_client.post(reverse("staff:access-leave", args=here))
    assert "Nobody" in error_tab(sam_client, harbour)


def test_an_error_is_given_to_a_colleague_who_sees_the_store_and_history_says_so(
    without_email: Access, harbour: Store, meadow: Store, sam_client: Client, vic_login: Login, ada: Actor
) -> None:
    elsewhere = make.staff("Ella Elsewhere", stores=(meadow,))
    address = reverse("staff:access-assign", args=[harbour.slug, without_email.public_id])
    form = sam_client.get(address).content.decode()
    assert "Vic Viewer" in form
    assert "Ella Elsewhere" not in form

    told = sam_client.post(address, {"to": str(vic_login.public_id)}, follow=True).content.decode()

    assert "Vic Viewer is on Bea Buyer." in told
    assert "Vic Viewer</td>" in error_tab(sam_client, harbour)
    [row] = AuditRow.objects.filter(event="access.error_given")
    assert (row.login_id, row.access_id) == (vic_login.pk, without_email.pk)
    assert "Gave the errors to a colleague" in sam_client.get(reverse("staff:activity")).content.decode()
    assert f'value="{vic_login.public_id}" selected' in sam_client.get(address).content.decode()
    for nobody in (str(elsewhere.public_id), str(ada.login_id), "x"):
        refused = sam_client.post(address, {"to": nobody})
        assert refused.status_code == 422
        assert "Choose somebody who sees this store." in refused.content.decode()
    assert AccessError.objects.open().get().assigned_to == vic_login
    sam_client.post(address, {"to": ""})
    assert AccessError.objects.open().get().assigned_to is None


def test_who_is_on_a_row_without_error_cannot_be_chosen(
    bea: Access, harbour: Store, sam_client: Client
) -> None:
    address = reverse("staff:access-assign", args=[harbour.slug, bea.public_id])
    assert "has no error; somebody was quicker" in sam_client.get(address, follow=True).content.decode()


def test_a_viewer_sees_the_error_and_can_do_nothing_about_it(
    without_email: Access, harbour: Store, vic_client: Client
) -> None:
    page = error_tab(vic_client, harbour)

    assert "No email in the CRM." in page
    for label in ("Clear error", "Add email", "Undo the CRM edit", "I am on it"):
        assert label not in page
    address = reverse("staff:access-clear", args=[harbour.slug, without_email.public_id])
    assert vic_client.post(address).status_code == 403
    assert AccessError.objects.open().count() == 1


def test_the_crm_edit_is_undone_from_the_row(
    without_email: Access, harbour: Store, sam_client: Client
) -> None:
    address = reverse("staff:access-undo-edit", args=[harbour.slug, without_email.public_id])

    sam_client.post(address)

    assert Contact.objects.get(pk=without_email.contact_id).email == "bea@acme.example"
    assert not AccessError.objects.open().exists()


def test_the_error_tab_asks_a_fixed_number_of_queries(
    acme: Customer, harbour: Store, sam_client: Client, sam: Actor, django_assert_max_num_queries: object
) -> None:
    rows = [make.access(make.contact(acme), harbour) for _ in range(20)]
    raise_errors([Fault(row.pk, R.EMAIL_IN_USE) for row in rows], actor=sam)
    address = reverse("staff:dashboard", args=[harbour.slug])

    with django_assert_max_num_queries(40) as few:  # type: ignore[operator]  # pytest-django's fixture
        sam_client.get(address, {"tab": "error", "q": ""})
    raise_errors([Fault(row.pk, reason) for row in rows for reason in R], actor=sam)
    with django_assert_max_num_queries(len(few)):  # type: ignore[operator]  # the same
        sam_client.get(address, {"tab": "error", "q": ""})


def test_the_contact_record_names_the_error_too(without_email: Access, sam_client: Client) -> None:
    page = sam_client.get(reverse("staff:contact", args=[without_email.contact.public_id])).content.decode()

    assert "No email in the CRM." in page
    assert "Clear error" in page
