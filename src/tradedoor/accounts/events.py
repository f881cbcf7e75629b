"""The audit codes of this app."""

from enum import StrEnum


class Event(StrEnum):
    SIGNED_IN = "accounts.login.signed_in"
    SIGN_IN_REFUSED = "accounts.login.sign_in_refused"
    SIGN_IN_THROTTLED = "accounts.login.sign_in_throttled"
    SIGNED_OUT = "accounts.login.signed_out"
    SESSIONS_ENDED = "accounts.login.sessions_ended"
    PASSWORD_SET = "accounts.login.password_set"  # noqa: S105 a code, not a password
    PASSWORD_REHASHED = "accounts.login.password_rehashed"  # noqa: S105 the same
    LINKS_ISSUED = "accounts.link.issued"
    LINK_USED = "accounts.link.used"
    LINKS_REVOKED = "accounts.link.revoked"
    STAFF_CREATED = "accounts.staff.created"
    STAFF_CHANGED = "accounts.staff.changed"
    STAFF_DEACTIVATED = "accounts.staff.deactivated"
    STAFF_REENABLED = "accounts.staff.reenabled"
