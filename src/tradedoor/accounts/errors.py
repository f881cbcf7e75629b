"""The refusals of this app. Two of them ask the caller to come back later and say when."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradedoor.core.errors import Conflict, Invalid, NotAllowed, NotFound


class ComeBackLater(NotAllowed):
    """Nothing is wrong with what was asked, only with when; `retry_after` is in seconds."""

    status = 503

    def __init__(self, sentence: str | Promise | None = None, *, retry_after: int, code: str = "") -> None:
        super().__init__(sentence, code=code or None, data={"retry_after": retry_after})
        self.retry_after = retry_after


class Throttled(ComeBackLater):
    """Tried too often. The same for known and unknown addresses (ENU-04). Faces answer 429."""

    code = "throttled"
    sentence = _("Too many tries. Wait a while, then try again.")
    status = 429


class Busy(ComeBackLater):
    """More people sign in at this moment than there is room for. Faces answer 503."""

    code = "busy"
    sentence = _("Too many people are signing in at this moment. Try again in a few seconds.")


class WrongPair(Invalid):
    """The one answer to every pair that does not open the door (ENU-01)."""

    code = "wrong_pair"
    sentence = _("This email and password do not match.")


class ProofNeeded(Invalid):
    """What is asked for wants the present password, given within the last minutes (STF-03)."""

    code = "proof_needed"
    sentence = _("Enter your present password.")


class BadPassword(Invalid):
    """The password cannot be taken; `data["cause"]` says which rule it broke."""

    code = "bad_password"

    def __init__(self, sentence: str | Promise, *, cause: str) -> None:
        super().__init__(sentence, field="password", data={"cause": cause})


class LinkUsed(Conflict):
    """The link is not live any more; `data["status"]` is a `LinkStatus`."""

    code = "link_used"
    sentence = _("This link does not work any more.")


class LinkUnknown(NotFound):
    """There never was such a link here; made up, altered and foreign ones look the same (TOK-13)."""

    code = "link_unknown"
    sentence = _("This link is not complete or does not belong here.")


class LoginOff(NotAllowed):
    """The pair was right, but the login is held or deactivated (DEA-05)."""

    code = "login_off"
    sentence = _("This login is switched off.")


class LoginOnHold(LoginOff):
    """The pair was right, but the owner of its former address reported a change of the email."""

    code = "login_held"
    sentence = _("Sign-in is on hold because an email change was reported.")


class PasswordExpired(NotAllowed):
    """The pair was right, but the password was a temporary one whose time is over (TMP-03)."""

    code = "password_expired"
    sentence = _("This password has run out. Ask for a link to choose a new one.")


class HasPassword(Conflict):
    """The login has a password of its own, which nothing but its owner replaces (INV-02)."""

    code = "has_password"
    sentence = _("This email already has a password. Sign in with it.")


class LoginChanged(Conflict):
    """Something about the login changed between the check of its password and the end of the sign-in."""

    code = "login_changed"
    sentence = _("Something changed while you were signing in. Please sign in again.")


class LastOwner(Conflict):
    code = "last_owner"
    sentence = _("There must always be one owner who can sign in.")


class Oneself(Conflict):
    code = "oneself"
    sentence = _("Nobody can do this to their own login. Ask another owner.")


class EmailTaken(Conflict):
    code = "email_taken"
    sentence = _("A staff login with this email exists already.")


class LoginNotFound(NotFound):
    code = "login_not_found"
    sentence = _("There is no such login.")
