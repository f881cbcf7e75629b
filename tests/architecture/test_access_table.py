"""Every address, asked for by everybody (ACC-05): who is let in, who is sent away, and that none is forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django.plugin import DjangoDbBlocker

from tests import make
from tests.architecture.access_table import (
    ALL_STAFF,
    BUYER,
    COMPANY_ADMIN,
    LET_IN,
    MISSING,
    OWNER,
    REFUSED,
    ROLES,
    SIGN_IN,
    TABLE,
    Rule,
)
from tests.architecture.world import made_for
from tests.emptying import undone
from tradedoor.access.models import Access
from tradedoor.access.models import Role as BuyerRole
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.models import Realm
from tradedoor.accounts.roles import Role
from tradedoor.stores.models import Store
from tradedoor.web.doors import Door

METHODS = ("GET", "POST")
# They answer for what there is not, and with what the page before left.
NO_ADDRESS = {"storefront:nothing"}


def names_in(resolver: URLResolver, space: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else ""
            yield from names_in(entry, space + inner)
        elif isinstance(entry, URLPattern):
            yield f"{space}{entry.name or entry.pattern}"


@dataclass(frozen=True, slots=True)
class Here:
    """What addresses point at, and the key of each role's session, at the door where the role belongs."""

    world: dict[str, Any]
    keys: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def here(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Here]:
    """Made once: what a test changes is undone after it, and all of it after the last."""
    with django_db_blocker.unblock(), undone():
        harbour = make.store("Harbour")
        bea = make.access(make.contact(make.customer("Acme"), "bea@acme.example"), harbour)
        yield Here(made_for(harbour, bea), _keys(harbour, bea))


def _keys(harbour: Store, bea: Access) -> dict[str, tuple[str, str]]:
    keys = {}
    for role in ALL_STAFF:
        login = make.staff(f"{role} of staff", role=Role(role))
        keys[role] = (Door(Realm.STAFF).cookie, open_session(login, actor=make.actor(login)).key)
    admin = make.access(make.contact(bea.customer), harbour, role=BuyerRole.COMPANY_ADMIN)
    for role, access in ((BUYER, bea), (COMPANY_ADMIN, admin)):
        login = make.login_of(access)
        session = open_session(
            login,
            actor=make.actor(login, access=access),
            store_id=harbour.pk,
            access_id=access.pk,
            access_epoch=access.epoch,
        )
        keys[role] = (Door(Realm.BUYER, harbour).cookie, session.key)
    return keys


@pytest.fixture
def world(here: Here, db: None) -> dict[str, Any]:
    return here.world


@pytest.fixture
def browsers(here: Here, db: None) -> dict[str, Client]:
    """A browser for each role, signed in."""
    opened = {role: Client(raise_request_exception=False) for role in (*ROLES, COMPANY_ADMIN)}
    for role, (cookie, key) in here.keys.items():
        opened[role].cookies[cookie] = key
    return opened


def test_every_address_is_in_the_table_and_nothing_else() -> None:
    there_are = set(names_in(get_resolver())) - NO_ADDRESS

    assert sorted(there_are - TABLE.keys()) == [], "add a line to tests/architecture/access_table.py"
    assert sorted(TABLE.keys() - there_are) == []


@pytest.mark.parametrize("name", sorted(TABLE))
def test_who_may_reach_an_address(name: str, world: dict[str, Any], browsers: dict[str, Client]) -> None:
    rule = TABLE[name]
    address = reverse(name, args=[world[key] for key in rule.args] or None)

    expected = {
        (method, role): rule.expected(role, method) for method in rule.methods for role in rule.asking
    }
    found = {
        (method, role): outcome(browsers[role], method, address, rule, world)
        for method in rule.methods
        for role in rule.asking
    }

    assert found == expected


@pytest.mark.parametrize("name", sorted(name for name, rule in TABLE.items() if rule.methods != METHODS))
def test_an_address_takes_no_other_method(
    name: str, world: dict[str, Any], browsers: dict[str, Client]
) -> None:
    rule = TABLE[name]
    address = reverse(name, args=[world[key] for key in rule.args] or None)
    # Some things are for whoever made them alone, and no role is let in.
    role = next((role for role in reversed(rule.asking) if role in rule.let_in), OWNER)

    for method in set(METHODS) - set(rule.methods):
        assert asked(browsers[role], method, address).status_code == 405


def outcome(browser: Client, method: str, address: str, rule: Rule, world: dict[str, Any]) -> str:
    response = asked(browser, method, address)
    door = f"/s/{world['store']}/" if rule.at_store else "/"
    if response.status_code == 302 and response["Location"].startswith(f"{door}login/"):
        own = address.startswith(
            (
                f"{door}login/",
                f"{door}logout/",
                f"{door}password/",
                f"{door}join/",
                f"{door}link/",
                f"{door}register/",
            )
        )
        return LET_IN if own else SIGN_IN
    if response.status_code in {403, 404}:
        # A made-up link or thing is missing for whoever may look for it, and that is the page meant for it.
        if rule.expected("nobody") == LET_IN or (response.status_code == 404 and "unknown" in rule.args):
            return LET_IN
        return {403: REFUSED, 404: MISSING}[response.status_code]
    return LET_IN if response.status_code < 500 else f"fault {response.status_code}"


def asked(browser: Client, method: str, address: str) -> Any:
    """The answer, with whatever it changed undone, so that the next role finds the same."""
    # A bare savepoint: within a block of ours, those that insist on being the outermost would refuse.
    before = transaction.savepoint()
    response: Any = browser.generic(method, address)
    if response.streaming:
        list(response.streaming_content)
    transaction.savepoint_rollback(before)
    return response
