from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tradedoor.core import key_lists


class AuditConfig(AppConfig):
    name = "tradedoor.audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from tradedoor.audit.registry import register

        key_lists.register()  # by the lowest app there is, for all of them
        register({"audit.exported": _("Exported history")})
