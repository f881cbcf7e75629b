"""What staff are told where a customer's last own admin leaves: before it is done, and after."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tradedoor.access.company_queries import customers_losing_admins, is_last_admin
from tradedoor.access.models import Access

NAMED = 5


def before_they_leave(rows: QuerySet[Access]) -> str:
    """Who is left without an admin once these have gone; empty where nobody is."""
    names = customers_losing_admins(rows)
    if not names:
        return ""
    told = ", ".join(names[:NAMED])
    if len(names) > NAMED:
        told = _("%(names)s and others") % {"names": told}
    return _("Left without a company admin: %(names)s.") % {"names": told}


def after_leaving(access: Access) -> str:
    """The same once this one has gone, or has another role; `access` is as it was before."""
    if not is_last_admin(access):
        return ""
    return _("%(customer)s has no company admin in %(store)s any more.") % {
        "customer": access.customer.name,
        "store": access.store.name,
    }
