from importlib import import_module

from django.apps import AppConfig

from tradedoor.audit import registry
from tradedoor.catalog.events import SENTENCES


class CatalogConfig(AppConfig):
    name = "tradedoor.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        registry.register(SENTENCES)
        # Only once all models are there; it registers the import by name.
        import_module("tradedoor.catalog.jobs")
