"""A contact with address and own fields."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from tradedoor.crm.fields import ContactData
from tradedoor.crm.models import Contact, Department
from tradedoor.staff.forms.crm import (
    AddressForm,
    OwnFieldForm,
    Sheet,
    address_initial,
    notes_field,
    own_initial,
    text_field,
    typed,
)
from tradedoor.staff.forms.details import GENERATE, DetailsForm
from tradedoor.staff.forms.rows import Rows

TEXTS = ("title", "first_name", "last_name", "job_title", "email", "phone", "mobile", "language", "notes")
TICKS = ("subscribed", "receive_mail_out")


class ContactForm(forms.Form):
    title = text_field(Contact, "title", help_text=_("Such as Ms or Dr."))
    first_name = text_field(Contact, "first_name", label=_("First name"))
    last_name = text_field(Contact, "last_name", label=_("Last name"))
    job_title = text_field(Contact, "job_title", label=_("Job title"))
    email = text_field(
        Contact, "email", label=_("Email"), attrs={"inputmode": "email", "spellcheck": "false"}
    )
    phone = text_field(Contact, "phone", attrs={"inputmode": "tel"})
    mobile = text_field(Contact, "mobile", attrs={"inputmode": "tel"})
    language = text_field(Contact, "language", help_text=_("Such as en, de or fr."))
    department = forms.ChoiceField(label=_("Department"))
    subscribed = forms.BooleanField(
        label=_("Subscribed User"), required=False, help_text=_("Wants to be told about offers and news.")
    )
    receive_mail_out = forms.BooleanField(
        label=_("Receive Mail Out"), required=False, help_text=_("Is on the list for mailings.")
    )
    notes = notes_field()

    def __init__(self, *args: Any, departments: Sequence[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.departments = {str(one.public_id): one.pk for one in departments}
        choices = [(str(one.public_id), one.name) for one in departments]
        cast("forms.ChoiceField", self.fields["department"]).choices = choices

    def values(self) -> ContactData:
        given = self.cleaned_data
        data: dict[str, Any] = {name: given[name] for name in (*TEXTS, *TICKS)}
        data["department_id"] = self.departments[given["department"]]
        return cast("ContactData", data)


class ContactSheet(Sheet):
    """Everything on the page of a contact's form. With `data` it came back; a pressed row button only shows it anew."""

    def __init__(
        self,
        departments: Sequence[Department],
        *,
        contact: Contact | None = None,
        data: Mapping[str, str] | None = None,
    ) -> None:
        self.own = Rows(OwnFieldForm, "own")
        self.is_rewritten = data is not None and (self.own.is_pressed(data) or GENERATE in data)
        self.details: DetailsForm | None = None
        if data is None:
            initial = contact_initial(contact) if contact else {}
            self.main = ContactForm(departments=departments, initial=initial)
            address = contact.address if contact else None
            self.address = AddressForm(prefix="address", initial=address_initial(address))
            self.own.shown(own_initial(contact.own_fields) if contact else [])
        elif self.is_rewritten:
            self.main = ContactForm(departments=departments, initial=typed(ContactForm, data))
            self.address = AddressForm(prefix="address", initial=typed(AddressForm, data, prefix="address"))
            self.own.rewritten(data)
        else:
            self.main = ContactForm(data, departments=departments)
            self.address = AddressForm(data, prefix="address")
            self.own.sent(data)

    @property
    def parts(self) -> Sequence[forms.Form]:
        return [self.main, *([self.details] if self.details else []), self.address, *self.own.forms]

    def values(self) -> ContactData:
        data = cast("ContactForm", self.main).values()
        data["address"] = self.address.values()
        data["own_fields"] = {
            form.cleaned_data["name"]: form.cleaned_data["value"] for form in self.own.forms
        }
        return data


def contact_initial(contact: Contact) -> dict[str, Any]:
    """What the form shows of a contact."""
    shown = {name: getattr(contact, name) for name in (*TEXTS, *TICKS)}
    return {**shown, "department": str(contact.department.public_id)}


class MoveForm(forms.Form):
    """Where contacts go: a customer by its code or whole name, and one of its departments."""

    customer = forms.CharField(
        label=_("To the customer"), max_length=200, help_text=_("Its code, or its whole name.")
    )
