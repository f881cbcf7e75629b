"""Every permission of the system, in one table, and the one function that asks for it.

The codes read `app:noun:verb`. They stand in one enum rather than one per app, so that a role
(`accounts.roles`) can be read as a list and no two apps invent the same right twice.
"""

from collections.abc import Iterable
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed


class Permission(StrEnum):
    CRM_READ = "crm:customer:read"
    CRM_EDIT = "crm:customer:edit"
    CRM_IMPORT = "crm:customer:import"
    CRM_EXPORT = "crm:customer:export"

    STORE_READ = "stores:store:read"
    STORE_EDIT = "stores:store:edit"
    STORE_CREATE = "stores:store:create"

    ACCESS_READ = "access:access:read"
    ACCESS_INVITE = "access:access:invite"
    ACCESS_DETAILS = "access:login_details:give"
    ACCESS_SWITCH = "access:access:switch"
    ACCESS_EXPORT = "access:access:export"
    ACCESS_LINK = "access:link:show"
    ACCESS_ERRORS = "access:error:settle"
    ACCESS_EXPIRE = "access:invitation:expire"
    ACCESS_REMIND = "access:invitation:remind"
    COLLEAGUES = "access:colleague:manage"

    ESTORE_LINK_SHOW = "registration:link:show"
    ESTORE_LINK_EDIT = "registration:link:edit"
    REQUEST_DECIDE = "registration:request:decide"

    CATALOG_READ = "catalog:product:read"
    CATALOG_EDIT = "catalog:product:edit"
    CATALOG_IMPORT = "catalog:product:import"

    MAIL_READ = "mail:message:read"
    STAFF_READ = "accounts:staff:read"
    STAFF_EDIT = "accounts:staff:edit"
    AUDIT_READ = "audit:row:read"
    AUDIT_EXPORT = "audit:row:export"


def require(actor: Actor, permission: Permission, *, stores: Iterable[int] | None = None) -> None:
    """Return if `actor` holds `permission`, for every one of the store keys where some are named.

    Raises `NotAllowed` with the code `not_allowed`.
    """
    if permission not in actor.permissions:
        raise NotAllowed(_("Your role does not allow this."), data={"permission": permission.value})
    if stores is not None and actor.stores is not None and not set(stores) <= actor.stores:
        raise NotAllowed(_("Your role does not cover this store."), data={"permission": permission.value})
