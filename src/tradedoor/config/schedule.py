"""All that is done regularly, in one place, and who long work is done as."""

from collections.abc import Mapping
from typing import Any

from tradedoor.accounts.errors import LoginNotFound, LoginOff
from tradedoor.accounts.models import Login, Realm
from tradedoor.accounts.queries import actor_for_login
from tradedoor.core.actor import Actor
from tradedoor.jobs.registry import periodic, set_actor_loader
from tradedoor.stores.queries import store_ids_of

MINUTE = 60
HOUR = 60 * MINUTE

SCHEDULE: Mapping[str, int] = {
    "audit.seal": MINUTE,
    "jobs.tidy": HOUR,
    "mail.tidy": HOUR,
}


def prepare_background() -> None:
    """Tell the runner what comes round and how an actor is loaded; for whoever drives work, worker or command."""
    for name, seconds in SCHEDULE.items():
        periodic(name, seconds=seconds)
    set_actor_loader(load_actor)


def load_actor(kept: Mapping[str, Any]) -> Actor:
    """The staff member or buyer of a snapshot, with the rights of now. Raises `LoginNotFound` and `LoginOff`."""
    login = Login.objects.filter(pk=kept["login_id"]).first()
    if login is None:
        raise LoginNotFound
    if not login.can_sign_in:
        raise LoginOff
    reach = store_ids_of(login.pk) if login.realm == Realm.STAFF else frozenset()
    return actor_for_login(login, stores=None if login.all_stores else reach, access_id=kept.get("access_id"))
