"""An eStore link mailed to contacts of its customer, and to addresses that were typed."""

import re
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tradedoor.access.actions.messages import personal_message
from tradedoor.access.actions.planning import A_MOMENT
from tradedoor.accounts.actions import throttle
from tradedoor.audit.models import AuditRow
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical, display_form
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact, Customer
from tradedoor.handouts.emails import ESTORE_LINK, Reader, links_to, worded
from tradedoor.handouts.events import Event
from tradedoor.mail.models import MailMessage
from tradedoor.mail.outbox import post_many
from tradedoor.mail.rendering import Rendered
from tradedoor.registration.actions.links import link_for, note_shown
from tradedoor.registration.models import EstoreLink
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url

MOST, MOST_TYPED = 100, 20
SEPARATORS = re.compile(r"[\s,;]+")


def mail_link(
    store: Store,
    customer: Customer,
    *,
    contacts: Collection[UUID],
    typed: str,
    message: str,
    actor: Actor,
) -> int:
    """Post the eStore link to these contacts of the customer, and to the addresses in `typed`; to how many.

    Contacts of others, archived ones and those without a usable address are passed over, and who is named twice
    gets one mail, also where it is pressed twice in a moment. Raises `NotAllowed`, `NoLinkHere`, `Throttled` for somebody who does it by the hundred (INV-04),
    and `Invalid` (`nobody`, `too_many`, `bad_addresses` naming them, `too_long`), whose `field` says what it is
    about.
    """
    require(actor, Permission.ESTORE_LINK_SHOW, stores=[store.pk])
    told = personal_message(message)
    readers = _readers(customer, contacts, addresses_in(typed))
    if not readers:
        raise Invalid(_("Choose somebody, or type an address."), code="nobody", field="typed")
    _require_few(len(readers), MOST)
    # A transaction of its own, since it stands whatever becomes of the mails.
    throttle.require_room(throttle.INVITING_STAFF, str(actor.login_id))
    with transaction.atomic():
        # Of two presses at once the second sees whom the first has mailed.
        list(Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk).values_list("pk"))
        link = link_for(store, customer, actor=actor)
        mailed = _just_mailed(readers, link, actor=actor)
        if not (fresh := [one for one in readers if one.address not in mailed]):
            return len(readers)
        post_many(links_to(fresh, link, message=told))
        note_shown([link], way="mail", actor=actor)
        record(
            Event.LINK_MAILED,
            actor=actor,
            store_id=store.pk,
            customer_id=customer.pk,
            data={"count": len(fresh), "contacts": [one.contact_id for one in fresh if one.contact_id]},
            personal={"addresses": [one.address for one in fresh if not one.contact_id]},
        )
    return len(readers)


def _just_mailed(readers: Collection[Reader], link: EstoreLink, *, actor: Actor) -> set[str]:
    """Whom of these the actor has sent this very link a moment ago: a button pressed twice sends one mail."""
    since = timezone.now() - A_MOMENT
    pressed = AuditRow.objects.filter(customer_id=link.customer_id, event=Event.LINK_MAILED, at__gt=since)
    if not pressed.filter(store_id=link.store_id, actor_id=actor.login_id).exists():
        return set()
    mails = MailMessage.objects.filter(
        to_email__in=[one.address for one in readers],
        template=ESTORE_LINK,
        store_id=link.store_id,
        customer_id=link.customer_id,
        created_at__gt=since,
    )
    return {mail.to_email for mail in mails if mail.context.get("estore_link") == link.pk}


def preview_link_mail(link: EstoreLink, *, message: str, actor: Actor) -> Rendered:
    """The mail as somebody would get it now, with a button that leads to sign-in only.

    Raises `NotAllowed`, and `Invalid` for a message that is too long.
    """
    require(actor, Permission.ESTORE_LINK_SHOW, stores=[link.store_id])
    return worded(
        link,
        address=public_url(link.store, "login/"),
        first_name=str(_("Alex")),
        message=personal_message(message),
    )


def addresses_in(typed: str) -> list[str]:
    """The addresses in what was typed, apart by blanks, lines, commas or semicolons, as they are kept.

    Raises `Invalid` (`bad_addresses`) that names all that are none.
    """
    found, bad = [], []
    words = SEPARATORS.split(typed.strip()) if typed.strip() else []
    _require_few(len(words), MOST_TYPED)
    for word in filter(None, words):
        try:
            canonical(word)
        except Invalid:
            bad.append(word[:60])
        else:
            found.append(display_form(word))
    if bad:
        raise Invalid(
            _("These are no email addresses: %(words)s") % {"words": ", ".join(bad[:10])},
            code="bad_addresses",
            field="typed",
        )
    return found


def _readers(customer: Customer, chosen: Collection[UUID], typed: Sequence[str]) -> list[Reader]:
    """Everybody once, contacts by their names."""
    _require_few(len(chosen), MOST)
    rows = Contact.objects.living().filter(customer=customer, public_id__in=chosen)
    readers = {
        row.email_canonical: Reader(display_form(row.email), row.name, row.first_name, row.pk)
        for row in rows.exclude(email_canonical="").order_by("pk")
    }
    for address in typed:
        readers.setdefault(canonical(address), Reader(address))
    return list(readers.values())


def _require_few(count: int, most: int) -> None:
    if count > most:
        raise Invalid(
            _("That are %(count)s. At most %(most)s get a mail at once; the hand-out serves for more.")
            % {"count": count, "most": most},
            code="too_many",
            field="typed",
        )
