"""Indexes that a migration takes away without making the table anew, as altering a field does on SQLite."""

from collections.abc import Collection

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def drop_own_indexes(
    apps: StateApps, editor: BaseDatabaseSchemaEditor, *, app: str, model: str, columns: Collection[str]
) -> None:
    """Drop the index that Django made of each of these keys alone, found by its column; none is no mistake."""
    table = apps.get_model(app, model)._meta.db_table  # noqa: SLF001 - of Django
    with editor.connection.cursor() as cursor:
        found = editor.connection.introspection.get_constraints(cursor, table)
    for name, about in found.items():
        alone = about["index"] and not about["unique"] and len(about["columns"]) == 1
        if alone and about["columns"][0] in columns and name.startswith(f"{table}_"):
            editor.execute(f"DROP INDEX {editor.quote_name(name)}")
