"""The mail that brings somebody an eStore link. The letter holds the link's number; its address is worked out when
the mail is made (TOK-01)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.template.loader import get_template
from django.utils import translation

from tradedoor.access.emails import look_of
from tradedoor.handouts.sources import paper_of
from tradedoor.handouts.words import steps_of
from tradedoor.mail.outbox import Letter
from tradedoor.mail.rendering import MessageRow, Rendered, template
from tradedoor.registration.codes import estore_url
from tradedoor.registration.models import EstoreLink

ESTORE_LINK = "handouts.estore_link"
FOLDER = "handouts/email/estore_link"


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom a link is mailed: a contact, or whoever an address was typed of."""

    address: str
    name: str = ""
    first_name: str = ""
    contact_id: int | None = None


def links_to(readers: Iterable[Reader], link: EstoreLink, *, message: str) -> list[Letter]:
    return [
        Letter(
            template=ESTORE_LINK,
            to_email=reader.address,
            to_name=reader.name,
            context={"estore_link": link.pk, "first_name": reader.first_name, "message": message},
            store_id=link.store_id,
            customer_id=link.customer_id,
            contact_id=reader.contact_id,
        )
        for reader in readers
    ]


@template(ESTORE_LINK)
def estore_link(row: MessageRow) -> Rendered | None:
    """The mail, or None once the link was replaced or its customer archived."""
    links = EstoreLink.objects.living().select_related("store", "customer")
    link = links.filter(pk=row.context["estore_link"]).first()
    if link is None or link.customer.archived_at is not None:
        return None
    return worded(
        link,
        address=estore_url(link),
        first_name=str(row.context.get("first_name", "")),
        message=str(row.context.get("message", "")),
    )


def worded(link: EstoreLink, *, address: str, first_name: str, message: str) -> Rendered:
    """The mail in the language and look of the store, its button leading to `address`."""
    store = link.store
    handout = paper_of(store).for_link(link)
    with translation.override(store.language):
        words = {
            "look": look_of(store),
            "customer": link.customer.name,
            "first_name": first_name,
            "message": message,
            "link_url": address,
            "registers": handout.registers,
            # The address stands on a button here, and no code is beside it.
            "steps": steps_of(handout)[1:],
        }
        subject = _words("subject.txt", words).strip()
        return Rendered(
            subject=subject,
            text=_words("body.txt", words).strip() + "\n",
            html=_words("body.html", words | {"title": subject}),
            from_name=store.sender_name or store.name,
            reply_to=store.reply_to or store.email,
        )


def _words(part: str, context: dict[str, object]) -> str:
    return str(get_template(f"{FOLDER}/{part}").render(context))
