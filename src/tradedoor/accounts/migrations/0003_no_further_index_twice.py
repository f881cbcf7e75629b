import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps as Apps

from tradedoor.core.indexes import drop_own_indexes

# Django adds an index for LIKE to every unique text on PostgreSQL; nobody asks for the beginning of a hash.
OF_HASHES = {"OneTimeLink": ("token_hash",), "Session": ("key_hash",), "Throttle": ("key_hash",)}


def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    drop_own_indexes(apps, schema_editor, app="accounts", model="Session", columns=("login_id",))
    if schema_editor.connection.vendor == "postgresql":
        for model, columns in OF_HASHES.items():
            drop_own_indexes(apps, schema_editor, app="accounts", model=model, columns=columns)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_email_report"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name="session",
                    name="login",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
