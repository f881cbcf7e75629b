"""The reasons why somebody cannot sign in, as stable codes, and the shape of the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tradedoor.access.models import Access
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage


class Cause(StrEnum):
    """Why; stable codes. Those of `HINTS` stand in nobody's way by themselves."""

    STAFF_ADDRESS = "staff_address"
    UNKNOWN = "unknown"
    NEARLY = "nearly_equal_address"
    OTHER_ADDRESS = "signs_in_with_another_address"
    NO_LOGIN = "no_login"
    LOGIN_OFF = "login_off"
    HELD = "held"
    PASSWORD_LOCKED = "password_locked"  # noqa: S105 - a code, not a password
    PASSWORD_EXPIRED = "temporary_password_ran_out"  # noqa: S105 - the same
    NO_PASSWORD = "no_password"  # noqa: S105 - the same
    THROTTLED = "throttled"
    CONTACT_ARCHIVED = "contact_archived"
    CUSTOMER_INACTIVE = "customer_inactive"
    NO_ACCESS = "no_access"
    WRONG_STORE = "wrong_store"
    OUTSIDE = "outside_scope"
    PENDING = "pending"
    INVITATION_EXPIRED = "invitation_expired"
    ADDRESS_CHANGED = "invitation_address_changed"
    MAIL_REFUSED = "mail_refused"
    WAITS_FOR_CHANGE = "email_change_waits"
    DEACTIVATED = "deactivated"
    REQUESTED = "requested"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    STORE_OFF = "store_off"
    MUST_CHOOSE = "must_choose_password"
    ON_ERROR = "on_error"
    ON_HOLD = "customer_on_hold"
    TRIED = "failed_tries"
    RESET_ASKED = "reset_asked"
    NOTHING = "nothing_in_the_way"


HINTS = frozenset(
    {Cause.MUST_CHOOSE, Cause.ON_ERROR, Cause.ON_HOLD, Cause.TRIED, Cause.RESET_ASKED, Cause.NOTHING}
)


class Fix(StrEnum):
    """What may be offered beside a reason; a face knows where each leads."""

    INVITE = "invite"
    RESEND = "resend"
    REENABLE = "reenable"
    ANSWER = "answer"
    OPEN_CONTACT = "open_contact"
    EDIT_CONTACT = "edit_contact"
    OPEN_CUSTOMER = "open_customer"
    ADD_CONTACT = "add_contact"
    SHOW_ERROR = "show_error"
    SWITCH_STORE = "switch_store"
    FORGOT = "forgot"
    SHOW_MAIL = "show_mail"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Because:
    """One reason, as a sentence, and what it is about."""

    cause: Cause
    sentence: str
    fix: Fix | None = None
    at: datetime | None = None
    access: Access | None = None
    contact: Contact | None = None
    mail: MailMessage | None = None

    @property
    def is_hint(self) -> bool:
        return self.cause in HINTS


@dataclass(frozen=True, slots=True)
class Answer:
    """The chain of reasons of one person. `opens` are the accesses by which they can sign in as things stand."""

    name: str
    address: str
    contact: Contact | None
    chain: Sequence[Because]
    opens: Sequence[Access]


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The answers about whoever the question meant; several where a name is that of several."""

    text: str
    is_address: bool
    answers: Sequence[Answer]
