"""What the hostile tests share: somebody invited, their link, and tries at the same moment."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connections
from django.test import Client

from tests import make
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.models import Access
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.accounts.tokens import token_of
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Refusal
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

GOOD = "nine copper lanterns"
AtOnce = Callable[..., Counter[str]]


@pytest.fixture
def kim(acme: Customer) -> Contact:
    return make.contact(acme, "kim@acme.example", first_name="Kim", last_name="Keen")


@pytest.fixture
def invited(kim: Contact, harbour: Store, ada: Actor) -> Access:
    return invite_contact(harbour, kim, actor=ada)


def link_of(access: Access) -> OneTimeLink:
    return OneTimeLink.objects.filter(access_id=access.pk).latest("pk")


def join_path(access: Access) -> str:
    return f"/s/{access.store.slug}/join/{token_of(link_of(access))}/"


def reset_path(access: Access) -> str:
    """The mailed address of the newest link to choose a new password."""
    link = OneTimeLink.objects.filter(login=access.login, purpose=Purpose.RESET).latest("pk")
    return f"/s/{access.store.slug}/password/reset/{token_of(link)}/"


def signed_in(access: Access, *, ip: str = "127.0.0.1") -> Client:
    client = Client(REMOTE_ADDR=ip)
    pair = {"email": make.login_of(access).email, "password": make.PASSWORD}
    assert client.post(f"/s/{access.store.slug}/login/", pair).status_code == 302
    return client


def at_once(*acts: Callable[[], object]) -> Counter[str]:
    """Let all of them begin at the same moment, each on a connection of its own; how each ended."""
    together = threading.Barrier(len(acts))
    ended: list[str] = []

    def run(act: Callable[[], object]) -> None:
        together.wait()
        try:
            result = act()
        except Refusal as refusal:
            ended.append(refusal.code)
        except Exception as error:  # noqa: BLE001 - a thread's accident must reach the assertion
            ended.append(repr(error))
        else:
            ended.append(str(result) if isinstance(result, int) else "done")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(ended)
