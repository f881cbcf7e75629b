from django.apps import AppConfig

from tradedoor.audit import registry
from tradedoor.registration.events import SENTENCES


class RegistrationConfig(AppConfig):
    name = "tradedoor.registration"
    label = "registration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        registry.register(SENTENCES)
