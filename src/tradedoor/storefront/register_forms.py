"""The form of somebody who registers. Syntax only: whether it is right, actions say."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tradedoor.crm.fields import AddressData
from tradedoor.crm.models import Department
from tradedoor.registration.actions.applying import Application
from tradedoor.registration.models import Rules
from tradedoor.storefront.forms import LONGEST_EMAIL, RULE, OneValue, keep_field, password_field

LINES = {
    "line1": (_("Street"), 200, "address-line1"),
    "line2": (_("Street, second line"), 200, "address-line2"),
    "postcode": (_("Postcode"), 20, "postal-code"),
    "city": (_("City"), 100, "address-level2"),
    "region": (_("State or region"), 100, "address-level1"),
    "country": (_("Country"), 60, "country-name"),
}


def _text(label: Any, longest: int, autocomplete: str, *, required: bool = False) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=longest, required=required, widget=widget)


class RegisterForm(forms.Form):
    """Who somebody is. Department, company, questions, terms and password are there where they are asked for."""

    first_name = _text(_("First name"), 100, "given-name", required=True)
    last_name = _text(_("Last name"), 100, "family-name", required=True)

    def __init__(
        self,
        *args: Any,
        rules: Rules,
        departments: Sequence[Department] = (),
        asks_company: bool = False,
        asks_password: bool = False,
        asks_email: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if asks_company:
            self.fields["company"] = _text(_("Company"), 200, "organization", required=True)
        if asks_email:
            email = OneValue(label=_("Email"), max_length=LONGEST_EMAIL)
            email.widget.attrs |= {"autocomplete": "email", "inputmode": "email"}
            self.fields["email"] = email
        self.fields["phone"] = _text(_("Phone"), 50, "tel")
        if len(departments) > 1:
            self.fields["department"] = forms.ChoiceField(
                label=_("Department"), choices=[(str(row.public_id), row.name) for row in departments]
            )
        for name, (label, longest, autocomplete) in LINES.items():
            self.fields[name] = _text(label, longest, autocomplete)
        for number, question in enumerate(rules.questions):
            self.fields[f"question_{number}"] = _question(question)
        if asks_password:
            self.fields["password"] = password_field(
                _("Choose a password"), autocomplete="new-password", help_text=RULE
            )
        if rules.terms:
            self.fields["terms"] = forms.BooleanField(
                label=_("I accept the terms"), error_messages={"required": _("Accept the terms to go on.")}
            )

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("question_")]

    @property
    def lines(self) -> list[forms.BoundField]:
        return [self[name] for name in LINES]

    def application(self, *, email: str = "") -> Application:
        """What was typed, of a form that is right."""
        given = self.cleaned_data
        answers = [given[name] for name in self.fields if name.startswith("question_")]
        return Application(
            email=given.get("email", email),
            first_name=given["first_name"],
            last_name=given["last_name"],
            phone=given["phone"],
            address=cast("AddressData", {name: given[name] for name in LINES}),
            company=given.get("company", ""),
            department=UUID(given["department"]) if given.get("department") else None,
            answers=answers,
            accepts_terms=bool(given.get("terms")),
        )


class ConfirmForm(forms.Form):
    password = password_field(_("Choose a password"), autocomplete="new-password", help_text=RULE)
    keep = keep_field()


class ConfirmBySigningInForm(forms.Form):
    password = password_field(_("Password"), autocomplete="current-password")
    keep = keep_field()


def _question(question: dict[str, Any]) -> forms.Field:
    label, required = question["label"], question["required"]
    if not question["choices"]:
        return forms.CharField(label=label, required=required, max_length=500)
    choices = [("", _("Choose…")), *((one, one) for one in question["choices"])]
    return forms.ChoiceField(label=label, required=required, choices=choices)
