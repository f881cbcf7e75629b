"""Requests: one looked at and answered, several answered at once."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.access.errors import NotPossible
from tradedoor.access.models import Access, State
from tradedoor.access.queries import access_for
from tradedoor.access.sets import Outcome, Refused
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.crm.queries import customers
from tradedoor.registration.actions.deciding import approve, approve_for, decline
from tradedoor.registration.errors import NoSuchRequest
from tradedoor.registration.request_queries import noted, request_of, strangers_among, typed_address
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import back_to, dashboard_of, store_here
from tradedoor.staff.views.dashboard import chosen_rows
from tradedoor.stores.models import Store
from tradedoor.web.formats import number
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

SUGGESTED = 200
BATCH = 100
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
    _tell(request, approve([access.pk], actor=request.actor), approved=True)
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
    rows, _meant = chosen_rows(request, store)
    waiting = rows.filter(state=State.REQUESTED).order_by("sort_name", "pk")
    approved = (request.POST.get("decision") or request.GET.get("decision")) == "approve"
    ids = list(waiting.values_list("pk", flat=True))
    if not ids:
        messages.warning(request, _("Nobody was chosen. Tick somebody first."))
        return redirect(back)
    if request.POST.get("sure"):
        _all_decided(request, ids, approved=approved)
        return redirect(back)
    title = (
        ngettext("Approve %(n)s request?", "Approve %(n)s requests?", len(ids))
        if approved
        else ngettext("Decline %(n)s request?", "Decline %(n)s requests?", len(ids))
    ) % {"n": number(len(ids))}
    context = {
        "title": title,
        "approved": approved,
        "people": list(waiting[:NAMED]),
        "total": len(ids),
        "ids": request.POST.getlist("id") if not request.POST.get("all") else [],
        "all": request.POST.get("all", ""),
        "query": request.POST.get("query", ""),
        "back": back,
        "crumbs": [Crumb(_("Requests"), otherwise), Crumb(title)],
    }
    current = "dashboard" if store else "access"
    return page(request, "staff/access/requests_bulk.html", context, current=current, store=store)


def _all_decided(request: ActorRequest, ids: list[int], *, approved: bool) -> None:
    done: list[int] = []
    refused: list[Refused] = []
    strangers = strangers_among(ids, actor=request.actor) if approved else frozenset()
    able = [pk for pk in ids if pk not in strangers]
    # Batch by batch, each its own transaction, so that nobody's sign-in waits for all of them.
    for start in range(0, len(able), BATCH):
        batch = able[start : start + BATCH]
        outcome = (
            approve(batch, actor=request.actor)
            if approved
            else decline(batch, reason=request.POST.get("reason", ""), actor=request.actor)
        )
        done += outcome.done
        refused += outcome.refused
    _tell(request, Outcome(done=tuple(done), refused=tuple(refused)), approved=approved)
    if strangers:
        told = ngettext(
            "%(n)s came without a link and was left alone: open the request and say whose contact it is.",
            "%(n)s came without a link and were left alone: open each request and say whose contact it is.",
            len(strangers),
        )
        messages.warning(request, told % {"n": number(len(strangers))})


def _decided(request: ActorRequest, access: Access) -> None:
    actor, name = request.actor, access.contact.name
    if request.POST.get("decision") == "decline":
        _tell(
            request, decline([access.pk], reason=request.POST.get("reason", ""), actor=actor), approved=False
        )
        return
    code = request.POST.get("customer", "").strip()
    if request.POST.get("whose") == "other":
        customer = _customer(code, actor=actor)
        approve_for(access, customer, actor=actor)
        told = _("%(name)s can sign in for %(customer)s, and was told by mail.")
        notify(request, told % {"name": name, "customer": customer.name})
        return
    _tell(request, approve([access.pk], actor=actor), approved=True)


def _customer(text: str, *, actor: Actor) -> Customer:
    wanted = text.casefold()
    found = list(customers(actor, search=text)[:SUGGESTED]) if wanted else []
    exact = [row for row in found if wanted in {row.code.casefold(), row.name.casefold()}]
    if len(exact) != 1:
        raise Invalid(_("Give the code of the customer."), code="customer_unclear", field="customer")
    return exact[0]


def _tell(request: ActorRequest, outcome: Outcome, *, approved: bool) -> None:
    n = len(outcome.done)
    if n and approved:
        told = ngettext("%(n)s person can sign in, and was told by mail.",
            "%(n)s people can sign in, and were told by mail.", n)  # fmt: skip
        notify(request, told % {"n": number(n)})
    elif n:
        told = ngettext("%(n)s request is declined, and the person was told by mail.",
            "%(n)s requests are declined, and the people were told by mail.", n)  # fmt: skip
        notify(request, told % {"n": number(n)})
    for sentence in dict.fromkeys(refused.sentence for refused in outcome.refused):
        messages.warning(request, sentence)


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
