"""Login details tried by somebody who means harm, or in the same moment (TMP-01 to TMP-07, TOK-04)."""

import logging
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from tests import make
from tests.security.conftest import at_once
from tradedoor.access.actions.details import give_login_details
from tradedoor.access.actions.first_passwords import choose_first_password
from tradedoor.access.actions.passwords import reset_password, send_links_to
from tradedoor.access.actions.switching import deactivate
from tradedoor.access.models import Access, State
from tradedoor.access.sets import just
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.actions.temporary import temporary_password
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Session
from tradedoor.accounts.passwords import check_password
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)

GIVEN, OWN = "five amber bicycles", "nine copper lanterns"
NOBODY = Actor.nobody(ip="192.0.2.9")


def give(
    store: Store, contact: Contact, *, actor: Actor, password: str = GIVEN, mailed: bool = True
) -> Access:
    told = {contact.pk: temporary_password(password, is_typed=True)} if password else {}
    give_login_details([store], [contact.pk], actor=actor, mailed=mailed, passwords=told)
    return Access.objects.select_related("login", "store").get(store=store, contact=contact)


def first_link() -> OneTimeLink:
    return OneTimeLink.objects.filter(purpose=Purpose.FIRST_PASSWORD).latest("pk")


def signs_in(password: str, *, store: str = "harbour") -> Client:
    client = Client()
    client.post(f"/s/{store}/login/", {"email": "kim@acme.example", "password": password})
    return client


def test_of_twelve_who_choose_behind_one_link_at_once_one_is_in(
    kim: Contact, harbour: Store, ada: Actor
) -> None:
    give(harbour, kim, actor=ada, password="")
    link = first_link()

    def choose(number: int) -> None:
        choose_first_password(link.pk, f"{OWN} {number}", store=harbour, actor=NOBODY)

    ended = at_once(*((lambda number=number: choose(number)) for number in range(12)))

    assert ended["done"] == 1
    assert sum(ended.values()) == 12
    assert set(ended) <= {"done", "link_used", "has_password", "busy"}
    assert Session.objects.count() == 1


def test_an_own_password_chosen_in_the_same_moment_is_never_written_over(
    kim: Contact, harbour: Store, ada: Actor
) -> None:
    for _round in range(4):
        access = give(harbour, kim, actor=ada, password="")
        link = first_link()
        at_once(
            partial(choose_first_password, link.pk, OWN, store=harbour, actor=NOBODY),
            lambda: give(harbour, kim, actor=ada),
        )
        login = make.login_of(access)
        if login.has_own_password:
            assert check_password(OWN, login.password).is_right
        else:
            assert check_password(GIVEN, login.password).is_right
            assert first_link().pk != link.pk, "what was given later is what holds"
        Login.objects.filter(pk=login.pk).update(password="!", password_is_temporary_until=None)


def test_two_colleagues_who_save_at_once_leave_one_password_and_one_access(
    kim: Contact, harbour: Store, ada: Actor
) -> None:
    ended = at_once(
        lambda: give(harbour, kim, actor=ada, password=GIVEN),
        lambda: give(harbour, kim, actor=ada, password=OWN),
    )
    assert set(ended) <= {"done"}
    assert Access.objects.count() == 1
    login = Login.objects.buyers().get()
    assert check_password(GIVEN, login.password).is_right != check_password(OWN, login.password).is_right
    assert OneTimeLink.objects.filter(revoked_at=None, used_at=None).count() == 1
    assert MailMessage.objects.exclude(state="cancelled").count() == 1


def test_no_log_line_session_or_cookie_tells_the_password(
    kim: Contact, harbour: Store, ada_login: Login, caplog: pytest.LogCaptureFixture
) -> None:
    Store.objects.filter(pk=harbour.pk).update(login_details=Store.LoginDetails.PASSWORD)
    staff = Client()
    staff.cookies["td-staff"] = open_session(ada_login, actor=make.actor(ada_login)).key
    with caplog.at_level(logging.DEBUG):
        sent = {
            "details-create": "on", "details-stores": "harbour", "details-password": GIVEN, "details-mailed": "on",
            "once": "k" * 32,
        }  # fmt: skip
        answer = staff.post(reverse("staff:contact-details", args=[kim.public_id]), sent)
        Sender().send_some()
        client = signs_in(GIVEN)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert GIVEN not in caplog.text
    assert GIVEN not in repr([session.data for session in Session.objects.all()])
    for browser in (staff, client):
        assert not any(GIVEN in morsel.value for morsel in browser.cookies.values())


def test_a_temporary_password_opens_no_other_store_and_no_other_customer(
    kim: Contact, harbour: Store, meadow: Store, ada: Actor
) -> None:
    give(harbour, kim, actor=ada)
    elsewhere = give(meadow, kim, actor=ada, password=GIVEN)
    client = signs_in(GIVEN)
    client.post(f"/s/harbour/go/{elsewhere.public_id}/")
    assert set(Session.objects.values_list("store_id", flat=True)) == {harbour.pk}


def test_deactivated_between_the_page_and_the_form_the_link_sets_nothing(
    kim: Contact, harbour: Store, ada: Actor
) -> None:
    access = give(harbour, kim, actor=ada, password="")
    link = first_link()
    deactivate(just(access), actor=ada)
    assert at_once(lambda: choose_first_password(link.pk, OWN, store=harbour, actor=NOBODY)) == {
        "link_used": 1
    }
    assert not make.login_of(access).has_password


def test_the_link_does_not_let_in_whose_contact_was_archived_or_store_closed(
    kim: Contact, harbour: Store, ada: Actor
) -> None:
    access = give(harbour, kim, actor=ada, password="")
    link = first_link()
    Store.objects.filter(pk=harbour.pk).update(is_active=False)
    ended = at_once(lambda: choose_first_password(link.pk, OWN, store=harbour, actor=NOBODY))
    assert ended == {"store_closed": 1}
    assert not make.login_of(access).has_password, "whatever is refused, the link lives on"
    Store.objects.filter(pk=harbour.pk).update(is_active=True)
    choose_first_password(link.pk, OWN, store=harbour, actor=NOBODY)


def test_a_session_opened_with_the_password_ends_when_an_own_one_is_set_by_mail(
    kim: Contact, harbour: Store, ada: Actor
) -> None:
    access = give(harbour, kim, actor=ada)
    client = signs_in(GIVEN)
    assert Session.objects.count() == 1
    send_links_to([access], actor=ada)
    reset = OneTimeLink.objects.get(purpose=Purpose.RESET)
    reset_password(reset.pk, OWN, store=harbour, actor=NOBODY)
    assert not Session.objects.exists()
    assert client.get("/s/harbour/").status_code == 302


def test_a_login_on_hold_or_switched_off_is_given_nothing(kim: Contact, harbour: Store, ada: Actor) -> None:
    make.buyer_login("kim@acme.example", password="", is_active=False)
    given = give_login_details([harbour], [kim.pk], actor=ada, mailed=True)
    assert [refused.reason for refused in given.outcome().refused] == ["login_off"]
    assert not Access.objects.filter(state=State.CURRENT).exists()
