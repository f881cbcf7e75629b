"""The tab Requests: who waits, what they typed, and the answers; with those who have yet to confirm."""

from typing import Any

import pytest
from django.test import Client

from tests import make
from tests.registration.people import confirmed, form, mails, ruled, typed, waiting
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.models import Approval, EstoreLink, Mode, Registration
from tradedoor.staff.views import requests
from tradedoor.stores.models import Store

TAB = "/stores/harbour/dashboard/?tab=requests"


@pytest.fixture
def link(harbour: Store, acme: Customer, sam: Actor, ada: Actor) -> EstoreLink:
    ruled(harbour, ada, approval=Approval.STAFF)
    return link_for(harbour, acme, actor=sam)


@pytest.fixture
def manager(client: Client, sam_login: Login) -> Client:
    client.post("/login/", {"email": sam_login.email, "password": make.PASSWORD})
    return client


def body(response: Any) -> str:
    return str(response.content.decode())


def asked(harbour: Store, link: EstoreLink | None, email: str = "nora@acme.example", **given: Any) -> Access:
    return confirmed(typed(harbour, link, form(email, **given))).access


def state(access: Access) -> str:
    access.refresh_from_db()
    return access.state


def test_who_waits_stands_on_the_tab_with_what_is_noted(
    manager: Client, harbour: Store, acme: Customer, link: EstoreLink
) -> None:
    make.contact(acme, "known@acme.example", phone="1")
    asked(harbour, link, "known@acme.example", phone="2")
    asked(harbour, link, "new@acme.example")

    page = body(manager.get(TAB))
    assert page.count("Differs from CRM") == 1
    assert "Look at the request" in page
    assert "acme.example" in page


def test_who_has_not_confirmed_stands_below_even_where_nobody_waits(
    manager: Client, harbour: Store, link: EstoreLink
) -> None:
    assert "tab=requests" not in body(manager.get("/stores/harbour/dashboard/"))
    typed(harbour, link)

    assert "tab=requests" in body(manager.get("/stores/harbour/dashboard/"))
    for address in (TAB, "/access/?tab=requests"):
        page = body(manager.get(address))
        assert "Unconfirmed" in page
        assert "Nora New" in page
        assert "1 mail sent" in page


def test_a_known_address_is_no_unconfirmed_row(
    manager: Client, harbour: Store, acme: Customer, link: EstoreLink
) -> None:
    make.access(make.contact(acme, "nora@acme.example"), harbour)
    typed(harbour, link)

    assert "Unconfirmed" not in body(manager.get(TAB))


def test_one_request_shows_what_was_typed_beside_what_is_known(
    manager: Client, harbour: Store, acme: Customer, borealis: Customer, link: EstoreLink
) -> None:
    make.contact(acme, "nora@acme.example", first_name="Eleonora", phone="1")
    make.contact(borealis, "nora@acme.example", first_name="Twin")
    access = asked(harbour, link, phone="2")

    page = body(manager.get(f"/stores/harbour/requests/{access.public_id}/"))
    for text in (
        "Typed otherwise than the CRM says",
        "Eleonora",
        "Same email:",
        "Twin",
        "Approve",
        "Decline",
    ):
        assert text in page


def test_approved_from_the_menu(manager: Client, harbour: Store, link: EstoreLink) -> None:
    access = asked(harbour, link)

    answer = manager.post(f"/stores/harbour/requests/{access.public_id}/approve/")

    assert (answer.status_code, answer["Location"]) == (302, "/stores/harbour/dashboard/?tab=requests")
    assert state(access) == State.CURRENT


def test_declined_from_its_page_with_a_reason(manager: Client, harbour: Store, link: EstoreLink) -> None:
    access = asked(harbour, link)
    address = f"/stores/harbour/requests/{access.public_id}/"

    long = manager.post(address, {"decision": "decline", "reason": "x" * 501})
    assert long.status_code == 422
    assert "x" * 501 in body(long)
    manager.post(address, {"decision": "decline", "reason": "Which branch?"})
    assert state(access) == State.DECLINED
    assert Registration.objects.get().reason == "Which branch?"
    assert "Approve" not in body(manager.get(address)).split("<main")[1].split("How they came")[1]


@pytest.mark.parametrize(("decision", "after"), [("approve", State.CURRENT), ("decline", State.DECLINED)])
def test_several_are_answered_at_once_after_one_question(
    decision: str, after: State, manager: Client, harbour: Store, link: EstoreLink
) -> None:
    accesses = [asked(harbour, link, f"n{number}@acme.example") for number in range(3)]
    ids = [str(access.public_id) for access in accesses[:2]]

    question = manager.post("/stores/harbour/requests/", {"decision": decision, "id": ids})
    assert "2 requests?" in body(question)
    assert state(accesses[0]) == State.REQUESTED
    manager.post(
        "/stores/harbour/requests/", {"decision": decision, "id": ids, "sure": "1", "reason": "Full."}
    )
    assert [state(access) for access in accesses] == [after, after, State.REQUESTED]
    everyone = {"decision": decision, "all": "1", "query": "tab=requests", "sure": "1"}
    manager.post("/stores/harbour/requests/", everyone)
    assert state(accesses[2]) == after


def test_a_stranger_is_asked_for_the_customer(
    manager: Client, harbour: Store, acme: Customer, ada: Actor
) -> None:
    make.contact(acme, "bea@new.example")
    ruled(harbour, ada, mode=Mode.OPEN, approval=Approval.STAFF)
    access = asked(harbour, None, "nora@new.example", company="Newcomers")
    address = f"/stores/harbour/requests/{access.public_id}/"

    assert manager.post(f"{address}approve/")["Location"] == address
    several = {"decision": "approve", "id": [str(access.public_id)], "sure": "1"}
    manager.post("/stores/harbour/requests/", several)
    assert state(access) == State.REQUESTED
    page = body(manager.get(address))
    assert "Whose contact is this?" in page
    assert "People with this mail domain:" in page
    unclear = manager.post(address, {"decision": "approve", "whose": "other", "customer": "nobody"})
    assert unclear.status_code == 422
    assert 'value="nobody"' in body(unclear)
    manager.post(address, {"decision": "approve", "whose": "other", "customer": "ACME"})
    assert Access.objects.get(contact__customer=acme).state == State.CURRENT
    assert mails("nora@new.example")[-1] == "registration.welcome"


def test_who_only_looks_sees_the_request_and_no_buttons(
    client: Client, harbour: Store, link: EstoreLink, vic_login: Login
) -> None:
    access = asked(harbour, link)
    client.post("/login/", {"email": vic_login.email, "password": make.PASSWORD})
    address = f"/stores/harbour/requests/{access.public_id}/"

    assert 'name="decision"' not in body(client.get(address))
    assert client.post(address, {"decision": "approve"}).status_code == 403
    assert state(access) == State.REQUESTED


def test_a_request_of_another_store_is_not_there(
    client: Client, harbour: Store, meadow: Store, link: EstoreLink
) -> None:
    access = asked(harbour, link)
    elsewhere = make.staff("Else Where", stores=(meadow,), email="else@tradedoor.example")
    client.post("/login/", {"email": elsewhere.email, "password": make.PASSWORD})

    assert client.get(f"/stores/meadow/requests/{access.public_id}/").status_code == 404
    assert client.post(f"/stores/harbour/requests/{access.public_id}/approve/").status_code == 404


def test_why_they_cannot_sign_in_knows_who_has_not_confirmed(
    manager: Client, harbour: Store, link: EstoreLink
) -> None:
    typed(harbour, link)

    for asked_for in ("nora@acme.example", "New"):
        page = body(manager.get("/access/why/", {"q": asked_for}))
        assert "has not confirmed the email yet" in page
    assert "has not confirmed" not in body(manager.get("/access/why/", {"q": "somebody"}))


def test_the_contact_record_keeps_what_was_typed_otherwise(
    manager: Client, harbour: Store, acme: Customer, ada: Actor, sam: Actor
) -> None:
    contact = make.contact(acme, "nora@acme.example", first_name="Eleonora", phone="1")
    asked(harbour, link_for(harbour, acme, actor=sam), phone="2")

    page = body(manager.get(f"/crm/contacts/{contact.public_id}/"))
    assert "Typed otherwise when registering" in page
    contact.refresh_from_db()
    assert contact.phone == "1"


def test_the_question_says_what_will_become_of_each(
    manager: Client, harbour: Store, acme: Customer, link: EstoreLink
) -> None:
    asked(harbour, link)
    prospect = make.customer("Newcomers", status=Customer.Status.PROSPECT)
    waiting(harbour, prospect, company="Newcomers")
    everyone = {"decision": "approve", "all": "1", "query": "tab=requests"}

    question = body(manager.post("/stores/harbour/requests/", everyone))
    assert "Approve 1 request?" in question
    assert "2 chosen" in question
    assert "left alone: Came without a link" in question
    long = manager.post(
        "/stores/harbour/requests/", everyone | {"decision": "decline", "sure": "1", "reason": "x" * 501}
    )
    assert long.status_code == 422
    assert "500 characters at most" in body(long)
    assert set(Access.objects.values_list("state", flat=True)) == {State.REQUESTED}


@pytest.mark.parametrize("address", ["/stores/harbour/requests/", "/access/requests/"])
def test_many_are_answered_by_a_job(
    address: str, manager: Client, harbour: Store, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "AT_ONCE", 2)
    prepare_background()
    waiting(harbour, acme, count=3)
    everyone = {"decision": "decline", "all": "1", "query": "tab=requests"}

    assert "This runs as a job" in body(manager.post(address, everyone))
    manager.post(address, everyone | {"sure": "1", "shown": "3", "reason": "Full."})
    assert set(Access.objects.values_list("state", flat=True)) == {State.REQUESTED}
    work = Work.objects.get()
    assert (work.total, drive_work(work.pk).counts) == (3, {"declined": 3})
    assert "3 declined" in body(manager.get(TAB))
    assert set(Registration.objects.values_list("reason", flat=True)) == {"Full."}
