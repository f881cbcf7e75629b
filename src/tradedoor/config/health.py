"""For load balancers and watchers: is the process alive, and is the installation fit to serve."""

from django.db import DatabaseError, connection
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tradedoor.access.email_change_queries import none_overdue
from tradedoor.jobs.models import Job
from tradedoor.jobs.queries import workers_silent_since
from tradedoor.mail.queries import OVERDUE, longest_waiting, mail_trouble


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 while database and worker do what they should, else 503; the body says which does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        waiting = longest_waiting()
        parts = {
            "database": True,
            "worker": workers_silent_since() is None,
            "email_changes": none_overdue(),
            "mail": mail_trouble() is None or waiting <= OVERDUE,
            "queue_seconds": queue_age(),
            "mail_seconds": int(waiting.total_seconds()),
        }
    except DatabaseError:
        parts = {"database": False}
    ready = all(value is not False for value in parts.values())
    return JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)


def queue_age() -> int:
    """For how many seconds the job that is longest overdue has been waiting."""
    now = timezone.now()
    due = Job.objects.filter(state=Job.State.QUEUED, run_at__lte=now).aggregate(oldest=Min("run_at"))[
        "oldest"
    ]
    return int((now - due).total_seconds()) if due else 0
