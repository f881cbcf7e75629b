"""Who works here, and what they may do."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tradedoor.accounts.roles import Role
from tradedoor.staff.forms.account import current_password
from tradedoor.stores.models import Store

ALL, SOME = "all", "some"
ROLE_NOTES = {
    Role.OWNER.value: _("Everything, including staff and settings."),
    Role.ACCESS_MANAGER.value: _("Invites, deactivates and re-enables; edits customers and contacts."),
    Role.CRM_EDITOR.value: _("Edits and imports customers and contacts. Sees who has access."),
    Role.CATALOGUE_ORDERS.value: _("Edits and imports products. Sees customers and who has access."),
    Role.VIEWER.value: _("Looks at everything but staff, changes nothing."),
}


class RightsForm(forms.Form):
    """A role, and the stores it is for; the latter only where there is a choice."""

    role = forms.ChoiceField(
        label=_("Role"), choices=Role.choices, initial=Role.VIEWER, widget=forms.RadioSelect
    )
    scope = forms.ChoiceField(
        label=_("Stores"),
        choices=[(ALL, _("All stores, also those to come")), (SOME, _("Only these"))],
        initial=ALL,
        widget=forms.RadioSelect,
    )
    stores = forms.MultipleChoiceField(
        label=_("These stores"), required=False, widget=forms.CheckboxSelectMultiple
    )
    current = current_password(required=False)

    def __init__(self, *args: Any, stores: list[Store], asks_current: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = {str(store.public_id): store.pk for store in stores}
        self.fields["stores"].choices = [(str(store.public_id), store.name) for store in stores]  # type: ignore[attr-defined]  # a field with choices
        if len(stores) < 2 and self.initial.get("scope", ALL) == ALL:  # noqa: PLR2004 - two are a choice
            del self.fields["scope"], self.fields["stores"]
        self.fields["current"].help_text = _("Asked again, because this gives rights to somebody.")
        if not asks_current:
            del self.fields["current"]

    @property
    def store_ids(self) -> list[int] | None:
        """The keys of the chosen stores; None for all."""
        if self.cleaned_data.get("scope", ALL) == ALL:
            return None
        return [self.keys[public_id] for public_id in self.cleaned_data["stores"]]

    @property
    def chosen_role(self) -> Role:
        return Role(self.cleaned_data["role"])

    @property
    def proof(self) -> str:
        return str(self.cleaned_data.get("current", ""))


class InviteForm(RightsForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(
        label=_("Email"), max_length=254, help_text=_("The link to come in by goes there.")
    )
    field_order = ["name", "email", "role", "scope", "stores", "current"]


class ProofForm(forms.Form):
    """A question before what cannot be undone, with the password where it was not given just now."""

    current = current_password(required=False)

    def __init__(self, *args: Any, asks_current: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_current:
            del self.fields["current"]

    @property
    def proof(self) -> str:
        return str(self.cleaned_data.get("current", ""))
