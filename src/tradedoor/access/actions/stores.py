"""Changes of a store that the accesses in it have a say in."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tradedoor.access.actions.endings import LIVING
from tradedoor.access.models import Access
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict
from tradedoor.stores.actions import stores
from tradedoor.stores.models import Store


class OthersHaveAccess(Conflict):
    """Contacts of other customers could still use the store that is to belong to one."""

    code = "others_have_access"
    sentence = _(
        "People of other customers can still use this store. Deactivate them or cancel their invitations first."
    )


@transaction.atomic
def update_store(store: Store, values: Mapping[str, Any], *, version: int, actor: Actor) -> Store:
    """As `stores.actions.stores.update_store`. A store becomes dedicated, or changes its customer, only while no
    other customer has an access there that could be used; else raises `OthersHaveAccess` and changes nothing.
    """
    changed = stores.update_store(store, values, version=version, actor=actor)
    # Looked at after the change, which holds the store: whoever invites meanwhile waits and then sees the change.
    if changed.kind == Store.Kind.DEDICATED and {"kind", "customer_id"} & values.keys():
        rows = Access.objects.in_state(*LIVING).filter(store=changed)
        others = rows.exclude(customer_id__in=[changed.customer_id])
        if number := others.count():
            raise OthersHaveAccess(data={"number": number})
    return changed
