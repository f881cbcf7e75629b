"""Posting: a mail is a row, written by the transaction that causes it, and gone with it if that fails."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tradedoor.audit.record import record
from tradedoor.audit.values import refuse_secrets
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many
from tradedoor.core.errors import NotAllowed
from tradedoor.core.permissions import Permission, require
from tradedoor.mail.models import MailMessage, MailPause
from tradedoor.mail.sealing import seal

COLUMNS = (
    "public_id", "template", "context", "to_email", "to_name", "store_id", "link_id", "access_id", "contact_id",
    "customer_id", "login_id", "run_at", "message_id", "created_at", "sealed",
)  # fmt: skip
UNSENT = (MailMessage.State.QUEUED, MailMessage.State.SENDING)
AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be. `context` holds what the template needs and cannot look up; never a link or a password.

    `secret` is a temporary password to be told: the row holds it sealed until the mail is handed over.
    """

    template: str
    to_email: str
    context: Mapping[str, Any] = field(default_factory=dict)
    to_name: str = ""
    link_id: int | None = None
    store_id: int | None = None
    access_id: int | None = None
    contact_id: int | None = None
    customer_id: int | None = None
    login_id: int | None = None
    run_at: datetime | None = None
    secret: str = field(default="", repr=False)


def post(  # noqa: PLR0913 - the fields of a letter, named where it is posted
    template: str,
    *,
    to_email: str,
    context: Mapping[str, Any],
    to_name: str = "",
    link_id: int | None = None,
    store_id: int | None = None,
    access_id: int | None = None,
    contact_id: int | None = None,
    customer_id: int | None = None,
    login_id: int | None = None,
    run_at: datetime | None = None,
) -> None:
    """Post one mail in the caller's transaction; it leaves once that has committed. Raises as `post_many`."""
    letter = Letter(
        template=template,
        to_email=to_email,
        context=context,
        to_name=to_name,
        link_id=link_id,
        store_id=store_id,
        access_id=access_id,
        contact_id=contact_id,
        customer_id=customer_id,
        login_id=login_id,
        run_at=run_at,
    )
    with transaction.atomic(savepoint=False):
        columns = _columns(letter, now=timezone.now(), domain=_domain())
        MailMessage.objects.create(**dict(zip(COLUMNS, columns, strict=True)))


def post_many(letters: Iterable[Letter]) -> int:
    """Post a set of mails in the caller's transaction with one statement; return how many.

    Raises `ValueError` for a context that holds a secret and for an address that is none.
    """
    now, domain = timezone.now(), _domain()
    return insert_many(MailMessage, COLUMNS, [_columns(letter, now=now, domain=domain) for letter in letters])


def cancel_for_links(link_ids: Collection[int]) -> int:
    """Cancel what is not yet sent of these links, in the transaction that kills them; return how many mails.

    One already in a sender's hands is cancelled too: the sender looks again just before it hands a mail over.
    """
    remaining, cancelled = iter(link_ids), 0
    while some := list(islice(remaining, AT_ONCE)):
        cancelled += MailMessage.objects.filter(link_id__in=some, state__in=UNSENT).update(
            state=MailMessage.State.CANCELLED, error_code="link_dead", sealed=""
        )
    return cancelled


def cancel_sealed(login_ids: Collection[int]) -> int:
    """Cancel what is not yet sent and tells these logins a password, in the transaction that ends the password.

    A captured mail stays and tells it no more. Returns how many were cancelled.
    """
    remaining, cancelled = iter(login_ids), 0
    while some := list(islice(remaining, AT_ONCE)):
        telling = MailMessage.objects.filter(login_id__in=some, sealed__gt="")
        cancelled += telling.filter(state__in=UNSENT).update(
            state=MailMessage.State.CANCELLED, error_code="password_dead", sealed=""
        )
        telling.update(sealed="")
    return cancelled


@transaction.atomic
def pause_mail(*, actor: Actor, store_id: int | None = None) -> None:
    """Let mail of one store, or all mail, wait. Does nothing where it waits already. Raises `NotAllowed`."""
    _require_reach(actor, store_id)
    _made, created = MailPause.objects.get_or_create(store_id=store_id, defaults={"since": timezone.now()})
    if created:
        record("mail.paused", actor=actor, store_id=store_id)


@transaction.atomic
def resume_mail(*, actor: Actor, store_id: int | None = None) -> None:
    """End that pause: what waited leaves now. Does nothing where there is none. Raises `NotAllowed`."""
    _require_reach(actor, store_id)
    ended, _by_table = MailPause.objects.filter(store_id=store_id).delete()
    if ended:
        record("mail.resumed", actor=actor, store_id=store_id)


def paused_stores() -> tuple[bool, list[int]]:
    """Return whether all mail waits, and the stores whose mail does."""
    stores = list(MailPause.objects.values_list("store_id", flat=True))
    return None in stores, [store_id for store_id in stores if store_id is not None]


def _require_reach(actor: Actor, store_id: int | None) -> None:
    require(actor, Permission.STORE_EDIT, stores=None if store_id is None else [store_id])
    if store_id is None and actor.stores is not None:
        raise NotAllowed


def _columns(letter: Letter, *, now: datetime, domain: str) -> tuple[Any, ...]:
    refuse_secrets(letter.context)
    if "@" not in letter.to_email or not letter.to_email.isprintable() or " " in letter.to_email:
        raise ValueError("the address of a letter must be a mail address")
    public_id = uuid4()
    return (
        public_id,
        letter.template,
        dict(letter.context),
        letter.to_email,
        letter.to_name[:200],
        letter.store_id,
        letter.link_id,
        letter.access_id,
        letter.contact_id,
        letter.customer_id,
        letter.login_id,
        letter.run_at or now,
        # Kept from the start, so that a mail sent again after a crash is known to be the same (RFC 5322, 3.6.4).
        f"<{public_id.hex}@{domain}>",
        now,
        seal(letter.secret, mail=public_id) if letter.secret else "",
    )


def _domain() -> str:
    return _domain_of(settings.TRADEDOOR_MAIL_FROM)


@lru_cache(maxsize=8)
def _domain_of(address: str) -> str:
    return parseaddr(address)[1].rpartition("@")[2] or "localhost"
