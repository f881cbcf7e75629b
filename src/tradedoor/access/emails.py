"""The mails of this app: what is posted, and how the sender words it, in the look of the store.

A letter holds ids only. The link is derived when the mail is made, so that neither the outbox nor a copy of the
database holds one, and a mail that is sent twice after a crash carries one and the same link (TOK-01, TOK-02).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.formats import date_format

from tradedoor.access.models import Access, State
from tradedoor.accounts.models import OneTimeLink, Realm
from tradedoor.accounts.tokens import token_of
from tradedoor.core.addresses import display_form
from tradedoor.crm.models import Contact
from tradedoor.mail.outbox import Letter
from tradedoor.mail.rendering import MessageRow, Rendered, template
from tradedoor.stores.models import Store
from tradedoor.stores.urls import logo_url, public_url

INVITATION = "access.invitation"
REMINDER = "access.reminder"
WHITE, BLACK = "#ffffff", "#15181e"
# Above this relative luminance black text reads better on a colour than white.
BRIGHT = 0.18


@dataclass(frozen=True, slots=True)
class Look:
    """A store as its mails show it."""

    name: str
    language: str
    brand: str
    ink_on_brand: str
    store_url: str
    logo_url: str
    phone: str
    email: str
    postal_lines: tuple[str, ...]


def look_of(store: Store) -> Look:
    return Look(
        name=store.name,
        language=store.language,
        brand=store.brand_colour,
        ink_on_brand=_ink_on(store.brand_colour),
        store_url=public_url(store),
        logo_url=logo_url(store),
        phone=store.phone,
        email=store.email,
        postal_lines=tuple(line for line in store.postal_address.splitlines() if line.strip()),
    )


def invitations_to(
    contacts: Sequence[Contact], links: Sequence[OneTimeLink], *, message: str = ""
) -> list[Letter]:
    """The invitation to each of these contacts, with the link of the same place."""
    return _letters(INVITATION, contacts, links, context={"message": message} if message else {})


def reminders_to(contacts: Sequence[Contact], links: Sequence[OneTimeLink]) -> list[Letter]:
    """The reminder of the invitation with the link of the same place."""
    return _letters(REMINDER, contacts, links, context={})


def _letters(
    code: str, contacts: Sequence[Contact], links: Sequence[OneTimeLink], *, context: Mapping[str, str]
) -> list[Letter]:
    return [
        Letter(
            template=code,
            context=context,
            to_email=display_form(contact.email),
            to_name=f"{contact.first_name} {contact.last_name}".strip(),
            link_id=link.pk,
            store_id=link.store_id,
            access_id=link.access_id,
            contact_id=contact.pk,
            customer_id=contact.customer_id,
            login_id=link.login_id,
        )
        for contact, link in zip(contacts, links, strict=True)
    ]


def invitation_words(row: MessageRow) -> Rendered | None:
    """The invitation, or None once its link is dead or would be refused. See `actions.invitation_days`."""
    return _with_link("invitation", row, message=str(row.context.get("message", "")))


@template(REMINDER)
def reminder(row: MessageRow) -> Rendered | None:
    """The reminder of it, or None for the same reasons, or where the person has joined meanwhile."""
    return _with_link("reminder", row)


def _with_link(name: str, row: MessageRow, **context: object) -> Rendered | None:
    links = OneTimeLink.objects.live(timezone.now()).filter(pk__in=[row.link_id])
    link = links.select_related("login").first()
    rows = Access.objects.filter(pk__in=[row.access_id], state__in=[State.PENDING, State.CURRENT])
    access = rows.select_related("store", "contact", "customer", "invited_by").first()
    if link is None or access is None or access.contact.email_canonical != link.address:
        return None
    if access.state == State.CURRENT and access.login_id == link.login_id:
        return None
    store, colleague = access.store, _colleague(access)
    with translation.override(store.language):
        expires = link.expires_at.astimezone(ZoneInfo(store.time_zone))
        return worded(
            name,
            store,
            first_name=access.contact.first_name,
            customer=access.customer.name,
            inviter=access.invited_by.name if access.invited_by and not colleague else "",
            colleague=colleague,
            has_password=bool(link.login and link.login.has_own_password),
            address=access.contact.email,
            join_url=public_url(store, f"join/{token_of(link)}/"),
            expires=f"{date_format(expires, 'l j F Y, H:i')} ({store.time_zone})",
            **context,
        )


def _colleague(access: Access) -> str:
    """The admin of the same customer who invited, by the name the CRM has; empty where staff did."""
    by = access.invited_by
    if by is None or by.realm != Realm.BUYER:
        return ""
    own = Access.objects.filter(login=by, customer=access.customer_id, store=access.store_id)
    found = own.select_related("contact").order_by("pk").first()
    return found.contact.name if found else ""


def worded(name: str, store: Store, **context: object) -> Rendered:
    """The mail `name` in the store's look; its words stand in `access/email/<name>/`."""
    words = {"look": look_of(store), **context}
    subject = _words(name, "subject.txt", words).strip()
    return Rendered(
        subject=subject,
        text=_words(name, "body.txt", words).strip() + "\n",
        html=_words(name, "body.html", words | {"title": subject}),
        from_name=store.sender_name or store.name,
        reply_to=store.reply_to or store.email,
    )


def _words(name: str, part: str, context: dict[str, object]) -> str:
    return str(get_template(f"access/email/{name}/{part}").render(context))


def _ink_on(colour: str) -> str:
    """Black or white, whichever reads better on the colour (WCAG's relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - of the sRGB formula
        for part in parts
    )
    return BLACK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > BRIGHT else WHITE
