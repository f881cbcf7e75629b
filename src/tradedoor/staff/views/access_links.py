"""Invitation links for those who send them by their own means: one on a page, or many in a file (TOK-12)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.access.actions.bulk import Rows as Meant
from tradedoor.access.actions.bulk import Selection
from tradedoor.access.actions.buyers import copy_link
from tradedoor.access.actions.link_files import links_in_background, links_of_work
from tradedoor.access.actions.sending import require_complete
from tradedoor.access.actions.sharing import links_header, links_table
from tradedoor.access.errors import NotPossible
from tradedoor.access.models import Access, State
from tradedoor.access.queries import access_for
from tradedoor.access.reasons import Reason
from tradedoor.core.permissions import Permission, require
from tradedoor.core.sheets.writing import csv_chunks
from tradedoor.crm.queries import contacts_for
from tradedoor.jobs.work import work_for
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import back_to, dashboard_of, store_here
from tradedoor.staff.views.dashboard import chosen_rows
from tradedoor.staff.views.invite import PICKER, Pick, picker_of, role_of
from tradedoor.stores.models import Store
from tradedoor.stores.queries import stores
from tradedoor.web.formats import number
from tradedoor.web.requests import ActorRequest

Rows = Iterator[Sequence[object]]
MOST_STREAMED = 1000  # a few seconds; more is a job that shows how far it is


@require_POST
def show(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show the living link once, in the answer itself: it is written to no message and to no session."""
    store = store_here(request, slug)
    access = access_for(public_id, actor=request.actor, store=store)
    back = back_to(request, otherwise=dashboard_of(store, tab="pending"))
    try:
        link = copy_link(access, actor=request.actor)
    except NotPossible as refusal:
        messages.warning(request, f"{access.contact.name}: {refusal}")
        return redirect(back)
    title = _("Invitation link of %(name)s") % {"name": access.contact.name}
    context = {
        "title": title,
        "access": access,
        "link": link,
        "back": back,
        "crumbs": [
            Crumb(store.name, dashboard_of(store)),
            Crumb(_("B2B Dashboard"), dashboard_of(store, tab="pending")),
            Crumb(title),
        ],
    }
    return page(request, "staff/access/link.html", context, current="dashboard", store=store)


@require_http_methods(["GET", "POST"])
def picker(request: ActorRequest, slug: str) -> HttpResponse:
    """The page to pick from: whoever is chosen becomes pending, if they are not, and gets no mail from here."""
    store = store_here(request, slug)
    require(request.actor, Permission.ACCESS_LINK, stores=[store.pk])
    require_complete(store)
    return _picker_page(request, store)


@require_POST
def of_contacts(request: ActorRequest, slug: str) -> HttpResponseBase:
    """The links of the contacts picked; of all that a search shows only once their number was confirmed."""
    store = store_here(request, slug)
    require(request.actor, Permission.ACCESS_LINK, stores=[store.pk])
    role = role_of(request.POST)
    if not request.POST.get("all"):
        ids = [contact.pk for contact in contacts_for(request.POST.getlist("id"), actor=request.actor)]
        if not ids:
            return _picker_page(request, store, problem=_("Pick at least one contact."))
        return _file(f"{store.slug}-links", links_table(store, ids, actor=request.actor, role=role))
    chosen = Selection(search=request.POST.get("q", "").strip(), only_new=request.POST.get("new") == "1")
    rows = chosen.rows(store, actor=request.actor)
    if request.POST.get("sure") and (count := rows.count()) > MOST_STREAMED:
        work = links_in_background(store, chosen, total=count, actor=request.actor, role=role)
        return redirect("staff:job", work.public_id)
    if request.POST.get("sure"):
        ids = list(rows.order_by("sort_name", "pk").values_list("pk", flat=True))
        return _file(f"{store.slug}-links", links_table(store, ids, actor=request.actor, role=role))
    count = rows.count()
    title = ngettext("Generate the link of %(n)s contact?", "Generate the links of %(n)s contacts?", count)
    context = {
        "title": title % {"n": number(count)},
        "count": count,
        "is_job": count > MOST_STREAMED,
        "chosen": chosen,
        "role": role,
        "back": reverse("staff:links", args=[store.slug]),
        "crumbs": [Crumb(_("B2B Dashboard"), dashboard_of(store)), Crumb(_("Generate links"))],
    }
    return page(request, "staff/access/links_all.html", context, current="dashboard", store=store)


@require_POST
def of_rows(request: ActorRequest, slug: str) -> HttpResponseBase:
    """The links of the accesses chosen on a dashboard."""
    store = store_here(request, slug)
    return _of_rows(request, store, dashboard_of(store, tab="pending"))


@require_POST
def of_rows_everywhere(request: ActorRequest) -> HttpResponseBase:
    return _of_rows(request, None, reverse("staff:access"))


def _of_rows(request: ActorRequest, store: Store | None, otherwise: str) -> HttpResponseBase:
    require(request.actor, Permission.ACCESS_LINK, stores=[store.pk] if store else None)
    found, meant = chosen_rows(request, store)
    rows = found.filter(state=State.PENDING).order_by("sort_name", "pk")
    if meant and rows.count() > MOST_STREAMED:
        return _as_jobs(request, rows, meant)
    by_store: dict[int, list[int]] = {}
    for store_id, contact_id in rows.values_list("store_id", "contact_id"):
        by_store.setdefault(store_id, []).append(contact_id)
    if not by_store:
        messages.warning(request, _("None of those chosen has an open invitation."))
        return redirect(back_to(request, otherwise=otherwise))
    places = [one for one in stores(request.actor) if one.pk in by_store]
    tables = [links_table(one, by_store[one.pk], actor=request.actor) for one in places]
    return _file(f"{store.slug if store else 'access'}-links", chain.from_iterable(tables))


@require_POST
def of_work(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """The links that a job of one's own has made."""
    work = work_for(public_id, actor=request.actor)
    return _file("links", links_of_work(work, actor=request.actor))


def _as_jobs(request: ActorRequest, rows: QuerySet[Access], meant: Meant) -> HttpResponse:
    """One job a store; the page of the last, or the list of them."""
    counted = dict(rows.order_by().values_list("store_id").annotate(n=Count("pk")))
    works = [
        links_in_background(one, meant, total=counted[one.pk], actor=request.actor)
        for one in stores(request.actor).filter(pk__in=counted)
    ]
    return redirect("staff:job", works[0].public_id) if len(works) == 1 else redirect("staff:jobs")


def _picker_page(request: ActorRequest, store: Store, *, problem: str = "") -> HttpResponse:
    context = picker_of(request, store, here="staff:links") | {"problem": problem}
    # Unlike an invitation, a link that lives is kept, also one of a moment ago.
    context["groups"] = [(name, [_kept(pick) for pick in picks]) for name, picks in context["groups"]]
    context["kept"] = [_kept(pick) for pick in context["kept"]]
    context["crumbs"] = [*context["crumbs"][:-1], Crumb(_("Generate links"))]
    if request.htmx.target == PICKER:
        response = render(request, "staff/access/_picker.html", context)
    else:
        status = 422 if problem else 200
        response = page(
            request, "staff/access/links.html", context, current="dashboard", store=store, status=status
        )
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _kept(pick: Pick) -> Pick:
    if pick.reason not in {Reason.ALREADY_PENDING, Reason.JUST_INVITED}:
        return pick
    return replace(pick, is_refused=False, badge=_("Already pending: keeps its link"), tone="accent")


def _file(name: str, rows: Rows) -> StreamingHttpResponse:
    response = StreamingHttpResponse(csv_chunks(links_header(), rows), content_type="text/csv; charset=utf-8")
    file_name = f"{name}-{timezone.localdate():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
