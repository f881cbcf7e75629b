"""Logins and actors for the tests of this folder."""

import threading
from collections.abc import Callable
from datetime import timedelta

from django.db import connections
from django.utils import timezone

from tradedoor.accounts.actions.links import LinkRequest
from tradedoor.accounts.models import Login, Purpose, Realm
from tradedoor.accounts.passwords import hash_password, unusable
from tradedoor.accounts.roles import Role, permissions_of
from tradedoor.core.actor import Actor, ActorKind

PASSWORD = "quiet-lantern-harbour"
BROWSER = Actor.nobody(ip="192.0.2.7", agent="Test browser")
MACHINE = Actor.machine("tests", permissions=permissions_of(Role.OWNER))


def a_buyer(address: str = "bea@acme.example", *, password: str | None = PASSWORD) -> Login:
    return Login.objects.create(
        realm=Realm.BUYER,
        email=address,
        email_canonical=address,
        password=hash_password(password) if password else unusable(),
    )


def a_staff_member(
    address: str = "ada@seller.example", *, role: Role = Role.OWNER, all_stores: bool = True
) -> Login:
    return Login.objects.create(
        realm=Realm.STAFF,
        email=address,
        email_canonical=address,
        name=address.partition("@")[0].title(),
        role=role,
        all_stores=all_stores,
        password=hash_password(PASSWORD),
    )


def acting(login: Login) -> Actor:
    return Actor(
        ActorKind.STAFF,
        login_id=login.pk,
        label=str(login),
        permissions=permissions_of(login.role),
        stores=None if login.all_stores else frozenset(),
    )


def an_invitation(access_id: int = 1, *, login: Login | None = None, store_id: int = 1) -> LinkRequest:
    return LinkRequest(
        purpose=Purpose.INVITATION,
        address=login.email_canonical if login else "bea@acme.example",
        expires_at=timezone.now() + timedelta(days=7),
        login_id=login.pk if login else None,
        access_id=access_id,
        store_id=store_id,
    )


def a_reset(login: Login) -> LinkRequest:
    return LinkRequest(
        purpose=Purpose.RESET,
        address=login.email_canonical,
        expires_at=timezone.now() + timedelta(hours=1),
        login_id=login.pk,
    )


def at_once(times: int, act: Callable[[], str]) -> list[str]:
    """Let as many threads do it at the same moment, each with a connection of its own; what they say."""
    together = threading.Barrier(times)
    said: list[str] = []

    def run() -> None:
        together.wait()
        try:
            said.append(act())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said
