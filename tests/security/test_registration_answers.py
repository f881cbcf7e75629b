"""What the page of registration tells of an address, and what its sender can make of the form (security.md A8, A14)."""

import json
import re
from collections import Counter
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import make
from tests.registration.people import CHOSEN, last_mail, ruled, work_off
from tradedoor.access.models import State
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.mail.models import MailMessage
from tradedoor.mail.sending import Sender
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.codes import code_of
from tradedoor.registration.models import Approval, Registration
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db
FILLED = {"first_name": "Nora", "last_name": "New", "email": "nora@acme.example"}
FORM, WAITING = "/s/harbour/register/", "/s/harbour/register/waiting/"
KINDS = (
    "unknown", "current", "off", "asked", "invited", "declined", "held", "contact", "archived", "elsewhere",
    "foreign", "staff",
)  # fmt: skip


@pytest.fixture
def crowd(harbour: Store, meadow: Store, acme: Customer, borealis: Customer) -> dict[str, str]:
    """An address of every kind that somebody could want to know more about."""
    states = {
        "current": State.CURRENT, "off": State.DEACTIVATED, "asked": State.REQUESTED, "invited": State.PENDING,
        "declined": State.DECLINED,
    }  # fmt: skip
    found = {kind: f"{kind}@acme.example" for kind in KINDS}
    for kind, state in states.items():
        make.access(make.contact(acme, found[kind]), harbour, state=state)
    make.buyer_login(found["held"], held_at=timezone.now())
    make.contact(acme, found["contact"])
    make.contact(acme, found["archived"], archived_at=timezone.now())
    make.access(make.contact(acme, found["elsewhere"]), meadow)
    make.access(make.contact(borealis, found["foreign"]), harbour)
    make.staff(email=found["staff"])
    return found


@pytest.fixture
def visitor(client: Client, harbour: Store, acme: Customer, sam: Actor) -> Client:
    client.get(f"/s/harbour/link/{code_of(link_for(harbour, acme, actor=sam))}/")
    client.get(FORM)
    return client


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a password was hashed."""
    counted: Counter[str] = Counter()
    real = MD5PasswordHasher.encode

    def seen(self: MD5PasswordHasher, password: str, salt: str) -> str:
        counted["hashes"] += 1
        return real(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", seen)
    return counted


def work_of(visitor: Client, path: str, form: dict[str, Any], *, ip: str) -> tuple[str, ...]:
    """The statements of a request, without what stands in them, and its status."""
    with CaptureQueriesContext(connection) as seen:
        answer = visitor.post(path, form, REMOTE_ADDR=ip)
    told = (re.sub(r"'[^']*'|[0-9a-f]{8,}|\d+", "?", query["sql"]) for query in seen)
    return (str(answer.status_code), *told)


def test_the_form_and_sending_again_are_the_same_work_for_every_address_enu_02(
    crowd: dict[str, str], visitor: Client, hashes: Counter[str]
) -> None:
    forms, agains = set(), set()
    for number, email in enumerate(crowd.values()):
        ip = f"198.51.100.{number}"
        forms.add(work_of(visitor, FORM, {**FILLED, "email": email}, ip=ip))
        agains.add(work_of(visitor, WAITING, {}, ip=ip))
    assert (len(forms), len(agains)) == (1, 1)
    assert not hashes
    assert not MailMessage.objects.exists(), "no request sends mail: a worker decides"


def test_where_nothing_is_confirmed_first_each_costs_one_hash_enu_02(
    crowd: dict[str, str], visitor: Client, harbour: Store, ada: Actor, hashes: Counter[str]
) -> None:
    ruled(harbour, ada, confirm_first=False, approval=Approval.STAFF)
    told = {}
    for number, (kind, email) in enumerate(crowd.items()):
        visitor.post(FORM, {**FILLED, "email": email, "password": CHOSEN}, REMOTE_ADDR=f"198.51.100.{number}")
        told[kind] = hashes.pop("hashes", 0)
    assert told == dict.fromkeys(KINDS, 1)


def test_a_broken_mail_server_changes_no_answer_enu_03(
    crowd: dict[str, str], visitor: Client, settings: Any
) -> None:
    settings.TRADEDOOR_MAIL_CAPTURED = False
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1
    answers = set()
    for number, kind in enumerate(("unknown", "current", "held")):
        answer = visitor.post(FORM, {**FILLED, "email": crowd[kind]}, REMOTE_ADDR=f"198.51.100.{number}")
        answers.add((answer.status_code, answer["Location"]))
    assert answers == {(302, WAITING)}


def test_a_wait_is_the_same_for_known_and_unknown_addresses_enu_04_rl_06(
    crowd: dict[str, str], visitor: Client, harbour: Store
) -> None:
    for number in range(10):
        visitor.post(FORM, {**FILLED, "email": f"n{number}@acme.example"})
    pages = set()
    for kind in ("unknown", "current", "held"):
        answer = visitor.post(FORM, {**FILLED, "email": crowd[kind]})
        assert answer.status_code == 429
        page = answer.content.decode().replace(crowd[kind], "*")
        pages.add((answer["Retry-After"], re.sub(r'value="[^"]{64}"', "", page)))
    assert len({page for _wait, page in pages}) == 1
    assert Registration.objects.count() == 10


def test_more_mails_to_one_address_than_it_may_get_are_told_to_nobody_enu_04(
    crowd: dict[str, str], visitor: Client
) -> None:
    for kind in ("unknown", "current"):
        answers = {
            visitor.post(
                FORM, {**FILLED, "email": crowd[kind]}, REMOTE_ADDR=f"203.0.113.{number}"
            ).status_code
            for number in range(5)
        }
        work_off()
        assert answers == {302}
        assert MailMessage.objects.filter(to_email=crowd[kind]).count() == 3


def test_only_a_form_with_one_email_registers_eml_04(visitor: Client, harbour: Store) -> None:
    for typed in (
        ["nora@acme.example", "evil@other.example"], "nora@acme.example,evil@other.example",
        "nora@acme.example evil@other.example", "nora@acme.example;evil@other.example",
    ):  # fmt: skip
        assert visitor.post(FORM, {**FILLED, "email": typed}).status_code == 422
    beside = {**FILLED, "email[]": "evil@other.example", "Email": "evil@other.example"}
    assert visitor.post(FORM, beside).status_code == 302
    as_json = visitor.post(FORM, json.dumps(FILLED), content_type="application/json")
    assert as_json.status_code == 422
    assert list(Registration.objects.values_list("email_canonical", flat=True)) == ["nora@acme.example"]


EVIL_NAMES = [
    "Nora\r\nBcc: evil@other.example",
    "Nora\u2028Subject: paid",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=?utf-8?q?Bcc?=",
    "{{7*7}}%(name)s",
]


@pytest.mark.parametrize("name", EVIL_NAMES)
def test_no_name_of_a_stranger_adds_to_the_mail_of_the_store_eml_06(
    name: str, visitor: Client, harbour: Store, ada: Actor
) -> None:
    ruled(harbour, ada, confirm_first=False, approval=Approval.STAFF)
    Store.objects.filter(pk=harbour.pk).update(notify_address="desk@seller.example")
    answer = visitor.post(FORM, {**FILLED, "last_name": name, "password": CHOSEN})
    if answer.status_code == 422:
        assert not Registration.objects.exists()
        return
    mail = last_mail("registration.waiting")
    assert mail is not None
    assert not re.search("[\r\n\u2028\u2029]", mail.subject)
    assert "<script" not in mail.html
    assert "<img src=x" not in mail.html
    row = MailMessage.objects.get(template="registration.waiting")
    assert row.to_email == "desk@seller.example"


@pytest.mark.parametrize(
    "name", ["https://evil.example", "www.evil.example", "evil.example/win", "a@evil.example"]
)
def test_no_name_is_a_web_address_for_others_to_click_eml_06(
    name: str, visitor: Client, harbour: Store
) -> None:
    assert visitor.post(FORM, {**FILLED, "first_name": name}).status_code == 422
    assert not Registration.objects.exists()


def test_a_mail_that_cannot_be_made_for_one_stops_no_other_eml_07(
    crowd: dict[str, str], visitor: Client, harbour: Store, settings: Any
) -> None:
    """What was typed is gone before the mail is made: the next one is made all the same."""
    for email in ("first@acme.example", "second@acme.example"):
        visitor.post(FORM, {**FILLED, "email": email})
    work_off()
    Registration.objects.filter(email_canonical="first@acme.example").delete()
    sender = Sender()
    sender.send_some()
    sender.close()
    assert dict(MailMessage.objects.values_list("to_email", "state")) == {
        "first@acme.example": "cancelled", "second@acme.example": "captured",
    }  # fmt: skip
