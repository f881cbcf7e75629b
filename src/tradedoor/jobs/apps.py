from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "tradedoor.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
