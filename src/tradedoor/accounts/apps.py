from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "tradedoor.accounts"
    label = "accounts"
    verbose_name = _("Logins")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can be imported only now. Mails and jobs register themselves by name.
        from tradedoor.accounts import emails, jobs  # noqa: F401 - for their registering
        from tradedoor.accounts.events import SENTENCES
        from tradedoor.accounts.queries import names_of_logins
        from tradedoor.audit.registry import register, set_name_resolver

        register(SENTENCES)
        set_name_resolver(names_of_logins)
