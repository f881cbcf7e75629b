"""A forgotten password: the page tells nobody anything, the worker decides, the link works once."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import make
from tests.storefront.conftest import SignIn
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.jobs.models import Job
from tradedoor.jobs.queue import run_due_jobs
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.stores.models import Store

GOOD = "nine copper lanterns"


def ask(email: str, *, store: str = "harbour", client: Client | None = None) -> str:
    answer = (client or Client()).post(f"/s/{store}/password/forgot/", {"email": email})
    assert answer.status_code == 200, answer.content
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())


def mails() -> list[str]:
    while run_due_jobs(worker="test"):
        pass
    return [f"{mail.template} {mail.to_email}" for mail in MailMessage.objects.order_by("pk")]


def reset_address(store: str = "harbour") -> str:
    link = OneTimeLink.objects.filter(purpose=Purpose.RESET).latest("pk")
    return f"/s/{store}/password/reset/{token_of(link)}/"


def test_the_answer_is_the_same_for_everybody_and_so_is_the_work(
    harbour: Store, bea: Access, acme: Customer, sam_login: Login
) -> None:
    make.access(make.contact(acme, "off@acme.example"), harbour, state=State.DEACTIVATED)
    answers, costs = [], []
    for email in ("bea@acme.example", "off@acme.example", "sam@tradedoor.example", "nobody@nowhere.example"):
        with CaptureQueriesContext(connection) as queries:
            answers.append(ask(email))
        costs.append(len(queries))
        assert not any('"accounts_login"' in query["sql"] for query in queries)

    assert len(set(answers)) == len(set(costs)) == 1
    assert "If this address can sign in here, a mail is on its way" in answers[0]
    assert f"Call Harbour, {harbour.phone}" in answers[0]


def test_only_who_can_sign_in_gets_a_link(
    harbour: Store, bea: Access, acme: Customer, sam_login: Login, ada: Actor
) -> None:
    make.access(make.contact(acme, "off@acme.example"), harbour, state=State.DEACTIVATED)
    invite_contact(harbour, make.contact(acme, "late@acme.example"), actor=ada)
    before = len(mails())

    for email in ("BEA@acme.example", "off@acme.example", "sam@tradedoor.example", "nobody@nowhere.example"):
        ask(email)

    assert mails()[before:] == ["access.password_reset bea@acme.example"]
    results = (
        AuditRow.objects.filter(event="password.reset_asked").order_by("pk").values_list("result", flat=True)
    )
    assert list(results) == ["sent", "no_access", "unknown", "unknown"]


def test_who_is_only_invited_gets_the_invitation_again(harbour: Store, acme: Customer, ada: Actor) -> None:
    with time_machine.travel(timezone.now() - timedelta(hours=1), tick=False):
        invite_contact(harbour, make.contact(acme, "late@acme.example"), actor=ada)

    ask("late@acme.example")

    assert mails() == ["access.invitation late@acme.example"] * 2
    assert not OneTimeLink.objects.filter(purpose=Purpose.RESET).exists()


def test_the_mail_leads_to_a_new_password_and_signs_nobody_in(bea: Access, bea_client: Client) -> None:
    ask("bea@acme.example")
    mails()
    mail = render(MailMessage.objects.get(template="access.password_reset"))
    assert mail
    assert reset_address() in mail.text
    assert reset_address() in mail.html
    assert "Reset my password" in mail.html

    client = Client()
    page = client.get(reset_address(), follow=True)
    assert page.redirect_chain == [("/s/harbour/password/reset/", 302)]
    assert "b***@acme.example" in page.content.decode()
    answer = client.post("/s/harbour/password/reset/", {"password": GOOD})

    assert answer.url == "/s/harbour/login/?new-password=1"  # type: ignore[attr-defined]  # a test response
    assert not Session.objects.exists()
    assert bea_client.get("/s/harbour/").status_code == 302
    assert mails()[-1] == "access.password_changed bea@acme.example"
    old = client.post("/s/harbour/login/", {"email": "bea@acme.example", "password": make.PASSWORD})
    new = client.post("/s/harbour/login/", {"email": "bea@acme.example", "password": GOOD})
    assert (old.status_code, new.status_code) == (422, 302)


def test_the_link_works_once_and_opening_it_does_not_count(bea: Access) -> None:
    ask("bea@acme.example")
    mails()
    for _scan in range(3):
        assert Client().head(reset_address()).status_code == 302
    client = Client()
    client.get(reset_address())

    assert client.post("/s/harbour/password/reset/", {"password": GOOD}).status_code == 302
    late = Client()
    assert late.get(reset_address(), follow=True).status_code == 410
    assert late.post("/s/harbour/password/reset/", {"password": GOOD + "!"}).status_code == 410


def test_a_newer_link_ends_the_older_and_each_lives_an_hour(bea: Access) -> None:
    ask("bea@acme.example")
    mails()
    older = reset_address()
    ask("bea@acme.example")
    mails()

    assert "newer link" in Client().get(older, follow=True).content.decode()
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        answer = Client().get(reset_address(), follow=True)
    assert answer.status_code == 410
    assert "run out" in answer.content.decode()


def test_a_link_of_another_store_or_purpose_is_not_found(
    bea: Access, meadow: Store, acme: Customer, ada: Actor
) -> None:
    ask("bea@acme.example")
    mails()
    foreign = Client().get(reset_address("meadow"))
    invitation = invite_contact(bea.store, make.contact(acme, "late@acme.example"), actor=ada)
    token = token_of(OneTimeLink.objects.get(access_id=invitation.pk))
    swapped = Client().get(f"/s/harbour/password/reset/{token}/")

    assert foreign.status_code == swapped.status_code == 404


def test_a_link_is_void_once_the_login_has_another_address(bea: Access) -> None:
    ask("bea@acme.example")
    mails()
    client = Client()
    client.get(reset_address())
    Login.objects.filter(accesses=bea).update(email="b@new.example", email_canonical="b@new.example")

    assert client.post("/s/harbour/password/reset/", {"password": GOOD}).status_code == 410


def test_a_weak_password_is_refused_and_the_link_lives(bea: Access) -> None:
    ask("bea@acme.example")
    mails()
    client = Client()
    client.get(reset_address())

    assert client.post("/s/harbour/password/reset/", {"password": "bea acme harbour"}).status_code == 422
    assert client.post("/s/harbour/password/reset/", {"password": GOOD}).status_code == 302


@pytest.mark.parametrize("email", ["bea@acme.example", "nobody@nowhere.example"])
def test_more_than_three_an_hour_are_answered_alike_and_do_nothing(bea: Access, email: str) -> None:
    first = ask(email)

    for _time in range(4):
        assert ask(email) == first

    assert Job.objects.filter(name="access.send_reset").count() == 3


def test_a_network_that_asks_for_many_is_told_to_wait(harbour: Store) -> None:
    client = Client()
    for number in range(20):
        ask(f"who{number}@nowhere.example", client=client)

    answer = client.post("/s/harbour/password/forgot/", {"email": "who@nowhere.example"})

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_what_can_be_no_address_is_said_so_at_once(client: Client, harbour: Store) -> None:
    answer = client.post("/s/harbour/password/forgot/", {"email": "no address"})

    assert answer.status_code == 422
    assert not Job.objects.exists()


def test_changing_the_password_asks_for_the_present_one_and_ends_other_devices(
    bea: Access, bea_client: Client, sign_in: SignIn
) -> None:
    other = sign_in(bea)
    key = bea_client.cookies.output()

    wrong = bea_client.post("/s/harbour/account/password/", {"current": "no", "password": GOOD})
    weak = bea_client.post("/s/harbour/account/password/", {"current": make.PASSWORD, "password": "short"})
    right = bea_client.post("/s/harbour/account/password/", {"current": make.PASSWORD, "password": GOOD})

    assert (wrong.status_code, weak.status_code, right.status_code) == (422, 422, 302)
    assert "This is not your password." in wrong.content.decode()
    assert bea_client.cookies.output() != key
    assert "Your password is changed" in bea_client.get("/s/harbour/account/").content.decode()
    assert other.get("/s/harbour/").status_code == 302
    assert mails()[-1] == "access.password_changed bea@acme.example"


def test_a_password_that_is_not_ones_own_opens_only_the_page_to_choose_one(
    bea: Access, bea_client: Client
) -> None:
    Login.objects.filter(accesses=bea).update(must_change_password=True)

    for path in ("", "catalogue/", "account/"):
        assert bea_client.get(f"/s/harbour/{path}").url == "/s/harbour/account/password/"  # type: ignore[attr-defined]  # a test response
    assert (
        "Choose a password of your own first"
        in bea_client.get("/s/harbour/account/password/").content.decode()
    )
