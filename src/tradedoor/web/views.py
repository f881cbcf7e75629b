"""The living style guide at `/dev/ui/`: every component in its states. Only while DEBUG is on."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tradedoor.web import art, theme
from tradedoor.web.navigation import Brand, Nav, NavItem, NavStore, Shop
from tradedoor.web.timeline import Entry, by_day

COLOURS = ("#0f4f45", "#f4d58a")
PEOPLE = (
    (
        "Aisha Karim",
        "a.karim@harbourlane.example",
        "Harbour & Lane Hotels",
        "Purchasing",
        "Company admin",
        12,
    ),
    ("Ben Osei", "ben.osei@brightfield.example", "Brightfield Schools Trust", "Facilities", "Buyer", 74),
    ("Camille Laurent", "c.laurent@maisonverte.example", "Maison Verte", "Store 14, Lyon", "Approver", 190),
    ("Dmitri Volkov", "dmitri@ostrowfab.example", "Ostrow Fabrication", "Workshop", "Buyer", 1700),
    ("Elena Marchetti", "e.marchetti@vialegroup.example", "Viale Group", "Marketing", "Buyer", 2900),
)


class GuideForm(forms.Form):
    """One field of each kind; bound to nothing it shows each error."""

    first_name = forms.CharField(label="First name")
    email = forms.EmailField(label="Email", help_text="Invitations go to this address.")
    phone = forms.CharField(label="Phone", required=False)
    language = forms.ChoiceField(label="Language", choices=[("en", "English"), ("de", "Deutsch")])
    notes = forms.CharField(label="Notes", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    subscribed = forms.BooleanField(
        label="Subscribed User", help_text="Receives the newsletter.", required=False
    )
    registration = forms.ChoiceField(
        label="Who can register?",
        choices=[("invited", "Only people we invite"), ("link", "Anyone with the customer's link")],
        widget=forms.RadioSelect,
    )
    password = forms.CharField(
        label="Password", widget=forms.PasswordInput, help_text="At least 12 characters."
    )
    logo = forms.FileField(label="Logo", required=False)
    colour = forms.CharField(label="Brand colour", widget=forms.ColorInput, initial=COLOURS[0])


class DoorForm(forms.Form):
    """What a door asks."""

    email = forms.EmailField(label="Email", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    remember = forms.BooleanField(label="Keep me signed in", required=False)


@require_GET
def style_guide(request: HttpRequest) -> HttpResponse:
    """Every component on one page; `?page=door`, `store`, `plain` and `error` show the other frames."""
    _only_while_debugging()
    templates = {
        "door": "web/dev/door.html",
        "store": "web/dev/store.html",
        "plain": "web/dev/plain.html",
        "error": "web/errors/404.html",
    }
    template = templates.get(request.GET.get("page", ""), "web/dev/ui.html")
    return render(request, template, _context(request))


@require_GET
def guide_asset(_request: HttpRequest, name: str) -> HttpResponse:
    """The drawings and the theme that a store would serve itself."""
    _only_while_debugging()
    made = {
        "art.svg": lambda: art.door_art("Northwind Trade", COLOURS),
        "mark.svg": lambda: art.mark_svg("Northwind Trade", COLOURS),
        "theme.css": lambda: theme.theme_css(*COLOURS),
    }
    if name not in made:
        raise Http404
    return HttpResponse(made[name](), content_type="text/css" if name.endswith("css") else "image/svg+xml")


def _only_while_debugging() -> None:
    if not settings.DEBUG:
        raise Http404


def _context(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    entries = [
        Entry(
            at=now - timedelta(minutes=4), who="Marta Lindqvist", text="changed the email", icon="pencil",
            changes=[("Email", "old@viale.example", "e.marchetti@vialegroup.example")],
        ),
        Entry(at=now - timedelta(hours=2), who="Elena Marchetti", text="accepted the invitation", icon="check", tone="good"),
        Entry(at=now - timedelta(days=1, hours=1), who="System", text="could not deliver the mail", icon="mail-x", tone="bad"),
    ]  # fmt: skip
    bound = GuideForm(QueryDict("email=wrong")) if "error" in request.GET.get("state", "") else GuideForm()
    return {
        "nav": _nav(),
        "crumbs": [("Stores", "/"), ("Northwind Trade", "/"), ("Style guide", None)],
        "brand": _brand(),
        "shop": _shop(),
        "form": bound,
        "door": DoorForm(),
        "days": by_day(entries),
        "people": [
            {"name": name, "email": email, "customer": customer, "department": department, "role": role,
             "seen": now - timedelta(minutes=minutes)}
            for name, email, customer, department, role, minutes in PEOPLE
        ],
        "sign_ins": [(f"{day} Nov", (day * 37) % 29 + day) for day in range(1, 31)],
        "invitations": [("Sent", 96), ("Delivered", 94), ("Opened", 81), ("Accepted", 66)],
        "state": request.GET.get("state", ""),
    }  # fmt: skip


def _nav() -> Nav:
    mark = "/dev/ui/mark.svg"
    stores = [
        NavStore(
            name="Northwind Trade", host="shop.northwind.example", href="/", mark_url=mark, current=True
        ),
        NavStore(name="Kestrel Packaging", host="kestrel.example", href="/", mark_url=mark),
    ]
    return Nav(
        home_url="/",
        sign_out_url="/",
        staff_name="Marta Lindqvist",
        staff_email="marta@tradedoor.example",
        search_url="/",
        main=[NavItem(label="Home", href="/", icon="house")],
        crm=[
            NavItem(label="View Customers", href="/", icon="building-2"),
            NavItem(label="Contacts", href="/", icon="contact-round"),
            NavItem(label="Activity", href="/", icon="activity"),
        ],
        store=stores[0],
        stores=stores,
        store_items=[
            NavItem(label="B2B Dashboard", href="/", icon="users-round", current=True, count=5, tone="bad"),
            NavItem(label="Catalogue", href="/", icon="package"),
            NavItem(label="Store settings", href="/", icon="settings"),
        ],
        add_store_url="/",
        foot=[
            NavItem(label="Captured mail", href="/", icon="mail-open", count=12),
            NavItem(label="Help", href="/", icon="life-buoy"),
        ],
    )


def _brand() -> Brand:
    return Brand(
        name="Northwind Trade",
        home_url="/",
        mark_url="/dev/ui/mark.svg",
        theme_url="/dev/ui/theme.css",
        art_url="/dev/ui/art.svg",
        pitch="Everything your sites order, in one place.",
        points=[
            ("tags", "Your contract prices"),
            ("stamp", "Approvals built in"),
            ("truck", "Next-day to every site"),
        ],
        phone="01632 960123",
        email="trade@northwind.example",
    )


def _shop() -> Shop:
    names = ("All products", "Fasteners", "Hand tools", "Power tools", "Safety wear", "Storage")
    return Shop(
        who="Elena Marchetti",
        company="Viale Group",
        sign_out_url="/",
        account_url="/",
        catalogue_url="/",
        search_url="/",
        categories=[NavItem(label=name, href="/", current=name == "All products") for name in names],
        elsewhere=[NavItem(label="Switch to Kestrel Packaging", href="/")],
    )
