"""The audit codes of the catalogue, and the sentence that each is read as."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Event(StrEnum):
    PRODUCT_CREATED = "catalog.product.created"
    PRODUCT_UPDATED = "catalog.product.updated"
    PRODUCT_ARCHIVED = "catalog.product.archived"
    PRODUCT_RESTORED = "catalog.product.restored"
    PRODUCT_PUBLISHED = "catalog.product.published"
    PRODUCT_HIDDEN = "catalog.product.hidden"
    CATEGORY_CREATED = "catalog.category.created"
    CATEGORY_UPDATED = "catalog.category.updated"
    IMPORT_STARTED = "catalog.import.started"
    EXPORTED = "catalog.exported"


SENTENCES: dict[str, str | Promise] = {
    Event.PRODUCT_CREATED: _("Product %(product)s was made"),
    Event.PRODUCT_UPDATED: _("Product %(product)s was changed"),
    Event.PRODUCT_ARCHIVED: _("Product %(product)s was archived"),
    Event.PRODUCT_RESTORED: _("Product %(product)s was brought back"),
    Event.PRODUCT_PUBLISHED: _("Product %(product)s was published"),
    Event.PRODUCT_HIDDEN: _("Product %(product)s was hidden from buyers"),
    Event.CATEGORY_CREATED: _("Category %(path)s was made"),
    Event.CATEGORY_UPDATED: _("Category %(name_old)s was renamed to %(name_new)s"),
    Event.EXPORTED: _("The catalogue was exported"),
    Event.IMPORT_STARTED: _("An import of products from %(name)s was started"),
}
