"""The box "eStore access": login details for one contact."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from tradedoor.staff.forms.account import current_password
from tradedoor.staff.forms.sign_in import LONGEST_PASSWORD

PREFIX = "details"
GENERATE = f"{PREFIX}-generate"  # the name of the button


class DetailsForm(forms.Form):
    """Syntax only. What was typed stays in the page, whatever comes back."""

    prefix = PREFIX

    create = forms.BooleanField(label=_("Create eStore login details for this user"), required=False)
    stores = forms.MultipleChoiceField(label=_("Stores"), required=False, widget=forms.CheckboxSelectMultiple)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )
    # Says that the password is one we generated, and came back as it was.
    mark = forms.CharField(required=False, widget=forms.HiddenInput)
    current = current_password(required=False)
    mailed = forms.BooleanField(label=_("Email login Info to the user"), required=False, initial=True)

    def __init__(
        self, *args: Any, stores: list[tuple[str, str]], asks_current: bool, hint: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.MultipleChoiceField", self.fields["stores"]).choices = stores
        self.fields["password"].help_text = hint
        self.fields["current"].help_text = _("Asked because a password is given. A mail alone needs none.")
        if not asks_current:
            del self.fields["current"]

    @property
    def proof(self) -> str:
        return str(self.cleaned_data.get("current", ""))


def typed_details(data: Mapping[str, str]) -> dict[str, Any]:
    """What was typed into the box, unchecked."""
    names = ("password", "mark", "current")
    several = data.getlist(f"{PREFIX}-stores") if hasattr(data, "getlist") else []
    return {
        **{name: data.get(f"{PREFIX}-{name}", "") for name in names},
        **{name: f"{PREFIX}-{name}" in data for name in ("create", "mailed")},
        "stores": several,
    }
