"""Stores, which staff may work in which, and the addresses a store once had."""

import uuid
from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class StoreQuerySet(models.QuerySet["Store"]):
    def within(self, stores: frozenset[int] | None) -> Self:
        """Those an actor's scope covers; None covers all."""
        return self.all() if stores is None else self.filter(pk__in=stores)


class Store(models.Model):
    """A B2B online store (product.md section 1).

    *Shared*: contacts of any customer may be given access. *Dedicated*: belongs to one customer, only its
    contacts.
    """

    class Kind(models.TextChoices):
        SHARED = "shared", _("Shared: contacts of any customer may be given access")
        DEDICATED = "dedicated", _("Dedicated: only contacts of one customer")

    class LoginDetails(models.TextChoices):
        """What the mail with login details carries (product.md section 5)."""

        LINK = "link", _("A link to set the password")
        PASSWORD = "password", _("The temporary password itself")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("address"), max_length=40)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SHARED)
    customer = models.ForeignKey(
        "crm.Customer",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="stores",
        verbose_name=_("customer"),
    )
    is_active = models.BooleanField(_("switched on"), default=True)

    headline = models.CharField(_("headline"), max_length=120, blank=True)
    welcome = models.CharField(_("welcome text"), max_length=300, blank=True)
    logo = models.ImageField(upload_to="stores/logos/", blank=True)
    banner = models.ImageField(upload_to="stores/banners/", blank=True)
    brand_colour = models.CharField(_("brand colour"), max_length=7, default="#1f3a8a")
    accent_colour = models.CharField(_("second colour"), max_length=7, default="#f4d58a")

    sender_name = models.CharField(_("sender name"), max_length=100, blank=True)
    reply_to = models.CharField(_("reply-to address"), max_length=254, blank=True)
    notify_address = models.CharField(_("notify address"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    email = models.CharField(_("email"), max_length=254, blank=True)
    postal_address = models.TextField(_("postal address"), max_length=500, blank=True)

    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    invitation_days = models.PositiveSmallIntegerField(_("days an invitation lives"), default=7)
    invitation_reminder = models.BooleanField(_("remind before an invitation ends"), default=True)
    login_details = models.CharField(
        _("login details by mail"), max_length=8, choices=LoginDetails, default=LoginDetails.LINK
    )

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    objects = StoreQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["slug"], name="stores_store_slug"),
            models.CheckConstraint(
                condition=models.Q(kind="shared", customer__isnull=True)
                | models.Q(kind="dedicated", customer__isnull=False),
                name="stores_dedicated_has_customer",
            ),
            models.CheckConstraint(
                condition=models.Q(invitation_days__gte=1, invitation_days__lte=90),
                name="stores_invitation_days_1_to_90",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def missing_for_inviting(self) -> list[str]:
        """What the store still lacks before it can invite (product.md section 4)."""
        wanted = {"name": self.name, "slug": self.slug, "sender_name": self.sender_name or self.name}
        return [field for field, value in wanted.items() if not value]


class StoreAlias(models.Model):
    """An address a store had before; links and hand-outs that name it keep working (product.md section 18)."""

    slug = models.SlugField(max_length=40)
    store = models.ForeignKey(Store, models.CASCADE, related_name="aliases")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug"], name="stores_alias_slug")]

    def __str__(self) -> str:
        return self.slug


class StaffStore(models.Model):
    """A store that a staff login's role covers; unused where the login covers all stores."""

    login = models.ForeignKey("accounts.Login", models.CASCADE, related_name="staff_stores")
    store = models.ForeignKey(Store, models.CASCADE, related_name="staff")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["login", "store"], name="stores_staff_store_once")]

    def __str__(self) -> str:
        return f"{self.login_id} in {self.store_id}"


class SignInCount(models.Model):
    """How many sign-ins a store had on one day of its own calendar, moved in the transaction of the sign-in.

    History says the same of each, but to count a month of a large store there takes longer than a page may.
    """

    store = models.ForeignKey(Store, models.CASCADE, related_name="sign_in_counts")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "day"], name="stores_sign_in_count_once")]

    def __str__(self) -> str:
        return f"{self.store_id} {self.day}: {self.count}"
