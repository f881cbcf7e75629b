"""What the forms of customers and contacts have in common."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from tradedoor.core.errors import Refusal
from tradedoor.crm.fields import ADDRESS_FIELDS, AddressData, label_of, longest
from tradedoor.crm.models import Address

QUIET = {"autocomplete": "off"}


def text_field(model: type[models.Model], name: str, **more: Any) -> forms.CharField:
    """A line for a column, as long as the column takes, never filled in with the reader's own data."""
    label = more.pop("label", None) or _capital(label_of(model, name))
    widget = more.pop("widget", forms.TextInput)
    return forms.CharField(
        label=label,
        max_length=longest(model, name),
        required=more.pop("required", False),
        widget=widget(attrs={**QUIET, **more.pop("attrs", {})}),
        **more,
    )


def notes_field() -> forms.CharField:
    return forms.CharField(
        label=_("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 4, **QUIET})
    )


class AddressForm(forms.Form):
    """A postal address; empty where nothing is typed."""

    line1 = text_field(Address, "line1", label=_("Street"))
    line2 = text_field(Address, "line2", label=_("Street, second line"))
    postcode = text_field(Address, "postcode", label=_("Postcode"))
    city = text_field(Address, "city", label=_("City"))
    region = text_field(Address, "region", label=_("State or region"))
    country = text_field(Address, "country", label=_("Country"))

    def values(self) -> AddressData:
        given: AddressData = self.cleaned_data  # type: ignore[assignment]  # its fields are the keys
        return given


class DeliveryForm(AddressForm):
    """A delivery address, which has a name because there may be several."""

    label = text_field(Address, "label", label=_("Name of this address"))
    field_order = ["label"]


class OwnFieldForm(forms.Form):
    """A field of the company's own: a name and a value."""

    name = forms.CharField(label=_("Field"), max_length=60, required=False)
    value = forms.CharField(label=_("Value"), max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("value") and not cleaned.get("name"):
            self.add_error("name", _("Name this field."))
        return cleaned


class Sheet:
    """Several forms that are sent as one: what `ui.error_summary` and the views see of them."""

    main: forms.Form

    @property
    def parts(self) -> Sequence[forms.Form]:
        raise NotImplementedError

    def is_valid(self) -> bool:
        # All of them are checked, so that every error is shown at once.
        checked = [part.is_valid() for part in self.parts]
        return all(checked)

    @property
    def errors(self) -> dict[str, Any]:
        return {part.add_prefix(name): found for part in self.parts for name, found in part.errors.items()}

    def non_field_errors(self) -> list[str]:
        return [str(text) for part in self.parts for text in part.non_field_errors()]

    def __iter__(self) -> Iterator[forms.BoundField]:
        for part in self.parts:
            yield from part

    def refuse(self, refusal: Refusal) -> None:
        """Put the sentence of the refusal to its field, or to the whole where it has no such field."""
        field = refusal.field if refusal.field in self.main.fields else None
        self.main.add_error(field, str(refusal))


def typed(kind: type[forms.Form], data: Mapping[str, str], *, prefix: str = "") -> dict[str, str]:
    """What was typed into the fields of a form, unchecked."""
    return {name: data.get(f"{prefix}-{name}" if prefix else name, "") for name in kind.base_fields}


def address_initial(address: Address | None) -> dict[str, str]:
    return {name: getattr(address, name) for name in ADDRESS_FIELDS} if address else {}


def own_initial(fields: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in fields.items()]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
