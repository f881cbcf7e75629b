"""The mails of registering, read as HTML and as text."""

import re

import pytest

from tests import make
from tests.registration.people import confirmed, form, last_mail, ruled, typed
from tradedoor.access.models import State
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import Rendered
from tradedoor.registration.actions.deciding import approve, decline
from tradedoor.registration.actions.links import link_for, set_registering
from tradedoor.registration.models import Approval, EstoreLink
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db
NASTY = {"first_name": "<b>Nora</b>", "last_name": "New\"'&"}


@pytest.fixture
def link(harbour: Store, acme: Customer, sam: Actor, ada: Actor) -> EstoreLink:
    ruled(harbour, ada, approval=Approval.STAFF)
    Store.objects.filter(pk=harbour.pk).update(notify_address="desk@seller.example")
    return link_for(harbour, acme, actor=sam)


def mail(template: str) -> Rendered:
    found = last_mail(template)
    assert found is not None
    for part in (found.text, found.html, found.subject):
        assert "{{" not in part
        assert "None" not in part
    assert "\n\n\n" not in found.text
    return found


def links(text: str) -> set[str]:
    return set(re.findall(r"http://127[^\s\"<>]+", text))


def test_nothing_a_stranger_typed_but_the_address_stands_in_the_mail_to_it(
    harbour: Store, link: EstoreLink
) -> None:
    typed(harbour, link, form(**NASTY, phone="call me"))

    sent = mail("registration.confirm")
    for part in (sent.text, sent.html, sent.subject):
        assert "Nora" not in part
        assert "call me" not in part
    assert "Acme" in sent.text
    assert MailMessage.objects.get().to_name == ""


def test_the_link_is_the_same_in_html_and_text_and_stands_nowhere_else(
    harbour: Store, link: EstoreLink
) -> None:
    typed(harbour, link)

    sent = mail("registration.confirm")
    [there] = {one for one in links(sent.text) if "/register/confirm/" in one}
    assert there in links(sent.html)
    token = there.rstrip("/").rpartition("/")[2]
    assert not any(token in str(row) for row in MailMessage.objects.values_list())


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.CURRENT, "You can sign in already"),
        (State.DEACTIVATED, "switched off"),
        (State.REQUESTED, "You have asked for access already"),
    ],
)
def test_somebody_who_is_known_is_told_what_to_do(
    state: State, said: str, harbour: Store, acme: Customer, link: EstoreLink
) -> None:
    make.access(make.contact(acme, "nora@acme.example"), harbour, state=state)
    typed(harbour, link)

    sent = mail("registration.known")
    assert said in sent.text
    assert said in sent.html
    assert ("/login/" in sent.text) == (state == State.CURRENT)


def test_names_are_text_and_nothing_else(harbour: Store, link: EstoreLink, sam: Actor) -> None:
    access = confirmed(typed(harbour, link, form(**NASTY))).access
    assert "<b>Nora</b>" in mail("registration.waiting").text
    assert "<b>Nora" not in mail("registration.waiting").html
    decline([access.pk], reason="<i>No</i>", actor=sam)
    sent = mail("registration.declined")
    assert "<i>No</i>" in sent.text
    assert "<i>No" not in sent.html
    assert "<b>Nora" not in sent.html


def test_a_mail_that_is_not_true_any_more_is_not_sent(harbour: Store, link: EstoreLink, sam: Actor) -> None:
    access = confirmed(typed(harbour, link)).access
    approve([access.pk], actor=sam)

    assert last_mail("registration.waiting") is None
    assert last_mail("registration.confirm") is None
    set_registering(link, registers=False, actor=sam)
    assert "approved" in mail("registration.welcome").text
