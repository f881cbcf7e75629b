"""A customer with its addresses, tags and own fields; a department; a price tier."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from tradedoor.core.actor import Actor
from tradedoor.crm.fields import CustomerData, DepartmentData
from tradedoor.crm.models import Address, Customer, Department
from tradedoor.crm.queries import account_managers, addresses_of, price_tiers, tags_of
from tradedoor.staff.forms.crm import (
    QUIET,
    AddressForm,
    DeliveryForm,
    OwnFieldForm,
    Sheet,
    address_initial,
    notes_field,
    own_initial,
    text_field,
    typed,
)
from tradedoor.staff.forms.rows import Rows

NONE_CHOSEN = ("", _("None"))
TEXTS = (
    "name", "code", "phone", "email", "website", "language", "tax_id", "currency", "payment_terms", "notes", "status",
)  # fmt: skip


class CustomerForm(forms.Form):
    name = text_field(
        Customer, "name", required=True, label=_("Name"), error_messages={"required": _("Enter a name.")}
    )
    code = text_field(Customer, "code", help_text=_("Unique. Left empty, it gets one."))
    status = forms.ChoiceField(
        label=_("Status"), choices=Customer.Status.choices, initial=Customer.Status.ACTIVE
    )
    phone = text_field(Customer, "phone", attrs={"inputmode": "tel"})
    email = text_field(Customer, "email", label=_("Email"), attrs={"inputmode": "email"})
    website = text_field(Customer, "website", attrs={"inputmode": "url"})
    language = text_field(Customer, "language", help_text=_("Such as en, de or fr."))
    tax_id = text_field(Customer, "tax_id", label=_("Tax ID"))
    currency = text_field(Customer, "currency", help_text=_("Three letters, such as EUR."))
    payment_terms = text_field(Customer, "payment_terms")
    price_tier = forms.ChoiceField(label=_("Price tier"), required=False)
    account_manager = forms.ChoiceField(label=_("Account manager"), required=False)
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=2000,
        help_text=_("Separated by commas."),
        widget=forms.TextInput(attrs=QUIET),
    )
    notes = notes_field()

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tiers = [(str(tier.pk), tier.name) for tier in price_tiers(actor)]
        self.managers = {str(login.public_id): login for login in account_managers(actor)}
        people = [(key, str(login)) for key, login in self.managers.items()]
        cast("forms.ChoiceField", self.fields["price_tier"]).choices = [NONE_CHOSEN, *tiers]
        cast("forms.ChoiceField", self.fields["account_manager"]).choices = [NONE_CHOSEN, *people]

    def values(self) -> CustomerData:
        given = self.cleaned_data
        manager = self.managers.get(given["account_manager"])
        data: dict[str, Any] = {name: given[name] for name in TEXTS}
        data["price_tier_id"] = int(given["price_tier"]) if given["price_tier"] else None
        data["account_manager_id"] = manager.pk if manager else None
        data["tags"] = [label for label in given["tags"].split(",") if label.strip()]
        return cast("CustomerData", data)


class CustomerSheet(Sheet):
    """Everything on the page of a customer's form. With `data` it came back; a pressed row button only shows it anew."""

    def __init__(
        self, actor: Actor, *, customer: Customer | None = None, data: Mapping[str, str] | None = None
    ) -> None:
        self.deliveries = Rows(DeliveryForm, "delivery")
        self.own = Rows(OwnFieldForm, "own")
        self.is_rewritten = data is not None and any(rows.is_pressed(data) for rows in self._rows)
        if data is None:
            self.main, self.billing = self._stored(actor, customer)
        elif self.is_rewritten:
            self.main = CustomerForm(actor=actor, initial=typed(CustomerForm, data))
            self.billing = AddressForm(prefix="billing", initial=typed(AddressForm, data, prefix="billing"))
            self.deliveries.rewritten(data)
            self.own.rewritten(data)
        else:
            self.main = CustomerForm(data, actor=actor)
            self.billing = AddressForm(data, prefix="billing")
            self.deliveries.sent(data)
            self.own.sent(data)

    @property
    def parts(self) -> Sequence[forms.Form]:
        return [self.main, self.billing, *self.deliveries.forms, *self.own.forms]

    def values(self) -> CustomerData:
        data = cast("CustomerForm", self.main).values()
        data["billing"] = self.billing.values()
        data["deliveries"] = [form.values() for form in self.deliveries.forms]
        data["own_fields"] = {
            form.cleaned_data["name"]: form.cleaned_data["value"] for form in self.own.forms
        }
        return data

    @property
    def _rows(self) -> tuple[Rows[Any], ...]:
        return self.deliveries, self.own

    def _stored(self, actor: Actor, customer: Customer | None) -> tuple[CustomerForm, AddressForm]:
        if customer is None:
            return CustomerForm(actor=actor), AddressForm(prefix="billing")
        addresses = list(addresses_of(customer, actor=actor))
        billing = next((one for one in addresses if one.kind == Address.Kind.BILLING), None)
        self.deliveries.shown(
            [address_initial(one) for one in addresses if one.kind == Address.Kind.DELIVERY]
        )
        self.own.shown(own_initial(customer.own_fields))
        initial = customer_initial(customer, tags=tags_of([customer], actor=actor)[customer.pk])
        main = CustomerForm(actor=actor, initial=initial)
        return main, AddressForm(prefix="billing", initial=address_initial(billing))


def customer_initial(customer: Customer, *, tags: Sequence[str]) -> dict[str, str]:
    """What the form shows of a customer."""
    return {
        **{name: getattr(customer, name) for name in TEXTS},
        "price_tier": str(customer.price_tier_id or ""),
        "account_manager": str(customer.account_manager.public_id) if customer.account_manager else "",
        "tags": ", ".join(tags),
    }


class DepartmentForm(forms.Form):
    name = text_field(
        Department, "name", required=True, label=_("Name"), error_messages={"required": _("Enter a name.")}
    )
    delivery_address = forms.ChoiceField(label=_("Delivery address"), required=False)
    invoice_address = forms.ChoiceField(label=_("Invoice address"), required=False)
    default_contact = forms.ChoiceField(label=_("Default contact"), required=False)
    approver = forms.ChoiceField(
        label=_("Approver"), required=False, help_text=_("Approves orders of this department.")
    )

    POINTERS = ("delivery_address", "invoice_address", "default_contact", "approver")

    def __init__(
        self,
        *args: Any,
        addresses: Sequence[Address],
        people: Sequence[tuple[str, str, int]],
        department: Department | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.initial = department_initial(department) if department else {}
        self.keys = {str(one.public_id): one.pk for one in addresses} | {key: pk for key, _name, pk in people}
        places = [NONE_CHOSEN, *((str(one.public_id), one.label or str(one)) for one in addresses)]
        contacts = [NONE_CHOSEN, *((key, name) for key, name, _pk in people)]
        for name in self.POINTERS:
            choices = places if name.endswith("address") else contacts
            cast("forms.ChoiceField", self.fields[name]).choices = choices

    def values(self) -> DepartmentData:
        given = self.cleaned_data
        data: dict[str, Any] = {"name": given["name"]}
        data |= {f"{name}_id": self.keys.get(given[name]) for name in self.POINTERS}
        return cast("DepartmentData", data)


def department_initial(department: Department) -> dict[str, str]:
    pointers = {name: getattr(department, name) for name in DepartmentForm.POINTERS}
    return {"name": department.name} | {
        name: str(row.public_id) if row else "" for name, row in pointers.items()
    }


class PriceTierForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, widget=forms.TextInput(attrs=QUIET))
