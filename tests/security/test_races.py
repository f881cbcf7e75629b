"""Two at the same moment, through the pages and beneath them: one wins, and the other gets a page, not an accident."""

import threading
import time

import pytest
from django.db import transaction
from django.test import Client

from tests import make
from tests.security.conftest import GOOD, at_once, join_path, reset_path, signed_in
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.actions.passwords import send_reset
from tradedoor.access.actions.switching import reenable
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.access.sets import just
from tradedoor.accounts.actions.links import find_link, spend_link
from tradedoor.accounts.actions.logins import choose_password, set_own_password
from tradedoor.accounts.actions.staff import (
    deactivate_staff,
    find_staff_link,
    send_staff_link,
    spend_staff_link,
)
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)


def opened(path: str) -> Client:
    client = Client()
    client.get(path)
    return client


def test_a_form_sent_five_times_at_once_joins_once_and_shows_pages_tok_04(invited: Access) -> None:
    path = join_path(invited)
    browsers = [opened(path) for _ in range(5)]

    def send(browser: Client) -> int:
        return browser.post("/s/harbour/join/", {"password": GOOD}, follow=True).status_code

    ended = at_once(*[lambda browser=browser: send(browser) for browser in browsers])

    assert ended["200"] == 1
    assert set(ended) <= {"200", "410", "503"}, ended
    assert Session.objects.count() == 1
    assert AuditRow.objects.filter(event="invitation.accepted").count() == 1


def test_two_stores_joined_at_once_with_a_first_password_set_one_password_inv_02(
    invited: Access, kim: Contact, meadow: Store, ada: Actor
) -> None:
    other = invite_contact(meadow, kim, actor=ada)
    browsers = {"harbour": opened(join_path(invited)), "meadow": opened(join_path(other))}

    def send(slug: str) -> int:
        return browsers[slug].post(f"/s/{slug}/join/", {"password": f"{GOOD} {slug}"}).status_code

    ended = at_once(lambda: send("harbour"), lambda: send("meadow"))

    assert set(ended) <= {"302", "422", "503"}, ended
    assert AuditRow.objects.filter(event="accounts.login.password_set").count() == 1
    assert Access.objects.filter(state=State.CURRENT).count() == 1
    assert not counts_match()


def test_choosing_a_new_password_while_asking_for_another_link_does_not_deadlock(bea: Access) -> None:
    login = make.login_of(bea)
    send_reset(bea.store_id, login.email_canonical, actor=make.MAKER)
    link = find_link(reset_path(bea).split("/")[-2], purpose=Purpose.RESET, store_id=bea.store_id).link
    chosen = choose_password(GOOD, login=login)
    spent = threading.Event()

    def use() -> None:
        with transaction.atomic():
            spend_link(link.pk)
            spent.set()
            time.sleep(0.3)
            set_own_password(login.pk, chosen, actor=make.MAKER)

    def ask() -> None:
        spent.wait()
        send_reset(bea.store_id, login.email_canonical, actor=make.MAKER)

    assert at_once(use, ask) == {"done": 2}


def test_coming_in_by_a_staff_link_while_being_switched_off_does_not_deadlock(
    ada: Actor, vic_login: Login
) -> None:
    for _round in range(6):
        Login.objects.filter(pk=vic_login.pk).update(is_active=True)
        send_staff_link(vic_login.pk, actor=ada)
        link = find_staff_link(token_of(OneTimeLink.objects.latest("pk"))).link
        ended = at_once(
            lambda link=link: spend_staff_link(link.pk, purpose=Purpose(link.purpose), actor=ada),  # type: ignore[misc]  # bound here
            lambda: deactivate_staff(vic_login.pk, actor=ada),
        )
        assert set(ended) <= {"done", "link_used", "login_off"}, ended


def test_two_who_invite_one_contact_at_once_send_one_mail(
    harbour: Store, kim: Contact, ada: Actor, sam: Actor
) -> None:
    ended = at_once(
        lambda: invite_contact(harbour, kim, actor=ada), lambda: invite_contact(harbour, kim, actor=sam)
    )
    assert ended == {"done": 1, "just_invited": 1}
    assert MailMessage.objects.count() == 1
    assert AuditRow.objects.filter(event__startswith="invitation.").count() == 1


def test_reenabled_twice_at_once_is_reenabled_once(bea_contact: Contact, harbour: Store, ada: Actor) -> None:
    access = make.access(bea_contact, harbour, state=State.DEACTIVATED)
    at_once(*[lambda: reenable(just(access), actor=ada)] * 3)
    assert AuditRow.objects.filter(event="access.reenabled").count() == 1
    assert not counts_match()


def test_thirty_guesses_at_once_let_five_reach_the_hash_rl_03(bea: Access) -> None:
    def guess() -> int:
        return (
            Client()
            .post("/s/harbour/login/", {"email": "bea@acme.example", "password": "wrong one"})
            .status_code
        )

    ended = at_once(*[guess] * 12)
    assert ended["422"] <= 5
    assert set(ended) <= {"422", "429", "503"}, ended
    assert AuditRow.objects.filter(event="accounts.login.sign_in_refused").count() <= 5


def test_signing_out_and_changing_the_password_at_once_leaves_no_old_key(bea: Access) -> None:
    one, other = signed_in(bea), signed_in(bea)
    key = other.cookies[next(name for name in other.cookies if name.startswith("td-s-"))].value
    at_once(
        lambda: (
            one.post("/s/harbour/account/password/", {"current": make.PASSWORD, "password": GOOD}).status_code
        ),
        lambda: other.post("/s/harbour/logout/").status_code,
    )
    stale = Client()
    stale.cookies[next(name for name in other.cookies if name.startswith("td-s-"))] = key
    assert stale.get("/s/harbour/account/").status_code == 302
