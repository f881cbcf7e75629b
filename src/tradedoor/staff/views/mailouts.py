"""Mail-outs of a store: who gets them, as a list and a file, and the audience at Mailchimp."""

from django.conf import settings
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.core.search import matching
from tradedoor.integrations.actions.audiences import connect_audience, disconnect_audience, sync_now
from tradedoor.integrations.actions.hooks import hook_token
from tradedoor.integrations.exports import export_mailing_list
from tradedoor.integrations.models import Member
from tradedoor.integrations.queries import KIND_WORDS, Kind, mailing_list, standing_of
from tradedoor.staff.forms.mailouts import AudienceForm
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import dashboard_of, store_here
from tradedoor.staff.refusing import add_refusal
from tradedoor.staff.views.customers import as_file
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url
from tradedoor.web.lists import ListSpec, Sort, build_list
from tradedoor.web.navigation import Tab
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

FIRST_TAG = "Mail out"
# As `crm.models.Contact.consent_source` holds them.
SOURCE_WORDS = {
    "staff": gettext_lazy("Staff"),
    "import": gettext_lazy("Import"),
    "buyer": gettext_lazy("By themselves"),
    "mailchimp": "Mailchimp",
    "unsubscribe link": gettext_lazy("Link in a mail"),
}
LIST = ListSpec(
    sorts={
        "name": Sort(gettext_lazy("Name"), "sort_name"),
        "new": Sort(gettext_lazy("Newest first"), "-created_at"),
    },
    filters=[],
    search=matching,
)


@require_GET
def people(request: ActorRequest, slug: str, kind: str = Kind.SUBSCRIBED.value) -> HttpResponse:
    store, shown = store_here(request, slug), _kind(kind)
    context = {
        "page": build_list(request.GET, LIST, mailing_list(store, shown, actor=request.actor)),
        "actor": request.actor,
        "kind": shown,
        "kinds": [
            Tab(
                label=str(words),
                href=reverse("staff:mailouts-kind", args=[store.slug, one.value]),
                current=one is shown,
            )
            for one, words in KIND_WORDS.items()
        ],
        "sources": SOURCE_WORDS,
        "standing": standing_of(store, actor=request.actor),
        "crumbs": [Crumb(store.name, dashboard_of(store)), Crumb(_("Mail-outs"))],
    }
    if request.htmx.target == "people":
        response = render(request, "staff/mailouts/_table.html", {"store": store, **context})
    else:
        response = page(request, "staff/mailouts/list.html", context, current="mailouts", store=store)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
def export(request: ActorRequest, slug: str, kind: str) -> StreamingHttpResponse:
    store, shown = store_here(request, slug), _kind(kind)
    found = export_mailing_list(store, shown, actor=request.actor, search=request.GET.get("q", ""))
    return as_file(found, f"{store.slug}-{shown.value}")


@require_http_methods(["GET", "HEAD", "POST"])
def mailchimp(request: ActorRequest, slug: str) -> HttpResponse:
    """How the audience stands, and connecting it."""
    store = store_here(request, slug)
    standing = standing_of(store, actor=request.actor)
    status = 200
    if request.method == "POST":
        require(request.actor, Permission.STORE_EDIT, stores=[store.pk])
        form = AudienceForm(request.POST)
        if form.is_valid():
            try:
                connect_audience(
                    store, form.cleaned_data["list_id"], tag=form.cleaned_data["tag"], actor=request.actor
                )
            except (Invalid, Conflict) as refusal:
                add_refusal(form, refusal)
            else:
                notify(request, _("Connected. The audience is being brought up to date."))
                return redirect("staff:mailchimp", store.slug)
        status = 422
    elif standing is not None:
        form = AudienceForm(initial={"list_id": standing.audience.list_id, "tag": standing.audience.tag})
    else:
        form = AudienceForm(initial={"tag": FIRST_TAG})
    context = {
        "form": form,
        "standing": standing,
        "states": [
            (label, standing.counts[status_])
            for status_, label in Member.Status.choices
            if standing.counts[status_]
        ]
        if standing
        else [],
        "has_key": bool(settings.TRADEDOOR_MAILCHIMP_KEY),
        "may_edit": request.actor.can(Permission.STORE_EDIT, store.pk),
        "hook": public_url(store, f"hooks/mailchimp/{hook_token(store)}/")
        if standing and request.actor.can(Permission.STORE_EDIT, store.pk)
        else "",
        "crumbs": [
            Crumb(store.name, dashboard_of(store)),
            Crumb(_("Mail-outs"), reverse("staff:mailouts", args=[store.slug])),
            Crumb("Mailchimp"),
        ],
    }
    return page(
        request, "staff/mailouts/mailchimp.html", context, current="mailouts", store=store, status=status
    )


@require_POST
def sync(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    sync_now(store, actor=request.actor)
    notify(request, _("The audience is being brought up to date."))
    return redirect("staff:mailchimp", store.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: ActorRequest, slug: str) -> HttpResponse:
    """A page that says what stays, and then letting go."""
    store = store_here(request, slug)
    require(request.actor, Permission.STORE_EDIT, stores=[store.pk])
    if request.method == "POST":
        disconnect_audience(store, actor=request.actor)
        notify(request, _("Mailchimp is disconnected."))
        return redirect("staff:mailchimp", store.slug)
    standing = standing_of(store, actor=request.actor)
    if standing is None:
        return redirect("staff:mailchimp", store.slug)
    context = {"standing": standing, "crumbs": _crumbs_of_disconnecting(store)}
    return page(request, "staff/mailouts/disconnect.html", context, current="mailouts", store=store)


def _crumbs_of_disconnecting(store: Store) -> list[Crumb]:
    return [
        Crumb(store.name, dashboard_of(store)),
        Crumb(_("Mail-outs"), reverse("staff:mailouts", args=[store.slug])),
        Crumb("Mailchimp", reverse("staff:mailchimp", args=[store.slug])),
        Crumb(_("Disconnect")),
    ]


def _kind(asked: str) -> Kind:
    if asked not in set(Kind):
        raise Http404
    return Kind(asked)
