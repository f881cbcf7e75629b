"""The refusals of this app. Two of them ask the caller to come back later and say when."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradedoor.core.errors import Conflict, Invalid, NotAllowed


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


class BadPassword(Invalid):
    """The password cannot be taken; `data["cause"]` says which rule it broke."""

    code = "bad_password"

    def __init__(self, sentence: str | Promise, *, cause: str) -> None:
        super().__init__(sentence, field="password", data={"cause": cause})


class LinkUsed(Conflict):
    """The link is not live any more; `data["status"]` is a `LinkStatus`."""

    code = "link_used"
    sentence = _("This link does not work any more.")
