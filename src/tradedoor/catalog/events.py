"""The audit codes of the catalogue."""

from enum import StrEnum


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
