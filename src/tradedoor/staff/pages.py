"""What every staff page stands in: the navigation, the alarms, and the one way to answer with a page."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tradedoor.access.models import Tab
from tradedoor.access.queries import tab_counts
from tradedoor.core.permissions import Permission
from tradedoor.jobs.queries import workers_silent
from tradedoor.mail.queries import captured_count
from tradedoor.staff.pausing import paused_alarms
from tradedoor.stores.models import Store
from tradedoor.stores.queries import stores
from tradedoor.web.navigation import Alarm, Nav, NavItem, NavStore
from tradedoor.web.requests import ActorRequest


class Crumb(NamedTuple):
    """A step of the breadcrumb; the last one of a page has no `href`."""

    label: str
    href: str | None = None


def page(
    request: ActorRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    current: str,
    store: Store | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with a staff page. `current` is the key of its line in the navigation; `store` the one it is of."""
    nav = navigation(request, current=current, store=store)
    return render(request, template, {"nav": nav, "store": store, **(context or {})}, status=status)


def navigation(request: ActorRequest, *, current: str, store: Store | None) -> Nav:
    actor = request.actor
    mine = list(stores(actor)) if actor.can(Permission.STORE_READ) else []
    store = store or (mine[0] if mine else None)

    def item(key: str, label: str, href: str, icon: str, **more: Any) -> NavItem:
        return NavItem(label=label, href=href, icon=icon, current=key == current, **more)

    main = [item("home", _("Home"), reverse("staff:home"), "house")]
    if actor.can(Permission.AUDIT_READ):
        main.append(item("activity", _("Activity"), reverse("staff:activity"), "activity"))
    crm = [
        item("customers", _("View Customers"), reverse("staff:customers"), "building-2"),
        item("contacts", _("Contacts"), reverse("staff:contacts"), "contact-round"),
    ]
    return Nav(
        home_url=reverse("staff:home"),
        sign_out_url=reverse("staff:sign-out"),
        staff_name=actor.label,
        staff_email=request.login.email if request.login else "",
        account_url=reverse("staff:account"),
        search_url=reverse("staff:search"),
        main=main,
        crm=crm if actor.can(Permission.CRM_READ) else [],
        store=_nav_store(store) if store else None,
        stores=[_nav_store(one, current=one == store) for one in mine] if len(mine) > 1 else [],
        store_items=_store_items(request, store, item) if store else [],
        add_store_url=reverse("staff:store-add") if actor.can(Permission.STORE_CREATE) else "",
        foot=_foot(request, item),
        alarms=[*_alarms(), *paused_alarms(mine, actor=actor)],
    )


def _nav_store(store: Store, *, current: bool = False) -> NavStore:
    return NavStore(
        name=store.name,
        host=f"/s/{store.slug}/",
        href=reverse("staff:dashboard", args=[store.slug]),
        mark_url=reverse("storefront:mark", args=[store.slug]),
        current=current,
    )


def _store_items(request: ActorRequest, store: Store, item: Any) -> list[NavItem]:
    actor, items = request.actor, []
    if actor.can(Permission.ACCESS_READ, store.pk):
        errors = tab_counts(store, actor=actor).get(Tab.ERROR, 0)
        items.append(
            item(
                "dashboard",
                _("B2B Dashboard"),
                reverse("staff:dashboard", args=[store.slug]),
                "users-round",
                count=errors or None,
                tone="bad",
            )
        )
        insights = reverse("staff:insights", args=[store.slug])
        items.append(item("insights", _("Insights"), insights, "chart-column"))
    if actor.can(Permission.CRM_READ):
        mailouts = reverse("staff:mailouts", args=[store.slug])
        items.append(item("mailouts", _("Mail-outs"), mailouts, "megaphone"))
    if actor.can(Permission.CATALOG_READ):
        items.append(item("catalogue", _("Catalogue"), reverse("staff:products"), "package"))
    if actor.can(Permission.STORE_READ, store.pk):
        address = reverse("staff:store-settings", args=[store.slug])
        items.append(item("settings", _("Store settings"), address, "settings"))
    return items


def _foot(request: ActorRequest, item: Any) -> list[NavItem]:
    actor, items = request.actor, []
    if actor.can(Permission.STAFF_READ):
        items.append(item("staff", _("Staff"), reverse("staff:staff"), "shield-user"))
    if actor.can(Permission.MAIL_READ):
        count = captured_count(actor=actor)
        items.append(
            item(
                "mail",
                _("Captured mail") if settings.TRADEDOOR_MAIL_CAPTURED else _("Mail"),
                reverse("staff:mail"),
                "mail-open",
                count=count or None,
            )
        )
    items.append(item("help", _("Help"), reverse("staff:help"), "life-buoy"))
    return items


def _alarms() -> list[Alarm]:
    alarms = []
    if workers_silent():
        text = _(
            "No worker has been seen for 5 minutes: no mail goes out and no job runs. "
            "Start one with “tradedoor worker”."
        )
        alarms.append(Alarm(text=text))
    return alarms
