"""Deactivate, with more to say."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tradedoor.access.actions.switching import LONGEST_REASON
from tradedoor.access.actions.wider import Reach, Scope, Wish
from tradedoor.access.models import Access, State
from tradedoor.web.formats import number


class DayInput(forms.DateInput):
    """The browser's own calendar, which sends and wants ISO dates."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"autocomplete": "off"})


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DayInput(), input_formats=["%Y-%m-%d"])


class WiderForm(forms.Form):
    scope = forms.ChoiceField(
        label=gettext_lazy("How far"), widget=forms.RadioSelect, initial=Scope.STORE.value
    )
    end_on = _day(gettext_lazy("Deactivate on"))
    return_on = _day(gettext_lazy("Re-enable on"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Staff see it on Deactivated Customers. The customer does not."),
    )

    def __init__(self, *args: Any, access: Access, reaches: Mapping[Scope, Reach], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["scope"]).choices = [
            (Scope.STORE.value, _("%(name)s in %(store)s") % _named(access)),
            (Scope.STORES.value, _("%(name)s in all stores") % _named(access)),
            (Scope.CUSTOMER.value, _("Everyone at %(customer)s, in all stores") % _named(access)),
        ]
        self.notes = {scope.value: _note(reach) for scope, reach in reaches.items()}

    def wish(self) -> Wish:
        given = self.cleaned_data
        return Wish(
            scope=Scope(given["scope"]),
            reason=given["reason"],
            end_on=given["end_on"],
            return_on=given["return_on"],
        )


def _named(access: Access) -> dict[str, str]:
    return {
        "name": access.contact.name,
        "store": access.store.name,
        "customer": access.customer.name,
    }


def _note(reach: Reach) -> str:
    """What ends with it, in one line."""
    counts = reach.counts
    words = {
        State.CURRENT: ngettext(
            "%(n)s current access", "%(n)s current accesses", counts.get(State.CURRENT, 0)
        ),
        State.PENDING: ngettext(
            "%(n)s invitation is cancelled for good",
            "%(n)s invitations are cancelled for good",
            counts.get(State.PENDING, 0),
        ),
        State.REQUESTED: ngettext(
            "%(n)s request is declined, without a mail",
            "%(n)s requests are declined, without a mail",
            counts.get(State.REQUESTED, 0),
        ),
    }
    parts = [text % {"n": number(counts[state])} for state, text in words.items() if counts.get(state)]
    if reach.outside:
        left = ngettext(
            "%(n)s in stores beyond your rights is left alone",
            "%(n)s in stores beyond your rights are left alone",
            reach.outside,
        )
        parts.append(left % {"n": number(reach.outside)})
    return " · ".join(parts) if parts else _("Nobody is left to deactivate here")
