"""Making, changing, publishing and archiving products."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.audit.record import record
from tradedoor.catalog.documents import handles_for, search_text, sku_key, sort_name
from tradedoor.catalog.events import Event
from tradedoor.catalog.models import Category, Price, Product, Variant
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import CHUNK
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require

EDITABLE = frozenset({"name", "description", "brand", "category", "attributes", "tags", "is_published"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVariant:
    """A variant to be made with its product; `prices` are of one unit, by currency."""

    sku: str
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    compare_at: Mapping[str, Decimal] = field(default_factory=dict)
    options: Sequence[str] = ()
    stock: int | None = None
    unit: str = ""
    pack_size: int = 1
    barcode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProduct:
    """A product to be made. Without option names it has exactly one variant."""

    name: str
    variants: Sequence[NewVariant]
    description: str = ""
    brand: str = ""
    category: Category | None = None
    option_names: Sequence[str] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()
    is_published: bool = True


@transaction.atomic
def create_product(new: NewProduct, *, actor: Actor) -> Product:
    """Make a product with its variants and prices.

    Raises `NotAllowed`, `Invalid` for what contradicts itself, and `Conflict` for a SKU that is in use.
    """
    require(actor, Permission.CATALOG_EDIT)
    _require_sense(new)
    product = Product(
        name=new.name.strip(),
        description=new.description,
        brand=new.brand,
        category=new.category,
        option_names=list(new.option_names),
        attributes=dict(new.attributes),
        tags=list(new.tags),
        is_published=new.is_published,
    )
    _index(product, variants=[(variant.sku, variant.options) for variant in new.variants])
    candidates = list(handles_for(product.name, key=sku_key(new.variants[0].sku)))
    taken = set(Product.objects.filter(handle__in=candidates).values_list("handle", flat=True))
    product.handle = next((handle for handle in candidates if handle not in taken), candidates[-1])
    try:
        with transaction.atomic():
            product.save(force_insert=True)
            _make_variants(product, new.variants)
    except IntegrityError as error:
        raise Conflict(_("One of these SKUs is in use already."), code="sku_taken", field="sku") from error
    record(Event.PRODUCT_CREATED, actor=actor, data={"product_id": product.pk, "product": product.handle})
    return product


@transaction.atomic
def update_product(
    product: Product, *, actor: Actor, changes: Mapping[str, object], version: int | None = None
) -> Product:
    """Change what is named in `changes`, out of `EDITABLE`; nothing is written where nothing differs.

    `version` is the one a person has seen, where that may be an older one than the product's. Raises `NotAllowed`, `Invalid` for a field that is not editable or an empty name, `Conflict` where somebody
    else has saved the product meanwhile.
    """
    require(actor, Permission.CATALOG_EDIT)
    if unknown := set(changes) - EDITABLE:
        raise Invalid(_("This cannot be changed: %(fields)s.") % {"fields": ", ".join(sorted(unknown))})
    if not str(changes.get("name", product.name)).strip():
        raise Invalid(_("Give the product a name."), code="bad_name", field="name")
    if version is not None and version != product.version:
        raise _changed_meanwhile(product)
    changed = [name for name, value in changes.items() if getattr(product, name) != value]
    if not changed:
        return product
    for name in changed:
        setattr(product, name, changes[name])
    _index(
        product, variants=list(Variant.objects.filter(product=product).values_list("sku", "option_values"))
    )
    _save(product, [*changed, "sort_name", "search_text"])
    record(
        Event.PRODUCT_UPDATED,
        actor=actor,
        data={"product_id": product.pk, "product": product.handle, "fields": sorted(changed)},
    )
    return product


@transaction.atomic
def set_published(product: Product, *, actor: Actor, published: bool) -> Product:
    """Show a product to buyers, or hide it; nothing happens where it is so already. Raises `NotAllowed`."""
    require(actor, Permission.CATALOG_EDIT)
    if product.is_published == published:
        return product
    product.is_published = published
    _save(product, ["is_published"])
    event = Event.PRODUCT_PUBLISHED if published else Event.PRODUCT_HIDDEN
    record(event, actor=actor, data={"product_id": product.pk, "product": product.handle})
    return product


@transaction.atomic
def archive_product(product: Product, *, actor: Actor) -> Product:
    """Take a product out of every list, keeping it for what points at it. Raises `NotAllowed`."""
    require(actor, Permission.CATALOG_EDIT)
    if product.archived_at is None:
        product.archived_at = timezone.now()
        _save(product, ["archived_at"])
        record(
            Event.PRODUCT_ARCHIVED, actor=actor, data={"product_id": product.pk, "product": product.handle}
        )
    return product


@transaction.atomic
def restore_product(product: Product, *, actor: Actor) -> Product:
    """Bring an archived product back. Raises `NotAllowed`."""
    require(actor, Permission.CATALOG_EDIT)
    if product.archived_at is not None:
        product.archived_at = None
        _save(product, ["archived_at"])
        record(
            Event.PRODUCT_RESTORED, actor=actor, data={"product_id": product.pk, "product": product.handle}
        )
    return product


def _require_sense(new: NewProduct) -> None:
    if not new.name.strip():
        raise Invalid(_("Give the product a name."), code="bad_name", field="name")
    if not new.variants or (len(new.variants) > 1 and not new.option_names):
        raise Invalid(_("A product without options has exactly one variant."), code="bad_variants")
    for variant in new.variants:
        if not variant.sku.strip():
            raise Invalid(_("Every variant needs a SKU."), code="bad_sku", field="sku")
        if len(variant.options) != len(new.option_names):
            raise Invalid(
                _("%(sku)s needs a value for every option.") % {"sku": variant.sku}, code="bad_options"
            )
        if any(amount < 0 for amount in variant.prices.values()):
            raise Invalid(_("A price cannot be below zero."), code="bad_amount", field="price")


def _index(product: Product, *, variants: Sequence[tuple[str, Sequence[str]]]) -> None:
    words = [*product.tags, *product.attributes.values()]
    words += dict.fromkeys(value for _sku, values in variants for value in values)
    if product.category is not None:
        # With what stands above it: whoever searches "garden" means the pots in it too.
        words += [product.category.name, *product.category.path.replace("-", " ").split("/")]
    product.sort_name = sort_name(product.name)
    product.search_text = search_text(
        name=product.name, brand=product.brand, words=words, skus=[sku for sku, _values in variants]
    )


def _make_variants(product: Product, variants: Sequence[NewVariant]) -> None:
    made = Variant.objects.bulk_create(
        (
            Variant(
                product=product,
                sku=new.sku.strip(),
                sku_key=sku_key(new.sku),
                option_values=list(new.options),
                stock=new.stock,
                unit=new.unit,
                pack_size=new.pack_size,
                barcode=new.barcode,
                position=position,
            )
            for position, new in enumerate(variants)
        ),
        batch_size=CHUNK,
    )
    Price.objects.bulk_create(
        (
            Price(variant=variant, currency=currency, amount=amount, compare_at=new.compare_at.get(currency))
            for variant, new in zip(made, variants, strict=True)
            for currency, amount in new.prices.items()
        ),
        batch_size=CHUNK,
    )


def _save(product: Product, fields: Sequence[str]) -> None:
    """Write the fields unless somebody else has saved the product since it was read."""
    values = {name: getattr(product, name) for name in fields}
    version = product.version
    rows = Product.objects.filter(pk=product.pk, version=version)
    if not rows.update(version=version + 1, updated_at=timezone.now(), **values):
        raise _changed_meanwhile(product)
    product.version = version + 1


def _changed_meanwhile(product: Product) -> Conflict:
    return Conflict(
        _("%(name)s was changed by somebody else meanwhile. Look at it again.") % {"name": product.name},
        code="changed_meanwhile",
    )
