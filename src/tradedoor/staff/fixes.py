"""Where the fix of each reason leads: a page, or a button that does it at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tradedoor.access.models import Access, Tab
from tradedoor.access.why_causes import Answer, Because, Fix
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.staff.people import address_of
from tradedoor.staff.places import NEXT, dashboard_of
from tradedoor.web.navigation import Action


@dataclass(frozen=True, slots=True)
class _Asked:
    because: Because
    answer: Answer
    actor: Actor
    here: str

    @property
    def access(self) -> Access | None:
        """The one the reason is about, else one by which they get in, for what any store can do."""
        return self.because.access or next(iter(self.answer.opens), None)

    def may(self, permission: Permission) -> bool:
        access = self.because.access
        return self.actor.can(permission, access.store_id if access else None)


def fix_of(because: Because, answer: Answer, *, actor: Actor, here: str) -> Action | None:
    """What the person at the screen can do about this reason; None where there is nothing, or they may not."""
    if because.fix is None:
        return None
    return MAKERS[because.fix](_Asked(because, answer, actor, here))


def _contact_key(asked: _Asked) -> str | None:
    contact = asked.because.contact or (asked.because.access and asked.because.access.contact)
    contact = contact or asked.answer.contact
    return str(contact.public_id) if contact else None


def _invite(asked: _Asked) -> Action | None:
    key = _contact_key(asked)
    if key is None or not asked.may(Permission.ACCESS_INVITE):
        return None
    access = asked.because.access
    query = {"store": access.store.slug} if access else None
    return Action(
        label=_("Invite"), href=reverse("staff:invite-contact", args=[key], query=query), icon="send"
    )


def _resend(asked: _Asked) -> Action | None:
    access = asked.because.access
    if access is None or not asked.may(Permission.ACCESS_INVITE):
        return None
    resend = address_of(access, "access-resend", asked.here)
    return Action(label=_("Resend invitation"), post=resend, icon="send")


def _reenable(asked: _Asked) -> Action | None:
    access = asked.because.access
    if access is None or not asked.may(Permission.ACCESS_SWITCH):
        return None
    reenable = address_of(access, "access-reenable", asked.here)
    return Action(label=_("Re-enable customer"), post=reenable, icon="user-check")


def _answer(asked: _Asked) -> Action | None:
    access = asked.because.access
    if access is None:
        return None
    href = dashboard_of(access.store, tab=Tab.REQUESTS)
    return Action(label=_("Open Requests"), href=href, icon="user-plus")


def _open_contact(asked: _Asked) -> Action | None:
    key = _contact_key(asked)
    if key is None:
        return None
    return Action(label=_("Open contact"), href=reverse("staff:contact", args=[key]), icon="contact-round")


def _edit_contact(asked: _Asked) -> Action | None:
    key = _contact_key(asked)
    if key is None or not asked.actor.can(Permission.CRM_EDIT):
        return None
    href = reverse("staff:contact-edit", args=[key], query={NEXT: asked.here})
    return Action(label=_("Correct email"), href=href, icon="mail")


def _open_customer(asked: _Asked) -> Action | None:
    contact = asked.because.contact
    if contact is None:
        return None
    href = reverse("staff:customer-details", args=[contact.customer.public_id])
    return Action(label=_("Open customer"), href=href, icon="building-2")


def _add_contact(asked: _Asked) -> Action | None:
    if not asked.actor.can(Permission.CRM_EDIT):
        return None
    return Action(label=_("Add Contact"), href=reverse("staff:contact-add"), icon="plus")


def _show_error(asked: _Asked) -> Action | None:
    access = asked.access
    if access is None:
        return Action(
            label=_("Open Error"), href=reverse("staff:access", query={"tab": Tab.ERROR}), icon="circle-alert"
        )
    href = dashboard_of(access.store, tab=Tab.ERROR)
    return Action(label=_("Open Error"), href=href, icon="circle-alert")


def _switch_store(asked: _Asked) -> Action | None:
    access = asked.because.access
    if access is None or not asked.may(Permission.STORE_EDIT):
        return None
    href = reverse("staff:store-settings", args=[access.store.slug])
    return Action(label=_("Open settings"), href=href, icon="settings")


def _forgot(asked: _Asked) -> Action | None:
    access = asked.access
    if access is None:
        return None
    href = reverse("storefront:forgot", args=[access.store.slug])
    return Action(label=_("Open “Forgot password?”"), href=href, icon="external-link")


def _show_mail(asked: _Asked) -> Action | None:
    mail = asked.because.mail
    if mail is None or not asked.actor.can(Permission.ACCESS_LINK):
        return None
    href = reverse("staff:mail-message", args=[mail.public_id])
    return Action(label=_("Open mail"), href=href, icon="mail-open")


def _staff(asked: _Asked) -> Action | None:
    if not asked.actor.can(Permission.STAFF_READ):
        return None
    return Action(label=_("Open Staff"), href=reverse("staff:staff"), icon="shield-user")


MAKERS: Mapping[Fix, Callable[[_Asked], Action | None]] = {
    Fix.INVITE: _invite,
    Fix.RESEND: _resend,
    Fix.REENABLE: _reenable,
    Fix.ANSWER: _answer,
    Fix.OPEN_CONTACT: _open_contact,
    Fix.EDIT_CONTACT: _edit_contact,
    Fix.OPEN_CUSTOMER: _open_customer,
    Fix.ADD_CONTACT: _add_contact,
    Fix.SHOW_ERROR: _show_error,
    Fix.SWITCH_STORE: _switch_store,
    Fix.FORGOT: _forgot,
    Fix.SHOW_MAIL: _show_mail,
    Fix.STAFF: _staff,
}
