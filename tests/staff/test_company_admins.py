"""Approval by the customer's own admins, as the store's settings say it; and what staff are told of last admins."""

from typing import Any

import pytest
from django.test import Client

from tests import make
from tradedoor.accounts.models import Login
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
