"""The pages of somebody who registers: the same answer to everybody, and nothing before the mailbox is proven."""

import re
from typing import Any

import pytest
from django.test import Client

from tests import make
from tests.registration.people import CHOSEN, last_mail, mails, ruled, work_off
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Session
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer, Department
from tradedoor.registration.actions.deciding import decline
from tradedoor.registration.actions.links import link_for, new_link, set_registering
from tradedoor.registration.actions.rules import Question
from tradedoor.registration.codes import code_of
from tradedoor.registration.models import Approval, EstoreLink, Mode, Registration
from tradedoor.stores.models import Store

FILLED = {"first_name": "Nora", "last_name": "New", "email": "nora@acme.example", "phone": "1"}


@pytest.fixture
def link(harbour: Store, acme: Customer, sam: Actor) -> EstoreLink:
    return link_for(harbour, acme, actor=sam)


@pytest.fixture
def visitor(client: Client, link: EstoreLink) -> Client:
    client.get(f"/s/harbour/link/{code_of(link)}/")
    return client


def mailed_link(template: str = "registration.confirm") -> str:
    mail = last_mail(template)
    assert mail is not None
    found = re.search(r"/s/harbour/register/confirm/\S+/", mail.text)
    assert found
    return found[0]


def body(response: Any) -> str:
    return str(response.content.decode())


def test_sign_in_offers_to_register_to_whoever_came_by_a_link(visitor: Client) -> None:
    assert "New User - Register" in body(visitor.get("/s/harbour/login/"))
    assert "New User - Register" not in body(Client().get("/s/harbour/login/"))


def test_from_the_link_to_the_shop(visitor: Client, harbour: Store) -> None:
    answer = visitor.post("/s/harbour/register/", FILLED)
    assert (answer.status_code, answer["Location"]) == (302, "/s/harbour/register/waiting/")
    assert "nora@acme.example" in body(visitor.get("/s/harbour/register/waiting/"))
    work_off()
    address = mailed_link()

    for _scanner in range(2):
        assert Client().get(address).status_code == 302
    assert not Access.objects.exists()
    away = visitor.get(address)
    assert away["Location"] == "/s/harbour/register/confirm/"
    page = body(visitor.get("/s/harbour/register/confirm/"))
    assert "n***@acme.example" in page
    assert "nora@acme.example" not in page
    assert visitor.post("/s/harbour/register/confirm/", {"password": "short"}).status_code == 422
    done = visitor.post("/s/harbour/register/confirm/", {"password": CHOSEN})
    assert (done.status_code, done["Location"]) == (302, "/s/harbour/")
    assert visitor.get("/s/harbour/").status_code == 200
    assert Access.objects.get().state == State.CURRENT
    assert Client().get(address)["Location"] == "/s/harbour/register/confirm/"


def test_where_staff_approve_nobody_is_in_before(visitor: Client, harbour: Store, ada: Actor) -> None:
    ruled(harbour, ada, approval=Approval.STAFF)
    assert "Harbour looks at it" in body(visitor.get("/s/harbour/register/"))
    visitor.post("/s/harbour/register/", FILLED)
    work_off()
    visitor.get(mailed_link())
    done = visitor.post("/s/harbour/register/confirm/", {"password": CHOSEN})

    assert "Nearly there" in body(done)
    assert not Session.objects.exists()
    refused = Client().post("/s/harbour/login/", {"email": "nora@acme.example", "password": CHOSEN})
    assert "waiting for an answer" in body(refused)


def test_declined_they_put_it_right_and_ask_once_more(
    visitor: Client, harbour: Store, ada: Actor, sam: Actor
) -> None:
    ruled(harbour, ada, approval=Approval.STAFF)
    visitor.post("/s/harbour/register/", FILLED)
    work_off()
    visitor.get(mailed_link())
    visitor.post("/s/harbour/register/confirm/", {"password": CHOSEN})
    access = Access.objects.get()
    decline([access.pk], reason="Which branch are you?", actor=sam)

    visitor.get(mailed_link("registration.declined"))
    page = body(visitor.get("/s/harbour/register/confirm/"))
    assert "Which branch are you?" in page
    assert 'value="Nora"' in page
    wrong = visitor.post("/s/harbour/register/confirm/", {"first_name": "", "last_name": "New"})
    assert wrong.status_code == 422
    again = visitor.post("/s/harbour/register/confirm/", {**FILLED, "last_name": "New, Hull"})
    assert "Nearly there" in body(again)
    access.refresh_from_db()
    assert access.state == State.REQUESTED
    assert Registration.objects.latest("pk").last_name == "New, Hull"
    decline([access.pk], reason="No.", actor=sam)
    mail = last_mail("registration.declined")
    assert mail is not None
    assert "register/confirm" not in mail.text


def test_the_page_answers_the_same_to_everybody_enu_01_reg_06(
    visitor: Client, harbour: Store, meadow: Store, acme: Customer, borealis: Customer
) -> None:
    make.access(make.contact(acme, "current@acme.example"), harbour)
    make.access(make.contact(acme, "off@acme.example"), harbour, state=State.DEACTIVATED)
    make.access(make.contact(acme, "asked@acme.example"), harbour, state=State.REQUESTED)
    make.access(make.contact(acme, "invited@acme.example"), harbour, state=State.PENDING)
    make.access(make.contact(borealis, "elsewhere@acme.example"), meadow)
    make.contact(acme, "contact@acme.example")
    make.staff(email="staff@acme.example")
    names = ("current", "off", "asked", "invited", "elsewhere", "contact", "staff", "nobody")
    answers = set()
    for name in names:
        posted = visitor.post("/s/harbour/register/", {**FILLED, "email": f"{name}@acme.example"})
        page = visitor.get("/s/harbour/register/waiting/")
        again = visitor.post("/s/harbour/register/waiting/") if name in {"current", "nobody"} else page
        headers = frozenset((key, value) for key, value in posted.items() if key != "X-Request-ID")
        answers.add((
            posted.status_code, headers, tuple(posted.cookies), len(body(posted)), page.status_code,
            re.sub(r'value="[^"]{64}"', "", body(page)).replace(f"{name}@", "*@"), again.status_code,
        ))  # fmt: skip
    assert len(answers) == 1
    work_off()
    assert mails("current@acme.example") == ["registration.known"]
    assert mails("nobody@acme.example") == ["registration.confirm"]
    assert mails("off@acme.example") == ["registration.known"]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("how", ["off", "no_link", "replaced", "switched_off"])
def test_where_nobody_can_register_there_is_no_such_page(
    how: str,
    method: str,
    visitor: Client,
    harbour: Store,
    acme: Customer,
    link: EstoreLink,
    ada: Actor,
    sam: Actor,
) -> None:
    if how == "off":
        ruled(harbour, ada, mode=Mode.OFF)
    elif how == "no_link":
        visitor.cookies.clear()
    elif how == "replaced":
        new_link(harbour, acme, actor=sam)
    else:
        set_registering(link, registers=False, actor=sam)

    assert getattr(visitor, method)("/s/harbour/register/", FILLED).status_code == 404
    assert "New User - Register" not in body(visitor.get("/s/harbour/login/"))
    assert not Registration.objects.exists()


def test_what_was_typed_stays_when_something_is_wrong(visitor: Client, harbour: Store, ada: Actor) -> None:
    ruled(
        harbour, ada, terms="No running.", blocked_domains=["gmail.example"],
        questions=[Question("Trade", required=True, choices=("Roofs", "Walls"))],
    )  # fmt: skip
    page = body(visitor.post("/s/harbour/register/", {**FILLED, "question_0": "Doors"}))
    assert 'value="nora@acme.example"' in page
    assert "Accept the terms" in page
    assert "No running." in page
    filled = {**FILLED, "email": "nora@gmail.example", "question_0": "Roofs", "terms": "on"}
    answer = visitor.post("/s/harbour/register/", filled)
    assert answer.status_code == 422
    assert "Use your company address" in body(answer)
    assert visitor.post("/s/harbour/register/", {**filled, "email": "n@acme.example"}).status_code == 302


def test_several_departments_are_offered(visitor: Client, harbour: Store, acme: Customer) -> None:
    assert "Department" not in body(visitor.get("/s/harbour/register/"))
    lab = Department.objects.create(customer=acme, name="Lab", name_key="lab")

    assert "Lab" in body(visitor.get("/s/harbour/register/"))
    chosen = visitor.post("/s/harbour/register/", {**FILLED, "department": str(lab.public_id)})
    assert chosen.status_code == 302
    made_up = visitor.post("/s/harbour/register/", {**FILLED, "department": "x"})
    assert made_up.status_code == 422


def test_two_addresses_in_one_form_are_nobodys(visitor: Client, harbour: Store) -> None:
    answer = visitor.post("/s/harbour/register/", {**FILLED, "email": ["a@acme.example", "b@acme.example"]})

    assert answer.status_code == 422
    assert not Registration.objects.exists()


def test_what_the_form_does_not_ask_is_not_taken(visitor: Client, harbour: Store, borealis: Customer) -> None:
    extra = {"customer": str(borealis.public_id), "customer_id": borealis.pk, "role": "company_admin",
             "store": "meadow", "link": "1", "company": "Other", "mailbox_proven": "1"}  # fmt: skip
    visitor.post("/s/harbour/register/", {**FILLED, **extra})

    made = Registration.objects.get()
    assert made.customer is not None
    assert (made.customer.code, made.company, made.mailbox_proven) == ("ACME", "", False)


def test_too_many_from_one_network_are_asked_to_come_back(visitor: Client, harbour: Store) -> None:
    for number in range(10):
        visitor.post("/s/harbour/register/", {**FILLED, "email": f"n{number}@acme.example"})

    answer = visitor.post("/s/harbour/register/", FILLED)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert 'value="Nora"' in body(answer)


def test_without_confirming_first_the_form_asks_the_password_and_lets_in(
    visitor: Client, harbour: Store, ada: Actor
) -> None:
    ruled(harbour, ada, confirm_first=False)
    answer = visitor.post("/s/harbour/register/", {**FILLED, "password": CHOSEN})

    assert (answer.status_code, answer["Location"]) == (302, "/s/harbour/")
    assert visitor.get("/s/harbour/account/").status_code == 200
    known = Client()
    known.cookies = visitor.cookies
    other = visitor.post("/s/harbour/register/", {**FILLED, "password": CHOSEN})
    assert other["Location"] == "/s/harbour/register/waiting/"
    assert Contact.objects.count() == 1


def test_open_to_anyone_the_form_asks_for_the_company(client: Client, harbour: Store, ada: Actor) -> None:
    ruled(harbour, ada, mode=Mode.OPEN)

    assert "New User - Register" in body(client.get("/s/harbour/login/"))
    assert client.post("/s/harbour/register/", FILLED).status_code == 422
    assert client.post("/s/harbour/register/", {**FILLED, "company": "Newcomers"}).status_code == 302


def test_a_link_of_another_store_registers_nobody_here(visitor: Client, meadow: Store) -> None:
    assert visitor.get("/s/meadow/register/").status_code == 404


def test_made_up_confirmations_are_all_the_same_page(client: Client, harbour: Store) -> None:
    answers = {client.get(f"/s/harbour/register/confirm/{token}/").status_code for token in ("a", "b" * 43)}

    assert answers == {404}
    assert client.get("/s/harbour/register/confirm/").status_code == 410


def test_somebody_else_at_this_browser_is_signed_out_first(
    visitor: Client, harbour: Store, bea: Access
) -> None:
    visitor.post("/s/harbour/register/", FILLED)
    work_off()
    address = mailed_link()
    visitor.post("/s/harbour/login/", {"email": "bea@acme.example", "password": make.PASSWORD})
    assert Session.objects.count() == 1

    visitor.get(address)
    assert not Session.objects.exists()
