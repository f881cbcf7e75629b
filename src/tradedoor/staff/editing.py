"""Two people at one form: what the second is told, and how nothing typed is lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from tradedoor.core.errors import Conflict

LONGEST = 120


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody saved meanwhile. `rows` are field, what is stored now, and what was typed here."""

    sentence: str
    rows: list[tuple[str, str, str]]


def clash_of(refusal: Conflict, form: forms.Form, stored: Mapping[str, Any]) -> Clash:
    """What stands in the row now beside what the form holds, field by field where they differ."""
    return Clash(
        str(refusal),
        [
            (str(field.label), _shown(field, now), _shown(field, field.value()))
            for field in form
            if field.name in stored and _text(now := stored[field.name]) != _text(field.value())
        ],
    )


def version_in(data: Mapping[str, str]) -> int:
    """The version that the form was opened with; one that never was where it is missing."""
    text = data.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - digits of an integer


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    return "" if value in {None, False} else str(value).replace("\r\n", "\n").strip()


def _shown(field: forms.BoundField, value: object) -> str:
    if isinstance(field.field, forms.BooleanField):
        return _("yes") if _text(value) else _("no")
    choices = dict(getattr(field.field, "choices", ()) or ())
    return str(choices.get(value, "") or _text(value))[:LONGEST] or _("empty")
