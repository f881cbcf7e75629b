"""Inviting from the CRM: one contact, or those ticked in a list, to the stores of one's choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.access.actions.invitations import SEVERAL, invite_contacts
from tradedoor.access.actions.messages import personal_message
from tradedoor.access.actions.planning import Candidate, plan_invitations
from tradedoor.access.models import Role
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact
from tradedoor.crm.queries import contact_for
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import NEXT, back_to, dashboard_of
from tradedoor.staff.views.contacts import chosen_contacts
from tradedoor.staff.views.customer_bulk import carried
from tradedoor.staff.views.invite import BADGES, invite_all, role_of, tell
from tradedoor.stores.models import Store
from tradedoor.stores.queries import stores
from tradedoor.web.formats import number
from tradedoor.web.requests import ActorRequest


@dataclass(frozen=True, slots=True)
class Choice:
    """A store to invite to, and what stands against it."""

    store: Store
    is_refused: bool
    badge: str
    tone: str
    sentence: str
    is_ticked: bool


@require_http_methods(["GET", "POST"])
def one(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Invite a contact to one store or several."""
    require(request.actor, Permission.ACCESS_INVITE)
    contact = contact_for(public_id, actor=request.actor)
    here = reverse("staff:contact", args=[contact.public_id])
    asked = request.POST.getlist("store") or request.GET.getlist("store")
    choices = _choices(request, contact, asked)
    able = [choice for choice in choices if choice.is_ticked and not choice.is_refused]
    problem = ""
    message = request.POST.get("message", "")
    if request.method == "POST":
        problem = _problem(message, able)
        if not problem:
            for choice in able:
                outcome = invite_contacts(
                    choice.store,
                    [contact.pk],
                    actor=request.actor,
                    role=role_of(request.POST),
                    message=message,
                )
                tell(request, choice.store, outcome)
            return redirect(here)
    context = {
        "contact": contact,
        "choices": choices,
        "may": any(not choice.is_refused for choice in choices),
        "problem": problem,
        "roles": Role.choices,
        "role": role_of(request.POST),
        "message": message,
        "back": here,
        "crumbs": [
            Crumb(_("Contacts"), reverse("staff:contacts")),
            Crumb(contact.name, here),
            Crumb(_("Invite")),
        ],
    }
    status = 422 if problem else 200
    return page(request, "staff/access/invite_contact.html", context, current="contacts", status=status)


@require_POST
def many(request: ActorRequest) -> HttpResponse:
    """Invite the contacts chosen in a list of the CRM, once a store was chosen."""
    require(request.actor, Permission.ACCESS_INVITE)
    back = back_to(request, otherwise=reverse("staff:contacts"))
    ids = list(chosen_contacts(request).order_by("pk").values_list("pk", flat=True))
    if not ids:
        messages.warning(request, _("Nobody was chosen. Tick somebody first."))
        return redirect(back)
    mine = list(stores(request.actor))
    store = next((store for store in mine if store.slug == request.POST.get("store")), None)
    problem = ""
    if store is not None:
        try:
            invite_all(request, store, ids, role_of(request.POST))
        except Invalid as refusal:
            problem = str(refusal)
        else:
            return redirect(dashboard_of(store, tab="pending"))
    title = ngettext("Invite %(n)s contact", "Invite %(n)s contacts", len(ids)) % {"n": number(len(ids))}
    context = {
        "title": title,
        "hidden": [*carried(request), ("of", request.POST.get("of", "")), (NEXT, back)],
        "stores": [(store, _able(store, ids, actor=request.actor)) for store in mine],
        "chosen": store,
        "roles": Role.choices,
        "role": role_of(request.POST),
        "message": request.POST.get("message", ""),
        "problem": problem,
        "back": back,
        "crumbs": [Crumb(_("Contacts"), reverse("staff:contacts")), Crumb(_("Invite"))],
    }
    status = 422 if problem else 200
    return page(request, "staff/access/invite_contacts.html", context, current="contacts", status=status)


def _problem(message: str, able: Sequence[Choice]) -> str:
    """What stands against sending the form, for the person who filled it in."""
    try:
        personal_message(message)
    except Invalid as refusal:
        return str(refusal)
    return "" if able else _("Choose at least one store.")


def _choices(request: ActorRequest, contact: Contact, asked: Sequence[str]) -> list[Choice]:
    plans = [
        (store, plan_invitations(store, [contact.pk], actor=request.actor)[0])
        for store in stores(request.actor)
    ]
    possible = [store.slug for store, candidate in plans if not candidate.is_refused]
    # The only possible store needs no choosing.
    ticked = set(asked) or (set(possible) if len(possible) == 1 else set())
    return [_choice(store, candidate, is_ticked=store.slug in ticked) for store, candidate in plans]


def _choice(store: Store, candidate: Candidate, *, is_ticked: bool) -> Choice:
    badge, tone = BADGES.get(candidate.reason, ("", "warn")) if candidate.reason else ("", "")
    return Choice(store, candidate.is_refused, str(badge), tone, candidate.sentence, is_ticked)


def _able(store: Store, ids: Sequence[int], *, actor: Actor) -> tuple[int, int] | None:
    """How many can be invited and how many cannot; of very many that is left to the job's result."""
    if len(ids) > SEVERAL:
        return None
    plan = plan_invitations(store, ids, actor=actor)
    able = sum(not candidate.is_refused for candidate in plan)
    return able, len(plan) - able
