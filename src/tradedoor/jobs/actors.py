"""The actor of long work: kept as a snapshot, loaded anew before each step so that lost rights count at once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tradedoor.core.actor import Actor, ActorKind
from tradedoor.jobs.registry import actor_loader

SELF_CONTAINED = frozenset({ActorKind.JOB, ActorKind.MACHINE})


def snapshot(actor: Actor) -> dict[str, Any]:
    """Return what is needed to become this actor again; rights only of those who have no login to read them from."""
    kept: dict[str, Any] = {
        "kind": actor.kind.value,
        "login_id": actor.login_id,
        "access_id": actor.access_id,
        "label": actor.label if actor.kind in SELF_CONTAINED else "",
        "request_id": actor.request_id,
    }
    if actor.kind in SELF_CONTAINED:
        kept["permissions"] = sorted(actor.permissions)
        kept["stores"] = None if actor.stores is None else sorted(actor.stores)
    return kept


def loaded(kept: Mapping[str, Any]) -> Actor:
    """Return the actor with the rights of now. Raises a refusal where there is no such actor any more."""
    kind = ActorKind(kept["kind"])
    if kind in SELF_CONTAINED:
        return Actor(
            kind,
            label=kept["label"],
            permissions=frozenset(kept["permissions"]),
            stores=None if kept["stores"] is None else frozenset(kept["stores"]),
            request_id=kept["request_id"],
        )
    return replace(actor_loader()(kept), request_id=kept["request_id"])


def as_started(kept: Mapping[str, Any]) -> Actor:
    """Return who started the work, without any right: for writing history, even where that login is gone."""
    return Actor(
        ActorKind(kept["kind"]),
        login_id=kept["login_id"],
        access_id=kept["access_id"],
        label=kept["label"],
        stores=frozenset(),
        request_id=kept["request_id"],
    )
