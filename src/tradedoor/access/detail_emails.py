"""The mail with login details: where to sign in, as whom, and the one thing that is still missing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.formats import date_format

from tradedoor.access.emails import worded
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login, OneTimeLink
from tradedoor.accounts.tokens import token_of
from tradedoor.core.addresses import canonical, display_form
from tradedoor.crm.models import Contact
from tradedoor.mail.outbox import Letter
from tradedoor.mail.rendering import MessageRow, Rendered, template
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url

DETAILS = "access.login_details"


class Kind(StrEnum):
    """What a mail with login details carries."""

    LINK = "link"
    PASSWORD = "password"  # noqa: S105 - a kind, not a password
    EXISTING = "existing"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What one access's mail carries: a link, or until when a password works, which travels sealed."""

    kind: Kind
    link: OneTimeLink | None = None
    secret: str = ""
    until: datetime | None = None


def details_letters(
    accesses: Collection[Access], contacts: Mapping[int, Contact], enclosed: Mapping[int, Enclosed]
) -> list[Letter]:
    """The mail to each of these current accesses, with what is enclosed for its key."""
    return [
        _letter(access, contacts[access.contact_id], enclosed[access.pk])
        for access in accesses
        if access.pk in enclosed
    ]


def _letter(access: Access, contact: Contact, enclosed: Enclosed) -> Letter:
    until = {"until": enclosed.until.isoformat()} if enclosed.until else {}
    return Letter(
        template=DETAILS,
        context={"kind": enclosed.kind.value, **until},
        to_email=display_form(contact.email),
        to_name=f"{contact.first_name} {contact.last_name}".strip(),
        link_id=enclosed.link.pk if enclosed.link else None,
        store_id=access.store_id,
        access_id=access.pk,
        contact_id=contact.pk,
        customer_id=access.customer_id,
        login_id=access.login_id,
        secret=enclosed.secret,
    )


@template(DETAILS)
def login_details(row: MessageRow) -> Rendered | None:
    """The mail, or None once what it tells does not open the door any more or the contact has another address."""
    rows = Access.objects.filter(pk__in=[row.access_id], state=State.CURRENT)
    access = rows.select_related("store", "contact", "customer", "login").first()
    if access is None or access.login is None or canonical(row.to_email) != access.contact.email_canonical:
        return None
    kind = Kind(row.context["kind"])
    until: datetime | None
    if kind is Kind.LINK:
        link = OneTimeLink.objects.live(timezone.now()).filter(pk__in=[row.link_id]).first()
        if link is None or link.login_id != access.login_id:
            return None
        button, until = f"password/first/{token_of(link)}/", link.expires_at
    elif kind is Kind.PASSWORD:
        if not row.secret or not _still_works(access.login, row):
            return None
        button, until = "login/", access.login.password_is_temporary_until
    else:
        button, until = "login/", None
    return _worded(access, kind=kind, button=button, secret=row.secret, until=until)


def _still_works(login: Login, row: MessageRow) -> bool:
    until = login.password_is_temporary_until
    return until is not None and until > timezone.now() and until.isoformat() == row.context.get("until")


def _worded(access: Access, *, kind: Kind, button: str, secret: str, until: datetime | None) -> Rendered:
    store, login = access.store, access.login
    with translation.override(store.language):
        return worded(
            "login_details",
            store,
            kind=kind.value,
            first_name=access.contact.first_name,
            customer=access.customer.name,
            address=login.email if login else access.contact.email,
            store_url=public_url(store, "login/"),
            button_url=public_url(store, button),
            secret=secret,
            until=_told(until, store) if until else "",
        )


def _told(moment: datetime, store: Store) -> str:
    there = moment.astimezone(ZoneInfo(store.time_zone))
    return f"{date_format(there, 'l j F Y, H:i')} ({store.time_zone})"
