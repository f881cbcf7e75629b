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
    RULES_CHANGED = "registration.rules_changed"
    STARTED = "registration.started"
    ANSWERED = "registration.answered"
    OPENED = "registration.opened"
    CONFIRMED = "registration.confirmed"
    RESUBMITTED = "registration.resubmitted"
    DETAILS_TAKEN = "registration.details_taken"


SENTENCES: dict[str, str | Promise] = {
    Event.LINK_MADE: _("eStore link made"),
    Event.LINK_REPLACED: _("New eStore link; the former one only leads to sign-in"),
    Event.LINK_SWITCHED_OFF: _("eStore link stopped registering people"),
    Event.LINK_SWITCHED_ON: _("eStore link registers people again"),
    Event.LINK_LIMITED: _("Limits of the eStore link changed"),
    Event.LINK_SHOWN: _("eStore link handed out"),
    Event.RULES_CHANGED: _("Registration settings changed"),
    Event.STARTED: _("Registration of %(email)s begun"),
    Event.ANSWERED: _("Mail about a registration sent"),
    Event.OPENED: _("Link of a registration opened"),
    Event.CONFIRMED: _("Registration confirmed"),
    Event.RESUBMITTED: _("Declined request sent again"),
    Event.DETAILS_TAKEN: _("Details of a registration taken into the CRM"),
}
