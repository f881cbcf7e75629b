"""What can be done in the background, by name.

Actions name a task and import none, so that work may be started from below the app that does it. Each app
imports its jobs when it starts (AppConfig.ready); config/schedule.py says what is done regularly.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from tradedoor.core.actor import Actor
from tradedoor.jobs.steps import WorkKind

Task = Callable[..., object]
Pump = Callable[[], bool]
CatchUp = Callable[[datetime, datetime], object]
ActorLoader = Callable[[Mapping[str, Any]], Actor]

AnyTask = TypeVar("AnyTask", bound=Task)
AnyPump = TypeVar("AnyPump", bound=Pump)
AnyCatchUp = TypeVar("AnyCatchUp", bound=CatchUp)
AnyKind = TypeVar("AnyKind", bound=WorkKind)
Registered = TypeVar("Registered")

_tasks: dict[str, Task] = {}
_pumps: dict[str, Pump] = {}
_kinds: dict[str, WorkKind] = {}
_periods: dict[str, int] = {}
_catch_ups: list[CatchUp] = []
_actor_loaders: list[ActorLoader] = []


class UnknownName(LookupError):  # noqa: N818 - reads as what it says
    """Nothing of this name is registered."""


def task(name: str) -> Callable[[AnyTask], AnyTask]:
    """Register a function to be run by name. Its arguments are those enqueued: ids, as keywords.

    It runs outside any transaction and opens its own; it may run twice, late and in parallel.
    """
    return lambda function: _add(_tasks, name, function)


def work(kind: str) -> Callable[[AnyKind], AnyKind]:
    """Register a step function, or a class with a method `step`, as a kind of long work (see `steps`)."""
    return lambda stepper: _add(_kinds, kind, stepper)


def pump(name: str) -> Callable[[AnyPump], AnyPump]:
    """Register what each worker asks for again and again; it says whether it found anything to do.

    For queues with a table of their own, such as the outbox: no job is written a mail.
    """
    return lambda function: _add(_pumps, name, function)


def when_set_back(function: AnyCatchUp) -> AnyCatchUp:
    """Register what is to be done when the clock went back: it is given the time now, and about that before.

    What was due before is to be due still, and a lease to last no longer than leases do.
    """
    _catch_ups.append(function)
    return function


def periodic(name: str, *, seconds: int) -> None:
    """Have the task run every so many seconds, once over all workers."""
    _periods[name] = seconds


def set_actor_loader(loader: ActorLoader) -> None:
    """Let `loader` turn an actor's snapshot into the actor with the rights of now.

    The snapshot has `kind`, `login_id` and `access_id`. The loader raises a refusal where the login is gone or off.
    """
    _actor_loaders[:] = [loader]


def actor_loader() -> ActorLoader:
    if not _actor_loaders:
        raise UnknownName("nobody has said how an actor is loaded")
    return _actor_loaders[0]


def task_named(name: str) -> Task:
    return _get(_tasks, name)


def kind_named(name: str) -> WorkKind:
    return _get(_kinds, name)


def tasks() -> Mapping[str, Task]:
    return dict(_tasks)


def kinds() -> Mapping[str, WorkKind]:
    return dict(_kinds)


def pumps() -> Mapping[str, Pump]:
    return dict(_pumps)


def periods() -> Mapping[str, int]:
    return dict(_periods)


def catch_ups() -> Sequence[CatchUp]:
    return tuple(_catch_ups)


def _add(table: dict[str, Any], name: str, thing: Registered) -> Registered:
    if table.setdefault(name, thing) is not thing:
        raise ValueError(f"{name} is registered twice")
    return thing


def _get(table: Mapping[str, Registered], name: str) -> Registered:
    try:
        return table[name]
    except KeyError:
        raise UnknownName(name) from None
