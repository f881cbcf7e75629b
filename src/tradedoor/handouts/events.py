"""What the history says of hand-outs and of links that were mailed."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Event(StrEnum):
    TEMPLATE_SET = "handouts.template_set"
    TEMPLATE_REMOVED = "handouts.template_removed"
    LINK_MAILED = "handouts.link_mailed"
    ARCHIVE_READ = "handouts.archive_read"


SENTENCES: dict[str, str | Promise] = {
    Event.TEMPLATE_SET: _("Own template for hand-outs set"),
    Event.TEMPLATE_REMOVED: _("Own template for hand-outs removed"),
    Event.LINK_MAILED: _("eStore link mailed"),
    Event.ARCHIVE_READ: _("Hand-outs downloaded"),
}
