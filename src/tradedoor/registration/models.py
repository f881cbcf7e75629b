"""How people come in by a customer's eStore link."""

import uuid
from datetime import date, datetime
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


class Mode(models.TextChoices):
    """Who may register at a store by themselves."""

    OFF = "off", _("Nobody")
    LINK = "link", _("Whoever has a customer's eStore link")
    OPEN = "open", _("Anyone")


class Approval(models.TextChoices):
    """Who lets a person in that came by a customer's link."""

    NONE = "none", _("Nobody: they are in at once")
    STAFF = "staff", _("We do")
    ADMINS = "admins", _("The customer’s own admins do")


class Rules(models.Model):
    """What one store says of people who register themselves. A store without a row has the defaults.

    Whoever registers without a link waits for approval whatever `approval` says, except from a verified domain.
    """

    store = models.OneToOneField("stores.Store", models.CASCADE, related_name="registration_rules")
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.LINK)
    approval = models.CharField(max_length=10, choices=Approval, default=Approval.NONE)
    confirm_first = models.BooleanField(_("confirm email first"), default=True)
    allowed_domains = models.JSONField(default=list)
    blocked_domains = models.JSONField(default=list)
    # Each a label, whether an answer is owed, and the answers to choose from where it is no free text.
    questions = models.JSONField(default=list)
    terms = models.TextField(_("terms"), blank=True)
    terms_version = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(mode__in=Mode.values), name="registration_mode"),
            models.CheckConstraint(
                condition=models.Q(approval__in=Approval.values), name="registration_approval"
            ),
        ]

    def __str__(self) -> str:
        return f"registration at {self.store_id}: {self.mode}"


class Terms(models.Model):
    """The text of one version of a store's terms, kept for good: people have accepted it."""

    store = models.ForeignKey("stores.Store", models.CASCADE, related_name="terms")
    version = models.PositiveIntegerField()
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "version"], name="registration_terms_once")]

    def __str__(self) -> str:
        return f"terms {self.version} of {self.store_id}"


class VerifiedDomain(models.Model):
    """A mail domain known to be a customer's: its people join this store by themselves, as that customer's."""

    store = models.ForeignKey("stores.Store", models.CASCADE, related_name="verified_domains")
    customer = models.ForeignKey("crm.Customer", models.CASCADE, related_name="verified_domains")
    domain = models.CharField(max_length=255)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "domain"], name="registration_domain_once"),
        ]

    def __str__(self) -> str:
        return self.domain


class Decision(models.TextChoices):
    """What staff, or an admin of the customer, answered."""

    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def unconfirmed(self, now: datetime) -> Self:
        """Those whose mailbox has not been proven, and still can be."""
        return self.filter(confirmed_at=None, expires_at__gt=now, link_id__isnull=False)


class Registration(models.Model):
    """What one person typed to register, and what became of it.

    Until the mailbox is proven nothing else is made: no contact, no access, no login (REG-03). Then `access` says
    in which state it is; this row keeps what was said, because the CRM's own data is never overwritten by it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey("stores.Store", models.CASCADE, related_name="registrations")
    estore_link = models.ForeignKey(
        EstoreLink, models.SET_NULL, null=True, blank=True, related_name="registrations"
    )
    # Of the link; of a verified domain; of the prospect made once the mailbox of an open registration was proven.
    customer = models.ForeignKey(
        "crm.Customer", models.SET_NULL, null=True, blank=True, related_name="registrations"
    )
    company = models.CharField(_("company"), max_length=200, blank=True)

    email = models.CharField(_("email"), max_length=254)
    email_canonical = models.CharField(max_length=254)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    address = models.JSONField(default=dict)
    department = models.ForeignKey("crm.Department", models.SET_NULL, null=True, blank=True, related_name="+")
    answers = models.JSONField(default=list)
    terms_version = models.PositiveIntegerField(null=True, blank=True)
    terms_accepted_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    link_id = models.BigIntegerField(null=True, blank=True)
    mails = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    mailbox_proven = models.BooleanField(default=False)
    looks_like = models.CharField(max_length=255, blank=True)
    contact = models.ForeignKey(
        "crm.Contact", models.SET_NULL, null=True, blank=True, related_name="registrations"
    )
    contact_is_new = models.BooleanField(default=False)
    access = models.ForeignKey(
        "access.Access", models.SET_NULL, null=True, blank=True, related_name="registrations"
    )

    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey("accounts.Login", models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decision="", decided_at=None)
                | ~models.Q(decision="") & models.Q(decided_at__isnull=False),
                name="registration_decided_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "confirmed_at", "created_at"], name="registration_of_store"),
            models.Index(fields=["store", "email_canonical"], name="registration_by_email"),
            models.Index(fields=["access", "id"], name="registration_of_access"),
            models.Index(fields=["link_id"], name="registration_by_link"),
            models.Index(
                fields=["expires_at"],
                name="registration_by_end",
                condition=models.Q(confirmed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"registration {self.pk} at {self.store_id}"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def domain(self) -> str:
        return self.email_canonical.rpartition("@")[2]
