"""How the CRM tells the audit what changed: names of fields in the row, old and new values apart from it."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from tradedoor.audit.models import AuditRow
from tradedoor.audit.registry import names_of

Changes = Mapping[str, tuple[Any, Any]]


def changes_of(row: models.Model, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The columns among `values` in which `row` differs, as old and new."""
    return {name: (old, value) for name, value in values.items() if (old := getattr(row, name)) != value}


def in_data(changes: Changes) -> dict[str, Any]:
    """What the row of history says: which fields, without a value."""
    return {"fields": sorted(name.removesuffix("_id") for name in changes)}


def in_person(changes: Changes) -> dict[str, Any]:
    """What stands apart, so that it can be erased: the values."""
    return {
        name.removesuffix("_id"): {"old": old, "new": new} for name, (old, new) in sorted(changes.items())
    }


def last_editor(*, customer_id: int, contact_id: int | None = None) -> str:
    """The name of whoever last changed the row; empty where the audit does not know."""
    row = (
        AuditRow.objects.filter(customer_id=customer_id, contact_id=contact_id, store_id=None)
        .order_by("-pk")
        .values_list("actor_id", "actor_label")
        .first()
    )
    if row is None:
        return ""
    login_id, label = row
    return names_of({login_id}).get(login_id, "") if login_id is not None else str(label)
