"""What the history says of stores."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Event(StrEnum):
    CREATED = "store.created"
    UPDATED = "store.updated"
    SWITCHED_ON = "store.switched_on"
    SWITCHED_OFF = "store.switched_off"
    LOGO_SET = "store.logo_set"
    LOGO_REMOVED = "store.logo_removed"
    BANNER_SET = "store.banner_set"
    BANNER_REMOVED = "store.banner_removed"
    STAFF_STORES_SET = "store.staff_stores_set"


SENTENCES: dict[str, str | Promise] = {
    Event.CREATED: _("Store created"),
    Event.UPDATED: _("Store settings changed"),
    Event.SWITCHED_ON: _("Store switched on"),
    Event.SWITCHED_OFF: _("Store switched off"),
    Event.LOGO_SET: _("Logo set"),
    Event.LOGO_REMOVED: _("Logo removed"),
    Event.BANNER_SET: _("Banner set"),
    Event.BANNER_REMOVED: _("Banner removed"),
    Event.STAFF_STORES_SET: _("Stores of a staff member changed"),
}
