"""A customer's way into each store: the eStore link, and all that can be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tradedoor.access.models import TAB_OF_STATE, State
from tradedoor.access.queries import counts_of_customer
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.crm.queries import customer_for
from tradedoor.handouts.actions.handing_out import make_handout, make_qr
from tradedoor.handouts.codes import qr_svg
from tradedoor.handouts.making import Kind, MadeFile
from tradedoor.registration.actions.links import limit_link, link_for, links_for, new_link, set_registering
from tradedoor.registration.codes import estore_url
from tradedoor.registration.models import EstoreLink, Mode, Rules
from tradedoor.registration.policy import Shut, shut
from tradedoor.registration.queries import estore_links, rules_of_stores
from tradedoor.staff.forms.estore import LimitsForm
from tradedoor.staff.pages import page
from tradedoor.staff.places import store_here
from tradedoor.staff.refusing import add_refusal
from tradedoor.staff.views.customer_record import customer_crumbs, record_page, reenable_offer
from tradedoor.stores.models import Store
from tradedoor.stores.queries import stores
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

STATES_SHOWN = (State.CURRENT, State.PENDING, State.REQUESTED, State.DEACTIVATED)
WHY_SHUT: Mapping[Shut, Promise] = {
    Shut.OFF: gettext_lazy("It was told to stop registering people."),
    Shut.OVER: gettext_lazy("Its last day is over."),
    Shut.USED_UP: gettext_lazy("As many people as it may let in have come."),
    Shut.CUSTOMER_GONE: gettext_lazy("The customer is inactive."),
}


@dataclass(frozen=True, slots=True)
class Panel:
    """What the page says of one store."""

    store: Store
    counts: list[tuple[State, int]]
    link: EstoreLink | None
    address: str = ""
    code: str = ""
    why_shut: str | Promise = ""
    held_to: str = ""
    may_change: bool = False


@require_GET
def estore(request: ActorRequest, public_id: UUID) -> HttpResponse:
    found = customer_for(public_id, actor=request.actor)
    counts = counts_of_customer(found.pk, actor=request.actor)
    mine = [store for store in stores(request.actor) if store.customer_id in {None, found.pk}]
    links = _links_of(request, found, mine)
    rules = rules_of_stores(mine)
    context = {
        "panels": [
            _panel(request, rules[store.pk], links.get(store.pk), counts.get(store.pk, {})) for store in mine
        ],
        "tabs_of": TAB_OF_STATE,
        "offer": reenable_offer(request, found) if _is_open(found) else 0,
        "is_open": _is_open(found),
    }
    return record_page(
        request, found, "staff/crm/customers/estore.html", context, tab="estore", title=_("eStore")
    )


@require_GET
def handout(request: ActorRequest, public_id: UUID, slug: str) -> HttpResponse:
    return _handed(request, public_id, slug, Kind.WORD)


@require_GET
def handout_pdf(request: ActorRequest, public_id: UUID, slug: str) -> HttpResponse:
    return _handed(request, public_id, slug, Kind.PDF)


@require_GET
def qr_as_svg(request: ActorRequest, public_id: UUID, slug: str) -> HttpResponse:
    customer, store = _here(request, public_id, slug)
    return as_download(make_qr(store, customer, kind="svg", actor=request.actor))


@require_GET
def qr_as_png(request: ActorRequest, public_id: UUID, slug: str) -> HttpResponse:
    customer, store = _here(request, public_id, slug)
    return as_download(make_qr(store, customer, kind="png", actor=request.actor))


@require_http_methods(["GET", "HEAD", "POST"])
def replace_link(request: ActorRequest, public_id: UUID, slug: str) -> HttpResponse:
    """Ask, and then make a new link. The form names the link it was asked about, so twice makes one."""
    customer, store = _here(request, public_id, slug)
    require(request.actor, Permission.ESTORE_LINK_EDIT, stores=[store.pk])
    back = reverse("staff:customer-estore", args=[customer.public_id])
    link = link_for(store, customer, actor=request.actor)
    if request.method == "POST":
        if request.POST.get("former") == str(link.public_id):
            new_link(store, customer, actor=request.actor, instead_of=link)
            words = _("%(customer)s has a new link to %(store)s. The former one only leads to sign-in.")
            notify(request, words % {"customer": customer.name, "store": store.name})
        return redirect(back)
    context = {
        "title": _("Make a new link for %(customer)s?") % {"customer": customer.name},
        "body": _(
            "The present link to %(store)s stops registering people and keeps leading to sign-in. Hand-outs and QR "
            "codes that are printed hold the former one. Nobody who has access loses it."
        )
        % {"store": store.name},
        "verb": _("New link"),
        "cancel_url": back,
        "hidden": [("former", link.public_id)],
        "crumbs": customer_crumbs(customer, _("New link")),
    }
    return page(request, "web/confirm.html", context, current="customers")


@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: ActorRequest, public_id: UUID, slug: str) -> HttpResponse:
    """Hold the link to a last day, a number of people, mail domains."""
    customer, store = _here(request, public_id, slug)
    require(request.actor, Permission.ESTORE_LINK_EDIT, stores=[store.pk])
    link = link_for(store, customer, actor=request.actor)
    back = reverse("staff:customer-estore", args=[customer.public_id])
    form = LimitsForm(request.POST if request.method == "POST" else None, initial=LimitsForm.given_by(link))
    if form.is_valid():
        try:
            limit_link(link, form.wish(), actor=request.actor)
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            words = _("Saved what the link of %(customer)s to %(store)s is held to.")
            notify(request, words % {"customer": customer.name, "store": store.name})
            return redirect(back)
    context = {
        "customer": customer,
        "store": store,
        "link": link,
        "form": form,
        "back": back,
        "crumbs": customer_crumbs(customer, _("Limits")),
    }
    template, status = "staff/crm/customers/estore_limits.html", 422 if form.errors else 200
    return page(request, template, context, current="customers", status=status)


@require_POST
def registering(request: ActorRequest, public_id: UUID, slug: str) -> HttpResponse:
    """Have the link register people, or only lead to sign-in."""
    customer, store = _here(request, public_id, slug)
    link = link_for(store, customer, actor=request.actor)
    wanted = request.POST.get("registers") == "1"
    set_registering(link, registers=wanted, actor=request.actor)
    words = (
        _("The link of %(customer)s to %(store)s registers people.")
        if wanted
        else _("The link of %(customer)s to %(store)s registers nobody any more. It still leads to sign-in.")
    )
    notify(request, words % {"customer": customer.name, "store": store.name})
    return redirect("staff:customer-estore", customer.public_id)


def as_download(made: MadeFile) -> HttpResponse:
    """The file to be kept, and by no one in between (CSV-03)."""
    response = HttpResponse(made.content, content_type=made.content_type)
    response.headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=made.name) or ""
    )
    return response


def _handed(request: ActorRequest, public_id: UUID, slug: str, kind: Kind) -> HttpResponse:
    customer, store = _here(request, public_id, slug)
    return as_download(make_handout(store, customer, kind=kind, actor=request.actor))


def _here(request: ActorRequest, public_id: UUID, slug: str) -> tuple[Customer, Store]:
    return customer_for(public_id, actor=request.actor), store_here(request, slug)


def _is_open(customer: Customer) -> bool:
    return customer.archived_at is None and customer.status != Customer.Status.INACTIVE


def _links_of(request: ActorRequest, customer: Customer, mine: list[Store]) -> dict[int, EstoreLink]:
    """The links by the keys of their stores. They are made when they are first looked at, and one query after that."""
    able = [store for store in mine if request.actor.can(Permission.ESTORE_LINK_SHOW, store.pk)]
    if not able or customer.archived_at is not None:
        return {}
    known = {link.store_id: link for link in estore_links([customer], able, actor=request.actor).values()}
    for store in able:
        if store.pk not in known:
            known |= {
                link.store_id: link for link in links_for([customer], store, actor=request.actor).values()
            }
    return known


def _panel(
    request: ActorRequest, rules: Rules, link: EstoreLink | None, counts: Mapping[State, int]
) -> Panel:
    store = rules.store
    shown = [(state, counts.get(state, 0)) for state in STATES_SHOWN]
    if link is None:
        return Panel(store, shown, None)
    return Panel(
        store,
        shown,
        link,
        address=estore_url(link),
        code=mark_safe(qr_svg(estore_url(link), is_inline=True)),  # noqa: S308 - drawn by us, of squares only
        why_shut=_why_shut(rules, link),
        held_to=" · ".join(_limits_of(link)),
        may_change=request.actor.can(Permission.ESTORE_LINK_EDIT, store.pk),
    )


def _why_shut(rules: Rules, link: EstoreLink) -> str | Promise:
    if rules.mode == Mode.OFF:
        return _("Nobody registers at this store (Store settings, Registration).")
    why = shut(link)
    return WHY_SHUT.get(why, "") if why else ""


def _limits_of(link: EstoreLink) -> list[str]:
    """What the link is held to, in words."""
    said = []
    if link.ends_on:
        said.append(_("registers until %(day)s") % {"day": date_format(link.ends_on, "j F Y")})
    if link.most_uses is not None:
        said.append(_("%(uses)s of %(most)s people came") % {"uses": link.uses, "most": link.most_uses})
    if link.domains:
        said.append(_("only %(domains)s") % {"domains": ", ".join(link.domains)})
    return said
