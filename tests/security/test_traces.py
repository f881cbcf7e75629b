"""What a whole life of an access leaves behind: in the history each thing once, and nowhere a secret (security.md A20)."""

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.test import Client

from tests import make
from tests.security.conftest import GOOD, join_path, reset_path
from tradedoor.access.actions import crm
from tradedoor.access.actions.buyers import change_role, copy_link
from tradedoor.access.actions.invitations import cancel_invitation, invite_contact
from tradedoor.access.actions.passwords import send_reset
from tradedoor.access.actions.switching import deactivate, reenable, undo_deactivation
from tradedoor.access.models import Access
from tradedoor.access.models import Role as BuyerRole
from tradedoor.access.sets import just
from tradedoor.accounts.models import OneTimeLink
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.models import AuditRow
from tradedoor.config.logs import logging_config
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.contacts import create_contact
from tradedoor.crm.actions.customers import create_customer
from tradedoor.crm.models import Contact
from tradedoor.mail.sending import Sender
from tradedoor.stores.actions.stores import update_store
from tradedoor.stores.models import Store

NEXT = "four silver ladders"
WRONG = "not the password at all"
EMAIL = "kim@acme.example"
WHOLE_MAILS = {"MailBody"}  # kept in capture mode only


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, down to the smallest thing, as it would be written."""
    config = logging_config(form="json", level="debug")["formatters"]["line"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(config["()"](**{name: value for name, value in config.items() if name != "()"}))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def access(harbour: Store, ada: Actor, log: io.StringIO) -> Access:
    """Kim, who went through everything there is."""
    customer = create_customer(
        {"name": "Acme", "code": "ACME", "email": "office@acme.example", "phone": "0555 1"}, actor=ada
    )
    kim = create_contact(customer, {"first_name": "Kim", "last_name": "Keen", "email": EMAIL}, actor=ada)
    update_store(
        harbour, {"phone": "0555 2", "reply_to": "sales@seller.example"}, version=harbour.version, actor=ada
    )
    access = invite_contact(harbour, kim, actor=ada)
    cancel_invitation(access, actor=ada)
    access = invite_contact(harbour, kim, actor=ada)
    copy_link(access, actor=ada)
    Sender().send_some()
    browser = Client(headers={"user-agent": f"Browser {EMAIL}"})
    browser.get(f"/s/harbour/join/{'x' * 43}/")
    browser.get(join_path(access))
    browser.post("/s/harbour/join/", {"password": "short"})
    browser.post("/s/harbour/join/", {"password": GOOD})
    browser.get("/s/harbour/catalogue/", {"q": EMAIL})
    browser.post("/s/harbour/logout/")
    browser.post("/s/harbour/login/", {"email": EMAIL, "password": WRONG})
    browser.post("/s/harbour/login/", {"email": EMAIL, "password": GOOD})
    browser.post("/s/harbour/account/password/", {"current": GOOD, "password": NEXT})
    browser.post("/s/harbour/password/forgot/", {"email": EMAIL})
    send_reset(harbour.pk, EMAIL, actor=make.MAKER)
    access.refresh_from_db()
    browser.get(reset_path(access))
    browser.post("/s/harbour/password/reset/", {"password": GOOD + " too"})
    Sender().send_some()
    deactivate(just(access), actor=ada, reason="left")
    undo_deactivation(just(access), actor=ada)
    change_role(access, BuyerRole.APPROVER, actor=ada)
    deactivate(just(access), actor=ada)
    reenable(just(access), actor=ada)
    contact = Contact.objects.get(pk=kim.pk)
    crm.update_contact(
        contact, {"email": "new@acme.example", "notes": f"was {EMAIL}"}, version=contact.version, actor=ada
    )
    crm.archive_contacts([contact], actor=ada)
    logging.getLogger("tests").error("stumbled at %s for %s", join_path(access), EMAIL)
    return access


def secrets() -> list[str]:
    tokens = [token_of(link) for link in OneTimeLink.objects.all()]
    assert len(tokens) >= 3
    return [*tokens, GOOD, NEXT, WRONG]


def test_each_change_of_an_access_stands_in_its_history_once_aud_01(access: Access) -> None:
    rows = AuditRow.objects.filter(access_id=access.pk, result="ok").exclude(event__startswith="mail.")
    told = Counter(rows.values_list("event", flat=True))
    assert told == {
        "invitation.sent": 2, "invitation.cancelled": 1, "invitation.link_shown": 1, "invitation.opened": 1,
        "invitation.accepted": 1, "accounts.login.signed_in": 2, "accounts.login.signed_out": 2,
        "access.deactivated": 2, "access.deactivation_undone": 1, "access.role_changed": 1, "access.reenabled": 1,
        "access.ended": 1,
    }  # fmt: skip
    assert all(row.request_id for row in rows.filter(event__startswith="accounts."))
    assert AuditRow.objects.filter(event="accounts.login.sign_in_refused").count() == 1
    assert AuditRow.objects.filter(event="accounts.login.password_set").count() == 3


def test_rows_of_history_hold_ids_and_codes_and_nothing_of_a_person_aud_05(access: Access) -> None:
    for row in AuditRow.objects.all():
        told = f"{row.data} {row.result} {row.actor_label}"
        assert not re.search(r"@|Kim|Keen|0555", told), (row.event, told)


def test_no_table_holds_a_token_or_a_password_tok_02_aud_02(access: Access) -> None:
    """As whoever steals a copy of the database would look for them."""
    found = secrets()
    for model in apps.get_models():
        if model.__name__ in WHOLE_MAILS:
            continue
        for row in model._default_manager.values():
            text = str(row)
            assert not any(secret in text for secret in found), model.__name__


def test_the_log_holds_no_token_password_or_address_aud_02(access: Access, log: io.StringIO) -> None:
    written = log.getvalue()
    assert "stumbled" in written
    for secret in (*secrets(), EMAIL, "office@acme.example"):
        assert secret not in written
