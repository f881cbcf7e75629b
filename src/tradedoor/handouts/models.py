"""A store's own template for its hand-outs."""

from django.db import models
from django.db.models.functions import Now


class HandoutTemplate(models.Model):
    """The Word file behind a store's hand-outs, checked when it came in; without a row the standard one is used."""

    store = models.OneToOneField("stores.Store", models.CASCADE, related_name="handout_template")
    # Under a name of its own each time; the folder is served by nobody.
    file = models.FileField(upload_to="handouts/")
    name = models.CharField(max_length=150)
    size = models.PositiveIntegerField()
    uploaded_by = models.ForeignKey(
        "accounts.Login", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name
