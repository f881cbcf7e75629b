"""Showing a refusal beside the field it is about."""

from django import forms

from tradedoor.core.errors import Refusal


def add_refusal(form: forms.Form, refusal: Refusal) -> None:
    """Put the sentence of the refusal to its field, or to the form as a whole where it has no such field."""
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, str(refusal))
