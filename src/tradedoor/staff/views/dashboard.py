"""Who may sign in to a store, who is on the way, who is no more: of one store, or of all."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tradedoor.access.actions.bulk import Rows
from tradedoor.access.error_queries import current_in_error
from tradedoor.access.insights import sign_ins_of
from tradedoor.access.listing import MailSeen, SignedIn, signed_in, with_mail
from tradedoor.access.models import Access, Role, Tab
from tradedoor.access.queries import dashboard as rows_of
from tradedoor.access.queries import facts_of, of_customers_named, tab_counts
from tradedoor.core.permissions import Permission
from tradedoor.core.search import matching, matching_along, matching_few
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import current_work, may_steer, works
from tradedoor.registration.request_queries import noted, unconfirmed
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.people import people_of
from tradedoor.staff.places import store_here
from tradedoor.staff.progress import progress_of
from tradedoor.stores.models import Store
from tradedoor.web.lists import Filter, ListPage, ListSpec, Sort, build_list, select_rows
from tradedoor.web.navigation import Tab as TabLink
from tradedoor.web.requests import ActorRequest

TARGET = "people"
JUST_ENDED = timedelta(minutes=10)
MOST_UNCONFIRMED = 100
LONG_AGO = Value(datetime(1970, 1, 1, tzinfo=UTC), output_field=DateTimeField())
# Always shown; the others only while they hold a row (product.md section 2).
SHOWN = (Tab.CURRENT, Tab.PENDING, Tab.DEACTIVATED, Tab.ERROR, Tab.REQUESTS)
NAME = Sort(gettext_lazy("Contact"), "sort_name", walked=True)
CUSTOMER = Sort(gettext_lazy("Customer"), "sort_customer")
SINCE = Sort(gettext_lazy("Newest first"), "-state_since")
SEEN = Sort(gettext_lazy("Last sign-in"), "-seen_at", indexed=False)
EXPIRES = Sort(gettext_lazy("Expires next"), "expires_at", indexed=False)
SORTS = {
    Tab.CURRENT: {"name": NAME, "customer": CUSTOMER, "seen": SEEN, "since": SINCE},
    Tab.PENDING: {"name": NAME, "customer": CUSTOMER, "expires": EXPIRES, "since": SINCE},
}
OTHERWISE = {"name": NAME, "customer": CUSTOMER, "since": SINCE}


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that an address asks for, before and after they are cut into pages."""

    tab: Tab | None
    spec: ListSpec
    rows: QuerySet[Access]


@require_GET
def dashboard(request: ActorRequest, slug: str) -> HttpResponse:
    """The B2B Dashboard of one store."""
    store = store_here(request, slug)
    context = _people(request, store)
    if request.htmx.target == TARGET:
        return _varied(render(request, "staff/access/_people.html", context))
    missing = store.missing_for_inviting()
    context |= {
        "facts": facts_of(store, actor=request.actor),
        "sign_ins": sign_ins_of(store, actor=request.actor),
        "missing": missing,
        "in_error": current_in_error(store, actor=request.actor) if context["counts"][Tab.ERROR] else 0,
        "may_invite": request.actor.can(Permission.ACCESS_INVITE, store.pk),
        "may_set": request.actor.can(Permission.STORE_EDIT, store.pk),
        "works": _works(request, store),
        "crumbs": [
            Crumb(_("Stores"), reverse("staff:stores")),
            Crumb(store.name, reverse("staff:dashboard", args=[store.slug])),
            Crumb(_("B2B Dashboard")),
        ],
    }
    response = page(request, "staff/access/dashboard.html", context, current="dashboard", store=store)
    return _varied(response)


@require_GET
def everywhere(request: ActorRequest) -> HttpResponse:
    """The same over all stores of the person's scope."""
    context = _people(request, None)
    if request.htmx.target == TARGET:
        return _varied(render(request, "staff/access/_people.html", context))
    context["crumbs"] = [Crumb(_("Access"))]
    return _varied(page(request, "staff/access/everywhere.html", context, current="access"))


def found_for(request: ActorRequest, store: Store | None, asked: QueryDict) -> Found:
    """What a list's address means: a search runs over all tabs, history too."""
    given = asked.get("tab", "")
    tab = None if asked.get("q", "").strip() else (Tab(given) if given in SHOWN else Tab.CURRENT)
    rows = rows_of(store, tab=tab, actor=request.actor)
    dated = rows.annotate(
        seen_at=Coalesce("last_sign_in_at", LONG_AGO), expires_at=Coalesce("invitation_expires_at", LONG_AGO)
    )
    return Found(tab, _spec(tab), dated)


def meant_by(found: Found, asked: QueryDict) -> Rows:
    """The same list as plain values, for work in the background."""
    keys = {item.key for item in found.spec.filters}
    role, mail, seen = asked.get("role", ""), asked.get("mail", ""), asked.get("seen", "")
    return Rows(
        tab=found.tab.value if found.tab else "",
        search=asked.get("q", "").strip(),
        role=role if role in Role.values else "",
        customer=asked.get("customer", "").strip(),
        mail=mail if mail in MailSeen.values and "mail" in keys else "",
        seen=seen if seen in SignedIn.values and "seen" in keys else "",
    )


def chosen_rows(request: ActorRequest, store: Store | None) -> tuple[QuerySet[Access], Rows | None]:
    """What the bulk bar's form means: the ticked rows of any tab, or all that its list shows now.

    The latter also as plain values.
    """
    if request.POST.get("all"):
        asked = QueryDict(request.POST.get("query", ""))
        found = found_for(request, store, asked)
        rows = select_rows(request.POST, found.spec, found.rows, key="public_id")
        return rows, meant_by(found, asked)
    rows = rows_of(store, tab=None, actor=request.actor)
    return select_rows(request.POST, _spec(None), rows, key="public_id"), None


def _people(request: ActorRequest, store: Store | None) -> dict[str, Any]:
    found = found_for(request, store, request.GET)
    counts = tab_counts(store, actor=request.actor)
    total = counts[found.tab] if found.tab else None
    shown: ListPage[Access] = build_list(request.GET, found.spec, found.rows, total=total)
    actor, here = request.actor, request.get_full_path()
    waiting = unconfirmed(store, actor=actor)
    return {
        "store": store,
        "unconfirmed": list(waiting[:MOST_UNCONFIRMED]) if found.tab is Tab.REQUESTS else [],
        "asked": noted(shown.rows, actor=actor) if found.tab is Tab.REQUESTS else {},
        "may_decide": actor.can(Permission.REQUEST_DECIDE, store.pk if store else None),
        "requests_url": reverse("staff:requests-bulk", args=[store.slug])
        if store
        else reverse("staff:requests-all-bulk"),
        "page": shown,
        "people": people_of(shown.rows, actor=actor, here=here),
        "tab": found.tab,
        "tabs": _tabs(found.tab, counts | {Tab.REQUESTS: counts[Tab.REQUESTS] + waiting.count()}),
        "may_invite": actor.can(Permission.ACCESS_INVITE, store.pk if store else None),
        "may_switch": actor.can(Permission.ACCESS_SWITCH, store.pk if store else None),
        "may_clear": actor.can(Permission.ACCESS_ERRORS, store.pk if store else None),
        "may_link": actor.can(Permission.ACCESS_LINK, store.pk if store else None),
        "links_url": reverse("staff:access-links", args=[store.slug])
        if store
        else reverse("staff:access-all-links"),
        "may_export": actor.can(Permission.ACCESS_EXPORT, store.pk if store else None),
        "bulk_url": reverse("staff:access-bulk", args=[store.slug])
        if store
        else reverse("staff:access-all-bulk"),
        "export_url": reverse("staff:access-export", args=[store.slug])
        if store
        else reverse("staff:access-all-export"),
        "counts": counts,
    }


def _spec(tab: Tab | None) -> ListSpec:
    filters = [
        Filter("customer", gettext_lazy("Customer"), of_customers_named),
        Filter(
            "role", gettext_lazy("Role"), lambda rows, value: rows.filter(role=value), options=Role.choices
        ),
    ]
    if tab is Tab.PENDING:
        filters.append(Filter("mail", gettext_lazy("Mail"), _with_mail, options=MailSeen.choices))
    if tab is Tab.CURRENT:
        filters.append(Filter("seen", gettext_lazy("Last sign-in"), _signed_in, options=SignedIn.choices))
    sorts = OTHERWISE if tab is None else SORTS.get(tab, OTHERWISE)
    return ListSpec(
        sorts=sorts,
        filters=filters,
        search=matching,
        search_few=matching_few,
        search_along=matching_along,
        keep=("tab",),
    )


def _with_mail(rows: QuerySet[Access], value: str) -> QuerySet[Access]:
    return rows.filter(with_mail(MailSeen(value), now=timezone.now()))


def _signed_in(rows: QuerySet[Access], value: str) -> QuerySet[Access]:
    return rows.filter(signed_in(SignedIn(value), now=timezone.now()))


def _tabs(current: Tab | None, counts: dict[Tab, int]) -> list[TabLink]:
    words = {
        Tab.CURRENT: (_("Current"), _("Customers")),
        Tab.PENDING: (_("Pending"), _("Customers")),
        Tab.DEACTIVATED: (_("Deactivated"), _("Customers")),
        Tab.ERROR: (_("Error"), ""),
        Tab.REQUESTS: (_("Requests"), ""),
    }
    return [
        TabLink(
            label=words[tab][0],
            more=words[tab][1],
            href=f"?tab={tab.value}",
            current=tab is current,
            count=counts[tab],
            tone="bad" if tab is Tab.ERROR else "",
        )
        for tab in SHOWN
        if tab is Tab.CURRENT or tab is current or counts[tab]
    ]


def _works(request: ActorRequest, store: Store) -> list[tuple[Work, object, bool]]:
    """The jobs of this store that go on, and the one of this person that has just ended."""
    actor = request.actor
    shown = current_work(actor, store.pk)
    ended = works(actor).filter(
        store_id=store.pk,
        login_id=actor.login_id,
        state__in=[Work.State.DONE, Work.State.FAILED],
        finished_at__gte=timezone.now() - JUST_ENDED,
    )
    shown += list(ended.order_by("-pk")[:1])
    return [(work, progress_of(work), may_steer(work, actor=actor)) for work in shown]


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["HX-Request"])
    return response
