"""What is typed at the sellers' door."""

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_PASSWORD = 500


class SignInForm(forms.Form):
    # No EmailField: what cannot be an address is a wrong pair like any other.
    email = forms.CharField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
