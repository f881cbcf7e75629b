from django.db import migrations

from tradedoor.core.search import AddTrigramSearch


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]

    operations = [
        AddTrigramSearch("access"),
    ]
