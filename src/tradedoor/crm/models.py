"""Customers, their departments and contacts: facts about one row, and named sets of rows."""

import uuid
from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class PriceTier(models.Model):
    """A named price level that a customer buys at; the prices themselves live in the catalogue."""

    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="crm_price_tier_name")]
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class CustomerQuerySet(models.QuerySet["Customer"]):
    def living(self) -> Self:
        """Those neither archived nor merged away."""
        return self.filter(archived_at__isnull=True)


class Customer(models.Model):
    """A company in the CRM (product.md section 3)."""

    class Status(models.TextChoices):
        PROSPECT = "prospect", _("Prospect")
        ACTIVE = "active", _("Active")
        ON_HOLD = "on_hold", _("On hold")
        INACTIVE = "inactive", _("Inactive")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("code"), max_length=64)
    code_key = models.CharField(max_length=64, editable=False)
    name = models.CharField(_("name"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    email = models.CharField(_("email"), max_length=254, blank=True)
    website = models.CharField(_("website"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    price_tier = models.ForeignKey(
        PriceTier,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("price tier"),
    )
    payment_terms = models.CharField(_("payment terms"), max_length=100, blank=True)
    tax_id = models.CharField(_("tax id"), max_length=50, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    account_manager = models.ForeignKey(
        "accounts.Login",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("account manager"),
    )
    notes = models.TextField(_("notes"), blank=True)
    own_fields = models.JSONField(default=dict, blank=True)

    sort_name = models.CharField(max_length=200, editable=False)
    search_text = models.TextField(editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    # While its contacts go over to that one, batch by batch; nothing is added to it or changed meanwhile.
    merging_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code_key"], name="crm_customer_code")]
        indexes = [
            models.Index(fields=["sort_name", "id"], name="crm_customer_by_name"),
            models.Index(fields=["status", "sort_name", "id"], name="crm_customer_by_status"),
            models.Index(fields=["created_at", "id"], name="crm_customer_by_age"),
            models.Index(
                fields=["merging_into"],
                name="crm_customer_merging",
                condition=models.Q(merging_into__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CustomerTag(models.Model):
    """One label on one customer."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="tags")
    label = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "label"], name="crm_customer_tag_once")]
        indexes = [models.Index(fields=["label", "customer"], name="crm_tag_by_label")]

    def __str__(self) -> str:
        return self.label


class Address(models.Model):
    """A postal address of a customer."""

    class Kind(models.TextChoices):
        BILLING = "billing", _("Billing address")
        DELIVERY = "delivery", _("Delivery address")
        CONTACT = "contact", _("Contact's address")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=10, choices=Kind)
    label = models.CharField(_("label"), max_length=80, blank=True)
    line1 = models.CharField(_("street"), max_length=200, blank=True)
    line2 = models.CharField(_("street, second line"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    region = models.CharField(_("state or region"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=60, blank=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["customer", "kind"], name="crm_address_of_customer")]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"],
                condition=models.Q(is_default=True),
                name="crm_one_default_address_a_kind",
            )
        ]

    def __str__(self) -> str:
        return ", ".join(self.lines())

    def lines(self) -> list[str]:
        """The address as one would write it on an envelope, empty lines left out."""
        town = " ".join(part for part in (self.postcode, self.city) if part)
        return [part for part in (self.line1, self.line2, town, self.region, self.country) if part]


class Department(models.Model):
    """Part of a customer; every customer has "Main" from the start."""

    MAIN = "Main"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="departments")
    name = models.CharField(_("name"), max_length=120)
    name_key = models.CharField(max_length=120, editable=False)
    is_main = models.BooleanField(default=False, editable=False)
    delivery_address = models.ForeignKey(
        Address, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("delivery address")
    )
    invoice_address = models.ForeignKey(
        Address, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("invoice address")
    )
    default_contact = models.ForeignKey(
        "Contact", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("default contact")
    )
    approver = models.ForeignKey(
        "Contact", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("approver")
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "name_key"], name="crm_department_name"),
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(is_main=True), name="crm_one_main_department"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ContactQuerySet(models.QuerySet["Contact"]):
    def living(self) -> Self:
        """Those neither archived nor merged away."""
        return self.filter(archived_at__isnull=True)


def name_of(first_name: str, last_name: str, email: str) -> str:
    """How a contact is called; the email, or a dash, where the CRM knows no name."""
    return f"{first_name} {last_name}".strip() or email or "–"


class Contact(models.Model):
    """A person at a customer, in one department.

    `email` is kept as it was typed. `email_canonical` is empty where there is none or it is malformed; such
    a contact cannot be invited. Neither is unique: the CRM's word is taken (product.md section 3).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contacts")
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="contacts", verbose_name=_("department")
    )
    title = models.CharField(_("title"), max_length=20, blank=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    job_title = models.CharField(_("job title"), max_length=120, blank=True)
    email = models.CharField(_("Email"), max_length=254, blank=True)
    email_canonical = models.CharField(max_length=254, blank=True, editable=False)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    mobile = models.CharField(_("mobile"), max_length=50, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    address = models.ForeignKey(
        Address, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("address")
    )
    subscribed = models.BooleanField(_("Subscribed User"), default=False)
    receive_mail_out = models.BooleanField(_("Receive Mail Out"), default=False)
    consent_at = models.DateTimeField(null=True, blank=True, editable=False)
    consent_source = models.CharField(max_length=60, blank=True, editable=False)
    notes = models.TextField(_("notes"), blank=True)
    own_fields = models.JSONField(default=dict, blank=True)

    sort_name = models.CharField(max_length=210, editable=False)
    search_text = models.TextField(editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["sort_name", "id"], name="crm_contact_by_name"),
            models.Index(fields=["customer", "sort_name", "id"], name="crm_contact_of_customer"),
            models.Index(fields=["customer", "email_canonical"], name="crm_contact_by_key"),
            models.Index(fields=["email_canonical"], name="crm_contact_by_email"),
            models.Index(fields=["created_at", "id"], name="crm_contact_by_age"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """First and last name; the email, or a dash, where the CRM knows neither."""
        return name_of(self.first_name, self.last_name, self.email)


class ImportFile(models.Model):
    """A file uploaded to be imported: how it is read, what its columns mean, and what was found in it.

    The file itself stands in the data folder and is kept for the result file, which is the input with a
    status and a reason per row.
    """

    class Kind(models.TextChoices):
        CUSTOMERS = "customers", _("Customers")
        CONTACTS = "contacts", _("Contacts")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        "accounts.Login", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    encoding = models.CharField(max_length=20, blank=True)
    encoding_is_guess = models.BooleanField(default=False)
    encoding_confirmed = models.BooleanField(default=False)
    sheet = models.CharField(max_length=100, blank=True)
    header = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)

    # Known once the whole file was read with the mapping: how many rows, and which repeat an earlier row.
    rows = models.PositiveIntegerField(null=True)
    repeated = models.JSONField(default=dict)
    check_work = models.ForeignKey("jobs.Work", models.SET_NULL, null=True, blank=True, related_name="+")
    apply_work = models.ForeignKey("jobs.Work", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["created_at", "id"], name="crm_import_by_age")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=("customers", "contacts")), name="crm_import_kind"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_ready(self) -> bool:
        """Whether everything a person must say about the file has been said."""
        return bool(self.mapping) and (self.encoding_confirmed or not self.encoding_is_guess)
