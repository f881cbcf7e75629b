"""What this app refuses. The code is always a `Reason`."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from tradedoor.access.reasons import SENTENCES, Reason, sentence_of
from tradedoor.core.errors import Conflict, Invalid, NotAllowed, NotFound


class NoSuchAccess(NotFound):
    code = Reason.NO_ACCESS
    sentence = SENTENCES[Reason.NO_ACCESS]


class NoSuchEmailChange(NotFound):
    code = "no_email_change"
    sentence = _("There is no such email change.")


class NotPossible(Conflict):
    """An access is not in a state, or its contact, customer or store not in a condition, for this."""

    def __init__(self, reason: Reason, *, data: dict[str, Any] | None = None, **named: str) -> None:
        super().__init__(sentence_of(reason, **named), code=reason, data=data)
        self.reason = reason


class LinkDead(Conflict):
    """An invitation link that cannot be used any more, and why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(SENTENCES[reason], code=reason)
        self.reason = reason


class LinkUnknown(NotFound):
    """Made up, altered, of another store or purpose: one and the same answer to all (TOK-13)."""

    code = Reason.LINK_UNKNOWN
    sentence = SENTENCES[Reason.LINK_UNKNOWN]


class MustSignIn(Conflict):
    """The login has an own password, which an invitation never replaces (INV-02)."""

    code = Reason.HAS_PASSWORD
    sentence = SENTENCES[Reason.HAS_PASSWORD]


class ChoiceGone(Invalid):
    """The choice between several customers was offered too long ago, or to somebody else."""

    code = "choice_gone"


class DoorClosed(NotAllowed):
    """The password was right, and yet this person cannot enter. Never raised before that is known (DEA-05)."""

    reason: Reason

    def __init__(self, *, data: dict[str, Any] | None = None) -> None:
        super().__init__(SENTENCES[self.reason], code=self.reason, data=data)


class AccessOff(DoorClosed):
    reason = Reason.ACCESS_OFF


class InvitationOpen(DoorClosed):
    reason = Reason.INVITATION_OPEN


class RequestWaiting(DoorClosed):
    reason = Reason.REQUEST_WAITING


class StoreClosed(DoorClosed):
    reason = Reason.STORE_CLOSED


class LoginHeld(DoorClosed):
    reason = Reason.LOGIN_HELD


class LoginOff(DoorClosed):
    reason = Reason.LOGIN_OFF


class CustomerInactive(DoorClosed):
    reason = Reason.CUSTOMER_INACTIVE


class ContactArchived(DoorClosed):
    reason = Reason.CONTACT_ARCHIVED


class WrongLogin(DoorClosed):
    reason = Reason.WRONG_LOGIN


class MustChoosePassword(DoorClosed):
    """The password in use is temporary or was given away; a page to choose one comes before all others."""

    reason = Reason.MUST_CHOOSE_PASSWORD
