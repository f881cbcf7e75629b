"""Password, sessions and role of one buyer, from the row's menu, the contact record and the bulk bar."""

from typing import Any

from django.test import Client
from django.urls import reverse

from tests import make
from tests.storefront.conftest import SignIn, sign_in  # noqa: F401 - a fixture
from tradedoor.access.models import Access, Role, State
from tradedoor.accounts.models import Login, Session
from tradedoor.crm.models import Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store


def address(name: str, access: Access) -> str:
    return reverse(f"staff:access-{name}", args=[access.store.slug, access.public_id])


def text_of(response: Any) -> str:
    return str(response.content.decode())


def resets() -> int:
    return MailMessage.objects.filter(template="access.password_reset").count()


def test_the_menu_of_a_current_row_has_all_of_it_here_and_on_the_contact(
    bea: Access, harbour: Store, sam_client: Client, vic_client: Client
) -> None:
    for page in (
        reverse("staff:dashboard", args=[harbour.slug]),
        reverse("staff:contact", args=[bea.contact.public_id]),
    ):
        html = text_of(sam_client.get(page))
        for label in ("Send reset link", "Change role", "End sessions", "Mark compromised"):
            assert label in html
        assert "Send reset link" not in text_of(vic_client.get(page))


def test_a_reset_link_is_sent_to_the_sign_in_email(bea: Access, sam_client: Client) -> None:
    html = text_of(sam_client.post(address("reset", bea), follow=True))

    assert "is on its way to bea@acme.example" in html
    assert resets() == 1


def test_who_cannot_sign_in_gets_none_and_staff_are_told_why(
    acme: Customer, harbour: Store, sam_client: Client
) -> None:
    gone = make.access(make.contact(acme), harbour, state=State.DEACTIVATED)

    assert "no password to reset" in text_of(sam_client.post(address("reset", gone), follow=True))
    assert resets() == 0


def test_ending_sessions_signs_out_of_this_store(
    bea: Access,
    sam_client: Client,
    sign_in: SignIn,  # noqa: F811 - the fixture
) -> None:
    browser = sign_in(bea)

    html = text_of(sam_client.post(address("end-sessions", bea), follow=True))
    assert "1 session of Bea Buyer ended" in html
    assert browser.get("/s/harbour/").status_code == 302
    again = text_of(sam_client.post(address("end-sessions", bea), follow=True))
    assert "Is not signed in at the moment." in again


def test_a_role_is_chosen_on_a_page_and_leads_back(bea: Access, harbour: Store, sam_client: Client) -> None:
    back = f"/stores/{harbour.slug}/dashboard/?tab=current"
    page = sam_client.get(address("role", bea), {"next": back})
    assert 'value="buyer" checked' in text_of(page)
    assert sam_client.post(address("role", bea), {"role": "boss"}).status_code == 422

    answer = sam_client.post(address("role", bea), {"role": "approver", "next": back})

    assert answer.headers["Location"] == back
    bea.refresh_from_db()
    assert bea.role == Role.APPROVER


def test_a_password_is_marked_compromised_once_that_was_asked(
    bea: Access,
    sam_client: Client,
    sign_in: SignIn,  # noqa: F811 - the fixture
) -> None:
    sign_in(bea)
    page = text_of(sam_client.get(address("compromised", bea)))
    assert "bea@acme.example" in page
    assert Session.objects.filter(realm="buyer").exists()

    html = text_of(sam_client.post(address("compromised", bea), {"reset": "1"}, follow=True))

    assert "has to choose a new password" in html
    assert not Session.objects.filter(realm="buyer").exists()
    assert Login.objects.get(accesses=bea).must_change_password
    assert resets() == 1
    browser = sign_in(bea)
    assert browser.get("/s/harbour/").headers["Location"] == "/s/harbour/account/password/"


def test_many_at_once_are_asked_first_and_told_after(
    bea: Access, nils: Access, harbour: Store, sam_client: Client
) -> None:
    to = reverse("staff:access-bulk", args=[harbour.slug])
    ids = [str(bea.public_id), str(nils.public_id)]
    for deed, question, told in (
        ("send_reset", "Send 2 reset links?", "2 reset links are on their way."),
        ("make_approver", "Make 2 people approvers?", "2 people have a new role."),
    ):
        assert question in text_of(sam_client.post(to, {"deed": deed, "id": ids}))
        assert told in text_of(sam_client.post(to, {"deed": deed, "id": ids, "sure": "1"}, follow=True))
    asked = text_of(sam_client.post(to, {"deed": "end_sessions", "id": ids}))
    assert "Sign out 0 people?" in asked
    assert "Is not signed in at the moment." in asked
    assert resets() == 2
