"""Approval by the customer's own admins, as the store's settings say it; and what staff are told of last admins."""

from typing import Any

import pytest
from django.test import Client

from tests import make
from tradedoor.access.actions.company import deactivate_colleague
from tradedoor.access.actions.inviting_colleagues import Colleague, invite_colleague
from tradedoor.access.models import Access, Role
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.registration.models import Approval, Mode
from tradedoor.registration.queries import rules_of
from tradedoor.stores.models import Store

RULES = "/stores/harbour/settings/registration/"


@pytest.fixture
def owner(client: Client, ada_login: Login) -> Client:
    client.post("/login/", {"email": ada_login.email, "password": make.PASSWORD})
    return client


def body(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize(("preset", "mode"), [("link_admins", Mode.LINK), ("open_admins", Mode.OPEN)])
def test_the_customers_admins_may_approve(preset: str, mode: Mode, owner: Client, harbour: Store) -> None:
    answer = owner.post(RULES, {"version": "0", "preset": preset, "confirm_first": "on"})

    rules = rules_of(harbour)
    assert answer.status_code == 302
    assert (rules.mode, rules.approval) == (mode, Approval.ADMINS)
    page = body(owner.get(RULES))
    assert page.count(" checked") >= 2
    assert f'value="{preset}" id="id_preset_{4 if preset == "link_admins" else 5}" checked' in page
    assert "Where a customer has no company admin left, the request is yours" in page


def test_what_would_become_of_an_address_says_who_approves(owner: Client, harbour: Store) -> None:
    form = {"version": "0", "preset": "link_admins", "confirm_first": "on", "try": "anna@sub.example.com"}
    page = body(owner.post(f"{RULES}try/", form))

    assert "Waits for approval" in page
    assert "The customer’s own admins approve; where it has none, you do." in page


def test_the_preview_of_the_form_says_who_looks_at_it(owner: Client, harbour: Store) -> None:
    page = body(owner.get(f"{RULES}preview/form/?preset=link_admins&confirm=1"))
    assert "Then an admin of Example Ltd looks at it" in page


class TestTheLastAdmin:
    """Their leaving warns, whoever makes them leave and by whatever way (product.md section 9)."""

    def test_on_the_page_that_changes_the_role_and_after_it(self, owner: Client, cara: Access) -> None:
        page = body(owner.get(f"/stores/harbour/access/{cara.public_id}/role/"))
        assert "The last company admin of Acme here" in page

        owner.post(f"/stores/harbour/access/{cara.public_id}/role/", {"role": "buyer"})
        assert "Acme has no company admin in Harbour any more." in body(
            owner.get("/stores/harbour/dashboard/")
        )

    def test_in_the_receipt_of_deactivating(self, owner: Client, cara: Access) -> None:
        owner.post(f"/stores/harbour/access/{cara.public_id}/deactivate/")
        page = body(owner.get("/stores/harbour/dashboard/"))
        assert "Acme has no company admin in Harbour any more." in page

    @pytest.mark.parametrize("deed", ["deactivate", "make_buyer", "make_approver"])
    def test_before_it_is_done_to_many(self, deed: str, owner: Client, cara: Access, bea: Access) -> None:
        chosen = {"deed": deed, "id": [str(cara.public_id), str(bea.public_id)]}
        page = body(owner.post("/stores/harbour/access/bulk/", chosen))
        assert "Left without a company admin: Acme." in page

    def test_before_the_contact_is_archived(self, owner: Client, cara: Access) -> None:
        page = body(owner.get(f"/crm/contacts/{cara.contact.public_id}/archive/"))
        assert "Left without a company admin: Acme." in page

    def test_not_where_another_one_stays(
        self, owner: Client, cara: Access, acme: Customer, harbour: Store
    ) -> None:
        make.access(make.contact(acme), harbour, role=Role.COMPANY_ADMIN)
        assert "company admin of Acme" not in body(
            owner.get(f"/stores/harbour/access/{cara.public_id}/role/")
        )
        chosen = {"deed": "deactivate", "id": [str(cara.public_id)]}
        assert "Left without" not in body(owner.post("/stores/harbour/access/bulk/", chosen))
        owner.post(f"/stores/harbour/access/{cara.public_id}/deactivate/")
        assert "any more." not in body(owner.get("/stores/harbour/dashboard/"))

    def test_nor_for_a_buyer(self, owner: Client, bea: Access) -> None:
        owner.post(f"/stores/harbour/access/{bea.public_id}/deactivate/")
        assert "company admin in" not in body(owner.get("/stores/harbour/dashboard/"))


def test_staff_see_who_of_the_customer_did_it(owner: Client, cara_actor: Actor, bea: Access) -> None:
    deactivate_colleague(bea.public_id, actor=cara_actor)

    tab = body(owner.get("/stores/harbour/dashboard/?tab=deactivated"))
    history = body(owner.get(f"/crm/contacts/{bea.contact.public_id}/activity/"))

    assert "cara@acme.example" in tab.replace("<wbr>", "")
    assert "Cara Chief" in history or "cara@acme.example" in history.replace("<wbr>", "")


def test_a_contact_made_by_an_admin_says_so_on_its_record_and_in_its_history(
    owner: Client, cara_actor: Actor
) -> None:
    wish = Colleague(email="nora@acme.example", first_name="Nora")
    contact = invite_colleague(wish, actor=cara_actor).access.contact

    history = body(owner.get(f"/crm/contacts/{contact.public_id}/activity/"))

    assert "Added by a company admin of the customer, in the store" in history
    assert "Company admin cara@acme.example" in body(owner.get(f"/crm/contacts/{contact.public_id}/"))
