"""Counts the sign-ins that history knows of, so that the first month of the chart is not empty."""

from django.db import migrations
from django.db.models import Count
from django.db.models.functions import TruncDate


def count_past(apps, schema_editor):
    using = schema_editor.connection.alias
    rows = apps.get_model("audit", "AuditRow").objects.using(using)
    counts = apps.get_model("stores", "SignInCount").objects.using(using)
    known = set(apps.get_model("stores", "Store").objects.using(using).values_list("pk", flat=True))
    past = rows.filter(event="accounts.login.signed_in", store_id__in=known).annotate(day=TruncDate("at"))
    found = past.values_list("store_id", "day").annotate(n=Count("pk")).order_by()
    model = counts.model
    counts.bulk_create(
        [model(store_id=store, day=day, count=n) for store, day, n in found],
        ignore_conflicts=True,
        batch_size=5000,
    )


class Migration(migrations.Migration):

    dependencies = [
        ("stores", "0002_reminder_and_sign_ins"),
        ("audit", "0001_initial"),
    ]

    operations = [migrations.RunPython(count_past, migrations.RunPython.noop, elidable=True)]
