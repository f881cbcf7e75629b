from django.db import migrations

from tradedoor.core.search import AddTrigramSearch


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        AddTrigramSearch("product"),
    ]
