"""A row of the dashboard as it is shown: what became of its invitation, and what can be done to it now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradedoor.access.actions.buyers import reason_against_reset
from tradedoor.access.actions.dates import today_at
from tradedoor.access.actions.switching import reason_against_reenabling
from tradedoor.access.error_queries import open_errors
from tradedoor.access.listing import MailSeen, mail_of
from tradedoor.access.models import Access, AccessError, Role, State
from tradedoor.access.reasons import SENTENCES, Reason
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.staff.places import NEXT
from tradedoor.staff.troubles import Trouble, trouble_of
from tradedoor.web.formats import day
from tradedoor.web.navigation import Action


@dataclass(frozen=True, slots=True)
class Look:
    """A state as a badge."""

    label: str | Promise
    icon: str
    tone: str = ""


STATES: Mapping[State, Look] = {
    State.CURRENT: Look(State.CURRENT.label, "circle-check", "good"),
    State.PENDING: Look(State.PENDING.label, "clock", "warn"),
    State.DEACTIVATED: Look(State.DEACTIVATED.label, "ban"),
    State.REQUESTED: Look(State.REQUESTED.label, "user-plus", "accent"),
    State.CANCELLED: Look(State.CANCELLED.label, "x"),
    State.DECLINED: Look(State.DECLINED.label, "x"),
}
MAILS: Mapping[MailSeen, Look] = {
    MailSeen.EXPIRED: Look(MailSeen.EXPIRED.label, "hourglass", "warn"),
    MailSeen.OPENED: Look(MailSeen.OPENED.label, "mail-open", "good"),
    MailSeen.REFUSED: Look(MailSeen.REFUSED.label, "mail-x", "bad"),
    MailSeen.QUEUED: Look(MailSeen.QUEUED.label, "clock"),
    MailSeen.SENT: Look(MailSeen.SENT.label, "check"),
    MailSeen.CAPTURED: Look(MailSeen.CAPTURED.label, "inbox", "accent"),
    MailSeen.UNSENT: Look(MailSeen.UNSENT.label, "x", "warn"),
    MailSeen.NOT_MAILED: Look(MailSeen.NOT_MAILED.label, "link"),
    MailSeen.LINK_NEEDED: Look(MailSeen.LINK_NEEDED.label, "unlink", "warn"),
}
# Reasons that the system itself writes where a person would have written one.
ENDED: Mapping[str, str | Promise] = {
    Reason.CONTACT_ARCHIVED: gettext_lazy("The contact was archived"),
    Reason.CUSTOMER_INACTIVE: gettext_lazy("The customer was made inactive"),
    "contact_moved": gettext_lazy("The contact moved to another customer"),
    "customer_archived": gettext_lazy("The customer was archived"),
    "merged": gettext_lazy("The contact was merged into another one"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """One row, with everything its line shows."""

    row: Access
    email: str
    warning: str
    role: str
    state: Look
    mail: Look | None
    why: str
    actions: list[Action]
    resend: str
    is_late: bool
    trouble: Trouble | None = None
    dates: str = ""

    @property
    def name(self) -> str:
        return self.row.contact.name


def people_of(rows: list[Access], *, actor: Actor, here: str) -> list[Person]:
    """The rows as the page shows them; `here` is where their buttons lead back to.

    Asks a query only where one of them is on the Error tab.
    """
    now = timezone.now()
    errors = open_errors(rows, actor=actor)
    return [_person(row, errors.get(row.pk, ()), actor=actor, here=here, now=now) for row in rows]


def address_of(row: Access, name: str, here: str) -> str:
    return reverse(f"staff:{name}", args=[row.store.slug, row.public_id], query={NEXT: here})


def _person(row: Access, errors: Sequence[AccessError], *, actor: Actor, here: str, now: datetime) -> Person:
    mail = mail_of(row, now=now)
    may_invite = actor.can(Permission.ACCESS_INVITE, row.store_id)
    expires = row.invitation_expires_at
    trouble = trouble_of(row, errors, actor=actor, here=here)
    own = _actions(row, actor=actor, here=here)
    return Person(
        row=row,
        email=row.login.email if row.login and row.state != State.PENDING else row.contact.email,
        warning=_difference(row),
        role=str(Role(row.role).label),
        state=STATES[State(row.state)],
        mail=MAILS[mail] if mail else None,
        why=str(ENDED.get(row.deactivated_reason, row.deactivated_reason)),
        actions=_joined(trouble, own) if trouble else own,
        resend=address_of(row, "access-resend", here) if may_invite and row.state == State.PENDING else "",
        is_late=expires is not None and expires <= now,
        trouble=trouble,
        dates=_dates(row, now=now),
    )


def _dates(row: Access, *, now: datetime) -> str:
    """When it ends or comes back by itself, and why it has not though its day has come."""
    parts = []
    if row.end_on:
        parts.append(_("Ends on %(day)s") % {"day": day(row.end_on)})
    if row.return_on:
        fault = reason_against_reenabling(row) if row.state == State.DEACTIVATED else None
        if fault and row.return_on <= today_at(row.store, now=now):
            text = _("Was to come back on %(day)s: %(why)s")
            parts.append(text % {"day": day(row.return_on), "why": SENTENCES[fault]})
        else:
            parts.append(_("Back on %(day)s") % {"day": day(row.return_on)})
    return " · ".join(parts)


def _joined(trouble: Trouble, own: list[Action]) -> list[Action]:
    """The fix and what settles the error, then what the state offers; each address once."""
    fixes = [*([trouble.step] if trouble.step else []), *trouble.more]
    offered = {(one.href, one.post) for one in fixes}
    return [*fixes, *(one for one in own if (one.href, one.post) not in offered)]


def _difference(row: Access) -> str:
    """What the CRM says where that is not what the person signs in with."""
    if row.login is None or row.state == State.PENDING:
        return ""
    if row.contact.email_canonical == row.login.email_canonical:
        return ""
    if not row.contact.email:
        return _("No email in the CRM")
    return _("CRM has %(email)s") % {"email": row.contact.email}


def _may_follow(row: Access) -> bool:
    """Whether the CRM has another right email than the login of an access that would follow it."""
    if row.login is None or row.state in {State.CANCELLED, State.DECLINED}:
        return False
    email = row.contact.email_canonical
    return bool(email) and email != row.login.email_canonical


def _actions(row: Access, *, actor: Actor, here: str) -> list[Action]:
    """The row's menu: what its state wants next, then where it leads, and last what ends something."""
    may_invite = actor.can(Permission.ACCESS_INVITE, row.store_id)
    may_switch = actor.can(Permission.ACCESS_SWITCH, row.store_id)
    actions: list[Action] = _towards_entering(row, actor=actor, here=here)
    if may_invite and _may_follow(row):
        now = reverse("staff:contact-email-now", args=[row.contact.public_id], query={NEXT: here})
        actions.append(Action(label=_("Update email now"), post=now, icon="refresh-cw"))
    if row.state == State.CURRENT and may_switch:
        actions += _of_login(row, here)
    if actor.can(Permission.CRM_READ):
        contact = reverse("staff:contact", args=[row.contact.public_id])
        actions.append(Action(label=_("Open contact"), href=contact, icon="contact-round"))
    if row.state == State.PENDING and may_invite:
        cancel = address_of(row, "access-cancel", here)
        actions.append(
            Action(label=_("Cancel invitation"), post=cancel, icon="x", tone="bad", line_above=True)
        )
    return actions + _of_leaving(row, here) if may_switch else actions


def _towards_entering(row: Access, *, actor: Actor, here: str) -> list[Action]:
    """What brings in somebody who is not in, or not any more."""
    may_invite = actor.can(Permission.ACCESS_INVITE, row.store_id)
    actions: list[Action] = []
    if row.state == State.PENDING and may_invite:
        resend = address_of(row, "access-resend", here)
        actions.append(Action(label=_("Resend invitation"), post=resend, icon="send"))
    if row.state == State.PENDING and actor.can(Permission.ACCESS_LINK, row.store_id):
        actions.append(_copy_link(row, here))
    if row.state == State.DEACTIVATED and actor.can(Permission.ACCESS_SWITCH, row.store_id):
        actions.append(_reenable(row, here))
    if row.state == State.REQUESTED and actor.can(Permission.REQUEST_DECIDE, row.store_id):
        actions += _answers(row, here)
    if row.state in {State.CANCELLED, State.DECLINED} and may_invite:
        invite = reverse(
            "staff:invite-contact", args=[row.contact.public_id], query={"store": row.store.slug}
        )
        actions.append(Action(label=_("Invite again"), href=invite, icon="send"))
    return actions


def _answers(row: Access, here: str) -> list[Action]:
    """What can be answered to somebody who asks for access."""
    decline = reverse("staff:requests-bulk", args=[row.store.slug], query={NEXT: here, "decision": "decline"})
    return [
        Action(label=_("Look at the request"), href=address_of(row, "access-request", here), icon="eye"),
        Action(label=_("Approve"), post=address_of(row, "access-approve", here), icon="check"),
        Action(label=_("Decline"), post=decline, icon="x", name="id", value=str(row.public_id)),
    ]


def _of_leaving(row: Access, here: str) -> list[Action]:
    """What ends an access, now or on a day, and what takes such a day back."""
    actions: list[Action] = []
    if row.end_on or row.return_on:
        dates = address_of(row, "access-dates-cancel", here)
        actions.append(Action(label=_("Cancel the dates"), post=dates, icon="calendar-x"))
    more = address_of(row, "access-wider", here)
    if row.state == State.DEACTIVATED and not row.ended_from_above:
        actions.append(Action(label=_("Reason, return…"), href=more, icon="calendar-clock"))
    if row.state == State.CURRENT:
        actions.append(
            Action(label=_("Deactivate later or wider…"), href=more, icon="calendar-clock", line_above=True)
        )
        off = address_of(row, "access-deactivate", here)
        actions.append(Action(label=_("Deactivate customer"), post=off, icon="user-x", tone="bad"))
    return actions


def _of_login(row: Access, here: str) -> list[Action]:
    """What can be done about the password, the sessions and the role of somebody who may sign in."""
    fault = reason_against_reset(row)
    own = row.login is not None and row.login.has_own_password
    return [
        Action(
            label=_("Send reset link"),
            post=address_of(row, "access-reset", here),
            icon="mail",
            reason=str(SENTENCES[fault]) if fault else "",
        ),
        Action(label=_("Change role"), href=address_of(row, "access-role", here), icon="id-card"),
        Action(label=_("End sessions"), post=address_of(row, "access-end-sessions", here), icon="log-out"),
        Action(
            label=_("Mark compromised"),
            href=address_of(row, "access-compromised", here),
            icon="shield-alert",
            reason="" if own else str(SENTENCES[Reason.NO_OWN_PASSWORD]),
        ),
    ]


def _copy_link(row: Access, here: str) -> Action:
    dead = mail_of(row, now=timezone.now()) in {MailSeen.EXPIRED, MailSeen.LINK_NEEDED}
    return Action(
        label=_("Copy link"),
        post=address_of(row, "access-link", here),
        icon="link",
        reason=_("The link does not work any more. Resend the invitation.") if dead else "",
    )


def _reenable(row: Access, here: str) -> Action:
    fault = reason_against_reenabling(row)
    return Action(
        label=_("Re-enable customer"),
        post=address_of(row, "access-reenable", here),
        icon="user-check",
        reason=str(SENTENCES[fault]) if fault else "",
    )
