"""Who long work goes on as: the starter with the rights of now, so that lost rights count at the next step."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tradedoor.access.errors import WrongLogin
from tradedoor.access.models import Access
from tradedoor.access.policy import Step, may_enter, rights_of
from tradedoor.accounts.errors import LoginNotFound, LoginOff
from tradedoor.accounts.models import Login
from tradedoor.accounts.queries import actor_for_login
from tradedoor.core.actor import Actor
from tradedoor.stores.queries import store_ids_of


def load_actor(kept: Mapping[str, Any]) -> Actor:
    """The actor that a snapshot of `jobs.actors` speaks of. Raises `LoginNotFound`, `LoginOff`, and the
    `DoorClosed` of a buyer who may not enter the store any more."""
    login = Login.objects.filter(pk__in=[kept["login_id"]]).first()
    if login is None:
        raise LoginNotFound
    if not login.can_sign_in:
        raise LoginOff
    if login.is_staff:
        return actor_for_login(login, stores=None if login.all_stores else store_ids_of(login.pk))
    return _buyer(login, access_id=kept["access_id"])


def _buyer(login: Login, *, access_id: int | None) -> Actor:
    rows = Access.objects.filter(pk__in=[access_id]).select_related("contact", "customer", "store")
    access = rows.first()
    if access is None:
        raise WrongLogin
    may_enter(login=login, access=access, store=access.store, step=Step.PAGE)
    actor = actor_for_login(login, stores=frozenset({access.store_id}), access_id=access.pk)
    return replace(actor, permissions=rights_of(access))
