from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tradedoor.audit.registry import register


class JobsConfig(AppConfig):
    name = "tradedoor.jobs"
    verbose_name = _("Background work")

    def ready(self) -> None:
        from tradedoor.jobs import upkeep  # noqa: F401 - models are loaded only now

        register(
            {
                "jobs.work_started": _("Work started: %(title)s"),
                "jobs.work_stopped": _("Work stopped: %(title)s"),
                "jobs.work_resumed": _("Work taken up again: %(title)s"),
                "jobs.result_read": _("Result file fetched: %(title)s"),
                "jobs.work_done": _("Work done: %(title)s"),
                "jobs.work_failed": _("Work ended with a problem: %(title)s"),
            }
        )
