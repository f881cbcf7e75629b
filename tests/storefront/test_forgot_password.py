"""Forgot password, sentence by sentence of product.md section 7, for every kind of login there is."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests import make
from tests.storefront.conftest import SignIn
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.jobs.queue import run_due_jobs
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.stores.models import Store

GOOD = "nine copper lanterns"
EVERYBODY = (
    "current", "temporary", "several", "elsewhere", "pending", "deactivated", "requested", "cancelled", "declined",
    "held", "off", "staff", "unknown",
)  # fmt: skip
pytestmark = pytest.mark.django_db


@pytest.fixture
def kinds(harbour: Store, meadow: Store, acme: Customer, ada: Actor) -> dict[str, str]:
    """Somebody of every kind, by the address they ask with."""
    addresses = {kind: f"{kind}@acme.example" for kind in EVERYBODY}
    people = {
        kind: make.contact(acme, addresses[kind]) for kind in EVERYBODY if kind not in {"staff", "unknown"}
    }
    for kind in ("current", "held", "off", "several"):
        make.access(people[kind], harbour)
    make.access(people["several"], meadow)
    make.access(people["elsewhere"], meadow)
    until = timezone.now() + timedelta(days=1)
    given = make.buyer_login(addresses["temporary"], password_is_temporary_until=until)
    make.access(people["temporary"], harbour, login=given)
    for state in (State.DEACTIVATED, State.REQUESTED, State.CANCELLED, State.DECLINED):
        make.access(people[state.value], harbour, state=state)
    with time_machine.travel(timezone.now() - timedelta(hours=1), tick=False):
        invite_contact(harbour, people["pending"], actor=ada)
    Login.objects.filter(email=addresses["held"]).update(held_at=timezone.now())
    Login.objects.filter(email=addresses["off"]).update(is_active=False)
    make.staff("Stan", email=addresses["staff"])
    MailMessage.objects.all().delete()
    return addresses


def ask(email: str, *, store: str = "harbour") -> Any:
    return Client().post(f"/s/{store}/password/forgot/", {"email": email})


def letters() -> list[MailMessage]:
    while run_due_jobs(worker="test"):
        pass
    return list(MailMessage.objects.order_by("pk"))


def seen(answer: Any) -> tuple[Any, ...]:
    page = re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.content.decode())
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
    headers.pop("Content-Security-Policy", None)
    return answer.status_code, len(page), tuple(sorted(headers)), tuple(sorted(answer.cookies))


def test_always_the_same_answer(kinds: dict[str, str]) -> None:
    answers = {kind: ask(address) for kind, address in kinds.items()}

    assert len({seen(answer) for answer in answers.values()}) == 1
    html = answers["current"].content.decode()
    assert (
        "If this address can sign in here, a mail is on its way (the link works 1 hour; look in spam)."
        in html
    )
    assert "Nothing after 5 minutes? Call Harbour," in html


@pytest.mark.parametrize("kind", ["current", "temporary", "several"])
def test_who_can_sign_in_here_gets_reset_my_password(kind: str, kinds: dict[str, str]) -> None:
    ask(kinds[kind])

    [letter] = letters()
    assert (letter.template, letter.to_email) == ("access.password_reset", kinds[kind])
    mail = render(letter)
    assert mail
    assert "Reset my password" in mail.html
    assert "/s/harbour/password/reset/" in mail.text


def test_a_login_with_only_a_pending_access_gets_its_invitation_again_at_most_3_a_day(
    kinds: dict[str, str],
) -> None:
    start = timezone.now()
    for hours in (0, 2, 4, 6, 8):
        with time_machine.travel(start + timedelta(hours=hours), tick=False):
            ask(kinds["pending"])
            letters()
    assert [letter.template for letter in letters()] == ["access.invitation"] * 3

    with time_machine.travel(start + timedelta(hours=25), tick=False):
        ask(kinds["pending"])
        assert len(letters()) == 4
    assert not OneTimeLink.objects.filter(purpose=Purpose.RESET).exists()


@pytest.mark.parametrize(
    "kind", ["deactivated", "requested", "cancelled", "declined", "held", "off", "staff", "unknown"]
)
def test_one_with_nothing_but_deactivated_accesses_gets_no_mail_nor_anybody_else_who_cannot_sign_in(
    kind: str, kinds: dict[str, str]
) -> None:
    ask(kinds[kind])

    assert letters() == []
    assert not OneTimeLink.objects.filter(purpose=Purpose.RESET).exists()


def test_the_mail_wears_the_look_of_this_store_if_the_login_has_access_here(kinds: dict[str, str]) -> None:
    for store, look in (("meadow", "Meadow"), ("harbour", "Harbour")):
        ask(kinds["several"], store=store)
        mail = render(letters()[-1])
        assert mail
        assert f"/s/{store}/password/reset/" in mail.text
        assert mail.from_name == look


@pytest.mark.parametrize("state", [None, State.DEACTIVATED, State.PENDING])
def test_and_else_the_look_of_a_store_where_it_has_and_names_this_one_nowhere(
    state: State | None, kinds: dict[str, str], harbour: Store
) -> None:
    if state is not None:
        contact = Access.objects.get(login__email=kinds["elsewhere"]).contact
        make.access(contact, harbour, state=state)

    ask(kinds["elsewhere"], store="harbour")

    mail = render(letters()[-1])
    assert mail
    assert "/s/meadow/password/reset/" in mail.text
    assert "harbour" not in (mail.text + mail.html + mail.subject).lower()


def test_saving_ends_all_sessions_kills_every_other_password_link_mails_a_notice_and_leads_to_sign_in(
    kinds: dict[str, str], sign_in: SignIn
) -> None:
    accesses = (
        Access.objects.filter(login__email=kinds["several"]).order_by("pk").select_related("login", "store")
    )
    for access in accesses:
        sign_in(access)
    ask(kinds["several"])
    letters()
    link = OneTimeLink.objects.get(purpose=Purpose.RESET)
    client = Client()
    client.get(f"/s/harbour/password/reset/{token_of(link)}/")

    answer = client.post("/s/harbour/password/reset/", {"password": GOOD})

    assert answer.url == "/s/harbour/login/?new-password=1"  # type: ignore[attr-defined]  # a test response
    assert not Session.objects.exists()
    assert not OneTimeLink.objects.filter(purpose=Purpose.RESET, used_at=None, revoked_at=None).exists()
    assert letters()[-1].template == "access.password_changed"


def test_a_living_invitation_to_another_store_survives_a_reset_but_then_only_joins_after_sign_in(
    kinds: dict[str, str], meadow: Store, ada: Actor
) -> None:
    contact = Access.objects.get(login__email=kinds["temporary"]).contact
    invite_contact(meadow, contact, actor=ada)
    invitation = OneTimeLink.objects.get(store_id=meadow.pk, purpose=Purpose.INVITATION)
    before = Client().get(f"/s/meadow/join/{token_of(invitation)}/", follow=True).content.decode()
    assert 'autocomplete="new-password"' in before
    ask(kinds["temporary"])
    letters()
    link = OneTimeLink.objects.get(purpose=Purpose.RESET)
    client = Client()
    client.get(f"/s/harbour/password/reset/{token_of(link)}/")
    client.post("/s/harbour/password/reset/", {"password": GOOD})

    browser = Client()
    page = browser.get(f"/s/meadow/join/{token_of(invitation)}/", follow=True)
    assert 'autocomplete="new-password"' not in page.content.decode()
    assert browser.post("/s/meadow/join/", {"password": "another copper lantern"}).status_code == 422
    assert browser.post("/s/meadow/join/", {"password": GOOD}).status_code == 302
    assert Access.objects.get(store=meadow, contact=contact).state == State.CURRENT


def test_links_live_1_hour_one_use(kinds: dict[str, str]) -> None:
    ask(kinds["current"])
    letters()
    link = OneTimeLink.objects.get(purpose=Purpose.RESET)
    where = f"/s/harbour/password/reset/{token_of(link)}/"

    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        assert Client().get(where, follow=True).status_code == 410
    client = Client()
    client.get(where)
    assert client.post("/s/harbour/password/reset/", {"password": GOOD}).status_code == 302
    assert Client().get(where, follow=True).status_code == 410
