import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps as Apps

COLUMNS = ("customer_id", "contact_id", "login_id")


def drop_own_indexes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the indexes of these keys alone by their names: to alter the fields, SQLite would make the table anew."""
    table = apps.get_model("access", "Access")._meta.db_table  # noqa: SLF001 - of Django
    with schema_editor.connection.cursor() as cursor:
        found = schema_editor.connection.introspection.get_constraints(cursor, table)
    for name, about in found.items():
        alone = about["index"] and not about["unique"] and len(about["columns"]) == 1
        if alone and about["columns"][0] in COLUMNS and name.startswith(f"{table}_"):
            schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_open_changes"),
        ("crm", "0003_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop_own_indexes, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name="access",
                    name="contact",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accesses",
                        to="crm.contact",
                    ),
                ),
                migrations.AlterField(
                    model_name="access",
                    name="customer",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accesses",
                        to="crm.customer",
                    ),
                ),
                migrations.AlterField(
                    model_name="access",
                    name="login",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accesses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
