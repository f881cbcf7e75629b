"""What an eStore link is held to."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tradedoor.core.errors import Invalid
from tradedoor.registration.actions.links import LinkLimits
from tradedoor.registration.domains import patterns_of
from tradedoor.registration.models import EstoreLink


class LimitsForm(forms.Form):
    """Each is open where nothing is given."""

    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("In the time zone of the store. From the day after it leads to sign-in only."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    most_uses = forms.IntegerField(
        label=_("People at most"), required=False, min_value=0, max_value=1_000_000
    )
    domains = forms.CharField(
        label=_("Mail domains"),
        required=False,
        max_length=20_000,
        help_text=_(
            "One a line, as in example.com; *.example.com for what is below it. Others cannot register."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "autocapitalize": "none", "spellcheck": "false"}),
    )

    @staticmethod
    def given_by(link: EstoreLink) -> dict[str, Any]:
        return {"ends_on": link.ends_on, "most_uses": link.most_uses, "domains": "\n".join(link.domains)}

    def clean_domains(self) -> tuple[str, ...]:
        try:
            return tuple(patterns_of(self.cleaned_data["domains"].replace(",", "\n").splitlines()))
        except Invalid as refusal:
            raise forms.ValidationError(str(refusal), code=refusal.code) from refusal

    def wish(self) -> LinkLimits:
        return LinkLimits(**{name: self.cleaned_data[name] for name in ("ends_on", "most_uses", "domains")})
