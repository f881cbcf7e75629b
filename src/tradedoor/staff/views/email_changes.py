"""Changes of sign-in emails that are on their way: the list, stopping them, letting an import's happen."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from tradedoor.access.actions.email_schedule import cancel_changes, confirm_changes
from tradedoor.access.actions.email_sync import work_of
from tradedoor.access.email_change_queries import email_changes, held_imports, makers_of_changes
from tradedoor.access.errors import NoSuchEmailChange
from tradedoor.access.models import EmailChange, EmailChangeState
from tradedoor.core.permissions import Permission, require
from tradedoor.core.search import fold
from tradedoor.staff.email_words import after_the_edit, change_rows
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import back_to
from tradedoor.stores.queries import store_for
from tradedoor.web.formats import number
from tradedoor.web.lists import Filter, ListSpec, Sort, build_list, select_rows
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

TARGET = "changes"
OPEN = "open"
SHOWN = {
    OPEN: (EmailChangeState.SCHEDULED, EmailChangeState.UNCONFIRMED, EmailChangeState.FAILED),
    "applied": (EmailChangeState.APPLIED,),
    "cancelled": (EmailChangeState.CANCELLED,),
}


def _search(rows: QuerySet[EmailChange], text: str) -> QuerySet[EmailChange]:
    for word in fold(text).split():
        rows = rows.filter(contact__search_text__contains=word)
    return rows


def _spec(request: ActorRequest) -> ListSpec:
    """With the editors and imports that there are, so that all of one can be picked and cancelled."""
    found = makers_of_changes(actor=request.actor)
    filters = [
        Filter(
            "by",
            gettext_lazy("Changed by"),
            lambda rows, value: rows.filter(requested_by__public_id=value),
            options=[(str(one.public_id), str(one)) for one in found.editors],
        ),
        Filter(
            "import",
            gettext_lazy("Import"),
            lambda rows, value: rows.filter(work__public_id=value),
            options=[(str(one.public_id), one.title) for one in found.imports],
        ),
    ]
    return ListSpec(
        sorts={
            "due": Sort(gettext_lazy("Due"), "due_at"),
            "name": Sort(gettext_lazy("Contact"), "contact__sort_name"),
        },
        filters=[one for one in filters if one.options],
        search=_search,
        keep=("show", "store"),
    )


@require_GET
def email_changes_list(request: ActorRequest) -> HttpResponse:
    """What is scheduled, waits or could not happen; what happened and what was cancelled."""
    rows = _rows(request, request.GET)
    shown = build_list(request.GET, _spec(request), rows)
    context: dict[str, Any] = {
        "page": shown,
        "rows": change_rows(shown.rows, actor=request.actor),
        "show": _shown(request.GET.get("show", "")),
        "may_cancel": request.actor.can(Permission.CRM_EDIT),
        "may_invite": request.actor.can(Permission.ACCESS_INVITE),
        "store_slug": request.GET.get("store", ""),
        "held": held_imports(actor=request.actor),
        "when": after_the_edit(),
        "crumbs": [Crumb(_("Email changes"))],
    }
    if request.htmx.target == TARGET:
        return _varied(render(request, "staff/access/emails/_table.html", context))
    return _varied(page(request, "staff/access/emails/list.html", context, current="access"))


@require_POST
def cancel(request: ActorRequest) -> HttpResponse:
    """Cancel the ticked ones, or all that the list shows: those of one import or editor among them."""
    require(request.actor, Permission.CRM_EDIT)
    sent = request.POST if request.POST.get("id") or request.POST.get("all") else request.GET
    rows = _rows(request, {"store": QueryDict(sent.get("query", "")).get("store", "")})
    ids = list(select_rows(sent, _spec(request), rows, key="public_id").values_list("pk", flat=True))
    done = cancel_changes(ids, actor=request.actor)
    notify(
        request,
        ngettext(
            "%(n)s email change is cancelled. The CRM keeps the new email.",
            "%(n)s email changes are cancelled. The CRM keeps the new emails.",
            done,
        )
        % {"n": number(done)},
    )
    return redirect(back_to(request, otherwise=reverse("staff:email-changes")))


@require_POST
def confirm_import(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Let the many email changes of one import happen."""
    require(request.actor, Permission.ACCESS_INVITE)
    work = work_of(public_id)
    if work is None:
        raise NoSuchEmailChange
    done = confirm_changes(work, actor=request.actor)
    notify(
        request,
        ngettext("%(n)s email change is confirmed.", "%(n)s email changes are confirmed.", done)
        % {"n": number(done)},
    )
    return redirect("staff:email-changes")


def _rows(request: ActorRequest, asked: Any) -> QuerySet[EmailChange]:
    slug = asked.get("store", "")
    store = store_for(slug, actor=request.actor) if slug else None
    return email_changes(actor=request.actor, store=store, states=SHOWN[_shown(asked.get("show", ""))])


def _shown(asked: str) -> str:
    return asked if asked in SHOWN else OPEN


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["HX-Request"])
    return response
