from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "tradedoor.audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from tradedoor.audit.registry import register

        register({"audit.exported": _("Exported history")})
