from django.apps import AppConfig

from tradedoor.audit import registry
from tradedoor.stores.events import SENTENCES


class StoresConfig(AppConfig):
    name = "tradedoor.stores"
    label = "stores"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        registry.register(SENTENCES)
