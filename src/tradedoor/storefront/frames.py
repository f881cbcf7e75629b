"""What every page of a store stands in: its look, whom to call, and where one can go."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tradedoor.access.actions.entering import other_entrances
from tradedoor.access.models import Access
from tradedoor.catalog.queries import Branch, categories_tree
from tradedoor.core.permissions import Permission
from tradedoor.stores.models import Store
from tradedoor.web import theme
from tradedoor.web.navigation import Brand, NavItem, Shop
from tradedoor.web.requests import ActorRequest

TOP_CATEGORIES = 8


def store_of(request: ActorRequest) -> Store:
    """The store whose front door this is; a page of the sellers' side has none."""
    if request.store is None:
        raise Http404
    return request.store


def address(store: Store, name: str, *args: object, query: Mapping[str, str] | None = None) -> str:
    """The address of a page of the store, by the name it has in `urls`."""
    return reverse(f"storefront:{name}", args=[store.slug, *args], query=query)


def theme_of(store: Store) -> str:
    return theme.theme_css(store.brand_colour, store.accent_colour)


def version_of(*parts: str) -> str:
    """What in an address changes with the thing behind it, so that browsers may keep that for good."""
    return theme.fingerprint("|".join(parts))


def drawn_version(store: Store) -> str:
    return version_of("drawn 1", store.name, store.brand_colour, store.accent_colour)


def file_version(file: FieldFile) -> str:
    """The stored name changes with every upload; mails say it in the same way (`stores.urls.logo_url`)."""
    return PurePath(str(file.name)).stem[:8]


def brand_of(store: Store) -> Brand:
    """How the store looks and whom to call."""
    drawn = {"v": drawn_version(store)}
    mark = address(store, "mark", query=drawn)
    art = address(store, "art", query=drawn)
    return Brand(
        name=store.name,
        home_url=address(store, "home"),
        mark_url=address(store, "logo", query={"v": file_version(store.logo)}) if store.logo else mark,
        theme_url=address(store, "theme", theme.fingerprint(theme_of(store))),
        art_url=address(store, "banner", query={"v": file_version(store.banner)}) if store.banner else art,
        pitch=store.headline or _("All that %(store)s has for you, in one place.") % {"store": store.name},
        points=[
            ("tag", _("Trade prices")),
            ("package-check", _("Stock at a glance")),
            ("phone", _("People to call")),
        ],
        phone=store.phone,
        email=store.email,
    )


def door_page(
    request: ActorRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Answer with a page before the door."""
    store = store_of(request)
    frame = {"brand": brand_of(store), "icon_url": address(store, "mark"), "store": store}
    return render(request, f"storefront/{template}", {**frame, **(context or {})}, status=status)


def shop_page(
    request: ActorRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    tree: Sequence[Branch] | None = None,
    current: str = "",
    query: str = "",
    status: int = 200,
) -> HttpResponse:
    """Answer with a page behind the door. `current` is the path of the category shown, `tree` saves its queries."""
    store = store_of(request)
    branches = categories_tree(store, actor=request.actor) if tree is None else tree
    shop = shop_of(request, branches, current=current, query=query)
    return door_page(request, template, {"shop": shop, **(context or {})}, status=status)


def shop_of(request: ActorRequest, branches: Sequence[Branch], *, current: str, query: str) -> Shop:
    store, access = store_of(request), request.access
    catalogue = address(store, "catalogue")
    everything = NavItem(label=_("All products"), href=catalogue, current=current == "*")
    return Shop(
        who=str(access.contact) if access else "",
        company=access.customer.name if access else "",
        sign_out_url=address(store, "sign-out"),
        account_url=address(store, "account"),
        catalogue_url=catalogue,
        search_url=catalogue,
        query=query,
        company_items=_company(request, store),
        elsewhere=_elsewhere(request, store),
        categories=[everything, *(_line(store, branch, current) for branch in branches[:TOP_CATEGORIES])],
    )


def _company(request: ActorRequest, store: Store) -> list[NavItem]:
    """What a company admin looks after, and nobody else is told of."""
    if not request.actor.can(Permission.COLLEAGUES):
        return []
    people = address(store, "people")
    here = request.path.startswith(people)
    return [NavItem(label=_("Company: People"), href=people, icon="users-round", current=here)]


def _elsewhere(request: ActorRequest, store: Store) -> list[NavItem]:
    """The other customers this person acts for here, then the other stores."""
    if request.login is None or request.access is None:
        return []
    return [
        NavItem(
            label=_for(access) if access.store_id == store.pk else _at(access),
            href=address(store, "go", access.public_id),
            icon="building-2" if access.store_id == store.pk else "store",
        )
        for access in other_entrances(request.login, besides=request.access)
    ]


def _for(access: Access) -> str:
    return _("Order for %(customer)s") % {"customer": access.customer.name}


def _at(access: Access) -> str:
    return _("Go to %(store)s, for %(customer)s") % {
        "store": access.store.name,
        "customer": access.customer.name,
    }


def category_address(store: Store, path: str) -> str:
    return address(store, "catalogue", query={"category": path})


def side_lines(store: Store, branches: Sequence[Branch], *, current: str) -> list[NavItem]:
    """The branch that is open, with what hangs on it; the top where nothing is."""
    opened = next((branch for branch in branches if _is_within(current, branch)), None)
    lines = [NavItem(label=_("All products"), href=address(store, "catalogue"), current=current == "*")]
    for branch in [opened] if opened else branches:
        lines.append(_line(store, branch, current, exactly=True, counted=True))
        if opened:
            lines += [_line(store, below, current, counted=True) for below in branch.branches]
    return lines


def _is_within(current: str, branch: Branch) -> bool:
    return f"{current}/".startswith(f"{branch.category.path}/")


def _line(
    store: Store, branch: Branch, current: str, *, exactly: bool = False, counted: bool = False
) -> NavItem:
    path = branch.category.path
    return NavItem(
        label=branch.category.name,
        href=category_address(store, path),
        current=current == path if exactly else _is_within(current, branch),
        count=branch.count if counted else None,
    )
