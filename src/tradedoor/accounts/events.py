"""The audit codes of this app."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Event(StrEnum):
    SIGNED_IN = "accounts.login.signed_in"
    SIGN_IN_REFUSED = "accounts.login.sign_in_refused"
    SIGN_IN_THROTTLED = "accounts.login.sign_in_throttled"
    SIGNED_OUT = "accounts.login.signed_out"
    MARKED_COMPROMISED = "accounts.login.marked_compromised"
    PASSWORD_SET = "accounts.login.password_set"  # noqa: S105 a code, not a password
    TEMPORARY_GIVEN = "accounts.login.temporary_password_given"
    LINK_ISSUED = "accounts.link.issued"
    LINK_USED = "accounts.link.used"
    STAFF_CREATED = "accounts.staff.created"
    STAFF_CHANGED = "accounts.staff.changed"
    STAFF_DEACTIVATED = "accounts.staff.deactivated"
    STAFF_REENABLED = "accounts.staff.reenabled"
    RENAMED = "accounts.login.renamed"
    SESSIONS_ENDED = "accounts.login.sessions_ended"
    EMAIL_CHANGED = "accounts.login.email_changed"
    HELD = "accounts.login.held"
    RELEASED = "accounts.login.released"
    RESTORED = "accounts.installation.restored"


SENTENCES: dict[str, str | Promise] = {
    Event.SIGNED_IN: _("Signed in"),
    Event.SIGN_IN_REFUSED: _("Sign-in refused: email and password did not match"),
    Event.SIGN_IN_THROTTLED: _("Sign-in refused: too many tries"),
    Event.SIGNED_OUT: _("Signed out"),
    Event.MARKED_COMPROMISED: _("Has to choose a new password; %(sessions)s sessions ended"),
    Event.PASSWORD_SET: _("Chose a password; other sessions ended: %(sessions)s"),
    Event.TEMPORARY_GIVEN: _("Given a temporary password until %(until)s"),
    Event.LINK_ISSUED: _("A sign-in link was made"),
    Event.LINK_USED: _("A sign-in link was used"),
    Event.STAFF_CREATED: _("Staff login of %(name)s made"),
    Event.STAFF_CHANGED: _("Role changed"),
    Event.STAFF_DEACTIVATED: _("Staff login switched off"),
    Event.STAFF_REENABLED: _("Staff login switched on again"),
    Event.RENAMED: _("Changed the own name"),
    Event.SESSIONS_ENDED: _("Ended %(sessions)s own sessions"),
    Event.EMAIL_CHANGED: _("Sign-in email of the login changed; all its sessions ended"),
    Event.HELD: _("Login put on hold; %(sessions)s sessions ended"),
    Event.RELEASED: _("Login let go from hold"),
    Event.RESTORED: _(
        "Restored from the backup of %(made_at)s; ended %(sessions)s sessions and %(links)s links"
    ),
}
