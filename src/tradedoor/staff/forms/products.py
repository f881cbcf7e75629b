"""A product, with what its variants cost and how many there are."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradedoor.catalog.actions.figures import Figures
from tradedoor.catalog.models import Category, Product, Variant

CENTS = Decimal("0.01")


def _plain(amount: Decimal) -> Decimal:
    """The amount with its cents, and with more digits only where it has them."""
    short = amount.quantize(CENTS)
    return short if short == amount else amount.normalize()


class ProductForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    brand = forms.CharField(label=gettext_lazy("Brand"), max_length=120, required=False)
    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)
    description = forms.CharField(
        label=gettext_lazy("Description"), required=False, widget=forms.Textarea(attrs={"rows": 8})
    )

    def __init__(
        self,
        *args: Any,
        product: Product,
        currency: str,
        categories: list[tuple[Category, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.product, self.currency = product, currency
        self.categories = {str(category.pk): category for category, _names in categories}
        none = [("", _("No category"))]
        self.fields["category"].choices = none + [(str(row.pk), names) for row, names in categories]  # type: ignore[attr-defined]  # a field with choices
        for variant in product.variants.all():
            self._add_figures(variant)

    def _add_figures(self, variant: Variant) -> None:
        price = next(
            (row for row in variant.prices.all() if row.currency == self.currency and row.min_quantity == 1),
            None,
        )
        self.fields[f"price-{variant.pk}"] = forms.DecimalField(
            label=_("Price of %(sku)s in %(currency)s") % {"sku": variant.sku, "currency": self.currency},
            required=False, min_value=0, max_digits=14, decimal_places=4,
            initial=_plain(price.amount) if price else None, widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        )  # fmt: skip
        self.fields[f"stock-{variant.pk}"] = forms.IntegerField(
            label=_("Stock of %(sku)s") % {"sku": variant.sku},
            required=False, initial=variant.stock, widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        )  # fmt: skip

    @property
    def rows(self) -> list[tuple[Variant, forms.BoundField, forms.BoundField]]:
        return [
            (variant, self[f"price-{variant.pk}"], self[f"stock-{variant.pk}"])
            for variant in self.product.variants.all()
        ]

    @property
    def changes(self) -> dict[str, object]:
        data = self.cleaned_data
        return {
            "name": data["name"],
            "brand": data["brand"],
            "description": data["description"].replace("\r\n", "\n"),
            "category": self.categories.get(data["category"]),
        }

    @property
    def figures(self) -> dict[int, Figures]:
        data = self.cleaned_data
        return {
            variant.pk: Figures(stock=data[f"stock-{variant.pk}"], amount=data[f"price-{variant.pk}"])
            for variant in self.product.variants.all()
        }
