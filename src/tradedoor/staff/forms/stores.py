"""A store and its settings, a form for each section. What is right is said by `stores.fields`."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tradedoor.stores.models import Store

HUNDRED, LINE = 100, 254


class StoreForm(forms.Form):
    """A new store: what it needs to invite. The rest has good defaults."""

    name = forms.CharField(
        label=_("Name"), max_length=HUNDRED, widget=forms.TextInput(attrs={"autofocus": True})
    )
    slug = forms.CharField(
        label=_("Address"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=50,
        required=False,
        help_text=_("Stands at the foot of every page and mail."),
    )
    email = forms.CharField(
        label=_("Email"),
        max_length=LINE,
        required=False,
        widget=forms.EmailInput,
        help_text=_("Where customers write to."),
    )
    currency = forms.CharField(
        label=_("Currency"), max_length=3, initial="EUR", help_text=_("Three letters, as in EUR.")
    )


class DetailsForm(StoreForm):
    """Details."""

    postal_address = forms.CharField(
        label=_("Postal address"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=50,
        help_text=_("As in Europe/Berlin. Times in mails are told in it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs.pop("autofocus", None)


class LookForm(forms.Form):
    """Look."""

    headline = forms.CharField(
        label=_("Headline"),
        max_length=120,
        required=False,
        help_text=_("Large, over the drawing beside the sign-in form."),
    )
    welcome = forms.CharField(
        label=_("Welcome text"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Under “Sign in to your trade account”."),
    )  # fmt: skip
    brand_colour = forms.CharField(label=_("Brand colour"), widget=forms.ColorInput)
    accent_colour = forms.CharField(label=_("Second colour"), widget=forms.ColorInput)
    logo = forms.FileField(
        label=_("Logo"), required=False, help_text=_("PNG, JPEG or WebP, up to 2 MB. Mails show it too."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )  # fmt: skip
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)
    banner = forms.FileField(
        label=_("Banner"), required=False,
        help_text=_("PNG, JPEG or WebP, up to 8 MB. Stands beside the sign-in form instead of the drawing."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )  # fmt: skip
    remove_banner = forms.BooleanField(label=_("Remove the banner"), required=False)

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not store.logo:
            del self.fields["remove_logo"]
        if not store.banner:
            del self.fields["remove_banner"]


class InvitationsForm(forms.Form):
    """Invitations."""

    invitation_days = forms.IntegerField(
        label=_("Days an invitation works"),
        min_value=1,
        max_value=90,
        help_text=_("1 to 90. Counted from sending."),
    )
    invitation_reminder = forms.BooleanField(
        label=_("Remind once, 2 days before an invitation runs out"),
        required=False,
        help_text=_("Only those whose invitation was mailed and who have not joined."),
    )
    sender_name = forms.CharField(
        label=_("Sender name"),
        max_length=HUNDRED,
        required=False,
        help_text=_("Whom the mail comes from. The store's name where empty."),
    )
    reply_to = forms.CharField(
        label=_("Reply-to address"), max_length=LINE, required=False, widget=forms.EmailInput,
        help_text=_("Where an answer goes. The store's email where empty."),
    )  # fmt: skip


class HandoutForm(forms.Form):
    """Hand-out."""

    template = forms.FileField(
        label=_("Word document"),
        help_text=_("A .docx without macros, up to 4 MB, with {{ link }} or {{ qr }} in it."),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")},
        widget=forms.FileInput(
            attrs={"accept": ".docx,application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
        ),
    )


class LoginDetailsForm(forms.Form):
    """Login details."""

    login_details = forms.ChoiceField(
        label=_("The mail carries"), choices=Store.LoginDetails.choices, widget=forms.RadioSelect
    )


class KindForm(forms.Form):
    """Kind."""

    kind = forms.ChoiceField(
        label=_("Kind of store"),
        choices=[(Store.Kind.SHARED, _("Shared")), (Store.Kind.DEDICATED, _("Dedicated"))],
        widget=forms.RadioSelect,
    )
    customer_id = forms.CharField(
        label=_("Customer"), max_length=200, required=False,
        help_text=_("Only for a dedicated store: the customer's code, or name."),
        widget=forms.TextInput(attrs={"list": "customers", "autocomplete": "off"}),
    )  # fmt: skip
