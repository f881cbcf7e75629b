from importlib import import_module

from django.apps import AppConfig

from tradedoor.audit import registry
from tradedoor.handouts.events import SENTENCES


class HandoutsConfig(AppConfig):
    name = "tradedoor.handouts"
    label = "handouts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        registry.register(SENTENCES)
        # Only once all models are there; they register mails and work by name.
        import_module("tradedoor.handouts.emails")
        import_module("tradedoor.handouts.jobs")
