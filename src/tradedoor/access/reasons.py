"""Why an access cannot move, be made or be used: stable codes, and each as one sentence."""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Reason(StrEnum):
    # Of the contact, its customer, the login and the store
    NO_EMAIL = "no_email"
    BAD_EMAIL = "bad_email"
    DUPLICATE_EMAIL = "duplicate_email_in_customer"
    CONTACT_ARCHIVED = "contact_archived"
    CUSTOMER_INACTIVE = "customer_inactive"
    STORE_DEDICATED_ELSEWHERE = "store_dedicated_elsewhere"
    STORE_INCOMPLETE = "store_incomplete"
    STORE_CLOSED = "store_closed"
    LOGIN_HELD = "login_held"
    LOGIN_OFF = "login_off"
    # Of the state an access is in
    NO_ACCESS = "no_access"
    ALREADY_CURRENT = "already_current"
    ALREADY_PENDING = "already_pending"
    ALREADY_REQUESTED = "already_requested"
    ALREADY_DEACTIVATED = "already_deactivated"
    ALREADY_ENDED = "already_ended"
    DEACTIVATED_OFFER_REENABLE = "deactivated_offer_reenable"
    JUST_INVITED = "just_invited"
    NOT_PENDING = "not_pending"
    NOT_CURRENT = "not_current"
    NOT_DEACTIVATED = "not_deactivated"
    NOT_REQUESTED = "not_requested"
    NOT_SIGNED_IN = "not_signed_in"
    CANNOT_SIGN_IN = "cannot_sign_in"
    NO_OWN_PASSWORD = "no_own_password"  # noqa: S105 a code, not a password
    HAS_ROLE = "has_role"
    TOO_LATE_TO_UNDO = "too_late_to_undo"
    PASSWORD_DIED = "password_died"  # noqa: S105 a code, not a password
    STAYS_CANCELLED = "stays_cancelled"
    STAYS_DECLINED = "stays_declined"
    # Of what a customer's own admin may do about a colleague
    YOURSELF = "yourself"
    ROLE_ABOVE = "role_above"
    CHANGED_MEANWHILE = "changed_meanwhile"
    OFF_BY_SELLER = "off_by_seller"
    CUSTOMER_ON_HOLD = "customer_on_hold"
    DECLINED_BEFORE = "declined_before"
    EMAIL_CHANGING = "email_changing"
    FOR_SELLER = "for_seller"
    # Of its errors
    NO_ERROR = "no_error"
    ERROR_STAYS = "error_stays"
    HAS_ACCESS_ALREADY = "has_access_already"
    # Of a link
    LINK_UNKNOWN = "link_unknown"
    LINK_USED = "link_used"
    LINK_EXPIRED = "link_expired"
    LINK_SUPERSEDED = "link_superseded"
    LINK_CANCELLED = "link_cancelled"
    ADDRESS_CHANGED = "address_changed"
    HAS_PASSWORD = "has_password"  # noqa: S105 a code, not a password
    # Of a change of the email
    EMAIL_IN_USE = "email_in_use"
    LOGIN_SHARED = "login_shared"
    DUPLICATE_CONTACT = "duplicate_contact"
    ERROR_OPEN = "error_open"
    WAITS_FOR_ANOTHER = "waits_for_another"
    WAITS_TO_BE_CONFIRMED = "waits_to_be_confirmed"
    OUTSIDE_SCOPE = "outside_scope"
    NOT_REPORTED = "not_reported"
    REVERSAL_TAKEN = "reversal_taken"
    EMAIL_UNCHANGED = "email_unchanged"
    # Of the door
    INVITATION_OPEN = "invitation_open"
    ACCESS_OFF = "access_off"
    REQUEST_WAITING = "request_waiting"
    MUST_CHOOSE_PASSWORD = "must_choose_password"  # noqa: S105 the same
    WRONG_LOGIN = "wrong_login"


SENTENCES: Mapping[Reason, str | Promise] = {
    Reason.NO_EMAIL: _("No email in the CRM."),
    Reason.BAD_EMAIL: _("The email in the CRM is not a right address."),
    Reason.DUPLICATE_EMAIL: _("Same email as %(name)s in this customer."),
    Reason.CONTACT_ARCHIVED: _("This contact is archived."),
    Reason.CUSTOMER_INACTIVE: _("The customer is inactive."),
    Reason.STORE_DEDICATED_ELSEWHERE: _("This store is dedicated to another customer."),
    Reason.STORE_INCOMPLETE: _("The store lacks settings that inviting needs."),
    Reason.STORE_CLOSED: _("This store is closed at the moment."),
    Reason.LOGIN_HELD: _("Sign-in is on hold because an email change was reported."),
    Reason.LOGIN_OFF: _("The login of this email is switched off."),
    Reason.NO_ACCESS: _("This contact has no access to this store."),
    Reason.ALREADY_CURRENT: _("Can sign in already."),
    Reason.ALREADY_PENDING: _("Invited already; inviting again sends a new link."),
    Reason.ALREADY_REQUESTED: _("Has asked for access and waits for an answer."),
    Reason.ALREADY_DEACTIVATED: _("Is deactivated already."),
    Reason.ALREADY_ENDED: _("Has ended already."),
    Reason.DEACTIVATED_OFFER_REENABLE: _("Is deactivated. Re-enable this customer instead."),
    Reason.JUST_INVITED: _("Was invited a moment ago; no second mail was sent."),
    Reason.NOT_PENDING: _("There is no open invitation."),
    Reason.NOT_CURRENT: _("Only a current customer can be deactivated."),
    Reason.NOT_DEACTIVATED: _("Is not deactivated."),
    Reason.NOT_REQUESTED: _("There is no request to answer."),
    Reason.NOT_SIGNED_IN: _("Is not signed in at the moment."),
    Reason.CANNOT_SIGN_IN: _("Cannot sign in here, so there is no password to reset."),
    Reason.NO_OWN_PASSWORD: _("Has not chosen a password yet."),
    Reason.HAS_ROLE: _("Has this role already."),
    Reason.TOO_LATE_TO_UNDO: _("Undo is possible for 10 minutes only. Re-enable this customer instead."),
    Reason.PASSWORD_DIED: _(
        "Had no password of their own, and the temporary one died with the access. Re-enable customer sends a new "
        "invitation."
    ),
    Reason.STAYS_CANCELLED: _(
        "Invitations that were cancelled stay so, because their links are dead. Invite those people again."
    ),
    Reason.STAYS_DECLINED: _("Requests that were declined stay so. Invite those people to let them in."),
    Reason.YOURSELF: _("Nobody can do this to themselves."),
    Reason.ROLE_ABOVE: _("That role is more than yours."),
    Reason.CHANGED_MEANWHILE: _("Somebody else changed this in the meantime. Look at it again."),
    Reason.OFF_BY_SELLER: _("We switched this access off. Call us to have it back."),
    Reason.CUSTOMER_ON_HOLD: _(
        "The account of your company is on hold, so nobody can be re-enabled. Call us."
    ),
    Reason.DECLINED_BEFORE: _(
        "Their request was declined. They can ask once more by the link in that mail; or call us."
    ),
    Reason.EMAIL_CHANGING: _("Their email is just being changed. Try again in an hour."),
    Reason.FOR_SELLER: _("This cannot be done here at the moment. Call us."),
    Reason.NO_ERROR: _("Has no error."),
    Reason.ERROR_STAYS: _("What is wrong has not been mended yet."),
    Reason.HAS_ACCESS_ALREADY: _("That contact has an access to this store already. Deactivate this one."),
    Reason.LINK_UNKNOWN: _("This link is not known here."),
    Reason.LINK_USED: _("This invitation has been used. You can sign in."),
    Reason.LINK_EXPIRED: _("This invitation has run out."),
    Reason.LINK_SUPERSEDED: _("A newer invitation was sent to you. Use the link in the newest mail."),
    Reason.LINK_CANCELLED: _("This invitation was withdrawn."),
    Reason.ADDRESS_CHANGED: _("This invitation was sent to an address that has changed since."),
    Reason.HAS_PASSWORD: _("You have a password already. Sign in with it to join this store."),
    Reason.EMAIL_IN_USE: _(
        "Another login has this email. Nothing is merged; the former email still signs in."
    ),
    Reason.LOGIN_SHARED: _(
        "The login also serves a contact whose email in the CRM is another one. The former email still signs in."
    ),
    Reason.DUPLICATE_CONTACT: _("Another contact of this customer has this email."),
    Reason.ERROR_OPEN: _("Waits until what stands on the Error tab is put right."),
    Reason.WAITS_FOR_ANOTHER: _("Waits for another login to leave this email."),
    Reason.WAITS_TO_BE_CONFIRMED: _("Part of a large import, and waits to be confirmed."),
    Reason.OUTSIDE_SCOPE: _("The login also reaches stores outside your rights."),
    Reason.NOT_REPORTED: _("This email change is not on hold, or somebody has decided already."),
    Reason.REVERSAL_TAKEN: _(
        "The contact was merged since, and another login has the former email. Confirm the change to end the hold, "
        "and deactivate what nobody may use."
    ),
    Reason.EMAIL_UNCHANGED: _("The email in the CRM is the one that signs in already."),
    Reason.INVITATION_OPEN: _("Your invitation is still open. Use the link in its mail to join."),
    Reason.ACCESS_OFF: _("Your access to this store is off."),
    Reason.REQUEST_WAITING: _("Your request for access is waiting for an answer."),
    Reason.MUST_CHOOSE_PASSWORD: _("Choose a password of your own first."),
    Reason.WRONG_LOGIN: _("This login cannot enter this store."),
}


def sentence_of(reason: Reason, **named: str) -> str:
    """The sentence for a person, with the names it speaks of filled in."""
    sentence = str(SENTENCES[reason])
    return sentence % named if named else sentence
