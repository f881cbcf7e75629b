"""Store settings, Registration: who may register, what would become of an address, and how the pages look."""

from dataclasses import dataclass
from typing import Any, cast

from csp.constants import NONE, SELF
from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.crm.queries import customers
from tradedoor.registration.actions.rules import Wish, change_rules, wished
from tradedoor.registration.errors import RulesChanged
from tradedoor.registration.models import Approval, EstoreLink, Mode, Rules
from tradedoor.registration.policy import Because, Verdict, Way
from tradedoor.registration.queries import rules_of, try_address, verified_domains
from tradedoor.staff.editing import Clash, version_in
from tradedoor.staff.forms.registration import (
    FURTHER,
    LABELS,
    NOTES,
    OPEN,
    PRESETS,
    RegistrationForm,
    lines_of,
)
from tradedoor.staff.looks import brand_in
from tradedoor.staff.pages import page
from tradedoor.staff.places import store_here
from tradedoor.staff.refusing import add_refusal
from tradedoor.staff.views.store_settings import settings_frame
from tradedoor.stores.models import Store
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

SUGGESTED = 200
SECTION = "store-registration"
TRIED = "try-answer"
PREVIEWED = "register-preview"
WAYS: dict[Way, tuple[str | Promise, str, str]] = {
    Way.JOINS: (gettext_lazy("Gets in"), "good", "circle-check"),
    Way.WAITS: (gettext_lazy("Waits for approval"), "warn", "clock"),
    Way.REFUSED: (gettext_lazy("Cannot register"), "bad", "ban"),
}
WHY: dict[Because, str | Promise] = {
    Because.BLOCKED: gettext_lazy("This domain is among those never to register."),
    Because.NOT_ALLOWED: gettext_lazy("This domain is not among the only ones that may."),
    Because.NOT_OF_LINK: gettext_lazy("The link takes other domains."),
    Because.VERIFIED: gettext_lazy("A verified domain: they join that customer by themselves."),
    Because.LOOKS_LIKE: gettext_lazy("The domain looks like one that the customer uses."),
    Because.WITHOUT_LINK: gettext_lazy("Without a link everybody waits for you."),
    Because.APPROVAL: gettext_lazy("You approve everybody here."),
    Because.RULES: gettext_lazy("No rule stands in the way."),
}
BY_ADMINS = gettext_lazy("The customer’s own admins approve; where it has none, you do.")


@dataclass(frozen=True, slots=True)
class Tried:
    """What would become of an address by one of the two ways in."""

    way: str
    answer: str
    why: str
    tone: str
    icon: str


# The frames with the pages in them are our own.
@require_http_methods(["GET", "HEAD", "POST"])
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # it takes views with more than the request too
def rules(http: HttpRequest, slug: str) -> HttpResponse:
    request = cast("ActorRequest", http)
    store = store_here(request, slug)
    saved = rules_of(store)
    if request.htmx.target == PREVIEWED:
        form = RegistrationForm(request.GET, rules=saved)
        shown = _preview(store, form, has_terms=bool(saved.terms))
        return render(request, "staff/stores/_register_preview.html", shown)
    form = _form(request, store, saved)
    if request.method != "POST":
        return _page(request, store, form, saved.version)
    require(request.actor, Permission.STORE_EDIT, stores=[store.pk])
    if not form.is_valid():
        return _page(request, store, form, saved.version, status=422)
    try:
        wish = _wish(form, actor=request.actor)
        change_rules(store, wish, version=version_in(request.POST), actor=request.actor)
    except RulesChanged as refusal:
        clash = Clash(str(refusal), [])
        return _page(request, store, form, rules_of(store).version, status=409, clash=clash)
    except Invalid as refusal:
        add_refusal(form, refusal)
        return _page(request, store, form, saved.version, status=422)
    notify(request, _("Saved."))
    return redirect("staff:store-registration", store.slug)


@require_POST
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # as above
def try_out(http: HttpRequest, slug: str) -> HttpResponse:
    """Say what would become of an address by the rules as they stand in the form, saved or not.

    Who may only look at the form sends nothing of it: for them it is the saved ones.
    """
    request = cast("ActorRequest", http)
    store = store_here(request, slug)
    saved = rules_of(store)
    may_edit = request.actor.can(Permission.STORE_EDIT, store.pk)
    form = _form(request, store, saved, may_edit=may_edit)
    tried, problem = [], ""
    if not may_edit or form.is_valid():
        try:
            meant = wished(_wish(form, actor=request.actor), store=store) if may_edit else saved
            tried = _tried(request.POST.get("try", ""), meant, store, actor=request.actor)
        except Invalid as refusal:
            problem = str(refusal)
    else:
        problem = _("Correct the form first.")
    context = {"tried": tried, "try_problem": problem, "tried_email": request.POST.get("try", "").strip()}
    if request.htmx.target == TRIED:
        return render(request, "staff/stores/_registration_try.html", context)
    return _page(request, store, form, version_in(request.POST), more=context)


@require_GET
@xframe_options_exempt
@csp_replace({"script-src": [NONE], "form-action": [NONE], "frame-ancestors": [SELF]})  # type: ignore[arg-type]  # as above
def preview(request: HttpRequest, slug: str, what: str) -> HttpResponse:
    """The sign-in page or the form as a picture of itself; nothing in it can be sent."""
    asked = cast("ActorRequest", request)
    store = store_here(asked, slug)
    mode, approval = PRESETS.get(request.GET.get("preset", ""), PRESETS[OPEN])
    context = {
        "brand": brand_in(store, "", ""),
        "store": store,
        "may_register": mode != Mode.OFF,
        "by_link": mode == Mode.LINK,
        "waits": approval != Approval.NONE,
        "answerer": _("an admin of %(customer)s") % {"customer": _("Example Ltd")}
        if approval == Approval.ADMINS and mode == Mode.LINK
        else store.name,
        "confirms": request.GET.get("confirm") == "1",
        "questions": request.GET.getlist("q"),
        "has_terms": request.GET.get("terms") == "1",
    }
    template = "register_preview.html" if what == "form" else "register_door.html"
    response = render(asked, f"staff/stores/{template}", context)
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _form(request: ActorRequest, store: Store, saved: Rules, *, may_edit: bool = True) -> RegistrationForm:
    domains = verified_domains(store, actor=request.actor)
    data = request.POST if request.method == "POST" and may_edit else None
    return RegistrationForm(data, rules=saved, domains=domains)


def _wish(form: RegistrationForm, *, actor: Actor) -> Wish:
    given = form.cleaned_data
    mode, approval = PRESETS[given["preset"]]
    pairs = [
        (row.domain, _customer(row.customer, actor=actor).pk) for row in form.verified_rows if row.domain
    ]
    return Wish(
        mode=mode,
        approval=approval,
        confirm_first=given["confirm_first"],
        allowed_domains=lines_of(given["allowed_domains"]),
        blocked_domains=lines_of(given["blocked_domains"]),
        questions=form.asked,
        terms=given["terms"],
        verified=pairs,
    )


def _customer(text: str, *, actor: Actor) -> Customer:
    """The customer of this code or name. Raises `Invalid` where there is none, or several."""
    wanted = text.strip().casefold()
    found = list(customers(actor, search=text)[:SUGGESTED]) if wanted else []
    exact = [row for row in found if row.code.casefold() == wanted] or [
        row for row in found if row.name.casefold() == wanted
    ]
    if len(exact) != 1:
        sentence = _("Give the code of the customer that “%(typed)s” stands for.") % {"typed": text[:60]}
        raise Invalid(sentence, code="customer_unclear", field="verified")
    return exact[0]


def _tried(email: str, rules: Rules, store: Store, *, actor: Actor) -> list[Tried]:
    if rules.mode == Mode.OFF:
        nobody = _("Nobody can register: you have chosen to invite only.")
        return [Tried("", str(WAYS[Way.REFUSED][0]), nobody, "bad", "ban")]
    by_link = EstoreLink(store=store, customer_id=0)
    ways: list[tuple[str, EstoreLink | None]] = [(_("With a customer’s link"), by_link)]
    if rules.mode == Mode.OPEN:
        ways.append((_("Without a link"), None))
    return [
        _said(way, try_address(email, rules=rules, store=store, link=link, actor=actor), rules)
        for way, link in ways
    ]


def _said(way: str, verdict: Verdict, rules: Rules) -> Tried:
    answer, tone, icon = WAYS[verdict.way]
    by_admins = verdict.because is Because.APPROVAL and rules.approval == Approval.ADMINS
    return Tried(way, str(answer), str(BY_ADMINS if by_admins else WHY[verdict.because]), tone, icon)


def _preview(store: Store, form: RegistrationForm, *, has_terms: bool) -> dict[str, Any]:
    query: dict[str, Any] = {
        "preset": form["preset"].value() or "",
        "confirm": "1" if form["confirm_first"].value() else "0",
        "terms": "1" if has_terms else "0",
        "q": [row.label for row in form.question_rows if row.label],
    }
    return {
        "store": store,
        "door_src": reverse("staff:store-registration-preview", args=[store.slug, "door"], query=query),
        "form_src": reverse("staff:store-registration-preview", args=[store.slug, "form"], query=query),
        "shows_form": PRESETS.get(query["preset"], PRESETS[OPEN])[0] != Mode.OFF,
    }


def _page(
    request: ActorRequest,
    store: Store,
    form: RegistrationForm,
    version: int,
    *,
    status: int = 200,
    clash: Clash | None = None,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    context = {
        **settings_frame(request, store, SECTION),
        **_preview(store, form, has_terms=bool(form["terms"].value())),
        "form": form,
        "version": version,
        "clash": clash,
        "preset_notes": NOTES,
        "preset_labels": LABELS,
        "further": FURTHER,
        "tried": [],
        "try_problem": "",
        "tried_email": "",
        "customers": list(customers(request.actor)[:SUGGESTED]),
        **(more or {}),
    }
    return page(
        request, "staff/stores/registration.html", context, current="settings", store=store, status=status
    )
