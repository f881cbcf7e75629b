"""What each staff role may do (product.md 15), as one table that can be read at a glance."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tradedoor.core.permissions import Permission


class Role(TextChoices):
    OWNER = "owner", _("Owner")
    ACCESS_MANAGER = "access_manager", _("Access manager")
    CRM_EDITOR = "crm_editor", _("CRM editor")
    CATALOGUE_ORDERS = "catalogue_orders", _("Catalogue and orders")
    VIEWER = "viewer", _("Viewer")


VIEWER = frozenset(
    {
        Permission.CRM_READ,
        Permission.STORE_READ,
        Permission.ACCESS_READ,
        Permission.CATALOG_READ,
        Permission.MAIL_READ,
        Permission.AUDIT_READ,
    }
)
CRM_EDITOR = VIEWER | {Permission.CRM_EDIT, Permission.CRM_IMPORT, Permission.CRM_EXPORT}
ACCESS_MANAGER = CRM_EDITOR | {
    Permission.ACCESS_INVITE,
    Permission.ACCESS_DETAILS,
    Permission.ACCESS_SWITCH,
    Permission.ACCESS_EXPORT,
    Permission.ACCESS_LINK,
    Permission.ACCESS_ERRORS,
    Permission.ESTORE_LINK_SHOW,
    Permission.ESTORE_LINK_EDIT,
    Permission.REQUEST_DECIDE,
    Permission.AUDIT_EXPORT,
}
CATALOGUE_ORDERS = VIEWER | {Permission.CATALOG_EDIT, Permission.CATALOG_IMPORT}
# What only the system itself does, on the clock, and nobody at a screen.
JOBS_ONLY = frozenset({Permission.ACCESS_EXPIRE, Permission.ACCESS_REMIND})
# What a customer's own admin does, about colleagues alone; staff have their own rights over everybody.
BUYERS_ONLY = frozenset({Permission.COLLEAGUES})
OWNER = frozenset(Permission) - JOBS_ONLY - BUYERS_ONLY

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: OWNER,
    Role.ACCESS_MANAGER: ACCESS_MANAGER,
    Role.CRM_EDITOR: CRM_EDITOR,
    Role.CATALOGUE_ORDERS: CATALOGUE_ORDERS,
    Role.VIEWER: VIEWER,
}


def permissions_of(role: str) -> frozenset[str]:
    """The permission codes of a role; none for a buyer or a role that no longer exists."""
    return frozenset(PERMISSIONS[Role(role)]) if role in Role.values else frozenset()
