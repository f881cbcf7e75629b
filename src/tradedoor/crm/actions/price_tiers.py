"""Price tiers: the names that customers buy at."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.errors import NameTaken
from tradedoor.crm.events import Event
from tradedoor.crm.keys import one_line
from tradedoor.crm.models import PriceTier


@transaction.atomic
def create_price_tier(name: str, *, actor: Actor) -> PriceTier:
    """A new price tier, after the others. Raises `NotAllowed`, `Invalid` (`name_taken`)."""
    require(actor, Permission.CRM_EDIT)
    tidy_name = one_line(name)[:80]
    if not tidy_name:
        raise Invalid(_("Enter a name."), code="required", field="name")
    if PriceTier.objects.filter(name__iexact=tidy_name).exists():
        raise NameTaken(field="name")
    tier = PriceTier.objects.create(name=tidy_name, position=PriceTier.objects.count())
    record(Event.PRICE_TIER_CREATED, actor=actor, data={"price_tier": tier.pk, "name": tier.name})
    return tier
