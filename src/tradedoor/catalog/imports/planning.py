"""What a batch of a product file would change. A dry run stops here; an import writes what is planned."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradedoor.catalog.documents import search_text, sku_key, skus_for, sort_name
from tradedoor.catalog.imports.facts import OPTION_LABELS, Facts
from tradedoor.catalog.imports.groups import CREATED, REFUSED, STATUSES, UNCHANGED, UPDATED, Group, Line
from tradedoor.catalog.imports.known import Known, paths_of, wanted_handles
from tradedoor.catalog.models import Price, Product, ProductImage, Variant

HIDDEN_ATTRIBUTE = "model"
"""What groups of the next file are recognised by; buyers see it as part of the name."""


@dataclass(slots=True)
class ProductPlan:
    """One product: new, changed or as it was, with everything of it that must be written."""

    product: Product
    is_new: bool
    is_changed: bool = False
    new_variants: list[Variant] = field(default_factory=list)
    changed_variants: list[Variant] = field(default_factory=list)
    new_prices: list[Price] = field(default_factory=list)
    changed_prices: list[Price] = field(default_factory=list)
    new_images: list[ProductImage] = field(default_factory=list)
    category_path: str = ""
    variants_seen: int = 0
    images_seen: set[str] = field(default_factory=set)

    @property
    def changes_something(self) -> bool:
        return bool(
            self.is_changed
            or self.new_variants
            or self.changed_variants
            or self.new_prices
            or self.changed_prices
            or self.new_images
        )


@dataclass(slots=True)
class Plan:
    """What a batch does, and what becomes of each of its rows."""

    products: dict[int, ProductPlan] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Rows by what became of them, and how many products, variants and images they speak of."""
        counts = dict.fromkeys(STATUSES, 0)
        for line in self.lines:
            counts[line.status] += 1
        plans = self.products.values()
        return counts | {
            "products": len(plans),
            "variants": sum(plan.variants_seen for plan in plans),
            "images": sum(len(plan.images_seen) for plan in plans),
        }


def plan_batch(groups: Collection[Group], *, known: Known) -> Plan:
    """Return what these products' rows would change. Reads nothing but `known`, and writes nothing.

    A cell that is empty changes nothing, so a second file with three columns cannot wipe what the first said.
    """
    plan = Plan()
    for group in groups:
        plan.lines += group.refused
        if group.rows:
            _Planner(plan, group, known=known).run()
    plan.lines.sort(key=lambda line: line.number)
    return plan


class _Planner:
    """Plans one product: the product first, then row by row its variants and images."""

    def __init__(self, plan: Plan, group: Group, *, known: Known) -> None:
        self.plan, self.group, self.known = plan, group, known
        self.product = self._product()
        key = self.product.pk or id(self.product)
        self.made = plan.products.setdefault(key, ProductPlan(self.product, is_new=self.product.pk is None))
        self.variants: list[Variant] = [
            *known.variants_of.get(self.product.pk or 0, ()),
            *self.made.new_variants,
        ]
        self.notes: list[str] = []

    def run(self) -> None:
        before = len(self.plan.lines)
        changed = self._describe()
        for facts in self.group.rows:
            self.notes = []
            pictures = self._add_images(facts)
            status = UNCHANGED if facts.is_image_only else self._take(facts)
            if status == UNCHANGED and pictures:
                status = CREATED if facts.is_image_only else UPDATED
            if status == UNCHANGED and changed:
                status = UPDATED
            changed = changed and status == REFUSED
            self.plan.lines.append(Line(facts.number, status, " ".join(self.notes), sku=facts.sku))
        if self.made.is_new and not self.made.new_variants:
            self.plan.lines[before:] = self._give_up(self.plan.lines[before:])
        else:
            self._index()

    def _give_up(self, lines: list[Line]) -> list[Line]:
        """Make no product of which nothing could be ordered."""
        self.plan.products.pop(id(self.product), None)
        self.known.taken_handles.discard(self.product.handle)
        reason = _("No row of this product says what could be ordered.")
        return [
            line if line.status == REFUSED else Line(line.number, REFUSED, reason, sku=line.sku)
            for line in lines
        ]

    # The product

    def _product(self) -> Product:
        first, known = self.group.rows[0], self.known
        if first.handle and (found := known.by_handle.get(first.handle)):
            return found
        for facts in self.group.rows:
            if facts.sku and (variant := known.by_sku.get(sku_key(facts.sku))):
                return known.products[variant.product_id]
        handles = wanted_handles(self.group)
        if self.group.model:
            for handle in handles:
                found = known.by_handle.get(handle)
                if found and found.attributes.get(HIDDEN_ATTRIBUTE) == first.model:
                    return found
        handle = next((handle for handle in handles if handle not in known.taken_handles), handles[-1])
        known.taken_handles.add(handle)
        return Product(handle=handle)

    def _describe(self) -> bool:
        """Take over what the rows say of the product as a whole; return whether that changes it."""
        product, rows, group = self.product, self.group.rows, self.group
        names = [name for name in (group.model, *(facts.name for facts in rows)) if name]
        values: dict[str, Any] = {
            "name": names[0] if names else product.name or product.handle.replace("-", " ").capitalize(),
            "description": _first(facts.description for facts in rows) or product.description,
            "brand": _first(facts.brand for facts in rows) or product.brand,
            "tags": list(_first(facts.tags for facts in rows)) or product.tags,
            "option_names": self._option_names(),
            "attributes": product.attributes | self._attributes(),
        }
        said = [facts.published for facts in rows if facts.published is not None]
        if said:
            values["is_published"] = said[0]
        changed = _set(product, values)
        categories: tuple[str, ...] = next((facts.categories for facts in rows if facts.categories), ())
        if categories:
            changed = self._categorise(categories) or changed
        self.made.is_changed |= changed and not self.made.is_new
        return changed and not self.made.is_new

    def _categorise(self, names: tuple[str, ...]) -> bool:
        paths = paths_of(names)
        for path, name in zip(paths, names, strict=True):
            if path not in self.known.categories:
                self.plan.categories.setdefault(path, name)
        before = self.product.category.path if self.product.category else ""
        self.made.category_path = paths[-1]
        return before != paths[-1]

    def _option_names(self) -> list[str]:
        names = list(self.product.option_names)
        if self.group.handle:
            said = _first(facts.option_names for facts in self.group.rows)
            return list(said) or names
        if self.group.model:
            used = {key for facts in self.group.rows for key in facts.options}
            names += [label for key, label in OPTION_LABELS.items() if key in used and label not in names]
        return names

    def _attributes(self) -> dict[str, str]:
        """Colour and size of a product in one variant, and the model it is sold as."""
        first = self.group.rows[0]
        attributes = {HIDDEN_ATTRIBUTE: first.model} if first.model else {}
        if len(self.group.rows) == 1:
            named = {OPTION_LABELS[key]: value for key, value in first.options.items()}
            attributes |= {k: v for k, v in named.items() if k not in self.product.option_names}
        return attributes

    def _index(self) -> None:
        product = self.product
        values_of_options = dict.fromkeys(value for row in self.variants for value in row.option_values)
        words = [
            *product.tags,
            *product.attributes.values(),
            *self._category_names(),
            *values_of_options,
        ]
        skus = [variant.sku for variant in self.variants]
        values = {
            "sort_name": sort_name(product.name),
            "search_text": search_text(name=product.name, brand=product.brand, words=words, skus=skus),
        }
        if _set(product, values) and not self.made.is_new:
            self.made.is_changed = True

    def _category_names(self) -> list[str]:
        for facts in self.group.rows:
            if facts.categories:
                return list(facts.categories)
        return [self.product.category.name] if self.product.category else []

    # Its rows

    def _take(self, facts: Facts) -> str:
        variant = self._variant(facts)
        if variant is None:
            return REFUSED
        self.made.variants_seen += 1
        is_new = variant not in self.variants
        changed = _set(variant, self._variant_values(facts, variant))
        if is_new:
            variant.position = len(self.variants)
            self.variants.append(variant)
            self.made.new_variants.append(variant)
        elif changed and variant not in self.made.changed_variants + self.made.new_variants:
            self.made.changed_variants.append(variant)
        changed = self._set_price(facts, variant) or changed
        if is_new:
            return CREATED
        return UPDATED if changed else UNCHANGED

    def _variant(self, facts: Facts) -> Variant | None:
        if facts.sku:
            return self._variant_by_sku(facts)
        options = list(facts.option_values)
        for variant in self.variants:
            if [value for value in variant.option_values if value] == [value for value in options if value]:
                return variant
        for sku in skus_for(facts.handle, facts.option_values):
            if sku_key(sku) not in self.known.taken_skus:
                self.known.taken_skus.add(sku_key(sku))
                self.notes.append(_("SKU made: %(sku)s.") % {"sku": sku})
                return Variant(sku=sku, sku_key=sku_key(sku))
        self.notes.append(_("No SKU, and none could be made that is not in use."))
        return None

    def _variant_by_sku(self, facts: Facts) -> Variant | None:
        key = sku_key(facts.sku)
        found = self.known.by_sku.get(key)
        if found is None:
            return Variant(sku=facts.sku, sku_key=key)
        if found.product_id != self.product.pk:
            other = self.known.products[found.product_id].name
            self.notes.append(
                _("The SKU %(sku)s belongs to %(product)s.") % {"sku": facts.sku, "product": other}
            )
            return None
        return next(variant for variant in self.variants if variant.sku_key == key)

    def _variant_values(self, facts: Facts, variant: Variant) -> dict[str, Any]:
        values: dict[str, Any] = {
            key: value
            for key in ("barcode", "unit", "pack_size", "stock", "weight", "weight_unit")
            if (value := getattr(facts, key)) not in ("", None)
        }
        if self.group.handle and facts.option_values:
            values["option_values"] = list(facts.option_values)
        elif self.product.option_names and facts.options:
            said = {OPTION_LABELS[key]: value for key, value in facts.options.items()}
            present = dict(zip(self.product.option_names, variant.option_values, strict=False))
            values["option_values"] = [
                said.get(name, present.get(name, "")) for name in self.product.option_names
            ]
        return values

    def _set_price(self, facts: Facts, variant: Variant) -> bool:
        price = self.known.prices.get((variant.pk, facts.currency)) if variant.pk else None
        values = {
            key: value
            for key, value in (("amount", facts.price), ("compare_at", facts.compare_at))
            if value is not None
        }
        if facts.price is None and price is None:
            self.notes.append(_("It has no price."))
            return False
        if price is None:
            self.made.new_prices.append(Price(variant=variant, currency=facts.currency, **values))
            return True
        if changed := _set(price, values):
            self.made.changed_prices.append(price)
        return changed

    def _add_images(self, facts: Facts) -> int:
        present = self.known.images_of.get(self.product.pk or 0, {})
        added = 0
        for address in facts.images:
            if address not in present and address not in self.made.images_seen:
                position = len(present) + len(self.made.new_images)
                self.made.new_images.append(
                    ProductImage(source_url=address, alt=facts.image_alt, position=position)
                )
                added += 1
            self.made.images_seen.add(address)
        if facts.images:
            self.notes.append(
                ngettext(
                    "Image address recorded, not fetched.",
                    "%(count)d image addresses recorded, not fetched.",
                    len(facts.images),
                )
                % {"count": len(facts.images)}
            )
        return added


def _first(values: Any) -> Any:
    return next((value for value in values if value), "")


def _set(row: Model, values: Mapping[str, Any]) -> bool:
    """Put the values into a row not yet written; return whether any was another before."""
    changed = False
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
            changed = True
    return changed
