"""What can happen to an access, as the codes of the audit, and each as a sentence."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Event(StrEnum):
    INVITATION_SENT = "invitation.sent"
    INVITATION_RESENT = "invitation.resent"
    INVITATION_CANCELLED = "invitation.cancelled"
    INVITATION_OPENED = "invitation.opened"
    INVITATION_ACCEPTED = "invitation.accepted"
    INVITATION_REFUSED = "invitation.refused"
    FRESH_LINK_ASKED = "invitation.fresh_link_asked"
    LOGIN_DETAILS_GIVEN = "access.login_details_given"
    JOINED = "access.joined"
    REQUESTED = "access.requested"
    APPROVED = "access.approved"
    DECLINED = "access.declined"
    DEACTIVATED = "access.deactivated"
    DEACTIVATION_UNDONE = "access.deactivation_undone"
    REENABLED = "access.reenabled"
    REINVITED = "access.reinvited"
    ENDED = "access.ended"
    END_SCHEDULED = "access.end_scheduled"
    RETURN_SCHEDULED = "access.return_scheduled"
    DATES_CANCELLED = "access.dates_cancelled"
    SPLIT_OFF = "access.split_off"
    SIGN_IN_REFUSED = "access.sign_in_refused"
    ROLE_CHANGED = "access.role_changed"
    SESSIONS_ENDED = "access.sessions_ended"
    LINK_SHOWN = "invitation.link_shown"
    REMINDED = "invitation.reminded"
    RESET_ASKED = "password.reset_asked"
    RESET_SENT = "password.reset_sent"
    MARKED_COMPROMISED = "password.marked_compromised"
    EMAIL_CHANGE_SCHEDULED = "email_change.scheduled"
    EMAIL_CHANGE_CANCELLED = "email_change.cancelled"
    EMAIL_CHANGE_CONFIRMED = "email_change.confirmed"
    EMAIL_CHANGE_APPLIED = "email_change.applied"
    EMAIL_CHANGE_FAILED = "email_change.failed"
    EMAIL_CHANGE_REPORTED = "email_change.reported"
    EMAIL_REPORT_CONFIRMED = "email_change.report_confirmed"
    EMAIL_REPORT_REVERSED = "email_change.report_reversed"
    RESET_AFTER_EMAIL_CHANGE = "email_change.reset_soon_after"
    EXPORTED = "access.exported"
    ERROR_RAISED = "access.error_raised"
    ERROR_CLOSED = "access.error_closed"
    ERROR_TAKEN = "access.error_taken"
    ERROR_GIVEN = "access.error_given"
    ERROR_LEFT = "access.error_left"
    RELINKED = "access.relinked"
    COLLEAGUE_ADDED = "access.colleague_added"


SENTENCES: dict[str, str | Promise] = {
    Event.INVITATION_SENT: _("Invited"),
    Event.INVITATION_RESENT: _("Invitation sent again"),
    Event.INVITATION_CANCELLED: _("Invitation cancelled"),
    Event.INVITATION_OPENED: _("Invitation link opened"),
    Event.INVITATION_ACCEPTED: _("Invitation accepted"),
    Event.INVITATION_REFUSED: _("Invitation link refused"),
    Event.FRESH_LINK_ASKED: _("Asked for a fresh invitation link"),
    Event.LOGIN_DETAILS_GIVEN: _("Login details given"),
    Event.JOINED: _("Registered and joined"),
    Event.REQUESTED: _("Registered, waiting for approval"),
    Event.APPROVED: _("Request approved"),
    Event.DECLINED: _("Request declined"),
    Event.DEACTIVATED: _("Deactivated"),
    Event.DEACTIVATION_UNDONE: _("Deactivation undone"),
    Event.REENABLED: _("Re-enabled"),
    Event.REINVITED: _("Re-enabled and invited again, because no password was ever set"),
    Event.ENDED: _("Ended, because the contact or customer left"),
    Event.END_SCHEDULED: _("Will be deactivated on %(end_on)s"),
    Event.RETURN_SCHEDULED: _("Will be re-enabled on %(return_on)s"),
    Event.DATES_CANCELLED: _("Scheduled dates cancelled"),
    Event.SPLIT_OFF: _("Given a login of its own"),
    Event.SIGN_IN_REFUSED: _("Sign-in refused after a right password"),
    Event.ROLE_CHANGED: _("Role changed"),
    Event.SESSIONS_ENDED: _("Signed out by staff"),
    Event.LINK_SHOWN: _("Invitation link copied"),
    Event.REMINDED: _("Reminded of the invitation"),
    Event.RESET_ASKED: _("Asked for a link to choose a new password"),
    Event.RESET_SENT: _("Sent a link to choose a new password"),
    Event.MARKED_COMPROMISED: _("Password marked compromised; %(sessions)s sessions ended"),
    Event.ERROR_RAISED: _("Error raised: %(reason)s"),
    Event.ERROR_CLOSED: _("Error closed: %(reason)s"),
    Event.ERROR_TAKEN: _("Looks after the errors"),
    Event.ERROR_GIVEN: _("Gave the errors to a colleague to look after"),
    Event.ERROR_LEFT: _("Looks after the errors no more"),
    Event.COLLEAGUE_ADDED: _("Added by a company admin of the customer, in the store"),
    Event.RELINKED: _("Linked to the contact where it is now"),
    Event.EMAIL_CHANGE_SCHEDULED: _("The sign-in email will follow the CRM"),
    Event.EMAIL_CHANGE_CANCELLED: _("Change of the sign-in email cancelled"),
    Event.EMAIL_CHANGE_CONFIRMED: _("Change of the sign-in email from an import confirmed"),
    Event.EMAIL_CHANGE_APPLIED: _("Sign-in email changed"),
    Event.EMAIL_CHANGE_FAILED: _("Sign-in email could not follow the CRM"),
    Event.EMAIL_CHANGE_REPORTED: _(
        "Change of the sign-in email reported: “This wasn't me”; the login is on hold"
    ),
    Event.EMAIL_REPORT_CONFIRMED: _("Reported change of the sign-in email confirmed; the hold is over"),
    Event.EMAIL_REPORT_REVERSED: _("Reported change of the sign-in email reversed; the hold is over"),
    Event.RESET_AFTER_EMAIL_CHANGE: _("Risk: password chosen within a day of a change of the sign-in email"),
    Event.EXPORTED: _("Exported %(rows)s accesses"),
}
