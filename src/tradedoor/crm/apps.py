from django.apps import AppConfig

from tradedoor.audit.registry import register
from tradedoor.crm.events import SENTENCES


class CrmConfig(AppConfig):
    name = "tradedoor.crm"
    label = "crm"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the history of the CRM readable, and its work known by name."""
        # Models can be imported only now.

        register(SENTENCES)
