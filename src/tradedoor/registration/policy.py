"""Whether an eStore link lets people register, asked when its page is shown and again whenever a form comes back."""

from enum import StrEnum

from tradedoor.crm.models import Customer
from tradedoor.registration.models import EstoreLink
from tradedoor.stores.models import Store
from tradedoor.stores.queries import today_in


class Shut(StrEnum):
    """Why an eStore link leads to sign-in only."""

    REPLACED = "replaced"
    OFF = "off"
    OVER = "over"
    USED_UP = "used_up"
    CUSTOMER_GONE = "customer_gone"
    DEDICATED_ELSEWHERE = "dedicated_elsewhere"


def shut(link: EstoreLink) -> Shut | None:
    """Why the link registers nobody, None where it does. Its store and customer are loaded.

    What the store's own settings say of registration is asked beside this.
    """
    customer = link.customer
    gone = customer.archived_at is not None or customer.status == Customer.Status.INACTIVE
    against = {
        Shut.REPLACED: not link.is_living,
        Shut.OFF: not link.registers,
        Shut.OVER: link.is_over(today_in(link.store)),
        Shut.USED_UP: link.is_used_up,
        Shut.CUSTOMER_GONE: gone,
        Shut.DEDICATED_ELSEWHERE: not is_open_to(link.store, customer),
    }
    return next((why for why, holds in against.items() if holds), None)


def is_open_to(store: Store, customer: Customer) -> bool:
    """Whether contacts of the customer may have access to the store at all."""
    return store.kind == Store.Kind.SHARED or store.customer_id == customer.pk
