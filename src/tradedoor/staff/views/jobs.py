"""Long work: watched, stopped, taken up again, and its result fetched."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tradedoor.access.actions.link_files import may_read_links
from tradedoor.core.sheets.writing import csv_chunks
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import may_steer, read_result, resume_work, stop_work, work_for, works
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.progress import STATES, progress_of, result_table
from tradedoor.staff.wide_receipts import long_receipt
from tradedoor.web.lists import Filter, ListSpec, Sort, build_list
from tradedoor.web.requests import ActorRequest


def _titled(rows: QuerySet[Work], text: str) -> QuerySet[Work]:
    return rows.filter(title__icontains=text)


JOBS = ListSpec(
    sorts={"new": Sort(gettext_lazy("Newest first"), "-id")},
    filters=[
        Filter(
            "state",
            gettext_lazy("State"),
            lambda rows, value: rows.filter(state=value),
            options=[(state, look.label) for state, look in STATES.items()],
        )
    ],
    search=_titled,
)


@require_GET
def jobs(request: ActorRequest) -> HttpResponse:
    found = build_list(request.GET, JOBS, works(request.actor))
    context = {
        "page": found,
        "progress": {work.pk: progress_of(work) for work in found.rows},
        "crumbs": [Crumb(_("Jobs"))],
    }
    if request.htmx.target == "works":
        response = render(request, "staff/desk/jobs/_table.html", context)
    else:
        response = page(request, "staff/desk/jobs/list.html", context, current="home")
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
def job(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The page of a job; asked by htmx, its banner, which asks again until the job has ended, and what is below it."""
    work = work_for(public_id, actor=request.actor)
    context: dict[str, object] = {
        "work": work,
        "progress": progress_of(work),
        "may_steer": may_steer(work, actor=request.actor),
        "may_read_links": may_read_links(work, actor=request.actor),
    }
    is_on_its_page = not request.htmx or request.htmx.current_url_abs_path == request.path
    if is_on_its_page:
        context["receipt"] = long_receipt(work, actor=request.actor)
    if request.htmx:
        request.is_polling = True
        context["oob"] = is_on_its_page
        response = render(request, "staff/desk/jobs/_asked.html", context)
    else:
        context["crumbs"] = [Crumb(_("Jobs"), reverse("staff:jobs")), Crumb(work.title)]
        response = page(request, "staff/desk/jobs/job.html", context, current="home")
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
def stop(request: ActorRequest, public_id: UUID) -> HttpResponse:
    work = stop_work(public_id, actor=request.actor)
    return redirect("staff:job", work.public_id)


@require_POST
def resume(request: ActorRequest, public_id: UUID) -> HttpResponse:
    work = resume_work(public_id, actor=request.actor)
    return redirect("staff:job", work.public_id)


@require_GET
def result(request: ActorRequest, public_id: UUID) -> StreamingHttpResponse:
    """What became of each thing, as CSV that a spreadsheet opens without running anything in it (CSV-01)."""
    work = work_for(public_id, actor=request.actor)
    header, rows = result_table(read_result(work, actor=request.actor))
    response = StreamingHttpResponse(csv_chunks(header, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="result-{work.public_id}.csv"'
    return response
