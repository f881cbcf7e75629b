"""The two kinds of door: the sellers' side, and the front door of each store.

One origin serves all of them, so each has a cookie of its own, and a session of one door is nobody at any
other (SES-02, SES-06). The door is read from the address and from nothing else (ACC-02).
"""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils import timezone

from tradedoor.access.errors import DoorClosed
from tradedoor.access.models import Access
from tradedoor.access.policy import Step, may_enter, must_choose_password, rights_of
from tradedoor.access.queries import entering_access
from tradedoor.accounts.actions.sessions import Opened, session_for
from tradedoor.accounts.models import Realm, Session
from tradedoor.accounts.queries import actor_for_login
from tradedoor.core.actor import Actor
from tradedoor.stores.models import Store
from tradedoor.stores.queries import store_ids_of
from tradedoor.web.requests import ActorRequest

STORE_PREFIX = "/s/"
LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Door:
    """Where somebody stands: which realm's, and of which store where it is a store's."""

    realm: Realm
    store: Store | None = None

    @property
    def path(self) -> str:
        return f"{STORE_PREFIX}{self.store.slug}/" if self.store else "/"

    @property
    def sign_in_path(self) -> str:
        return f"{self.path}login/"

    @property
    def cookie(self) -> str:
        # Named by what never changes about a store; its address may.
        name = f"td-s-{self.store.public_id.hex}" if self.store else "td-staff"
        return f"{settings.TRADEDOOR_COOKIE_PREFIX}{name}"

    @property
    def store_id(self) -> int | None:
        return self.store.pk if self.store else None


class Pocket(MutableMapping[str, Any]):
    """What a page leaves for the next one, as Django's messages do; kept with the session's row.

    A visitor's is forgotten after the answer: anonymous requests write no row (SES-09), and a cookie
    would hold what was said about a person (F-17).
    """

    def __init__(self, session: Session | None) -> None:
        self.kept: dict[str, Any] = session.data if session else {}
        self.modified = False
        # Django's session API has this attribute; tests read it.
        self.accessed = True

    def __getitem__(self, key: str) -> Any:
        return self.kept[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.kept[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self.kept[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self.kept)

    def __len__(self) -> int:
        return len(self.kept)


def slug_in(path: str) -> str | None:
    """The store that a path names, or None where it is one of the sellers' side."""
    if not path.startswith(STORE_PREFIX):
        return None
    return path.removeprefix(STORE_PREFIX).partition("/")[0]


def stand_outside(request: HttpRequest, *, request_id: str) -> ActorRequest:
    """Make the request one of a visitor before any door, so that error pages can always ask who it is."""
    outside = cast("ActorRequest", request)
    outside.id = request_id
    outside.door = "/"
    outside.store = None
    outside.is_polling = False
    seat_nobody(outside)
    return outside


def enter(request: HttpRequest, door: Door) -> ActorRequest:
    """Find out who asks, and write it on the request. Anonymous visitors cost no query but the store's."""
    entering = cast("ActorRequest", request)
    entering.door = door.path
    entering.store = door.store
    key = request.COOKIES.get(door.cookie, "")
    session = session_for(key, realm=door.realm, store_id=door.store_id) if key else None
    if session is None or not _seat(entering, session, door):
        seat_nobody(entering)
    return entering


def seat_nobody(request: ActorRequest) -> None:
    """Make the request one of a visitor."""
    request.login = request.signed_in = request.access = request.access_id = None
    request.must_choose_password = False
    request.actor = Actor.nobody(ip=client_ip(request), agent=agent_of(request), request_id=request.id)
    request.session = Pocket(None)


def open_door(
    request: ActorRequest, response: HttpResponse, opened: Opened, *, access: Access | None = None
) -> HttpResponse:
    """Give the browser the key of a session, and treat the rest of this request as signed in.

    `access` is the one the session was opened for, where it was judged this moment and need not be asked for
    again. The CSRF token is changed too, so that one planted before means nothing after (SES-01).
    """
    door = Door(Realm(opened.session.realm), request.store)
    _set_key(response, opened.session, opened.key, door=door)
    if not _seat(request, opened.session, door, access=access):
        seat_nobody(request)
    rotate_token(request)
    return response


def open_other_door(
    request: ActorRequest, response: HttpResponse, opened: Opened, *, store: Store
) -> HttpResponse:
    """Give the browser the key of a session at another store's door; the one at this door goes on.

    What session it had at that door is the caller's to end, see `session_at`.
    """
    _set_key(response, opened.session, opened.key, door=Door(Realm.BUYER, store))
    rotate_token(request)
    return response


def session_at(request: HttpRequest, store: Store) -> Session | None:
    """The living session that this browser has at the door of `store`."""
    key = request.COOKIES.get(Door(Realm.BUYER, store).cookie, "")
    return session_for(key, realm=Realm.BUYER, store_id=store.pk) if key else None


def change_key(request: ActorRequest, response: HttpResponse, key: str) -> HttpResponse:
    """Give the browser the new key of the session it has, as after a change of password."""
    if request.signed_in is not None:
        _set_key(response, request.signed_in, key, door=Door(Realm(request.signed_in.realm), request.store))
        rotate_token(request)
    return response


def close_door(request: ActorRequest, response: HttpResponse) -> HttpResponse:
    """Take this door's cookie away, and no other's (SES-07). The session's row is the caller's to end."""
    realm = Realm.BUYER if request.store else Realm.STAFF
    response.delete_cookie(Door(realm, request.store).cookie, path="/", samesite="Lax")
    seat_nobody(request)
    return response


def client_ip(request: HttpRequest) -> str:
    """The address of whoever connected to the outermost of our own proxies (RL-07).

    Each proxy of ours adds the address it was called from at the right; what stands further left anybody
    may have written. Without proxies the header is not read at all.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.TRADEDOOR_TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if not proxies or len(forwarded) < proxies:
        return direct
    try:
        return str(ip_address(forwarded[-proxies]))
    except ValueError:
        return direct


def agent_of(request: HttpRequest) -> str:
    """What the browser calls itself, cut to what can be kept and printed."""
    return "".join(filter(str.isprintable, request.META.get("HTTP_USER_AGENT", "")))[:LONGEST_AGENT]


def load_buyer(session: Session, store: Store) -> Access | None:
    """The access this session acts for, if it may be used here and now; by one query (DEA-01, SES-05)."""
    if session.access_id is None:
        return None
    access = entering_access(session.access_id, store_id=store.pk)
    if access is None or access.epoch != session.access_epoch:
        return None
    try:
        may_enter(login=session.login, access=access, store=store, step=Step.OPEN_SESSION)
    except DoorClosed:
        return None
    return access


def _seat(request: ActorRequest, session: Session, door: Door, *, access: Access | None = None) -> bool:
    """Write the session's person on the request; False where they may not be here any more."""
    login = session.login
    if door.store is None:
        request.access = None
        stores = None if login.all_stores else store_ids_of(login.pk)
    else:
        request.access = access or load_buyer(session, door.store)
        stores = frozenset({door.store.pk})
        if request.access is None:
            return False
    request.signed_in = session
    request.login = login
    request.access_id = session.access_id
    request.must_choose_password = must_choose_password(login)
    request.session = Pocket(session)
    actor = actor_for_login(
        login,
        stores=stores,
        access_id=session.access_id,
        ip=client_ip(request),
        agent=agent_of(request),
        request_id=request.id,
    )
    if request.access is not None:
        actor = replace(actor, label=str(request.access.contact), permissions=rights_of(request.access))
    request.actor = actor
    return True


def _set_key(response: HttpResponse, session: Session, key: str, *, door: Door) -> None:
    lives = int((session.expires_at - timezone.now()).total_seconds())
    response.set_cookie(
        door.cookie,
        key,
        max_age=lives if session.keep else None,
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
