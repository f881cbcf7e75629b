import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps as Apps

from tradedoor.core.indexes import drop_own_indexes

COLUMNS = {"Access": ("store_id",), "AccessError": ("access_id",), "EmailChange": ("contact_id", "login_id")}


def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for model, columns in COLUMNS.items():
        drop_own_indexes(apps, schema_editor, app="access", model=model, columns=columns)


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0008_no_index_twice"),
        ("crm", "0003_imports"),
        ("stores", "0004_login_details"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name="access",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accesses",
                        to="stores.store",
                    ),
                ),
                migrations.AlterField(
                    model_name="accesserror",
                    name="access",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="errors",
                        to="access.access",
                    ),
                ),
                migrations.AlterField(
                    model_name="emailchange",
                    name="contact",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="email_changes",
                        to="crm.contact",
                    ),
                ),
                migrations.AlterField(
                    model_name="emailchange",
                    name="login",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
