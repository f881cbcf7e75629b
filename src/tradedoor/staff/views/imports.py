"""A file comes in: chosen, its columns told, looked at row by row, and only then applied."""

from time import monotonic
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tradedoor.core.errors import Conflict, Invalid, NotAllowed
from tradedoor.core.sheets.writing import csv_chunks
from tradedoor.crm.imports.outcomes import STATUS_LABELS
from tradedoor.jobs.driving import Driver, claim
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.work import ACTIVE, may_steer, read_result
from tradedoor.staff.forms.imports import SAMPLES, MappingForm, ReadingForm, UploadForm
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.progress import progress_of
from tradedoor.staff.refusing import add_refusal
from tradedoor.staff.uploads import (
    KINDS,
    PRODUCTS,
    CrmUpload,
    Upload,
    first_cells,
    kinds_for,
    receive,
    upload_for,
)
from tradedoor.web.lists import Filter, ListSpec, Sort, build_list
from tradedoor.web.navigation import Tab
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE, CONFLICT = 422, 409
# Checked while the browser waits, if that takes no longer than a moment: about three thousand rows.
SMALL, PATIENCE = 300_000, 2.0
WARNED = "warned"
# What a dry run calls what an import has done.
TO_DO = {"created": gettext_lazy("To create"), "updated": gettext_lazy("To update")}


def _of_status(rows: QuerySet[WorkLine], value: str) -> QuerySet[WorkLine]:
    if value == WARNED:
        return rows.exclude(reason="").exclude(status__in=["refused", "skipped"])
    return rows.filter(status=value)


REPORT = ListSpec(
    sorts={"row": Sort(gettext_lazy("Row"), "number")},
    filters=[
        Filter(
            "status",
            gettext_lazy("Status"),
            _of_status,
            options=[
                *((status.value, label) for status, label in STATUS_LABELS.items()),
                (WARNED, gettext_lazy("With a warning")),
            ],
        )
    ],
)


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: ActorRequest) -> HttpResponse:
    kinds = kinds_for(request.actor)
    if not kinds:
        raise NotAllowed(_("Your role does not allow this."))
    wanted = request.GET.get("kind", "")
    form = UploadForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        kinds=kinds,
        initial={"kind": wanted if wanted in dict(kinds) else kinds[0][0]},
    )
    if form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            upload = receive(
                sent.file, kind=form.cleaned_data["kind"], name=sent.name or "", actor=request.actor
            )
        except (Invalid, Conflict) as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("staff:import-map", upload.file.public_id)
    context = {"form": form, "crumbs": [*_start(wanted), Crumb(_("Import"))]}
    status = UNPROCESSABLE if form.errors else 200
    return page(request, "staff/crm/imports/choose.html", context, current=_place(wanted), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request: ActorRequest, public_id: UUID) -> HttpResponse:
    upload = upload_for(public_id, actor=request.actor)
    if upload.file.apply_work is not None:
        return redirect("staff:import-preview", public_id)
    sheet = upload.sheet()
    is_reread = "reread" in request.POST
    form = MappingForm(request.POST if request.method == "POST" and not is_reread else None, upload=upload)
    reading = ReadingForm(request.POST if is_reread else None, upload=upload, sheets=sheet.notes.sheets)
    try:
        if is_reread and isinstance(upload, CrmUpload) and reading.is_valid():
            given = reading.cleaned_data
            upload.reread(
                actor=request.actor, encoding=given.get("encoding", ""), sheet=given.get("sheet", "")
            )
            return redirect("staff:import-map", public_id)
        if not is_reread and form.is_valid():
            upload.describe(actor=request.actor, mapping=form.mapping, given=form.cleaned_data)
            _check(request, upload)
            return redirect("staff:import-preview", public_id)
    except (Invalid, Conflict) as refusal:
        add_refusal(reading if is_reread else form, refusal)
    return _mapping_page(request, upload, form, reading)


def _check(request: ActorRequest, upload: Upload) -> None:
    """Start the dry run; a small file is through before the next page shows."""
    work = upload.check(actor=request.actor)
    worker = f"page:{request.id}"
    if upload.file.size <= SMALL and claim(work.pk, worker=worker):
        until = monotonic() + PATIENCE
        # Whatever is left then, or goes wrong, a worker takes up again.
        Driver(work.pk, worker=worker).drive(is_over=lambda: monotonic() > until)


def _mapping_page(
    request: ActorRequest, upload: Upload, form: MappingForm, reading: ReadingForm
) -> HttpResponse:
    samples = [row.cells for row in upload.sheet().preview(SAMPLES)]
    columns = [
        (form[name], [row[number] for row in samples if number < len(row) and row[number].strip()])
        for number, name in enumerate(form.column_names)
    ]
    context = {
        "upload": upload,
        "file": upload.file,
        "form": form,
        "reading": reading,
        "columns": columns,
        "kind_label": KINDS[upload.kind],
        "crumbs": _crumbs(upload, _("Columns")),
    }
    status = UNPROCESSABLE if form.errors or reading.errors else 200
    return page(
        request, "staff/crm/imports/mapping.html", context, current=_place(upload.kind), status=status
    )


@require_GET
def preview(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """What the import would do, or did, row by row; while it is at it, how far it is."""
    upload = upload_for(public_id, actor=request.actor)
    work = upload.work
    if work is None:
        return redirect("staff:import-map", public_id)
    is_active = work.state in ACTIVE
    context: dict[str, Any] = {
        "upload": upload,
        "file": upload.file,
        "work": work,
        "progress": progress_of(work),
        "is_active": is_active,
        "is_applied": upload.file.apply_work is not None,
        "may_steer": may_steer(work, actor=request.actor),
        "poll": reverse("staff:import-preview", args=[public_id]),
    }
    if request.htmx and request.htmx.target != "report":
        request.is_polling = True
        response = render(request, "staff/crm/imports/_banner.html", context)
        if not is_active:
            response.headers["HX-Refresh"] = "true"
        patch_vary_headers(response, ["HX-Request"])
        return response
    context |= {"is_whole": False} if is_active else _report(request, upload, work)
    context["kind_label"] = KINDS[upload.kind]
    title = _("Result") if context["is_applied"] else _("Preview")
    context["crumbs"] = _crumbs(upload, title)
    response = page(request, "staff/crm/imports/preview.html", context, current=_place(upload.kind))
    patch_vary_headers(response, ["HX-Request"])
    return response


def _report(request: ActorRequest, upload: Upload, work: Work) -> dict[str, Any]:
    found = build_list(request.GET, REPORT, work.lines.all(), total=None)
    cells = upload.rows_of([line.number for line in found.rows])
    counts = work.counts
    done = {status.value: str(label) for status, label in STATUS_LABELS.items()}
    labels = done if upload.file.apply_work else done | {key: str(label) for key, label in TO_DO.items()}
    return {
        "page": found,
        "rows": [(line, first_cells(cells.get(line.number, []))) for line in found.rows],
        "labels": labels,
        "tabs": _tabs(request, labels, counts),
        "will_write": counts.get("created", 0) + counts.get("updated", 0),
        "is_whole": work.state == Work.State.DONE,
    }


def _tabs(request: ActorRequest, labels: dict[str, str], counts: dict[str, int]) -> list[Tab]:
    """All rows, and those of each outcome that there is."""
    chosen = request.GET.get("status", "")
    total = sum(counts.get(status, 0) for status in labels)
    tabs = [Tab(label=_("All rows"), href="?", count=total, current=not chosen)]
    for status, label in [*labels.items(), (WARNED, _("With a warning"))]:
        count = counts.get(status, 0)
        if count or status == chosen:
            tone = "bad" if status == "refused" else ""
            tabs.append(
                Tab(label=label, href=f"?status={status}", count=count, current=status == chosen, tone=tone)
            )
    return tabs


@require_POST
def apply(request: ActorRequest, public_id: UUID) -> HttpResponse:
    upload = upload_for(public_id, actor=request.actor)
    upload.apply(actor=request.actor)
    return redirect("staff:import-preview", public_id)


@require_GET
def result(request: ActorRequest, public_id: UUID) -> HttpResponse | StreamingHttpResponse:
    """The file as it came with a status and a reason before each row (CSV-01, CSV-03)."""
    upload = upload_for(public_id, actor=request.actor)
    work = upload.work
    if work is None:
        return redirect("staff:import-map", public_id)
    # Whether this person may have it is asked, and that they had it is written down, by this.
    read_result(work, actor=request.actor)
    header, rows = upload.result(work, actor=request.actor)
    response = StreamingHttpResponse(csv_chunks(header, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="import-{public_id}.csv"'
    return response


def _start(kind: str) -> list[Crumb]:
    if kind == PRODUCTS:
        return [Crumb(_("Catalogue"), reverse("staff:products"))]
    if kind == "contacts":
        return [Crumb(_("Contacts"), reverse("staff:contacts"))]
    return [Crumb(_("View Customers"), reverse("staff:customers"))]


def _crumbs(upload: Upload, title: str) -> list[Crumb]:
    again = reverse("staff:import", query={"kind": upload.kind})
    return [*_start(upload.kind), Crumb(_("Import"), again), Crumb(title)]


def _place(kind: str) -> str:
    return {PRODUCTS: "catalogue", "contacts": "contacts"}.get(kind, "customers")
