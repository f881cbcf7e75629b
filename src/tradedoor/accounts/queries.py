"""Reads about logins."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from tradedoor.accounts.errors import LoginNotFound
from tradedoor.accounts.models import Login, Realm, Session
from tradedoor.accounts.roles import permissions_of
from tradedoor.core.actor import Actor, ActorKind
from tradedoor.core.permissions import Permission, require


def actor_for_login(
    login: Login,
    *,
    stores: frozenset[int] | None,
    access_id: int | None = None,
    ip: str = "",
    agent: str = "",
    request_id: str = "",
) -> Actor:
    """Whoever is signed in, with what the role allows today: rights are read per request (ACC-04).

    `stores` is the reach that the caller has looked up: the app that knows it stands above this one.
    """
    is_staff = login.realm == Realm.STAFF
    return Actor(
        ActorKind.STAFF if is_staff else ActorKind.BUYER,
        login_id=login.pk,
        label=str(login),
        permissions=permissions_of(login.role) if is_staff else frozenset(),
        stores=stores,
        access_id=access_id,
        ip=ip,
        agent=agent,
        request_id=request_id,
    )


def staff_logins(*, actor: Actor) -> QuerySet[Login]:
    """All staff logins, those switched off last. Raises `NotAllowed`."""
    require(actor, Permission.STAFF_READ)
    return Login.objects.staff().order_by("-is_active", "name", "pk")


def staff_login_for(public_id: UUID, *, actor: Actor) -> Login:
    """One staff login. Raises `NotAllowed` and `LoginNotFound`."""
    login = staff_logins(actor=actor).filter(public_id=public_id).first()
    if login is None:
        raise LoginNotFound
    return login


def has_owner() -> bool:
    """Whether anybody can sign in as owner. Takes no actor: before the first there is none."""
    return Login.objects.able_owners().exists()


def sessions_of(*, actor: Actor) -> QuerySet[Session]:
    """The actor's own sessions, the one last used first (SES-08)."""
    return Session.objects.filter(login_id=actor.login_id or 0).order_by("-seen_at")


def names_of_logins(login_ids: Collection[int]) -> dict[int, str]:
    """Names to show where a row holds only the key; the address where there is no name."""
    logins = Login.objects.filter(pk__in=list(login_ids)).only("pk", "name", "email")
    return {login.pk: str(login) for login in logins}
