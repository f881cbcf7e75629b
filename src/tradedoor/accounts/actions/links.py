"""One-time links: made, recognised, spent and revoked.

The token is derived from the row and a key that is not in the database (TOK-01). So a mail sent twice
after a crash carries one and the same link, and a copy of the database opens nothing (TOK-02).

These are the parts that flows are made of: a flow asks for the permission and writes the history of what
it does with a link.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tradedoor.accounts.errors import LinkUnknown, LinkUsed
from tradedoor.accounts.models import (
    LinkStatus,
    Login,
    OneTimeLink,
    Purpose,
    RevokedWhy,
)
from tradedoor.accounts.tokens import token_of
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many, reserve_ids
from tradedoor.mail.outbox import cancel_for_links

NONCE_BYTES = 32
LONGEST_TOKEN = 100
CHUNK = 5000  # ids in one IN (…)
COLUMNS = (
    "id",
    "purpose",
    "nonce",
    "token_hash",
    "login_id",
    "access_id",
    "store_id",
    "customer_id",
    "contact_id",
    "address",
    "issued_by_id",
    "created_at",
    "expires_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRequest:
    """A link to be made. `address` is the canonical address it will be mailed to, and is bound to."""

    purpose: Purpose
    address: str
    expires_at: datetime
    login_id: int | None = None
    access_id: int | None = None
    store_id: int | None = None
    customer_id: int | None = None
    contact_id: int | None = None


class LinkView(NamedTuple):
    """A genuine link and what has become of it."""

    link: OneTimeLink
    status: LinkStatus

    @property
    def is_live(self) -> bool:
        return self.status is LinkStatus.LIVE


@transaction.atomic
def issue_links(requests: Sequence[LinkRequest], *, actor: Actor) -> list[OneTimeLink]:
    """Make a link for each request, in their order, and end the older ones of the same purpose.

    Older means: of the same access, or where there is none of the same login. Their unsent mail is
    cancelled (TOK-07). A constant number of queries however many are made. Raises `ValueError` if two
    requests are for the same purpose and access.
    """
    if not requests:
        return []
    now = timezone.now()
    _supersede(requests)
    ids = reserve_ids(OneTimeLink, len(requests))
    links = [
        _made(request, link_id=link_id, issued_by_id=actor.login_id, now=now)
        for link_id, request in zip(ids, requests, strict=True)
    ]
    insert_many(OneTimeLink, COLUMNS, ([getattr(link, column) for column in COLUMNS] for link in links))
    return links


def tokens_of(link_ids: Iterable[int]) -> Mapping[int, str]:
    """The tokens of those of the links that are live: what the sender of mail asks for. Others are left out."""
    live = OneTimeLink.objects.live(timezone.now()).filter(pk__in=list(link_ids))
    return {link.pk: token_of(link) for link in live}


def find_link(token: str, *, purpose: Purpose, store_id: int | None = None) -> LinkView:
    """The link of a token, for this purpose at this store, and its status; opening it changes nothing.

    Whoever holds a genuine token may learn that it was used or replaced. Everything else, made up,
    altered, of another store or purpose, is the same `LinkUnknown` after the same work (TOK-03, TOK-13).
    """
    link = (
        OneTimeLink.objects.filter(token_hash=_hash(token), purpose=purpose, store_id=store_id)
        .select_related("login")
        .first()
    )
    return _view(link)


def link_by_id(link_id: int, *, purpose: Purpose, store_id: int | None = None) -> LinkView:
    """As `find_link`, for a link whose token was shown before (TOK-10). Raises `LinkUnknown`."""
    link = (
        OneTimeLink.objects.filter(pk=link_id, purpose=purpose, store_id=store_id)
        .select_related("login")
        .first()
    )
    return _view(link)


def note_opened(link_id: int) -> None:
    """Keep when the link was first opened; it stays as live as it was (TOK-06)."""
    OneTimeLink.objects.filter(pk=link_id, opened_at=None).update(opened_at=timezone.now())


@transaction.atomic
def spend_link(link_id: int) -> None:
    """Use the link up, inside the transaction of what it is used for (TOK-04).

    One conditional update judged by the clock: of many at once, one gets past here. Its login is locked first,
    as by all who end links of a login, so that they wait for each other and never deadlock. Raises `LinkUsed`
    with the status in `data`, which rolls the caller's transaction back.
    """
    now = timezone.now()
    of_link = OneTimeLink.objects.filter(pk=link_id).values("login_id")
    list(Login.objects.select_for_update().filter(pk__in=of_link).values_list("pk"))
    if OneTimeLink.objects.live(now).filter(pk=link_id).update(used_at=now):
        return
    link = OneTimeLink.objects.filter(pk=link_id).first()
    status = link.status(now) if link else LinkStatus.CANCELLED
    raise LinkUsed(data={"status": status.value})


@transaction.atomic
def revoke_links(
    *,
    why: RevokedWhy,
    access_ids: Collection[int] | None = None,
    login_ids: Collection[int] | None = None,
    contact_ids: Collection[int] | None = None,
    link_ids: Collection[int] | None = None,
    purposes: Collection[Purpose] | None = None,
) -> int:
    """End the unspent links of these accesses, logins or contacts, or these links; cancel their unsent mail; how many.

    Raises `ValueError` where none of them is named: nobody means every link there is.
    """
    given = {"access_id": access_ids, "login_id": login_ids, "contact_id": contact_ids, "pk": link_ids}
    named = [(field, ids) for field, ids in given.items() if ids is not None]
    if len(named) != 1:
        raise ValueError("name accesses, logins, contacts or links")
    field, ids = named[0]
    narrowed = Q() if purposes is None else Q(purpose__in=purposes)
    return sum(_revoke(narrowed & Q((f"{field}__in", chunk)), why=why) for chunk in _chunks(ids))


def _made(request: LinkRequest, *, link_id: int, issued_by_id: int | None, now: datetime) -> OneTimeLink:
    link = OneTimeLink(
        id=link_id,
        purpose=request.purpose,
        nonce=secrets.token_bytes(NONCE_BYTES),
        login_id=request.login_id,
        access_id=request.access_id,
        store_id=request.store_id,
        customer_id=request.customer_id,
        contact_id=request.contact_id,
        address=request.address,
        issued_by_id=issued_by_id,
        created_at=now,
        expires_at=request.expires_at,
    )
    link.token_hash = _hash(token_of(link))
    return link


def _supersede(requests: Sequence[LinkRequest]) -> None:
    """End what the requests replace; a login is locked, so that two at once make one after the other."""
    subjects = Counter(
        (request.purpose, request.access_id, None if request.access_id else request.login_id)
        for request in requests
        if request.access_id or request.login_id
    )
    if any(count > 1 for count in subjects.values()):
        raise ValueError("two links of one purpose for the same access")
    for purpose in {purpose for purpose, _access, _login in subjects}:
        accesses = [access for other, access, _login in subjects if other == purpose and access]
        logins = [login for other, _access, login in subjects if other == purpose and login]
        for chunk in _chunks(accesses):
            _revoke(Q(purpose=purpose, access_id__in=chunk), why=RevokedWhy.SUPERSEDED)
        for chunk in _chunks(logins):
            list(Login.objects.select_for_update().filter(pk__in=chunk).order_by("pk").values_list("pk"))
            _revoke(Q(purpose=purpose, access_id=None, login_id__in=chunk), why=RevokedWhy.SUPERSEDED)


def _revoke(which: Q, *, why: RevokedWhy) -> int:
    unspent = OneTimeLink.objects.unspent()
    ids = list(unspent.filter(which).order_by("pk").select_for_update().values_list("pk", flat=True))
    if ids:
        unspent.filter(pk__in=ids).update(revoked_at=timezone.now(), revoked_why=why)
        cancel_for_links(ids)
    return len(ids)


def _chunks(ids: Collection[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


def _hash(token: str) -> str:
    return hashlib.sha256(token[:LONGEST_TOKEN].encode(errors="replace")).hexdigest()


def _view(link: OneTimeLink | None) -> LinkView:
    if link is None:
        raise LinkUnknown
    return LinkView(link, link.status(timezone.now()))
