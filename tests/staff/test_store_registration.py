"""Store settings, Registration: saved whole or not at all, tried without saving, and shown as it would look."""

import re
from typing import Any

import pytest
from django.test import Client

from tests import make
from tests.browser import OpenPage, faults, on_both_screens
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.registration.models import Rules, Terms, VerifiedDomain
from tradedoor.registration.queries import rules_of
from tradedoor.stores.models import Store

ADDRESS = "/stores/harbour/settings/registration/"
FILLED = {"version": "0", "preset": "link", "confirm_first": "on"}


@pytest.fixture
def owner(client: Client, ada_login: Login) -> Client:
    client.post("/login/", {"email": ada_login.email, "password": make.PASSWORD})
    return client


def body(response: Any) -> str:
    return str(response.content.decode())


def test_a_store_that_never_said_anything_has_the_default(owner: Client, harbour: Store) -> None:
    page = body(owner.get(ADDRESS))

    assert re.search(r'value="link" id="id_preset_1" checked', page)
    for label in (
        "Only people we invite",
        "Anyone with the customer’s link",
        "Anyone with the link, after we approve",
        "Anyone, after we approve",
        "More options",
    ):
        assert label in page


@pytest.mark.parametrize(
    ("preset", "mode", "approval"),
    [
        ("invited", "off", "none"),
        ("link", "link", "none"),
        ("link_approved", "link", "staff"),
        ("open_approved", "open", "staff"),
        ("open", "open", "none"),
    ],
)
def test_each_preset_is_a_pair_of_settings_and_shows_again(
    preset: str, mode: str, approval: str, owner: Client, harbour: Store
) -> None:
    # Something else first, since the default is saved as nothing.
    owner.post(ADDRESS, {**FILLED, "blocked_domains": "x.example"})
    owner.post(ADDRESS, {**FILLED, "preset": preset, "version": "1"})

    rules = rules_of(harbour)
    assert (rules.mode, rules.approval) == (mode, approval)
    assert re.search(rf'value="{preset}" id="id_preset_\d" checked', body(owner.get(ADDRESS)))


def test_all_of_it_is_saved_and_shown_again(owner: Client, harbour: Store, acme: Customer) -> None:
    given = {
        **FILLED,
        "allowed_domains": "Acme.example\n*.Mill.example",
        "blocked_domains": "bücher.example, gone.example",
        "verified_domain": ["acme.example", ""],
        "verified_customer": ["ACME", ""],
        "question_label": ["Trade", "Why?", ""],
        "question_required": ["1", "0", "0"],
        "question_choices": ["Roofs; Walls", "", ""],
        "terms": "Be kind.",
    }
    assert owner.post(ADDRESS, given).status_code == 302

    rules = Rules.objects.get()
    assert rules.allowed_domains == ["acme.example", "*.mill.example"]
    assert rules.blocked_domains == ["xn--bcher-kva.example", "gone.example"]
    assert rules.questions == [
        {"label": "Trade", "required": True, "choices": ["Roofs", "Walls"]},
        {"label": "Why?", "required": False, "choices": []},
    ]
    assert VerifiedDomain.objects.get().customer == acme
    assert Terms.objects.get().text == "Be kind."
    page = body(owner.get(ADDRESS))
    for text in ("*.mill.example", "Roofs; Walls", "Be kind.", 'value="ACME"'):
        assert text in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"preset": "nonsense"}, "not one of the available choices"),
        ({"allowed_domains": "no domain"}, "is no mail domain"),
        ({"verified_domain": ["acme.example"], "verified_customer": ["NOBODY"]}, "Give the code"),
        ({"verified_domain": ["*.acme.example"], "verified_customer": ["ACME"]}, "exact"),
        (
            {"question_label": ["A"], "question_required": ["0"], "question_choices": ["only one"]},
            "two answers",
        ),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    wrong: dict[str, Any], said: str, owner: Client, harbour: Store, acme: Customer
) -> None:
    answer = owner.post(ADDRESS, {**FILLED, "terms": "Typed with care.", **wrong})

    assert answer.status_code == 422
    assert said in body(answer)
    assert "Typed with care." in body(answer)
    assert not Rules.objects.exists()


def test_the_second_of_two_editors_is_told_and_keeps_what_they_typed(owner: Client, harbour: Store) -> None:
    owner.post(ADDRESS, {**FILLED, "preset": "invited"})
    answer = owner.post(ADDRESS, {**FILLED, "terms": "Mine"})

    assert answer.status_code == 409
    assert "Mine" in body(answer)
    assert rules_of(harbour).mode == "off"
    assert owner.post(ADDRESS, {**FILLED, "terms": "Mine", "version": "1"}).status_code == 302


@pytest.mark.parametrize(
    ("form", "email", "said"),
    [
        ({"allowed_domains": "example.com"}, "anna@sub.example.com", "not among the only ones"),
        ({"allowed_domains": "*.example.com"}, "anna@sub.example.com", "No rule stands in the way"),
        ({"preset": "link_approved"}, "anna@sub.example.com", "You approve everybody"),
        ({"preset": "invited"}, "anna@sub.example.com", "Nobody can register"),
        ({"preset": "open"}, "anna@sub.example.com", "Without a link everybody waits"),
        ({"blocked_domains": "*.example.com"}, "anna@sub.example.com", "never to register"),
        ({}, "noaddress", "exactly one @"),
    ],
)
def test_an_address_is_tried_by_the_rules_as_typed(
    form: dict[str, str], email: str, said: str, owner: Client, harbour: Store
) -> None:
    answer = owner.post(f"{ADDRESS}try/", {**FILLED, **form, "try": email})

    assert answer.status_code == 200
    assert said in body(answer)
    assert f'value="{email}"' in body(answer)
    assert not Rules.objects.exists()
    fragment = owner.post(
        f"{ADDRESS}try/",
        {**FILLED, **form, "try": email},
        headers={"HX-Request": "true", "HX-Target": "try-answer"},
    )
    assert said in body(fragment)
    assert "<form" not in body(fragment)


def test_who_may_not_edit_stores_looks_only(client: Client, harbour: Store, sam_login: Login) -> None:
    client.post("/login/", {"email": sam_login.email, "password": make.PASSWORD})

    assert client.get(ADDRESS).status_code == 200
    assert client.post(ADDRESS, FILLED).status_code == 403


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@on_both_screens
def test_the_settings_are_sound_and_the_preview_follows(
    size: Any, scheme: str, open_page: OpenPage, harbour: Store, acme: Customer, ada: Actor, ada_login: Login
) -> None:
    page = open_page(size, ada_login, scheme=scheme)
    page.goto(ADDRESS)
    assert faults(page, "registration settings") == []
    door = page.frame_locator('iframe[title^="The sign-in page"]')
    door.get_by_text("New User - Register").wait_for()
    page.get_by_label("Only people we invite").check()
    page.locator('iframe[title^="The registration form"]').wait_for(state="detached")
    page.get_by_label("Anyone, after we approve").check()
    form = page.frame_locator('iframe[title^="The registration form"]')
    form.get_by_text("Company").wait_for()
    page.get_by_text("More options").click()
    page.get_by_label("Email to try").fill("anna@sub.example.com")
    page.get_by_role("button", name="Try", exact=True).click()
    page.get_by_text("Without a link everybody waits for you.").wait_for()
    assert faults(page, "registration settings open") == []


def test_whoever_may_only_look_tries_an_address_by_the_saved_rules(
    vic_client: Client, harbour: Store
) -> None:
    shown = vic_client.get(ADDRESS).content.decode()
    assert 'name="try"' in shown
    assert 'name="try"' not in shown[shown.index("<fieldset") : shown.rindex("</fieldset>")]

    answer = vic_client.post(f"{ADDRESS}try/", {"version": "1", "try": "anna@sub.example.com"})

    assert answer.status_code == 200
    assert "Gets in" in answer.content.decode()
    assert "Correct the form first." not in answer.content.decode()
    assert harbour.pk
