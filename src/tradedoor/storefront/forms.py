"""What buyers type. Syntax only: whether it is right, actions say."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

LONGEST_EMAIL = 320
LONGEST_PASSWORD = 4096
SHORTEST: int = settings.TRADEDOOR_PASSWORD_MIN_LENGTH
KEPT_DAYS: int = settings.TRADEDOOR_BUYER_KEPT_LIFE.days

RULE = ngettext_lazy(
    "At least %(count)d character, of any kind. No well-known password, and not your own name.",
    "At least %(count)d characters, of any kind. No well-known password, and not your own name.",
    SHORTEST,
) % {"count": SHORTEST}
KEEP = ngettext_lazy(
    "For %(count)d day. Leave it off on a shared computer.",
    "For %(count)d days. Leave it off on a shared computer.",
    KEPT_DAYS,
) % {"count": KEPT_DAYS}


class OneValue(forms.CharField):
    """A text that stands in the form exactly once: a second value is somebody's trick (EML-04)."""

    class Widget(forms.EmailInput):
        def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
            if hasattr(data, "getlist") and len(data.getlist(name)) > 1:
                return ""
            return super().value_from_datadict(data, files, name)

    widget = Widget


def email_field() -> forms.CharField:
    """An email as the name of a login; whether it is a right address is not the form's to say."""
    field = OneValue(label=_("Email"), max_length=LONGEST_EMAIL)
    field.widget.attrs |= {"autocomplete": "username", "inputmode": "email"}
    return field


def password_field(label: Any, *, autocomplete: str, help_text: Any = "") -> forms.CharField:
    """A password as it was typed: blanks at its ends belong to it."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(
        label=label, widget=widget, strip=False, max_length=LONGEST_PASSWORD, help_text=help_text
    )


def keep_field() -> forms.BooleanField:
    return forms.BooleanField(label=_("Keep me signed in"), help_text=KEEP, required=False)


class SignInForm(forms.Form):
    email = email_field()
    password = password_field(_("Password"), autocomplete="current-password")
    keep = keep_field()


class NewPasswordForm(forms.Form):
    password = password_field(_("Password"), autocomplete="new-password", help_text=RULE)


class JoinForm(NewPasswordForm):
    keep = keep_field()


class JoinBySigningInForm(forms.Form):
    password = password_field(_("Password"), autocomplete="current-password")
    keep = keep_field()


class ForgotForm(forms.Form):
    email = email_field()


class EndSessionForm(forms.Form):
    """The present password, where it was not given a moment ago."""

    current = password_field(_("Current password"), autocomplete="current-password")

    def __init__(self, *args: Any, asks_current: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["current"].required = asks_current


class ChangePasswordForm(forms.Form):
    current = password_field(_("Current password"), autocomplete="current-password")
    password = password_field(_("New password"), autocomplete="new-password", help_text=RULE)
