from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tradedoor.audit.registry import register


class MailConfig(AppConfig):
    name = "tradedoor.mail"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from tradedoor.mail import sending, upkeep  # noqa: F401 - models are loaded only now

        register(
            {
                "mail.sent": _("Mail sent: %(subject)s"),
                "mail.captured": _("Mail captured: %(subject)s"),
                "mail.refused": _("Mail refused by the server of %(to)s"),
                "mail.failed": _("Mail could not be sent (%(code)s)"),
                "mail.cancelled": _("Mail not sent, since its reason was gone"),
                "mail.paused": _("Outgoing mail paused"),
                "mail.resumed": _("Outgoing mail resumed"),
            }
        )
