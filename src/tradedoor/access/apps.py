from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "tradedoor.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can be imported only now. Mails and jobs register themselves by name.
        from tradedoor.access import (  # noqa: F401 - to register
            date_jobs,
            detail_emails,
            detail_jobs,
            email_change_emails,
            email_change_jobs,
            emails,
            ending_jobs,
            error_jobs,
            jobs,
            link_jobs,
            merging_jobs,
            password_emails,
            password_jobs,
            wide_jobs,
        )
        from tradedoor.access.actions import invitation_days  # noqa: F401 - the same
        from tradedoor.access.events import SENTENCES
        from tradedoor.audit.registry import register

        register(SENTENCES)
