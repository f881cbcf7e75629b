"""What mail-outs refuse, and what can go wrong between here and Mailchimp."""

from django.utils.translation import gettext_lazy as _

from tradedoor.core.errors import Conflict, Invalid, NotFound


class NoKey(Conflict):
    """No account of Mailchimp is set for this installation."""

    code = "no_mailchimp_key"
    sentence = _("Set TRADEDOOR_MAILCHIMP_KEY first: the key of your Mailchimp account.")


class NoAudience(NotFound):
    code = "no_audience"
    sentence = _("No Mailchimp audience is connected to this store.")


class AudienceRefused(Invalid):
    """Mailchimp does not know the audience, or not to this key."""

    code = "audience_refused"
    sentence = _("Mailchimp does not know this audience.")


class LinkUnknown(NotFound):
    """The link to leave mailings, or the address for Mailchimp's calls, is none that was made here."""

    code = "link_unknown"
    sentence = _("This link is not valid.")


class Trouble(Exception):  # noqa: N818 - the base of the two below
    """Mailchimp did not do what was asked; `sentence` says why, `status` is its HTTP status, 0 for no answer."""

    def __init__(self, sentence: str, *, status: int = 0) -> None:
        self.sentence = sentence
        self.status = status
        super().__init__(sentence)


class ComeBack(Trouble):
    """No answer, too many calls or a fault of theirs: the same is asked again after `wait` seconds."""

    def __init__(self, sentence: str, *, status: int = 0, wait: int = 60) -> None:
        super().__init__(sentence, status=status)
        self.wait = wait


# What is wrong with one person or call. Of all others (a key that was revoked, a redirect) the account is the cause.
OF_ONE = frozenset({400, 404, 405, 409, 422})


class Refused(Trouble):
    """An answer that asking again does not change."""

    @property
    def is_of_one(self) -> bool:
        """Whether the next call may well go through."""
        return self.status in OF_ONE
