"""What can happen in the CRM, as the codes of the audit, and each as a sentence."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Event(StrEnum):
    CUSTOMER_CREATED = "customer.created"
    CUSTOMER_UPDATED = "customer.updated"
    CUSTOMER_STATUS_CHANGED = "customer.status_changed"
    CUSTOMER_TAGGED = "customer.tagged"
    CUSTOMER_ARCHIVED = "customer.archived"
    CUSTOMER_RESTORED = "customer.restored"
    CUSTOMER_MERGING = "customer.merging"
    CUSTOMER_MERGED = "customer.merged"
    CUSTOMER_ABSORBED = "customer.absorbed"
    DEPARTMENT_CREATED = "department.created"
    DEPARTMENT_UPDATED = "department.updated"
    DEPARTMENT_ARCHIVED = "department.archived"
    DEPARTMENT_RESTORED = "department.restored"
    CONTACT_CREATED = "contact.created"
    CONTACT_UPDATED = "contact.updated"
    CONTACT_EMAIL_CHANGED = "contact.email_changed"
    CONTACT_MOVED = "contact.moved"
    CONTACT_ARCHIVED = "contact.archived"
    CONTACT_RESTORED = "contact.restored"
    CONTACT_MERGED = "contact.merged"
    CONTACT_ABSORBED = "contact.absorbed"
    CONTACT_LEFT_MAILINGS = "contact.left_mailings"
    CONTACT_JOINED_MAILINGS = "contact.joined_mailings"
    PRICE_TIER_CREATED = "price_tier.created"
    IMPORT_UPLOADED = "import.uploaded"
    IMPORT_APPLIED = "import.applied"
    EXPORT_MADE = "export.made"


SENTENCES: dict[str, str | Promise] = {
    Event.CUSTOMER_CREATED: _("Customer created"),
    Event.CUSTOMER_UPDATED: _("Customer changed"),
    Event.CUSTOMER_STATUS_CHANGED: _("Status of the customer changed"),
    Event.CUSTOMER_TAGGED: _("Tags of the customer changed"),
    Event.CUSTOMER_ARCHIVED: _("Customer archived"),
    Event.CUSTOMER_RESTORED: _("Customer taken back from the archive"),
    Event.CUSTOMER_MERGING: _("Merging into another customer began"),
    Event.CUSTOMER_MERGED: _("Merged into another customer"),
    Event.CUSTOMER_ABSORBED: _("Another customer was merged into this one"),
    Event.DEPARTMENT_CREATED: _("Department created"),
    Event.DEPARTMENT_UPDATED: _("Department changed"),
    Event.DEPARTMENT_ARCHIVED: _("Department archived"),
    Event.DEPARTMENT_RESTORED: _("Department taken back from the archive"),
    Event.CONTACT_CREATED: _("Contact created"),
    Event.CONTACT_UPDATED: _("Contact changed"),
    Event.CONTACT_EMAIL_CHANGED: _("Email of the contact changed"),
    Event.CONTACT_MOVED: _("Contact moved to another customer"),
    Event.CONTACT_ARCHIVED: _("Contact archived"),
    Event.CONTACT_RESTORED: _("Contact taken back from the archive"),
    Event.CONTACT_MERGED: _("Merged into another contact"),
    Event.CONTACT_ABSORBED: _("Another contact was merged into this one"),
    Event.CONTACT_LEFT_MAILINGS: _("Left the mailings"),
    Event.CONTACT_JOINED_MAILINGS: _("Subscribed to mailings again"),
    Event.PRICE_TIER_CREATED: _("Price tier created"),
    Event.IMPORT_UPLOADED: _("File uploaded for an import"),
    Event.IMPORT_APPLIED: _("Import applied"),
    Event.EXPORT_MADE: _("Export made"),
}
