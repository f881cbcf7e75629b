"""A product saved from one form: what it is, and what its variants cost and hold."""

from collections.abc import Mapping

from django.db import transaction

from tradedoor.catalog.actions.figures import Figures, set_figures
from tradedoor.catalog.actions.products import update_product
from tradedoor.catalog.models import Product
from tradedoor.core.actor import Actor


@transaction.atomic
def save_product(
    product: Product,
    *,
    changes: Mapping[str, object],
    figures: Mapping[int, Figures],
    currency: str,
    version: int,
    actor: Actor,
) -> Product:
    """As `update_product` and `set_figures`, both or neither."""
    changed = update_product(product, actor=actor, changes=changes, version=version)
    set_figures(changed, figures, currency=currency, actor=actor)
    return changed
