"""What a customer's own admin may do about a colleague in one store (product.md section 12): one rule, asked for the
menu and again, under lock, for the deed.

Whose colleagues they are is not asked here: `company_queries` finds no others.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradedoor.access.errors import NotPossible
from tradedoor.access.models import Access, Role, State
from tradedoor.access.policy import is_within
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.crm.models import Customer


class Deed(StrEnum):
    RESEND = "resend"
    CANCEL = "cancel"
    CHANGE_ROLE = "change_role"
    DEACTIVATE = "deactivate"
    REENABLE = "reenable"


# In which state an access has to be for a deed, and what is said where it is in another.
STATES: Mapping[Deed, tuple[frozenset[State], Reason]] = {
    Deed.RESEND: (frozenset({State.PENDING}), Reason.NOT_PENDING),
    Deed.CANCEL: (frozenset({State.PENDING}), Reason.NOT_PENDING),
    Deed.CHANGE_ROLE: (frozenset({State.PENDING, State.CURRENT}), Reason.NOT_CURRENT),
    Deed.DEACTIVATE: (frozenset({State.CURRENT}), Reason.NOT_CURRENT),
    Deed.REENABLE: (frozenset({State.DEACTIVATED}), Reason.NOT_DEACTIVATED),
}

# Said to admins where the words for staff speak of what admins do not have, or must not learn.
SENTENCES: Mapping[Reason, str | Promise] = {
    Reason.ALREADY_CURRENT: _("Can sign in already."),
    Reason.ALREADY_REQUESTED: _("Has asked for access already, and waits for an answer."),
    Reason.DEACTIVATED_OFFER_REENABLE: _("Is deactivated. Look under Deactivated."),
    Reason.NOT_CURRENT: _("Cannot sign in here now, so nothing was changed."),
    Reason.TOO_LATE_TO_UNDO: _("Undo is possible for 10 minutes only. Re-enable them instead."),
    Reason.CONTACT_ARCHIVED: _(
        "Somebody with this email has left our records. Call us to let them in again."
    ),
}
TOLD = frozenset(
    {
        *SENTENCES,
        *(reason for _states, reason in STATES.values()),
        Reason.YOURSELF,
        Reason.ROLE_ABOVE,
        Reason.CHANGED_MEANWHILE,
        Reason.OFF_BY_SELLER,
        Reason.CUSTOMER_ON_HOLD,
        Reason.DECLINED_BEFORE,
        Reason.EMAIL_CHANGING,
        Reason.JUST_INVITED,
        Reason.HAS_ROLE,
        Reason.ALREADY_DEACTIVATED,
        Reason.NOT_REQUESTED,
    }
)


class NotForColleague(NotPossible):
    """It cannot be done to this colleague. Whatever tells of a login, of another customer or of the seller's own
    affairs is `for_seller` without a word why: an admin must not learn who else uses an address."""

    def __init__(self, reason: Reason) -> None:
        told = reason if reason in TOLD else Reason.FOR_SELLER
        super().__init__(told)
        self.sentence = told_to_admins(told)


def told_to_admins(reason: Reason) -> str:
    """The sentence for a company admin."""
    told = reason if reason in TOLD else Reason.FOR_SELLER
    return str(SENTENCES[told]) if told in SENTENCES else sentence_of(told)


def is_self(access: Access, admin: Access) -> bool:
    """Whether it is the admin's own access, or another of the same login."""
    return access.pk == admin.pk or (access.login_id is not None and access.login_id == admin.login_id)


def reason_against(deed: Deed, access: Access, *, admin: Access) -> Reason | None:
    """Why `admin` may not do this to the access of a colleague; None where they may.

    `access` is a row of `company_queries`. What contact, login and store say beside it, the
    deed itself asks.
    """
    if deed in {Deed.DEACTIVATE, Deed.REENABLE} and is_self(access, admin):
        return Reason.YOURSELF
    if not is_within(Role(access.role), Role(admin.role)):
        return Reason.ROLE_ABOVE
    able, otherwise = STATES[deed]
    if State(access.state) not in able:
        was_off = deed is Deed.DEACTIVATE and access.state == State.DEACTIVATED
        return Reason.ALREADY_DEACTIVATED if was_off else otherwise
    return _against_reenabling(access) if deed is Deed.REENABLE else None


def _against_reenabling(access: Access) -> Reason | None:
    """Only what an admin of the customer switched off, and nothing while the customer itself is in doubt."""
    if access.customer.status == Customer.Status.ON_HOLD:
        return Reason.CUSTOMER_ON_HOLD
    by_admin = bool(getattr(access, "off_by_colleague", False))
    return None if by_admin and not access.ended_from_above else Reason.OFF_BY_SELLER
