"""Who does something: a staff member, a buyer, a job, or whoever has the machine."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self
from uuid import uuid4


class ActorKind(StrEnum):
    STAFF = "staff"
    BUYER = "buyer"
    JOB = "job"
    MACHINE = "machine"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Actor:
    """The one argument every action and query takes, and never an optional one.

    `permissions` are codes of `core.permissions.Permission`. `stores` is None where the scope is all
    stores, else the keys of the stores it covers. `ip` and `agent` are personal and go to the audit's
    detail table only.
    """

    kind: ActorKind
    login_id: int | None = None
    label: str = ""
    permissions: frozenset[str] = frozenset()
    stores: frozenset[int] | None = None
    access_id: int | None = None
    ip: str = ""
    agent: str = ""
    request_id: str = field(default_factory=lambda: uuid4().hex)

    @classmethod
    def nobody(cls, *, ip: str = "", agent: str = "", request_id: str = "") -> Self:
        """Whoever has not signed in: holds no permission, sees no store."""
        return cls(
            ActorKind.NOBODY, stores=frozenset(), ip=ip, agent=agent, request_id=request_id or uuid4().hex
        )

    @classmethod
    def job(cls, name: str, *, permissions: frozenset[str]) -> Self:
        """A background job, holding just the permissions it names."""
        return cls(ActorKind.JOB, label=name, permissions=permissions)

    @classmethod
    def machine(cls, name: str, *, permissions: frozenset[str]) -> Self:
        """Whoever may run commands on the machine; `name` says which command."""
        return cls(ActorKind.MACHINE, label=name, permissions=permissions)

    def can(self, permission: str, store_id: int | None = None) -> bool:
        """Answer without raising, for hiding buttons; the action still requires."""
        covered = store_id is None or self.stores is None or store_id in self.stores
        return permission in self.permissions and covered

    def limited_to(self, permissions: frozenset[str]) -> "Actor":
        """The same actor with no more than these permissions."""
        return replace(self, permissions=self.permissions & permissions)
