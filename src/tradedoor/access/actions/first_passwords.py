"""The link of login details, behind which somebody chooses the first password of their own, and is in.

It was mailed to their mailbox and their login has no password yet, so it proves as much as an invitation does.
"""

from typing import NamedTuple

from django.db import transaction

from tradedoor.access.actions import states
from tradedoor.access.actions.entering import enter_by
from tradedoor.access.actions.joining import Entered
from tradedoor.access.models import Access
from tradedoor.accounts.actions.links import LinkView, find_link, link_by_id, note_opened, spend_link
from tradedoor.accounts.actions.logins import ChosenPassword, choose_password, set_own_password
from tradedoor.accounts.errors import LinkUnknown, LinkUsed
from tradedoor.accounts.models import LinkStatus, Login, OneTimeLink, Purpose, RevokedWhy
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import masked
from tradedoor.stores.models import Store


class FirstPasswordView(NamedTuple):
    """What the holder of a genuine link may see; the address is named masked only (TOK-11)."""

    link: OneTimeLink
    access: Access
    login: Login
    status: LinkStatus
    masked_address: str

    @property
    def is_live(self) -> bool:
        return self.status is LinkStatus.LIVE

    @property
    def is_over_by_password(self) -> bool:
        """Whether they have chosen one already, by this link or another way."""
        return self.status is LinkStatus.USED or self.link.revoked_why == RevokedWhy.PASSWORD_SET


def look_at_first_password(token: str, *, store: Store) -> FirstPasswordView:
    """What became of the link of this token; changes nothing but when it was first opened. Raises `LinkUnknown`."""
    found = find_link(token, purpose=Purpose.FIRST_PASSWORD, store_id=store.pk)
    note_opened(found.link.pk)
    return _view(found)


def first_password_of(link_id: int, *, store: Store) -> FirstPasswordView:
    """The same for a link whose token was exchanged before (TOK-10). Raises `LinkUnknown`."""
    return _view(link_by_id(link_id, purpose=Purpose.FIRST_PASSWORD, store_id=store.pk))


def choose_first_password(
    link_id: int, password: str, *, store: Store, actor: Actor, keep: bool = False
) -> Entered:
    """Set the login's first own password, and sign in by the access that the link was mailed for.

    A temporary password and every other link behind which one is set die. Raises `LinkUnknown`, `LinkUsed` for a
    link that is not live any more, `HasPassword`, `BadPassword`, `Busy`, and `DoorClosed` where the store may not be
    entered. Whatever it raises, the link lives on.
    """
    view = first_password_of(link_id, store=store)
    if not view.is_live:
        raise LinkUsed(data={"status": view.status.value})
    access = view.access
    about = (
        access.contact.first_name,
        access.contact.last_name,
        access.customer.name,
        store.name,
        store.slug,
    )
    # Judged and hashed before the transaction, which holds a lock that everybody's sign-in waits for.
    chosen = choose_password(password, login=view.login, about=about)
    return _enter(link_id, chosen, store=store, actor=actor, keep=keep)


@transaction.atomic
def _enter(link_id: int, chosen: ChosenPassword, *, store: Store, actor: Actor, keep: bool) -> Entered:
    states.lock([first_password_of(link_id, store=store).access.pk])
    view = first_password_of(link_id, store=store)
    if not view.is_live:
        raise LinkUsed(data={"status": view.status.value})
    spend_link(link_id)
    login = set_own_password(view.login.pk, chosen, actor=actor, only_if_unset=True).login
    return enter_by(view.access, login, actor=actor, keep=keep, method="first_password")


def _view(found: LinkView) -> FirstPasswordView:
    link = found.link
    rows = Access.objects.filter(pk__in=[link.access_id], store_id=link.store_id or 0)
    access = rows.select_related("contact", "customer", "login", "store").first()
    if access is None or link.login is None:
        raise LinkUnknown
    status = found.status
    strayed = access.login_id != link.login_id or link.login.email_canonical != link.address
    if status is LinkStatus.LIVE and strayed:
        status = LinkStatus.CANCELLED
    return FirstPasswordView(link, access, link.login, status, masked(link.address))
