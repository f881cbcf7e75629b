"""How people come in by a customer's eStore link."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class EstoreLinkQuerySet(models.QuerySet["EstoreLink"]):
    def living(self) -> Self:
        """Those handed out now; the former ones of a customer and store lead to sign-in only."""
        return self.filter(replaced_at=None)


class EstoreLink(models.Model):
    """The link of one customer to one store (product.md section 6).

    The code in it is derived from the row and a key outside the database (`registration.codes`), because staff
    print it again and again, while a copy of the database must let nobody in (REG-01, TOK-01). A link that was
    replaced stays as a row: people bookmarked and printed it, and it goes on leading to sign-in.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey("stores.Store", models.CASCADE, related_name="estore_links")
    customer = models.ForeignKey("crm.Customer", models.CASCADE, related_name="estore_links")
    nonce = models.BinaryField(max_length=32)
    code_hash = models.CharField(max_length=64, unique=True)

    registers = models.BooleanField(_("registers people"), default=True)
    ends_on = models.DateField(_("registers until"), null=True, blank=True)
    most_uses = models.PositiveIntegerField(_("people it lets in at most"), null=True, blank=True)
    domains = models.JSONField(_("mail domains"), default=list, blank=True)
    uses = models.PositiveIntegerField(default=0)

    made_by = models.ForeignKey("accounts.Login", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects = EstoreLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "customer"],
                condition=models.Q(replaced_at=None),
                name="registration_one_living_link",
            ),
            models.CheckConstraint(
                condition=models.Q(most_uses=None) | models.Q(uses__lte=models.F("most_uses")),
                name="registration_link_uses_capped",
            ),
        ]
        indexes = [models.Index(fields=["customer", "store"], name="registration_link_of_customer")]

    def __str__(self) -> str:
        return f"eStore link of {self.customer_id} to {self.store_id}"

    @property
    def is_living(self) -> bool:
        return self.replaced_at is None

    @property
    def is_used_up(self) -> bool:
        return self.most_uses is not None and self.uses >= self.most_uses

    def is_over(self, today: date) -> bool:
        return self.ends_on is not None and today > self.ends_on
