"""What can be wrong with an access: a finding before it is an error, and each as one sentence for staff."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradedoor.access.models import ErrorReason

ORDER: Mapping[str, int] = {reason.value: place for place, reason in enumerate(ErrorReason)}


@dataclass(frozen=True, slots=True)
class Fault:
    """That this is wrong with this access. `data` holds what the sentence and the fix speak of, as JSON takes it."""

    access_id: int
    reason: ErrorReason
    data: Mapping[str, Any] = field(default_factory=dict)


SENTENCES: Mapping[ErrorReason, str | Promise] = {
    ErrorReason.REPORTED: _(
        "The owner of the old address says: this email change wasn't me. Sign-in is on hold."
    ),
    ErrorReason.CONTACT_GONE: _("The contact is gone from the CRM."),
    ErrorReason.NO_EMAIL: _("No email in the CRM."),
    ErrorReason.BAD_EMAIL: _("“%(email)s” in the CRM is not a right address."),
    ErrorReason.EMAIL_IN_USE: _("%(email)s belongs to another login; the old address still signs in."),
    ErrorReason.DUPLICATE_CONTACT: _("Same email as %(name)s in this customer."),
    ErrorReason.LOGIN_SHARED: _("The login also serves %(name)s, whose email stays as it was."),
    ErrorReason.UNDELIVERABLE: _("Mail to %(address)s was refused: %(reply)s"),
    ErrorReason.STORE_INCOMPLETE: _("A mail could not be made, because a setting is missing: %(why)s"),
}
GONE: Mapping[str, str | Promise] = {
    "archived": _("The contact was archived outside of Tradedoor's own pages."),
    "merged": _("The contact was merged into %(name)s."),
    "moved": _("The contact moved to %(name)s."),
}


def sentence_of(reason: str, data: Mapping[str, Any]) -> str:
    """The sentence, with what the error is about filled in; a gap where it is not known."""
    known = ErrorReason(reason)
    sentence = SENTENCES[known]
    if known is ErrorReason.CONTACT_GONE:
        sentence = GONE.get(data.get("what", ""), sentence)
    return str(sentence) % _Filled(data)


class _Filled(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
