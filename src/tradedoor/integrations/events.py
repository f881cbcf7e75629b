"""What the history says of mail-outs."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Event(StrEnum):
    AUDIENCE_SET = "mailouts.audience_set"
    AUDIENCE_DROPPED = "mailouts.audience_dropped"
    EXPORT_MADE = "mailouts.exported"


SENTENCES: dict[str, str | Promise] = {
    Event.AUDIENCE_SET: _("Mailchimp audience set"),
    Event.AUDIENCE_DROPPED: _("Mailchimp audience disconnected"),
    Event.EXPORT_MADE: _("Mail-out list exported"),
}
