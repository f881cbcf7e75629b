"""Requests: one looked at and answered, several answered at once or as a job."""

from collections import Counter
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.access.actions.bulk import Rows
from tradedoor.access.errors import NotPossible
from tradedoor.access.models import Access, State
from tradedoor.access.queries import access_for
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.crm.queries import customers
from tradedoor.registration.actions.deciding import approve, approve_for, decline
from tradedoor.registration.actions.deciding_many import (
    Decided,
    as_decided,
    decide,
    decide_in_background,
    preview,
)
from tradedoor.registration.errors import NoSuchRequest
from tradedoor.registration.models import Decision
from tradedoor.registration.request_queries import noted, request_of, typed_address
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import back_to, dashboard_of, store_here
from tradedoor.staff.views.access_bulk import shown_before, tell_left
from tradedoor.staff.views.dashboard import chosen_rows
from tradedoor.stores.models import Store
from tradedoor.stores.queries import stores
from tradedoor.web.formats import number
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

SUGGESTED = 200
AT_ONCE = 50
NAMED = 10


@require_http_methods(["GET", "HEAD", "POST"])
def request_page(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Who asks, what they typed beside what is known, and the two answers."""
    access = access_for(public_id, actor=request.actor, store=store_here(request, slug))
    if request.method != "POST":
        return _page(request, access)
    require(request.actor, Permission.REQUEST_DECIDE, stores=[access.store_id])
    try:
        _decided(request, access)
    except (Invalid, NotPossible, NoSuchRequest) as refusal:
        return _page(request, access, problem=str(refusal), status=422)
    return redirect(_requests(access.store))


@require_POST
def approve_one(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    """From the row's menu. Somebody who came without a link is looked at first: whose contact are they?"""
    access = access_for(public_id, actor=request.actor, store=store_here(request, slug))
    require(request.actor, Permission.REQUEST_DECIDE, stores=[access.store_id])
    seen = noted([access], actor=request.actor).get(access.pk)
    if seen is not None and seen.is_open:
        return redirect("staff:access-request", slug, public_id)
    _tell(request, as_decided(approve([access.pk], actor=request.actor)), Decision.APPROVED)
    return redirect(back_to(request, otherwise=_requests(access.store)))


@require_POST
def bulk(request: ActorRequest, slug: str) -> HttpResponse:
    """Approve or decline those ticked, or all that the list shows; asked once, since both send mail."""
    return _bulk(request, store_here(request, slug))


@require_POST
def bulk_everywhere(request: ActorRequest) -> HttpResponse:
    return _bulk(request, None)


def _bulk(request: ActorRequest, store: Store | None) -> HttpResponse:
    require(request.actor, Permission.REQUEST_DECIDE, stores=[store.pk] if store else None)
    everywhere = f"{reverse('staff:access')}?tab=requests"
    otherwise = _requests(store) if store else everywhere
    back = back_to(request, otherwise=otherwise)
    rows, meant = chosen_rows(request, store)
    approved = (request.POST.get("decision") or request.GET.get("decision")) == "approve"
    decision = Decision.APPROVED if approved else Decision.DECLINED
    before = preview(rows, decision, actor=request.actor)
    if not before.total:
        messages.warning(request, _("Nobody was chosen. Tick somebody first."))
        return redirect(back)
    problem = ""
    if request.POST.get("sure"):
        try:
            _begin(request, decision, rows, meant, store)
        except Invalid as refusal:
            problem = str(refusal)
        else:
            return redirect(back)
    title = _title(decision, before.able)
    context = {
        "title": title,
        "verb": title.rstrip("? ？"),
        "approved": approved,
        "before": before,
        "outcome": _outcome(decision, before.able),
        "is_job": before.total > AT_ONCE,
        "people": list(rows.order_by("sort_name", "pk")[:NAMED]),
        "ids": request.POST.getlist("id") if not request.POST.get("all") else [],
        "all": request.POST.get("all", ""),
        "query": request.POST.get("query", ""),
        "reason": request.POST.get("reason", ""),
        "problem": problem,
        "back": back,
        "crumbs": [Crumb(_("Requests"), otherwise), Crumb(title)],
    }
    current, status = "dashboard" if store else "access", 422 if problem else 200
    return page(
        request, "staff/access/requests_bulk.html", context, current=current, store=store, status=status
    )


def _begin(
    request: ActorRequest,
    decision: Decision,
    rows: QuerySet[Access],
    meant: Rows | None,
    store: Store | None,
) -> None:
    """At once where they are few, since the answer is then on the next page; else one job a store."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[: AT_ONCE + 1])
    shown, reason = shown_before(request), request.POST.get("reason", "")
    if len(ids) <= AT_ONCE:
        tell_left(request, shown - len(ids))
        _tell(request, decide(decision, ids, actor=request.actor, reason=reason), decision)
        return
    chosen = meant or Rows(access_ids=tuple(rows.values_list("pk", flat=True)))
    inside = rows.order_by().values("store_id")
    for one in [store] if store else stores(request.actor).filter(pk__in=inside):
        decide_in_background(
            one, chosen, decision, actor=request.actor, reason=reason, shown=shown if store else 0
        )
    notify(request, _("It has begun. The banner shows how far it is, and in the end the result."))


def _title(decision: Decision, n: int) -> str:
    title = (
        ngettext("Approve %(n)s request?", "Approve %(n)s requests?", n)
        if decision is Decision.APPROVED
        else ngettext("Decline %(n)s request?", "Decline %(n)s requests?", n)
    )
    return title % {"n": number(n)}


def _outcome(decision: Decision, n: int) -> str:
    if decision is Decision.APPROVED:
        return ngettext("can sign in, and gets a mail", "can sign in, and get a mail", n)
    return ngettext("is declined, and gets a mail", "are declined, and get a mail", n)


def _decided(request: ActorRequest, access: Access) -> None:
    actor, name = request.actor, access.contact.name
    if request.POST.get("decision") == "decline":
        declined = decline([access.pk], reason=request.POST.get("reason", ""), actor=actor)
        _tell(request, as_decided(declined), Decision.DECLINED)
        return
    code = request.POST.get("customer", "").strip()
    if request.POST.get("whose") == "other":
        customer = _customer(code, actor=actor)
        approve_for(access, customer, actor=actor)
        told = _("%(name)s can sign in for %(customer)s, and was told by mail.")
        notify(request, told % {"name": name, "customer": customer.name})
        return
    _tell(request, as_decided(approve([access.pk], actor=actor)), Decision.APPROVED)


def _customer(text: str, *, actor: Actor) -> Customer:
    wanted = text.casefold()
    found = list(customers(actor, search=text)[:SUGGESTED]) if wanted else []
    exact = [row for row in found if wanted in {row.code.casefold(), row.name.casefold()}]
    if len(exact) != 1:
        raise Invalid(_("Give the code of the customer."), code="customer_unclear", field="customer")
    return exact[0]


def _tell(request: ActorRequest, decided: Decided, decision: Decision) -> None:
    n = len(decided.done)
    if n and decision is Decision.APPROVED:
        told = ngettext("%(n)s person can sign in, and was told by mail.",
            "%(n)s people can sign in, and were told by mail.", n)  # fmt: skip
        notify(request, told % {"n": number(n)})
    elif n:
        told = ngettext("%(n)s request is declined, and the person was told by mail.",
            "%(n)s requests are declined, and the people were told by mail.", n)  # fmt: skip
        notify(request, told % {"n": number(n)})
    for sentence, count in Counter(row.sentence for row in decided.left).items():
        told = ngettext("%(n)s was left alone: %(why)s", "%(n)s were left alone: %(why)s", count)
        messages.warning(request, told % {"n": number(count), "why": sentence})


def _requests(store: Store) -> str:
    return f"{dashboard_of(store)}?tab=requests"


def _page(request: ActorRequest, access: Access, *, problem: str = "", status: int = 200) -> HttpResponse:
    seen = request_of(access, actor=request.actor)
    if seen is None:
        raise NoSuchRequest
    waits = access.state == State.REQUESTED
    context = {
        "seen": seen,
        "access": access,
        "one": seen.registration,
        "typed_address": typed_address(seen.registration),
        "waits": waits,
        "may_decide": waits and request.actor.can(Permission.REQUEST_DECIDE, access.store_id),
        "customers": list(customers(request.actor)[:SUGGESTED]) if seen.is_open else [],
        "typed": request.POST,
        "problem": problem,
        "back": _requests(access.store),
        "crumbs": [
            Crumb(access.store.name, dashboard_of(access.store)),
            Crumb(_("Requests"), _requests(access.store)),
            Crumb(access.contact.name),
        ],
    }
    return page(
        request, "staff/access/request.html", context, current="dashboard", store=access.store, status=status
    )
