"""What people say about themselves."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tradedoor.staff.forms.sign_in import LONGEST_PASSWORD


def current_password(*, required: bool = True) -> forms.CharField:
    """The field for the password that is in use."""
    return forms.CharField(
        label=_("Your present password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        required=required,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class PasswordForm(forms.Form):
    """Choosing a password. Who has just come by a link is not asked for the present one."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        help_text=_("Colleagues see it beside what you do."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    current = current_password()
    password = forms.CharField(
        label=_("New password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, asks_current: bool, asks_name: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = _(
            "At least %(length)s characters. Anything goes, but no well-known password and not your own name."
        ) % {"length": settings.TRADEDOOR_PASSWORD_MIN_LENGTH}
        if not asks_current:
            del self.fields["current"]
        if not asks_name:
            del self.fields["name"]


class EndSessionsForm(forms.Form):
    """Which sessions to end: one by its id, or all others; `current` where the proof is not fresh."""

    session = forms.UUIDField(required=False)
    current = current_password(required=False)
