"""The people of a customer as lines of a list: who, what they may, and what an admin may do about them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradedoor.access.company import Deed, is_self, reason_against, told_to_admins
from tradedoor.access.listing import MailSeen, mail_of
from tradedoor.access.models import Access, Role, State
from tradedoor.access.policy import is_within
from tradedoor.core.search import matching
from tradedoor.storefront.frames import address
from tradedoor.web.lists import ListSpec, Sort
from tradedoor.web.navigation import Action

Words = str | Promise

PEOPLE = ListSpec(
    sorts={
        "name": Sort(gettext_lazy("Name"), "sort_name"),
        "since": Sort(gettext_lazy("Latest change"), "-state_since"),
    },
    search=matching,
    keep=("state",),
)
# The tabs of the page: what is in the address, and the states that it means.
TABS: Mapping[str, tuple[Words, State]] = {
    "active": (gettext_lazy("Active"), State.CURRENT),
    "invited": (gettext_lazy("Invited"), State.PENDING),
    "requests": (gettext_lazy("Requests"), State.REQUESTED),
    "deactivated": (gettext_lazy("Deactivated"), State.DEACTIVATED),
}
BADGES: Mapping[State, tuple[Words, str, str]] = {
    State.CURRENT: (gettext_lazy("Active"), "good", "circle-check"),
    State.PENDING: (gettext_lazy("Invited"), "accent", "send"),
    State.REQUESTED: (gettext_lazy("Asks for access"), "warn", "clock"),
    State.DEACTIVATED: (gettext_lazy("Deactivated"), "", "ban"),
    State.CANCELLED: (gettext_lazy("Invitation cancelled"), "", "x"),
    State.DECLINED: (gettext_lazy("Declined"), "", "x"),
}
ROLE_NOTES: Mapping[Role, Words] = {
    Role.BUYER: gettext_lazy("Looks at the catalogue and buys."),
    Role.APPROVER: gettext_lazy("A buyer who also approves the orders of colleagues."),
    Role.COMPANY_ADMIN: gettext_lazy(
        "An approver who also invites, deactivates and re-enables colleagues, and answers requests."
    ),
}


@dataclass(frozen=True, slots=True)
class Person:
    """A line of the list."""

    access: Access
    is_you: bool
    badge: Words
    tone: str
    icon: str
    note: str
    actions: list[Action]


def roles_within(own: Role) -> list[tuple[str, Words, Words]]:
    """The roles that somebody of this role may give, each with what it means."""
    return [(role.value, role.label, ROLE_NOTES[role]) for role in Role if is_within(role, own)]


def person_of(row: Access, *, admin: Access) -> Person:
    badge, tone, icon = BADGES[State(row.state)]
    seen = mail_of(row, now=timezone.now())
    if seen is MailSeen.EXPIRED:
        badge, tone, icon = _("Invitation ran out"), "warn", "clock"
    elif seen is MailSeen.REFUSED:
        badge, tone, icon = _("Mail was refused"), "bad", "circle-alert"
    return Person(row, is_self(row, admin), badge, tone, icon, _note(seen), _actions(row, admin))


def _note(seen: MailSeen | None) -> str:
    if seen is MailSeen.REFUSED:
        return _("Is the email right?")
    return _("Has opened the mail.") if seen is MailSeen.OPENED else ""


def _actions(row: Access, admin: Access) -> list[Action]:
    """The line's menu: what brings somebody in first, what ends something last."""
    here, state = row.store, State(row.state)
    actions = []
    if state is State.REQUESTED:
        asked = address(here, "person-request", row.public_id)
        actions.append(Action(label=_("Look at the request"), href=asked, icon="eye"))
    if state is State.CANCELLED:
        again = address(here, "people-invite", query={"again": str(row.public_id)})
        actions.append(Action(label=_("Invite again"), href=again, icon="send"))
    if state is State.PENDING:
        actions.append(_post(_("Resend invitation"), "person-resend", Deed.RESEND, row, admin, icon="send"))
    if state is State.DEACTIVATED:
        actions.append(_post(_("Re-enable"), "person-reenable", Deed.REENABLE, row, admin, icon="user-check"))
    if state in {State.PENDING, State.CURRENT}:
        role = address(here, "person-role", row.public_id)
        actions.append(
            Action(
                label=_("Change role"), href=role, icon="id-card", reason=_why(Deed.CHANGE_ROLE, row, admin)
            )
        )
    if state is State.PENDING:
        actions.append(
            _post(_("Cancel invitation"), "person-cancel", Deed.CANCEL, row, admin, icon="x", ends=True)
        )
    if state is State.CURRENT and not is_self(row, admin):
        actions.append(
            _post(_("Deactivate"), "person-deactivate", Deed.DEACTIVATE, row, admin, icon="user-x", ends=True)
        )
    return actions


def _post(
    label: str, name: str, deed: Deed, row: Access, admin: Access, *, icon: str, ends: bool = False
) -> Action:
    return Action(
        label=label,
        post=address(row.store, name, row.public_id),
        icon=icon,
        tone="bad" if ends else "",
        line_above=ends,
        reason=_why(deed, row, admin),
    )


def _why(deed: Deed, row: Access, admin: Access) -> str:
    reason = reason_against(deed, row, admin=admin)
    return told_to_admins(reason) if reason else ""
