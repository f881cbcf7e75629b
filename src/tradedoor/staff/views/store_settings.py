"""The settings of a store, a page for each section, each saved on its own."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast

from csp.constants import SELF
from csp.decorators import csp_update
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tradedoor.access.actions.stores import update_store
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.queries import customers
from tradedoor.staff.editing import Clash, clash_of, version_in
from tradedoor.staff.forms.stores import DetailsForm, InvitationsForm, KindForm, LoginDetailsForm, LookForm
from tradedoor.staff.looks import measured
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.pausing import switch_of
from tradedoor.staff.places import dashboard_of, store_here
from tradedoor.staff.refusing import add_refusal
from tradedoor.staff.timeline import timeline_context
from tradedoor.stores.actions.look import Picture, change_look
from tradedoor.stores.actions.stores import set_active
from tradedoor.stores.errors import StoreChanged
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url
from tradedoor.web.formats import span
from tradedoor.web.navigation import NavItem
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

Save = Callable[[Store, Mapping[str, Any], int, Actor], Store]
SUGGESTED = 200
LOOK = ("headline", "welcome", "brand_colour", "accent_colour")


@require_http_methods(["GET", "POST"])
def details(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    stored = {name: getattr(store, name) for name in DetailsForm.base_fields}
    context = {"public": public_url(store), "front": public_url(store).removesuffix(f"{store.slug}/")}
    return _edited(request, store, "store-settings", DetailsForm, stored, _update, context)


# The frame with the sign-in page in it is our own.
@require_http_methods(["GET", "POST"])
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # it takes views with more than the request too
def look(http: HttpRequest, slug: str) -> HttpResponse:
    request = cast("ActorRequest", http)
    store = store_here(request, slug)
    stored = {name: getattr(store, name) for name in LOOK}
    colours = (
        request.GET.get("brand_colour") or request.POST.get("brand_colour") or store.brand_colour,
        request.GET.get("accent_colour") or request.POST.get("accent_colour") or store.accent_colour,
    )
    context = {"measured": measured(store, *colours)}
    if request.htmx.target == "look-preview":
        return render(request, "staff/stores/_look_preview.html", {"store": store, **context})
    return _edited(request, store, "store-look", LookForm, stored, _change_look, context)


@require_http_methods(["GET", "POST"])
def invitations(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    stored = {name: getattr(store, name) for name in InvitationsForm.base_fields}
    context = {"pause": switch_of(store, actor=request.actor)}
    return _edited(request, store, "store-invitations", InvitationsForm, stored, _update, context)


@require_http_methods(["GET", "POST"])
def login_details(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    context = {
        "consequences": {
            Store.LoginDetails.LINK.value: _(
                "The password is chosen behind the link and known to nobody else. A password that you typed or "
                "generated is not in the mail."
            ),
            Store.LoginDetails.PASSWORD.value: _(
                "Whoever reads the mail can sign in until a password of their own is chosen. Where you gave none, the "
                "mail carries a link all the same."
            ),
        },
        "life": span(timedelta(hours=settings.TRADEDOOR_TEMPORARY_PASSWORD_HOURS)),
    }
    stored = {"login_details": store.login_details}
    return _edited(request, store, "store-login-details", LoginDetailsForm, stored, _update, context)


@require_http_methods(["GET", "POST"])
def kind(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    stored = {"kind": store.kind, "customer_id": store.customer.code if store.customer else ""}
    context = {
        "customers": list(customers(request.actor)[:SUGGESTED]),
        "kind_notes": {
            Store.Kind.SHARED.value: _("Contacts of any customer may be given access."),
            Store.Kind.DEDICATED.value: _("Belongs to one customer. Only its contacts may be given access."),
        },
    }
    return _edited(request, store, "store-kind", KindForm, stored, _set_kind, context)


@require_POST
def switch(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    active = request.POST.get("active") == "1"
    set_active(store, active=active, actor=request.actor)
    words = (
        _("%(store)s is switched on.")
        if active
        else _("%(store)s is switched off. Nobody lost their access.")
    )
    notify(request, words % {"store": store.name})
    return redirect("staff:store-settings", store.slug)


@require_GET
def activity(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    context = {**settings_frame(request, store, "store-activity"), **timeline_context(request, store=store)}
    return page(request, "staff/stores/activity.html", context, current="settings", store=store)


def _edited(
    request: ActorRequest,
    store: Store,
    section: str,
    kind: type[forms.Form],
    stored: Mapping[str, Any],
    save: Save,
    more: Mapping[str, Any],
) -> HttpResponse:
    """Show a section, or save what came. Where somebody else saved meanwhile, what was typed stays."""
    given: dict[str, Any] = {"store": store} if kind is LookForm else {}
    status, clash = 200, None
    if request.method == "POST":
        require(request.actor, Permission.STORE_EDIT, stores=[store.pk])
        form = kind(request.POST, request.FILES, **given)
        changed, clash, status = _saved(request, store, form, stored, save)
        if changed is not None:
            notify(request, _("Saved."))
            return redirect(f"staff:{section}", changed.slug)
    else:
        form = kind(initial=dict(stored), **given)
    context = {
        **settings_frame(request, store, section),
        "form": form,
        "clash": clash,
        "version": store.version,
        **more,
    }
    template = f"staff/stores/{section.removeprefix('store-')}.html"
    return page(request, template, context, current="settings", store=store, status=status)


def _saved(
    request: ActorRequest, store: Store, form: forms.Form, stored: Mapping[str, Any], save: Save
) -> tuple[Store | None, Clash | None, int]:
    if not form.is_valid():
        return None, None, 422
    try:
        return save(store, form.cleaned_data, version_in(request.POST), request.actor), None, 200
    except StoreChanged as refusal:
        # The form comes back with the version of now: saving again means it. Who was quicker may have saved since
        # this request began, so it is read again.
        store.refresh_from_db()
        return None, clash_of(refusal, form, _now(store, stored)), 409
    except Conflict as refusal:
        add_refusal(form, refusal)
        return None, None, 409
    except Invalid as refusal:
        add_refusal(form, refusal)
        return None, None, 422


def _now(store: Store, stored: Mapping[str, Any]) -> Mapping[str, Any]:
    code = store.customer.code if store.customer else ""
    return {name: code if name == "customer_id" else getattr(store, name) for name in stored}


def _update(store: Store, values: Mapping[str, Any], version: int, actor: Actor) -> Store:
    return update_store(store, values, version=version, actor=actor)


def _change_look(store: Store, values: Mapping[str, Any], version: int, actor: Actor) -> Store:
    return change_look(
        store,
        {name: values[name] for name in LOOK},
        version=version,
        actor=actor,
        logo=Picture(values.get("logo"), remove=bool(values.get("remove_logo"))),
        banner=Picture(values.get("banner"), remove=bool(values.get("remove_banner"))),
    )


def _set_kind(store: Store, values: Mapping[str, Any], version: int, actor: Actor) -> Store:
    is_shared = values["kind"] == Store.Kind.SHARED
    customer_id = None if is_shared else _customer_id(values["customer_id"], actor=actor)
    return update_store(
        store, {"kind": values["kind"], "customer_id": customer_id}, version=version, actor=actor
    )


def _customer_id(text: str, *, actor: Actor) -> int | None:
    """The customer of this code or name. Raises `Invalid` where there is none, or several."""
    if not text.strip():
        return None
    wanted = text.strip().casefold()
    found = list(customers(actor, search=text)[:SUGGESTED])
    exact = [row for row in found if wanted in {row.code.casefold(), row.name.casefold()}] or found
    if len(exact) != 1:
        sentence = (
            _("No customer is called so.") if not exact else _("Several customers match. Give the code.")
        )
        raise Invalid(sentence, code="customer_unclear", field="customer_id")
    return exact[0].pk


def settings_frame(request: ActorRequest, store: Store, section: str) -> dict[str, Any]:
    """What every section of the settings stands in."""
    sections = [
        ("store-settings", _("Details"), "store"),
        ("store-look", _("Look"), "palette"),
        ("store-invitations", _("Invitations"), "send"),
        ("store-login-details", _("Login details"), "key-round"),
        ("store-registration", _("Registration"), "user-plus"),
        ("store-handout", _("Hand-out"), "file-text"),
        ("store-kind", _("Kind"), "building-2"),
    ]
    if request.actor.can(Permission.AUDIT_READ):
        sections.append(("store-activity", _("Activity"), "activity"))
    items = [
        NavItem(
            label=label, href=reverse(f"staff:{name}", args=[store.slug]), icon=icon, current=name == section
        )
        for name, label, icon in sections
    ]
    labels = {name: label for name, label, _icon in sections}
    return {
        "sections": items,
        "section": labels[section],
        "may_edit": request.actor.can(Permission.STORE_EDIT, store.pk),
        "crumbs": [
            Crumb(_("Stores"), reverse("staff:stores")),
            Crumb(store.name, dashboard_of(store)),
            Crumb(_("Store settings"), reverse("staff:store-settings", args=[store.slug])),
            Crumb(labels[section]),
        ],
    }
