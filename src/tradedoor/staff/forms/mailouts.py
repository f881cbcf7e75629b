"""Connecting a store to its audience at Mailchimp."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AudienceForm(forms.Form):
    """Which audience, and which tag."""

    list_id = forms.CharField(
        label=_("Audience ID"),
        max_length=40,
        help_text=_("At Mailchimp: Audience → Settings → Audience name and defaults."),
    )
    tag = forms.CharField(
        label=_("Tag for mail-outs"),
        max_length=100,
        help_text=_("Contacts with “Receive Mail Out” get it, so that a campaign can be sent to them."),
    )
