"""A mail before it is sent."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tradedoor.access.actions.messages import personal_message
from tradedoor.access.emails import worded
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.mail.rendering import Rendered
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url


def preview_invitation(store: Store, *, actor: Actor, message: str = "") -> Rendered:
    """The invitation as somebody would get it now, to nobody and with a link that leads to sign-in.

    Raises `NotAllowed`, and `Invalid` for a `message` that is too long.
    """
    require(actor, Permission.STORE_READ, stores=[store.pk])
    with translation.override(store.language):
        expires = timezone.now().astimezone(ZoneInfo(store.time_zone)) + timedelta(days=store.invitation_days)
        return worded(
            "invitation",
            store,
            first_name=_("Alex"),
            customer=_("Example Ltd"),
            inviter=actor.label if "@" not in actor.label else "",
            colleague="",
            has_password=False,
            address="alex@customer.example",
            join_url=public_url(store, "login/"),
            expires=f"{date_format(expires, 'l j F Y, H:i')} ({store.time_zone})",
            message=personal_message(message),
        )
