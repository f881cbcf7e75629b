"""When people leave a customer: what becomes of the links by which they could come back (product.md section 9)."""

from typing import NamedTuple

from django.db import transaction

from tradedoor.access.actions import wider
from tradedoor.access.actions.wider import Scope, WideReceipt, Wish
from tradedoor.access.models import Access
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.registration.actions.links import stop_registering
from tradedoor.registration.models import Approval, EstoreLink, Mode
from tradedoor.registration.policy import shut
from tradedoor.registration.queries import rules_of


class Left(NamedTuple):
    """What was deactivated, and how many eStore links of the customer register nobody any more."""

    receipt: WideReceipt
    links_stopped: int


@transaction.atomic
def deactivate_wider(access: Access, wish: Wish, *, actor: Actor) -> Left:
    """As `access.actions.wider.deactivate_wider`; with everyone at a customer its eStore links stop registering.

    They stop at once, also where the end is set for a day: whoever comes in until then would stay. Undo does not
    switch them on again. Raises as that does.
    """
    receipt = wider.deactivate_wider(access, wish, actor=actor)
    whole = wish.scope is Scope.CUSTOMER and actor.can(Permission.ESTORE_LINK_EDIT)
    return Left(receipt, stop_registering(access.customer_id, actor=actor) if whole else 0)


def could_come_back(access: Access) -> bool:
    """Whether whoever leaves this access could register anew by the customer's link and be in at once.

    Takes no actor: asked for the receipt of an act that was allowed.
    """
    rules = rules_of(access.store)
    if rules.mode == Mode.OFF or rules.approval != Approval.NONE:
        return False
    living = EstoreLink.objects.living().filter(store=access.store_id, customer=access.customer_id)
    link = living.select_related("store", "customer").first()
    return link is not None and shut(link) is None
