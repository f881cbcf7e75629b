"""What a company admin types. Syntax only: whether it is right, actions say."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tradedoor.access.actions.inviting_colleagues import Colleague
from tradedoor.access.models import Role
from tradedoor.crm.models import Department
from tradedoor.storefront.forms import LONGEST_EMAIL, OneValue
from tradedoor.storefront.people import roles_within


class InviteColleagueForm(forms.Form):
    """Whom to invite. The department is there where the customer has several."""

    first_name = forms.CharField(label=_("First name"), max_length=100, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=100, required=False)
    email = OneValue(label=_("Email"), max_length=LONGEST_EMAIL)

    def __init__(self, *args: Any, own: Role, departments: Sequence[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name", "email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["email"].widget.attrs["inputmode"] = "email"
        if len(departments) > 1:
            self.fields["department"] = forms.ChoiceField(
                label=_("Department"), choices=[(str(row.public_id), row.name) for row in departments]
            )
        self.roles = roles_within(own)
        self.fields["role"] = forms.ChoiceField(
            label=_("Role in the store"),
            choices=[(value, label) for value, label, _note in self.roles],
            widget=forms.RadioSelect,
            initial=Role.BUYER,
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("first_name") and not given.get("last_name") and "last_name" not in self.errors:
            self.add_error("last_name", _("Enter a name."))
        return given

    def colleague(self) -> Colleague:
        """What was typed, of a form that is right."""
        given = self.cleaned_data
        return Colleague(
            email=given["email"],
            first_name=given["first_name"],
            last_name=given["last_name"],
            department=UUID(given["department"]) if given.get("department") else None,
            role=Role(given["role"]),
        )


class RoleForm(forms.Form):
    """A role, and the one that the page showed."""

    def __init__(self, *args: Any, own: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles = roles_within(own)
        choices = [(value, label) for value, label, _note in self.roles]
        self.fields["role"] = forms.ChoiceField(
            label=_("Role in the store"), choices=choices, widget=forms.RadioSelect
        )
        self.fields["seen"] = forms.ChoiceField(choices=Role.choices, widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    """An answer to a request; the reason goes out with the mail that declines."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only for declining. It stands in the mail to them."),
    )
