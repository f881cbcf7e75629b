"""An error as a row shows it: what is wrong, since when, who is on it, and the one next step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from tradedoor.access.faults import sentence_of
from tradedoor.access.models import Access, AccessError, ErrorReason, State
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.staff.merging import WITH
from tradedoor.staff.places import NEXT
from tradedoor.web.navigation import Action

R = ErrorReason
# What is offered for each reason, the first that the person may do being the next step.
FIXES: Mapping[ErrorReason, Sequence[str]] = {
    R.REPORTED: ("decide", "open_contact"),
    R.CONTACT_GONE: ("deactivate", "cancel", "relink"),
    R.NO_EMAIL: ("add_email", "undo_edit"),
    R.BAD_EMAIL: ("correct_email", "undo_edit"),
    R.EMAIL_IN_USE: ("invite_owner", "undo_edit", "correct_email"),
    R.DUPLICATE_CONTACT: ("merge", "correct_email", "other_contact"),
    R.LOGIN_SHARED: ("split_off", "change_all", "undo_edit", "other_contact"),
    R.UNDELIVERABLE: ("correct_email", "resend"),
    R.STORE_INCOMPLETE: ("settings", "resend"),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """The open errors of one access. `sentence` is of the first reason, `others` are those of the rest."""

    label: str
    sentence: str
    others: Sequence[str]
    since: datetime
    who: str
    is_mine: bool
    step: Action | None
    more: Sequence[Action]


def trouble_of(row: Access, errors: Sequence[AccessError], *, actor: Actor, here: str) -> Trouble | None:
    """What is wrong with this access, of its open errors in their order; None where nothing is."""
    if not errors:
        return None
    first, *rest = errors
    found = _Row(row, first, actor, here)
    fixes = [fix for name in FIXES[R(first.reason)] if (fix := MAKERS[name](found)) is not None]
    holder = next((error.assigned_to for error in errors if error.assigned_to is not None), None)
    is_mine = holder is not None and holder.pk == actor.login_id
    return Trouble(
        label=str(R(first.reason).label),
        sentence=sentence_of(first.reason, first.data),
        others=[sentence_of(error.reason, error.data) for error in rest],
        since=first.since,
        who=str(holder) if holder is not None else "",
        is_mine=is_mine,
        step=fixes[0] if fixes else None,
        more=[*fixes[1:], *_settling(found, is_mine=is_mine)],
    )


@dataclass(frozen=True, slots=True)
class _Row:
    row: Access
    error: AccessError
    actor: Actor
    here: str

    def may(self, permission: Permission) -> bool:
        return self.actor.can(permission, self.row.store_id)

    def address(self, name: str) -> str:
        return reverse(
            f"staff:{name}", args=[self.row.store.slug, self.row.public_id], query={NEXT: self.here}
        )

    def contact_form(self) -> str:
        return reverse("staff:contact-edit", args=[self.row.contact.public_id], query={NEXT: self.here})


def _settling(found: _Row, *, is_mine: bool) -> list[Action]:
    if not found.may(Permission.ACCESS_ERRORS):
        return []
    mine = (
        Action(label=_("I am not on it"), post=found.address("access-leave"), icon="user-minus")
        if is_mine
        else Action(label=_("I am on it"), post=found.address("access-take"), icon="user-check")
    )
    return [
        Action(label=_("Clear error"), post=found.address("access-clear"), icon="check"),
        mine,
        Action(label=_("Give to a colleague"), href=found.address("access-assign"), icon="users-round"),
    ]


def _decide(found: _Row) -> Action | None:
    change = found.error.data.get("change")
    if not change or not found.may(Permission.ACCESS_ERRORS):
        return None
    href = reverse("staff:email-change", args=[change])
    return Action(label=_("Confirm or reverse"), href=href, icon="scale")


def _open_contact(found: _Row) -> Action | None:
    if not found.actor.can(Permission.CRM_READ):
        return None
    href = reverse("staff:contact", args=[found.row.contact.public_id])
    return Action(label=_("Open contact"), href=href, icon="contact-round")


def _deactivate(found: _Row) -> Action | None:
    if found.row.state != State.CURRENT or not found.may(Permission.ACCESS_SWITCH):
        return None
    return Action(label=_("Deactivate customer"), post=found.address("access-deactivate"), icon="user-x")


def _cancel(found: _Row) -> Action | None:
    if found.row.state != State.PENDING or not found.may(Permission.ACCESS_INVITE):
        return None
    return Action(label=_("Cancel invitation"), post=found.address("access-cancel"), icon="x")


def _relink(found: _Row) -> Action | None:
    if found.error.data.get("what") not in {"moved", "merged"} or not found.may(Permission.ACCESS_SWITCH):
        return None
    return Action(
        label=_("Link to %(name)s") % {"name": found.error.data.get("name", "")},
        post=found.address("access-relink"),
        icon="link",
    )


def _add_email(found: _Row) -> Action | None:
    if not found.actor.can(Permission.CRM_EDIT):
        return None
    return Action(label=_("Add email"), href=found.contact_form(), icon="mail")


def _correct_email(found: _Row) -> Action | None:
    if not found.actor.can(Permission.CRM_EDIT):
        return None
    return Action(label=_("Correct email"), href=found.contact_form(), icon="mail")


def _undo_edit(found: _Row) -> Action | None:
    login = found.row.login
    may = found.actor.can(Permission.CRM_EDIT) and found.may(Permission.ACCESS_ERRORS)
    if login is None or not may or login.email_canonical == found.row.contact.email_canonical:
        return None
    return Action(
        label=_("Undo the CRM edit"),
        post=found.address("access-undo-edit"),
        icon="undo-2",
        note=login.email,
    )


def _other_contact(found: _Row) -> Action | None:
    other = found.error.data.get("contact")
    if not other or not found.actor.can(Permission.CRM_READ):
        return None
    return Action(
        label=_("Open %(name)s") % {"name": found.error.data.get("name", "")},
        href=reverse("staff:contact", args=[other]),
        icon="contact-round",
    )


def _merge(found: _Row) -> Action | None:
    other = found.error.data.get("contact")
    if not other or not found.actor.can(Permission.CRM_EDIT):
        return None
    # The contact with the access survives.
    href = reverse("staff:contact-merge", args=[found.row.contact.public_id], query={WITH: other})
    return Action(label=_("Merge contacts"), href=href, icon="merge")


def _split_off(found: _Row) -> Action | None:
    if found.row.state != State.CURRENT or not found.may(Permission.ACCESS_INVITE):
        return None
    return Action(
        label=_("Split off and invite"),
        post=found.address("access-split"),
        icon="send",
        note=_("Own login, by a new invitation"),
    )


def _invite_owner(found: _Row) -> Action | None:
    if found.row.state != State.CURRENT or not found.may(Permission.ACCESS_INVITE):
        return None
    return Action(
        label=_("Invite that login"),
        post=found.address("access-invite-owner"),
        icon="send",
        note=_("Nothing changes until its owner accepts"),
    )


def _change_all(found: _Row) -> Action | None:
    if not found.actor.can(Permission.CRM_EDIT) or not found.may(Permission.ACCESS_ERRORS):
        return None
    return Action(
        label=_("Change for all"),
        post=found.address("access-change-all"),
        icon="users-round",
        note=_("Everybody on this login gets %(email)s") % {"email": found.row.contact.email},
    )


def _resend(found: _Row) -> Action | None:
    if found.row.state != State.PENDING or not found.may(Permission.ACCESS_INVITE):
        return None
    return Action(label=_("Resend invitation"), post=found.address("access-resend"), icon="send")


def _settings(found: _Row) -> Action | None:
    if not found.may(Permission.STORE_EDIT):
        return None
    href = reverse("staff:store-settings", args=[found.row.store.slug])
    return Action(label=_("Open settings"), href=href, icon="settings")


MAKERS: Mapping[str, Callable[[_Row], Action | None]] = {
    "decide": _decide,
    "open_contact": _open_contact,
    "deactivate": _deactivate,
    "cancel": _cancel,
    "relink": _relink,
    "add_email": _add_email,
    "correct_email": _correct_email,
    "undo_edit": _undo_edit,
    "other_contact": _other_contact,
    "merge": _merge,
    "split_off": _split_off,
    "change_all": _change_all,
    "invite_owner": _invite_owner,
    "resend": _resend,
    "settings": _settings,
}
