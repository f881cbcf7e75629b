"""Inviting contacts: picked one by one over several searches, or all that a search shows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.access.actions.bulk import Selection, invite_in_background
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.actions.messages import personal_message
from tradedoor.access.actions.planning import Candidate, plan_invitations
from tradedoor.access.actions.sending import require_complete
from tradedoor.access.models import Role
from tradedoor.access.queries import invitable_contacts
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import Outcome
from tradedoor.core.errors import Invalid
from tradedoor.core.search import matching
from tradedoor.crm.models import Contact
from tradedoor.crm.queries import contacts_for
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import dashboard_of, store_here
from tradedoor.stores.models import Store
from tradedoor.web.formats import number
from tradedoor.web.lists import ListPage, ListSpec, Sort, build_list
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

AT_ONCE = 50
PICKER, DIALOG = "picker", "dialog-content"
CONTACTS = ListSpec(
    sorts={"customer": Sort(gettext_lazy("Customer"), "customer__sort_name", "customer_id", "sort_name")},
    search=matching,
    keep=("new",),
)
BADGES: Mapping[Reason, tuple[str | Promise, str]] = {
    Reason.ALREADY_CURRENT: (gettext_lazy("Already current"), "good"),
    Reason.ALREADY_PENDING: (gettext_lazy("Already pending: sends a new link"), "accent"),
    Reason.JUST_INVITED: (gettext_lazy("Invited a moment ago"), "accent"),
    Reason.DEACTIVATED_OFFER_REENABLE: (gettext_lazy("Deactivated: re-enable instead"), ""),
    Reason.NO_EMAIL: (gettext_lazy("Add an email first"), "warn"),
    Reason.BAD_EMAIL: (gettext_lazy("Email is malformed"), "warn"),
    Reason.CUSTOMER_INACTIVE: (gettext_lazy("Customer is inactive"), "warn"),
    Reason.CONTACT_ARCHIVED: (gettext_lazy("Archived"), ""),
    Reason.LOGIN_HELD: (gettext_lazy("Login on hold"), "bad"),
    Reason.LOGIN_OFF: (gettext_lazy("Login switched off"), "bad"),
    Reason.STORE_DEDICATED_ELSEWHERE: (gettext_lazy("Store of another customer"), ""),
}


@dataclass(frozen=True, slots=True)
class Pick:
    """A line of the picker. Who cannot be invited stays visible, with the reason."""

    contact: Contact
    is_picked: bool
    is_refused: bool
    badge: str
    tone: str
    reason: Reason | None = None


@require_http_methods(["GET", "POST"])
def picker(request: ActorRequest, slug: str) -> HttpResponse:
    """The page to pick from. Its searches are posted, so that what was picked goes along from one to the next."""
    store = store_here(request, slug)
    require_complete(store)
    context = picker_of(request, store)
    templates = {PICKER: "staff/access/_picker.html", DIALOG: "staff/access/_invite_dialog.html"}
    target = request.htmx.target or ""
    if target in templates:
        response = render(request, templates[target], context)
    else:
        response = page(request, "staff/access/invite.html", context, current="dashboard", store=store)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_POST
def send(request: ActorRequest, slug: str) -> HttpResponse:
    """Invite those picked; all that a search shows only once the page that names their number was confirmed."""
    store = store_here(request, slug)
    require_complete(store)
    role = role_of(request.POST)
    if request.POST.get("all"):
        return _send_all(request, store, role)
    contacts = contacts_for(request.POST.getlist("id"), actor=request.actor)
    if not contacts:
        return _again(request, store, _("Pick at least one contact."))
    try:
        invite_all(request, store, [contact.pk for contact in contacts], role)
    except Invalid as refusal:
        return _again(request, store, str(refusal))
    return redirect(dashboard_of(store, tab="pending"))


def role_of(data: QueryDict) -> Role:
    given = data.get("role", "")
    return Role(given) if given in Role.values else Role.BUYER


def invite_all(request: ActorRequest, store: Store, contact_ids: Collection[int], role: Role) -> None:
    """Invite few at once and say what became of them; many as a job, whose banner says so.

    What is written in the form goes into the mail. Raises `Invalid` where it is too long.
    """
    actor, message = request.actor, request.POST.get("message", "")
    if len(contact_ids) > AT_ONCE:
        chosen = Selection.picked(tuple(contact_ids))
        invite_in_background(store, chosen, actor=actor, role=role, message=message)
        notify(request, _("Inviting has begun. The banner shows how far it is, and in the end the result."))
        return
    tell(request, store, invite_contacts(store, contact_ids, actor=actor, role=role, message=message))


def tell(request: ActorRequest, store: Store, outcome: Outcome) -> None:
    if outcome.done:
        n = len(outcome.done)
        told = ngettext(
            "%(n)s invitation to %(store)s is on its way.",
            "%(n)s invitations to %(store)s are on their way.",
            n,
        )
        notify(request, told % {"n": number(n), "store": store.name})
    if outcome.emails_applied:
        n = len(outcome.emails_applied)
        told = ngettext(
            "%(n)s scheduled email change was applied first.",
            "%(n)s scheduled email changes were applied first.",
            n,
        )
        notify(request, told % {"n": number(n)})
    if outcome.refused:
        reasons: dict[str, int] = {}
        for refused in outcome.refused:
            reasons[refused.sentence] = reasons.get(refused.sentence, 0) + 1
        n = len(outcome.refused)
        told = ngettext("%(n)s could not be invited: %(why)s", "%(n)s could not be invited: %(why)s", n)
        why = " ".join(f"{sentence} ({number(count)})" for sentence, count in reasons.items())
        messages.warning(request, told % {"n": number(n), "why": why})


def pick_of(candidate: Candidate, *, is_picked: bool) -> Pick:
    badge, tone = BADGES.get(candidate.reason, (candidate.sentence, "warn")) if candidate.reason else ("", "")
    return Pick(candidate.contact, is_picked, candidate.is_refused, str(badge), tone, candidate.reason)


def _again(request: ActorRequest, store: Store, problem: str) -> HttpResponse:
    """The form as it was sent, with what is wrong with it."""
    context = picker_of(request, store) | {"problem": problem}
    return page(request, "staff/access/invite.html", context, current="dashboard", store=store, status=422)


def picker_of(request: ActorRequest, store: Store, *, here: str = "staff:invite") -> dict[str, Any]:
    """What the picker shows; `here` is the page that its searches are posted to."""
    asked = _asked(request)
    only_new = asked.get("new") == "1"
    rows = invitable_contacts(store, actor=request.actor, only_new=only_new)
    found: ListPage[Contact] = build_list(asked, CONTACTS, rows)
    picked = contacts_for(request.POST.getlist("id"), actor=request.actor)
    wanted = {contact.pk for contact in picked}
    shown = {contact.pk for contact in found.rows}
    plan = plan_invitations(store, [*wanted | shown], actor=request.actor)
    picks = {one.contact.pk: pick_of(one, is_picked=one.contact.pk in wanted) for one in plan}
    return {
        "store": store,
        "page": found,
        "only_new": only_new,
        "is_all": bool(request.POST.get("all")),
        "groups": _by_customer(picks[contact.pk] for contact in found.rows),
        "kept": [picks[contact.pk] for contact in picked if contact.pk not in shown],
        "count": len(wanted),
        "roles": Role.choices,
        "role": role_of(request.POST),
        "message": request.POST.get("message", ""),
        "problem": "",
        "picker_url": reverse(here, args=[store.slug]),
        "crumbs": [
            Crumb(store.name, dashboard_of(store)),
            Crumb(_("B2B Dashboard"), dashboard_of(store)),
            Crumb(_("Invite New Customers")),
        ],
    }


def _asked(request: ActorRequest) -> QueryDict:
    """Search and box as the form has them now; the page as the button that was pressed says it."""
    asked = request.GET.copy()
    if request.method == "POST":
        asked["q"], asked["new"] = request.POST.get("q", ""), request.POST.get("new", "")
    elif "new" not in asked and "q" not in asked and not request.GET:
        asked["new"] = "1"
    return asked


def _by_customer(picks: Iterable[Pick]) -> list[tuple[str, list[Pick]]]:
    groups = groupby(picks, key=lambda pick: (pick.contact.customer_id, pick.contact.customer.name))
    return [(name, list(group)) for (_key, name), group in groups]


def _send_all(request: ActorRequest, store: Store, role: Role) -> HttpResponse:
    only_new = request.POST.get("new") == "1"
    chosen = Selection(search=request.POST.get("q", "").strip(), only_new=only_new)
    rows = chosen.rows(store, actor=request.actor)
    count = rows.count()
    message = request.POST.get("message", "")
    try:
        personal_message(message)
    except Invalid as refusal:
        return _again(request, store, str(refusal))
    if request.POST.get("sure") and count:
        if count <= AT_ONCE:
            ids = list(rows.values_list("pk", flat=True))
            tell(request, store, invite_contacts(store, ids, actor=request.actor, role=role, message=message))
        else:
            invite_in_background(store, chosen, actor=request.actor, role=role, message=message)
            notify(
                request, _("Inviting has begun. The banner shows how far it is, and in the end the result.")
            )
        return redirect(dashboard_of(store, tab="pending"))
    title = ngettext("Invite %(n)s contact to %(store)s?", "Invite %(n)s contacts to %(store)s?", count)
    context = {
        "title": title % {"n": number(count), "store": store.name},
        "count": count,
        "chosen": chosen,
        "role": role,
        "message": message,
        "is_job": count > AT_ONCE,
        "back": reverse("staff:invite", args=[store.slug]),
        "crumbs": [Crumb(_("B2B Dashboard"), dashboard_of(store)), Crumb(_("Invite New Customers"))],
    }
    return page(request, "staff/access/invite_all.html", context, current="dashboard", store=store)
