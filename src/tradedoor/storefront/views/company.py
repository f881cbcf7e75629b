"""Company, People: a customer's own admin looks after the colleagues in this store (product.md section 12).

Whoever is no admin finds nothing here: that there are such pages is told only to those who may use them.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tradedoor.access.actions.company import (
    cancel_for_colleague,
    deactivate_colleague,
    reenable_colleague,
    resend_to_colleague,
    undo_colleague,
)
from tradedoor.access.company import NotForColleague
from tradedoor.access.company_queries import (
    admin_access,
    colleague_for,
    colleagues,
    counts_of_colleagues,
    departments_of_admin,
)
from tradedoor.access.models import Access, State
from tradedoor.accounts.errors import ComeBackLater
from tradedoor.core.errors import NotAllowed, NotFound
from tradedoor.core.permissions import Permission
from tradedoor.storefront.frames import address, shop_page, store_of
from tradedoor.storefront.gate import behind_the_door
from tradedoor.storefront.people import PEOPLE, TABS, person_of
from tradedoor.web.formats import number
from tradedoor.web.lists import build_list
from tradedoor.web.navigation import Tab
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

Given = ParamSpec("Given")
View = Callable[Concatenate[ActorRequest, Given], HttpResponse]


def for_company_admins(view: View[Given]) -> View[Given]:
    """A page for the customer's own admins; for everybody else who is signed in there is none."""

    @wraps(view)
    def seen(request: ActorRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        if not request.actor.can(Permission.COLLEAGUES):
            raise NotFound
        try:
            return view(request, *args, **kwargs)
        except ComeBackLater:
            raise
        except NotAllowed as refusal:  # the right went while the request was on its way
            raise NotFound from refusal

    return behind_the_door(seen)


@require_safe
@for_company_admins
def people(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Who of the customer can sign in here, is invited, asks, or cannot any more."""
    here, admin = store_of(request), admin_access(request.actor)
    counts = counts_of_colleagues(request.actor)
    chosen = request.GET.get("state", "")
    rows = colleagues(request.actor, past=bool(request.GET.get("q", "").strip()))
    if chosen in TABS:
        rows = rows.filter(state=TABS[chosen][1])
    page = build_list(request.GET, PEOPLE, rows)
    tabs = [Tab(label=_("All"), href=address(here, "people"), current=chosen not in TABS)]
    for key, (label, state) in TABS.items():
        link = address(here, "people", query={"state": key})
        count = counts[state]
        tone = "bad" if state is State.REQUESTED and count else ""
        tabs.append(Tab(label=str(label), href=link, current=chosen == key, count=count, tone=tone))
    context = {
        "page": page,
        "people": [person_of(row, admin=admin) for row in page.rows],
        "tabs": tabs,
        "customer": admin.customer,
        "chosen": chosen if chosen in TABS else "",
        "has_departments": len(departments_of_admin(request.actor)) > 1,
        "invite_url": address(here, "people-invite"),
    }
    part = request.htmx.target == "people"
    response = shop_page(request, "_people.html" if part else "people.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
@for_company_admins
def deactivate(request: ActorRequest, store: str, public_id: UUID) -> HttpResponse:  # noqa: ARG001 - the door read it
    person = _person(request, public_id)

    def act() -> None:
        receipt = deactivate_colleague(public_id, actor=request.actor)
        told = _("%(name)s can no longer sign in here.") % {"name": person.contact.name}
        if ended := receipt.sessions_ended:
            sessions = ngettext("%(n)s session ended.", "%(n)s sessions ended.", ended)
            told = f"{told} {sessions % {'n': number(ended)}}"
        undo = address(store_of(request), "person-undo", public_id)
        notify(request, told, undo=undo if person.end_on is None else None)

    return _done(request, person, act)


@require_POST
@for_company_admins
def undo(request: ActorRequest, store: str, public_id: UUID) -> HttpResponse:  # noqa: ARG001 - the door read it
    person = _person(request, public_id)

    def act() -> None:
        undo_colleague(public_id, actor=request.actor)
        told = _("%(name)s can sign in again. Ended sessions stay ended.")
        notify(request, told % {"name": person.contact.name})

    return _done(request, person, act)


@require_POST
@for_company_admins
def reenable(request: ActorRequest, store: str, public_id: UUID) -> HttpResponse:  # noqa: ARG001 - the door read it
    person = _person(request, public_id)

    def act() -> None:
        back = reenable_colleague(public_id, actor=request.actor)
        told = _("%(name)s can sign in again, with the same password. No mail was sent.")
        if back.state == State.PENDING:
            told = _("%(name)s never set a password, so was invited again by mail.")
        notify(request, told % {"name": person.contact.name})

    return _done(request, person, act)


@require_POST
@for_company_admins
def resend(request: ActorRequest, store: str, public_id: UUID) -> HttpResponse:  # noqa: ARG001 - the door read it
    person = _person(request, public_id)

    def act() -> None:
        resend_to_colleague(public_id, actor=request.actor)
        told = _("A new invitation is on its way to %(name)s. The link sent before no longer works.")
        notify(request, told % {"name": person.contact.name})

    return _done(request, person, act)


@require_POST
@for_company_admins
def cancel(request: ActorRequest, store: str, public_id: UUID) -> HttpResponse:  # noqa: ARG001 - the door read it
    person = _person(request, public_id)

    def act() -> None:
        cancel_for_colleague(public_id, actor=request.actor)
        told = _("The invitation of %(name)s is cancelled, and its link is dead.")
        notify(request, told % {"name": person.contact.name})

    return _done(request, person, act)


def _person(request: ActorRequest, public_id: UUID) -> Access:
    return colleague_for(public_id, actor=request.actor)


def _done(request: ActorRequest, person: Access, act: Callable[[], None]) -> HttpResponse:
    """Do it, or say on the list why not."""
    try:
        act()
    except NotForColleague as refusal:
        messages.warning(request, f"{person.contact.name}: {refusal}")
    return HttpResponseRedirect(address(store_of(request), "people"))
