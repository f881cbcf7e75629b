"""The same to many: what would become of them first, then at once or as a job; and a list as a file."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tradedoor.access.actions.bulk import Deed, Rows, change_in_background
from tradedoor.access.actions.deeds import perform, preview
from tradedoor.access.actions.exports import export_accesses
from tradedoor.access.models import Access
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.core.sheets.writing import csv_chunks
from tradedoor.staff.deeds import receipt_of, words_of
from tradedoor.staff.last_admins import before_they_leave
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import back_to, store_here
from tradedoor.staff.views.dashboard import chosen_rows, found_for
from tradedoor.stores.models import Store
from tradedoor.stores.queries import stores
from tradedoor.web.formats import number
from tradedoor.web.lists import select_rows
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

AT_ONCE = 50
NAMED = 10
# After these an admin is none any more.
LEAVING = {Deed.DEACTIVATE, Deed.MAKE_BUYER, Deed.MAKE_APPROVER}


@require_POST
def bulk(request: ActorRequest, slug: str) -> HttpResponse:
    return _bulk(request, store_here(request, slug))


@require_POST
def bulk_everywhere(request: ActorRequest) -> HttpResponse:
    return _bulk(request, None)


@require_GET
def export(request: ActorRequest, slug: str) -> StreamingHttpResponse:
    return _export(request, store_here(request, slug))


@require_GET
def export_everywhere(request: ActorRequest) -> StreamingHttpResponse:
    return _export(request, None)


def _bulk(request: ActorRequest, store: Store | None) -> HttpResponse:
    otherwise = reverse("staff:dashboard", args=[store.slug]) if store else reverse("staff:access")
    back = back_to(request, otherwise=otherwise)
    deed = _deed(request)
    rows, meant = chosen_rows(request, store)
    before = preview(rows, deed, actor=request.actor)
    if not before.total:
        messages.warning(request, _("Nobody was chosen. Tick somebody first."))
        return redirect(back)
    # Looking again ends nothing and mails nobody, so it asks nothing.
    if request.POST.get("sure") or deed is Deed.CLEAR_ERROR:
        shown = shown_before(request)
        if before.total <= AT_ONCE or (store is None and shown > before.total):
            tell_left(request, shown - before.total)
        if before.total <= AT_ONCE:
            _at_once(request, deed, rows)
        else:
            _as_jobs(request, deed, rows, meant, store)
        return redirect(back)
    context = {
        **words_of(deed, before.able),
        "before": before,
        "deed": deed,
        "ids": request.POST.getlist("id") if not request.POST.get("all") else [],
        "all": request.POST.get("all", ""),
        "query": request.POST.get("query", ""),
        "back": back,
        "warning": before_they_leave(rows) if deed in LEAVING else "",
        "is_job": before.total > AT_ONCE,
        "people": list(rows.order_by("sort_name", "pk")[:NAMED]),
        "crumbs": [Crumb(_("B2B Dashboard"), otherwise), Crumb(words_of(deed, before.able)["title"])],
    }
    current = "dashboard" if store else "access"
    return page(request, "staff/access/bulk.html", context, current=current, store=store)


def _at_once(request: ActorRequest, deed: Deed, rows: QuerySet[Access]) -> None:
    ids = list(rows.values_list("pk", flat=True))
    done = perform(deed, ids, actor=request.actor, reason=request.POST.get("reason", ""))
    if done.done:
        notify(request, receipt_of(deed, done))
    reasons: dict[str, int] = {}
    for refused in done.refused:
        reasons[refused.sentence] = reasons.get(refused.sentence, 0) + 1
    if reasons:
        told = " ".join(f"{sentence} ({number(n)})" for sentence, n in reasons.items())
        messages.warning(
            request,
            ngettext("%(n)s was left alone: %(why)s", "%(n)s were left alone: %(why)s", len(done.refused))
            % {"n": number(len(done.refused)), "why": told},
        )


def _as_jobs(
    request: ActorRequest, deed: Deed, rows: QuerySet[Access], meant: Rows | None, store: Store | None
) -> None:
    """One job a store, since each shows its own progress and asks for the right in its own store."""
    ids = None if meant else tuple(rows.values_list("pk", flat=True))
    chosen = meant or Rows(access_ids=ids)
    inside = rows.order_by().values("store_id")
    for one in [store] if store else stores(request.actor).filter(pk__in=inside):
        change_in_background(
            one,
            chosen,
            deed,
            actor=request.actor,
            reason=request.POST.get("reason", ""),
            shown=shown_before(request) if store else 0,
        )
    notify(request, _("It has begun. The banner shows how far it is, and in the end the result."))


def shown_before(request: ActorRequest) -> int:
    """How many the page before showed; 0 where it is not known."""
    text = request.POST.get("shown", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - digits of an integer


def tell_left(request: ActorRequest, n: int) -> None:
    if n > 0:
        messages.warning(
            request,
            ngettext(
                "%(n)s left the list after you looked, and was left alone.",
                "%(n)s left the list after you looked, and were left alone.",
                n,
            )
            % {"n": number(n)},
        )


def _export(request: ActorRequest, store: Store | None) -> StreamingHttpResponse:
    """The list of the address, whole, as CSV that a spreadsheet opens without running anything in it."""
    found = found_for(request, store, request.GET)
    asked = request.GET.copy()
    asked["query"], asked["all"] = request.GET.urlencode(), "1"
    rows = select_rows(asked, found.spec, found.rows)
    made = export_accesses(rows, store=store, actor=request.actor)
    name = f"{store.slug if store else 'access'}-{found.tab or 'search'}-{timezone.localdate():%Y-%m-%d}.csv"
    response = StreamingHttpResponse(
        csv_chunks(made.header, made.rows), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _deed(request: ActorRequest) -> Deed:
    try:
        return Deed(request.POST.get("deed", ""))
    except ValueError as error:
        # Whoever may do none of them is told that first.
        require(request.actor, Permission.ACCESS_SWITCH)
        raise Invalid(_("Choose what to do."), code="no_deed") from error
