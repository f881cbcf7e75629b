"""Who acts when a command is run: whoever has the machine, holding what the command needs and no more."""

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission


def machine(command: str, *permissions: Permission) -> Actor:
    return Actor.machine(command, permissions=frozenset(permissions))


def whole_machine(command: str) -> Actor:
    """For setting up an installation: nobody can grant more than they hold, and the first owner holds all."""
    return Actor.machine(command, permissions=frozenset(Permission))
