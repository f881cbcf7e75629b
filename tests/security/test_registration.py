"""Registering by those who mean harm: each line of security.md A5 and A14 that speaks of it, by its name."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests import make
from tests.registration.people import CHOSEN, last_mail, mails, ruled, work_off
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login, OneTimeLink, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.registration.actions.clearing import clear_out
from tradedoor.registration.actions.links import LinkLimits, limit_link, link_for, new_link, set_registering
from tradedoor.registration.codes import code_of
from tradedoor.registration.models import Approval, EstoreLink, Mode, Registration
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db
FILLED = {"first_name": "Nora", "last_name": "New", "email": "nora@acme.example"}
FORM = "/s/harbour/register/"


@pytest.fixture
def link(harbour: Store, acme: Customer, sam: Actor) -> EstoreLink:
    return link_for(harbour, acme, actor=sam)


@pytest.fixture
def visitor(client: Client, link: EstoreLink) -> Client:
    client.get(f"/s/harbour/link/{code_of(link)}/")
    return client


def confirmation() -> str:
    work_off()
    mail = last_mail("registration.confirm")
    assert mail is not None
    found = re.search(r"/s/harbour/register/confirm/\S+/", mail.text)
    assert found
    return found[0]


@pytest.mark.parametrize("how", ["off", "rotated", "dated", "capped", "narrowed"])
def test_reg_01_a_link_is_judged_at_the_page_and_again_at_the_post(
    how: str, visitor: Client, harbour: Store, acme: Customer, link: EstoreLink, sam: Actor
) -> None:
    assert visitor.get(FORM).status_code == 200
    if how == "off":
        set_registering(link, registers=False, actor=sam)
    elif how == "rotated":
        new_link(harbour, acme, actor=sam)
    elif how == "dated":
        limit_link(link, LinkLimits(ends_on=(timezone.now() - timedelta(days=2)).date()), actor=sam)
    elif how == "capped":
        EstoreLink.objects.update(uses=1, most_uses=1)
    else:
        limit_link(link, LinkLimits(domains=("other.example",)), actor=sam)

    assert visitor.post(FORM, FILLED).status_code == (422 if how == "narrowed" else 404)
    assert visitor.get(FORM).status_code == (200 if how == "narrowed" else 404)
    assert not Registration.objects.exists()


def test_reg_02_where_registering_is_off_there_is_no_page_and_the_link_shows_sign_in(
    visitor: Client, harbour: Store, link: EstoreLink, ada: Actor
) -> None:
    ruled(harbour, ada, mode=Mode.OFF)

    assert [visitor.get(FORM).status_code, visitor.post(FORM, FILLED).status_code] == [404, 404]
    assert visitor.get(f"/s/harbour/link/{code_of(link)}/")["Location"] == "/s/harbour/login/"
    assert b"Register" not in visitor.get("/s/harbour/login/").content


def test_reg_03_nobody_plants_a_password_for_somebody_elses_address(
    visitor: Client, harbour: Store, acme: Customer, ada: Actor, sam: Actor
) -> None:
    visitor.post(FORM, {**FILLED, "password": "the attackers own words"})
    work_off()
    assert not Login.objects.buyers().exists()

    access = invite_contact(harbour, make.contact(acme, "nora@acme.example"), actor=sam)
    token = token_of(OneTimeLink.objects.get(access_id=access.pk))
    owner = Client()
    owner.get(f"/s/harbour/join/{token}/")
    owner.post("/s/harbour/join/", {"password": CHOSEN})

    tried = Client().post(
        "/s/harbour/login/", {"email": "nora@acme.example", "password": "the attackers own words"}
    )
    assert tried.status_code == 422
    assert owner.get("/s/harbour/").status_code == 200


def test_reg_03_without_confirming_first_a_known_address_gets_the_mail_instead(
    visitor: Client, harbour: Store, acme: Customer, ada: Actor
) -> None:
    ruled(harbour, ada, confirm_first=False)
    make.contact(acme, "nora@acme.example")

    visitor.post(FORM, {**FILLED, "password": "the attackers own words"})
    work_off()

    assert not Session.objects.exists()
    assert not Login.objects.buyers().exists()
    assert mails("nora@acme.example") == ["registration.confirm"]


def test_reg_04_proof_of_the_mailbox_opens_nothing_before_approval(
    visitor: Client, harbour: Store, ada: Actor
) -> None:
    ruled(harbour, ada, approval=Approval.STAFF)
    visitor.post(FORM, FILLED)
    visitor.get(confirmation())
    visitor.post("/s/harbour/register/confirm/", {"password": CHOSEN})

    assert Access.objects.get().state == State.REQUESTED
    assert not Session.objects.exists()
    for page in ("", "catalogue/", "account/"):
        assert visitor.get(f"/s/harbour/{page}")["Location"].startswith("/s/harbour/login/")
    tried = Client().post("/s/harbour/login/", {"email": "nora@acme.example", "password": CHOSEN})
    assert tried.status_code == 403


def test_reg_05_what_nobody_confirmed_is_gone_after_48_hours(visitor: Client, harbour: Store) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        visitor.post(FORM, FILLED)
        address = confirmation()
        clock.shift(timedelta(hours=47))
        assert clear_out() == {"registrations": 0}
        clock.shift(timedelta(hours=2))
        assert clear_out() == {"registrations": 1}
        assert Client().get(address).status_code == 404


@pytest.mark.parametrize(
    "twin",
    [
        "NORA@ACME.EXAMPLE",
        " nora@acme.example ",
        "Nora@Acme.Example",
        "nora@\uff41\uff43\uff4d\uff45.example",  # full-width letters, the same domain
    ],
)
def test_eml_01_one_address_however_it_is_written_is_one_person(
    twin: str, visitor: Client, harbour: Store, acme: Customer
) -> None:
    contact = make.contact(acme, "nora@acme.example")
    visitor.post(FORM, {**FILLED, "email": twin})
    visitor.get(confirmation())
    visitor.post("/s/harbour/register/confirm/", {"password": CHOSEN})

    assert Contact.objects.get() == contact
    assert Access.objects.get().contact == contact


def test_eml_01_a_letter_composed_or_taken_apart_is_one_person(
    visitor: Client, harbour: Store, acme: Customer, settings: Any
) -> None:
    settings.TRADEDOOR_SMTPUTF8 = True
    contact = make.contact(acme, "nor\u00e1@acme.example")
    visitor.post(FORM, {**FILLED, "email": "Nora\u0301@ACME.example"})
    visitor.get(confirmation())
    visitor.post("/s/harbour/register/confirm/", {"password": CHOSEN})

    assert Contact.objects.get() == contact
    assert Access.objects.get().contact == contact


@pytest.mark.parametrize("other", ["n.ora@acme.example", "nora+x@acme.example"])
def test_eml_01_dots_and_tags_are_other_people(
    other: str, visitor: Client, harbour: Store, acme: Customer
) -> None:
    make.contact(acme, "nora@acme.example")
    visitor.post(FORM, {**FILLED, "email": other})
    visitor.get(confirmation())
    visitor.post("/s/harbour/register/confirm/", {"password": CHOSEN})

    assert Contact.objects.count() == 2


@pytest.mark.parametrize(
    "email",
    ["nora@acme.example\u200b", "=?utf-8?q?nora?=@acme.example", '"nora x"@acme.example', "nora@[192.0.2.1]",
     "nora@acme", "a%b@acme.example", "nora@acme.example\nBcc: x@y.example"],
)  # fmt: skip
def test_eml_02_what_can_be_read_as_two_addresses_registers_nobody(
    email: str, visitor: Client, harbour: Store
) -> None:
    assert visitor.post(FORM, {**FILLED, "email": email}).status_code == 422
    assert not Registration.objects.exists()


def test_eml_03_the_mail_goes_to_the_address_that_was_kept(visitor: Client, harbour: Store) -> None:
    visitor.post(FORM, FILLED)
    visitor.get(confirmation())
    visitor.post("/s/harbour/register/confirm/", {"password": CHOSEN, "email": "evil@other.example"})

    assert [login.email_canonical for login in Login.objects.buyers()] == ["nora@acme.example"]


def test_eml_05_a_look_alike_of_the_customers_domain_waits_for_a_person(
    visitor: Client, harbour: Store, acme: Customer
) -> None:
    make.contact(acme, "bea@acme.example")
    visitor.post(FORM, {**FILLED, "email": "nora@\u0430cme.example"})  # a Cyrillic a
    visitor.get(confirmation())
    visitor.post("/s/harbour/register/confirm/", {"password": CHOSEN})

    assert Access.objects.get().state == State.REQUESTED
    assert Registration.objects.get().looks_like == "acme.example"


def test_mas_01_a_link_of_another_customer_in_the_body_is_nobodys(
    visitor: Client, harbour: Store, borealis: Customer, sam: Actor
) -> None:
    other = link_for(harbour, borealis, actor=sam)
    extra: dict[str, Any] = {"estore_link": other.pk, "link": code_of(other), "customer_id": borealis.pk}
    visitor.post(FORM, {**FILLED, **extra})
    visitor.get(confirmation())
    visitor.post("/s/harbour/register/confirm/", {"password": CHOSEN, "customer": borealis.pk})

    assert Access.objects.get().customer.name == "Acme"


def test_rl_06_ten_an_hour_from_one_network_whatever_it_says_of_itself(
    visitor: Client, harbour: Store
) -> None:
    answers = [
        visitor.post(
            FORM,
            {**FILLED, "email": f"n{number}@acme.example"},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        ).status_code
        for number in range(11)
    ]
    assert answers == [302] * 10 + [429]


COMBINATIONS = [
    (mode, approval, confirms, by_link)
    for mode in (Mode.LINK, Mode.OPEN)
    for approval in (Approval.NONE, Approval.STAFF)
    for confirms in (True, False)
    for by_link in (True, False)
]


@pytest.mark.parametrize(("mode", "approval", "confirms", "by_link"), COMBINATIONS)
def test_every_combination_of_settings_ends_as_it_says(
    mode: Mode,
    approval: Approval,
    confirms: bool,  # noqa: FBT001 - of a table
    by_link: bool,  # noqa: FBT001 - of a table
    visitor: Client,
    harbour: Store,
    acme: Customer,
    ada: Actor,
) -> None:
    ruled(harbour, ada, mode=mode, approval=approval, confirm_first=confirms)
    browser = visitor if by_link else Client()
    answer = browser.post(FORM, {**FILLED, "company": "Newcomers", "password": CHOSEN})
    if mode is Mode.LINK and not by_link:
        assert answer.status_code == 404
        return
    if confirms or not by_link:
        assert answer["Location"].endswith("/register/waiting/")
        browser.get(confirmation())
        browser.post("/s/harbour/register/confirm/", {"password": CHOSEN})
    access = Access.objects.get()
    waits = approval is Approval.STAFF or not by_link
    assert access.state == (State.REQUESTED if waits else State.CURRENT)
    assert access.customer.name == ("Acme" if by_link else "Newcomers")
    assert browser.get("/s/harbour/account/").status_code == (302 if waits else 200)
