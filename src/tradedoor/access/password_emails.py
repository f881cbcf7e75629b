"""The mails about passwords: the link to choose a new one, and the notice that one was chosen."""

from django.utils import timezone, translation

from tradedoor.access.emails import worded
from tradedoor.accounts.models import Login, OneTimeLink
from tradedoor.accounts.tokens import token_of
from tradedoor.core.addresses import masked
from tradedoor.mail.outbox import Letter
from tradedoor.mail.rendering import MessageRow, Rendered, template
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url

RESET = "access.password_reset"
CHANGED = "access.password_changed"


def reset_letter(login: Login, link: OneTimeLink, *, store: Store) -> Letter:
    """The link to choose a new password, to the address the login has (EML-03)."""
    return Letter(
        template=RESET,
        to_email=login.email,
        to_name=login.name,
        link_id=link.pk,
        store_id=store.pk,
        login_id=login.pk,
    )


def changed_letter(login: Login, *, store: Store) -> Letter:
    """The notice that the password was changed."""
    return Letter(
        template=CHANGED, to_email=login.email, to_name=login.name, store_id=store.pk, login_id=login.pk
    )


@template(RESET)
def password_reset(row: MessageRow) -> Rendered | None:
    """The link, or None once it is dead or the login has another address than it was made for."""
    link = (
        OneTimeLink.objects.live(timezone.now()).select_related("login").filter(pk__in=[row.link_id]).first()
    )
    store = Store.objects.filter(pk__in=[row.store_id]).first()
    if link is None or store is None or link.login is None or link.login.email_canonical != link.address:
        return None
    minutes = max(1, round((link.expires_at - link.created_at).total_seconds() / 60))
    with translation.override(store.language):
        return worded(
            "password_reset",
            store,
            address=link.login.email,
            reset_url=public_url(store, f"password/reset/{token_of(link)}/"),
            minutes=minutes,
        )


@template(CHANGED)
def password_changed(row: MessageRow) -> Rendered | None:
    store = Store.objects.filter(pk__in=[row.store_id]).first()
    login = Login.objects.filter(pk__in=[row.login_id]).first()
    if store is None or login is None:
        return None
    with translation.override(store.language):
        return worded(
            "password_changed",
            store,
            address=masked(login.email),
            forgot_url=public_url(store, "password/forgot/"),
        )
