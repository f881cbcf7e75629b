"""A store's template as staff see it."""

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.handouts.models import HandoutTemplate
from tradedoor.handouts.packages import write_package
from tradedoor.handouts.sources import content_of
from tradedoor.handouts.standard import standard_template
from tradedoor.stores.models import Store


def template_of(store: Store, *, actor: Actor) -> HandoutTemplate | None:
    """The store's own template; None where the standard one is used. Raises `NotAllowed`."""
    require(actor, Permission.STORE_READ, stores=[store.pk])
    return HandoutTemplate.objects.filter(store=store).select_related("uploaded_by").first()


def sample_template(store: Store, *, actor: Actor) -> bytes:
    """The standard template as a Word file, to make one's own from. Raises `NotAllowed`."""
    require(actor, Permission.STORE_READ, stores=[store.pk])
    return write_package(standard_template(language=store.language, brand=store.brand_colour))


def own_template(store: Store, *, actor: Actor) -> bytes | None:
    """The store's own template as it was kept; None where there is none. Raises `NotAllowed`."""
    found = template_of(store, actor=actor)
    return content_of(found) if found else None
