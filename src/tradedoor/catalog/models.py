"""What the stores sell: categories, products, variants, prices and images."""

import uuid
from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """A node of the category tree; `path` holds the slugs from the root, so that a subtree is one prefix."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=120)
    path = models.CharField(max_length=400)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "categories"
        ordering = ["position", "name", "id"]
        constraints = [models.UniqueConstraint(fields=["path"], name="catalog_category_path")]

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    def living(self) -> Self:
        """Those not archived."""
        return self.filter(archived_at__isnull=True)

    def on_sale(self) -> Self:
        """Those that buyers may see."""
        return self.living().filter(is_published=True)


class Product(models.Model):
    """Something sold, in one or more variants. A product without options has exactly one variant."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    handle = models.CharField(_("handle"), max_length=200)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    brand = models.CharField(_("brand"), max_length=120, blank=True)
    category = models.ForeignKey(Category, models.SET_NULL, null=True, blank=True, related_name="products")
    option_names = models.JSONField(default=list, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    tags = models.JSONField(default=list, blank=True)
    is_published = models.BooleanField(_("published"), default=True)

    sort_name = models.CharField(max_length=200, editable=False)
    search_text = models.TextField(editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handle"], name="catalog_product_handle")]
        indexes = [
            models.Index(fields=["sort_name", "id"], name="catalog_product_by_name"),
            models.Index(fields=["category", "sort_name", "id"], name="catalog_product_in_category"),
            models.Index(fields=["-created_at", "-id"], name="catalog_product_by_age"),
        ]

    def __str__(self) -> str:
        return self.name


class Variant(models.Model):
    """One thing that can be ordered, by its SKU.

    `stock` counts single units and may be unknown. `weight` is as the source gave it; where that did not say
    in which unit, `weight_unit` is empty, and nobody is told a number that could be pounds or grams.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    sku = models.CharField(_("SKU"), max_length=100)
    sku_key = models.CharField(max_length=100, editable=False)
    option_values = models.JSONField(default=list, blank=True)
    barcode = models.CharField(_("barcode"), max_length=50, blank=True)
    unit = models.CharField(_("unit"), max_length=30, blank=True)
    pack_size = models.PositiveIntegerField(_("pack size"), default=1)
    weight = models.DecimalField(_("weight"), max_digits=12, decimal_places=3, null=True, blank=True)
    weight_unit = models.CharField(_("unit of weight"), max_length=10, blank=True)
    stock = models.IntegerField(_("stock"), null=True, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["sku_key"], name="catalog_variant_sku")]
        indexes = [models.Index(fields=["product", "position"], name="catalog_variant_of_product")]

    def __str__(self) -> str:
        return self.sku


class Price(models.Model):
    """What one unit of a variant costs in one currency from a quantity on, before any customer's own price."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3)
    min_quantity = models.PositiveIntegerField(default=1)
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    compare_at = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["variant", "currency", "min_quantity"], name="catalog_one_price"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="catalog_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class ProductImage(models.Model):
    """A picture of a product: a stored file, or an address that was recorded and not fetched."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="images")
    file = models.ImageField(upload_to="catalog/", blank=True)
    source_url = models.CharField(max_length=1000, blank=True)
    alt = models.CharField(max_length=300, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["product", "position"], name="catalog_image_of_product")]

    def __str__(self) -> str:
        return self.alt or self.source_url


class ProductFile(models.Model):
    """A file of products uploaded to be imported: how it is read, and what its columns mean.

    The file itself stands in the data folder and is kept for the result file, which is the input with a status
    and a reason per row.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    uploaded_by = models.ForeignKey(
        "accounts.Login", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    encoding = models.CharField(max_length=20, blank=True)
    encoding_is_guess = models.BooleanField(default=False)
    encoding_confirmed = models.BooleanField(default=False)
    header = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    currency = models.CharField(max_length=3)
    rows = models.PositiveIntegerField()
    check_work = models.ForeignKey("jobs.Work", models.SET_NULL, null=True, blank=True, related_name="+")
    apply_work = models.ForeignKey("jobs.Work", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["created_at", "id"], name="catalog_file_by_age")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_ready(self) -> bool:
        """Whether everything a person must say about the file has been said."""
        return bool(self.mapping) and (self.encoding_confirmed or not self.encoding_is_guess)
