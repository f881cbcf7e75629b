from importlib import import_module

from django.apps import AppConfig

from tradedoor.audit import registry
from tradedoor.registration.events import SENTENCES


class RegistrationConfig(AppConfig):
    name = "tradedoor.registration"
    label = "registration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        registry.register(SENTENCES)
        # Only once all models are there; mails and jobs register themselves by name.
        import_module("tradedoor.registration.emails")
        import_module("tradedoor.registration.jobs")
        import_module("tradedoor.registration.actions.noting")
