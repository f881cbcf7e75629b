from importlib import import_module

from django.apps import AppConfig

from tradedoor.audit.registry import register
from tradedoor.crm.events import SENTENCES


class CrmConfig(AppConfig):
    name = "tradedoor.crm"
    label = "crm"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the history of the CRM readable, and its work known by name."""
        register(SENTENCES)
        # Only once all models are there; it registers the work by name.
        import_module("tradedoor.crm.jobs")
