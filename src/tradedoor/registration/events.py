"""What the history says of eStore links and of people who register themselves."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Event(StrEnum):
    LINK_MADE = "registration.link_made"
    LINK_REPLACED = "registration.link_replaced"
    LINK_SWITCHED_OFF = "registration.link_switched_off"
    LINK_SWITCHED_ON = "registration.link_switched_on"
    LINK_LIMITED = "registration.link_limited"
    LINK_SHOWN = "registration.link_shown"


SENTENCES: dict[str, str | Promise] = {
    Event.LINK_MADE: _("eStore link made"),
    Event.LINK_REPLACED: _("New eStore link; the former one only leads to sign-in"),
    Event.LINK_SWITCHED_OFF: _("eStore link stopped registering people"),
    Event.LINK_SWITCHED_ON: _("eStore link registers people again"),
    Event.LINK_LIMITED: _("Limits of the eStore link changed"),
    Event.LINK_SHOWN: _("eStore link handed out"),
}
