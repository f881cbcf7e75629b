from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "tradedoor.integrations"
    label = "integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can be imported only now. Jobs register themselves by name.
        from tradedoor.audit.registry import register
        from tradedoor.integrations import jobs  # noqa: F401 - to register
        from tradedoor.integrations.events import SENTENCES

        register(SENTENCES)
