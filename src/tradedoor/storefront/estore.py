"""By which eStore link somebody came, remembered for the visit in a signed cookie (product.md section 6), and who
answers them.

No row is written: the link is opened by scanners and previews of messages too. The cookie holds the number of the
link and nothing of a person, and each store has its own, as with sessions.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.utils.translation import gettext as _

from tradedoor.access.company_queries import admins_of
from tradedoor.crm.models import Customer
from tradedoor.registration.models import Approval, EstoreLink, Registration, Rules
from tradedoor.registration.queries import carried_link, rules_of
from tradedoor.stores.models import Store
from tradedoor.web.requests import ActorRequest

SALT = "tradedoor.storefront.estore"
LONGEST_VISIT = 24 * 60 * 60


def remember(response: HttpResponse, link: EstoreLink) -> HttpResponse:
    """Let the pages of this visit know the link. It is gone when the browser is closed."""
    response.set_cookie(
        _name(link.store),
        signing.dumps([link.pk, link.store_id], salt=SALT),
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: HttpResponse, store: Store) -> HttpResponse:
    """Take the cookie away: the person has come in, or the link leads nowhere."""
    response.delete_cookie(_name(store), path="/", samesite="Lax")
    return response


def remembered(request: ActorRequest, store: Store) -> EstoreLink | None:
    """The link by which this visitor came to this store, as it is now; None without one."""
    kept = request.COOKIES.get(_name(store), "")
    if not kept:
        return None
    try:
        link_id, store_id = signing.loads(kept, salt=SALT, max_age=LONGEST_VISIT)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return carried_link(int(link_id), store=store) if store_id == store.pk else None


def answerer(rules: Rules, customer: Customer | None, store: Store) -> str:
    """Who looks at the request of somebody who registers for this customer, in words for a sentence."""
    if rules.approval == Approval.ADMINS and customer and admins_of(customer.pk, store.pk).exists():
        return _("an admin of %(customer)s") % {"customer": customer.name}
    return store.name


def answerer_of(asked: Registration, store: Store) -> str:
    """The same for one who has registered; staff answer who may be a stranger."""
    customer = None if asked.company or asked.looks_like else asked.customer
    return answerer(rules_of(store), customer, store)


def _name(store: Store) -> str:
    return f"{settings.TRADEDOOR_COOKIE_PREFIX}td-e-{store.public_id.hex}"
