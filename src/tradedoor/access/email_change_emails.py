"""The mails about a changed sign-in email: to the old and the new address, and to owners when one is reported."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.formats import date_format

from tradedoor.access.emails import worded
from tradedoor.access.models import EmailChange
from tradedoor.accounts.models import Login, OneTimeLink
from tradedoor.accounts.tokens import token_of
from tradedoor.core.addresses import display_form, masked
from tradedoor.crm.models import Contact
from tradedoor.mail.outbox import Letter
from tradedoor.mail.rendering import MessageRow, Rendered, template
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url

OLD = "access.email_changed_old"
NEW = "access.email_changed_new"
REPORTED = "access.email_change_reported"


def moved_letters(
    before: Login,
    contact: Contact,
    link: OneTimeLink | None,
    *,
    store_ids: Sequence[int],
    address: str = "",
    reversal: bool = False,
) -> list[Letter]:
    """One letter to the address that was left and one to the new one, in the look of the first of these stores.

    `before` is the login as it was; the new address is the contact's, or `address` where the CRM says another.
    Both name these stores and no others.
    """
    address = address or contact.email
    stores = sorted(set(store_ids))
    name = f"{contact.first_name} {contact.last_name}".strip()
    old = Letter(
        template=OLD,
        to_email=before.email,
        to_name=name,
        context={"stores": stores, "other": masked(address), "reversal": reversal},
        link_id=link.pk if link else None,
        store_id=store_ids[0],
        contact_id=contact.pk,
        customer_id=contact.customer_id,
        login_id=before.pk,
    )
    new = Letter(
        template=NEW,
        to_email=display_form(address),
        to_name=name,
        context={"stores": stores, "other": masked(before.email), "reversal": reversal},
        store_id=store_ids[0],
        contact_id=contact.pk,
        customer_id=contact.customer_id,
        login_id=before.pk,
    )
    return [old, new]


def reported_letters(owners: Iterable[Login], change: EmailChange) -> list[Letter]:
    """Tell each owner that somebody says a change was not theirs."""
    return [
        Letter(
            template=REPORTED,
            to_email=owner.email,
            to_name=owner.name,
            context={"change": change.pk},
            contact_id=change.contact_id,
        )
        for owner in owners
    ]


@template(OLD)
def email_changed_old(row: MessageRow) -> Rendered | None:
    """The notice to the former address, with the link by which its owner says: This wasn't me."""
    store = Store.objects.filter(pk__in=[row.store_id]).first()
    link = OneTimeLink.objects.live(timezone.now()).filter(pk__in=[row.link_id]).first()
    if store is None or (row.link_id is not None and link is None):
        return None
    with translation.override(store.language):
        expires = link.expires_at.astimezone(ZoneInfo(store.time_zone)) if link else None
        return worded(
            "email_changed_old",
            store,
            stores=_names(row),
            other=row.context.get("other", ""),
            reversal=row.context.get("reversal", False),
            report_url=public_url(store, f"email/report/{token_of(link)}/") if link else "",
            expires=date_format(expires, "j F Y") if expires else "",
        )


@template(NEW)
def email_changed_new(row: MessageRow) -> Rendered | None:
    """The notice to the address that signs in from now on."""
    store = Store.objects.filter(pk__in=[row.store_id]).first()
    if store is None:
        return None
    with translation.override(store.language):
        return worded(
            "email_changed_new",
            store,
            stores=_names(row),
            other=row.context.get("other", ""),
            reversal=row.context.get("reversal", False),
            address=row.to_email,
            sign_in_url=public_url(store, "login/"),
            forgot_url=public_url(store, "password/forgot/"),
        )


@template(REPORTED)
def email_change_reported(row: MessageRow) -> Rendered | None:
    """What owners are told at once; None when staff have decided before it could be sent."""
    rows = EmailChange.objects.select_related("contact__customer", "requested_by")
    change = rows.filter(pk=row.context.get("change") or 0).first()
    if change is None or not change.is_reported:
        return None
    words = {
        "contact": change.contact.name,
        "customer": change.contact.customer.name,
        "old": change.old_email,
        "new": change.new_email,
        "editor": str(change.requested_by or ""),
        "change_url": f"{settings.TRADEDOOR_BASE_URL}/access/email-changes/{change.public_id}/",
    }
    subject = _words("subject.txt", words).strip()
    return Rendered(
        subject=subject,
        text=_words("body.txt", words).strip() + "\n",
        html=_words("body.html", words | {"title": subject}),
    )


def _names(row: MessageRow) -> list[str]:
    stores = Store.objects.filter(pk__in=row.context.get("stores", ()))
    return list(stores.order_by("name").values_list("name", flat=True))


def _words(part: str, context: dict[str, str]) -> str:
    return str(get_template(f"access/email/email_change_reported/{part}").render(context))
