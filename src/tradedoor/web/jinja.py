"""The templates' environment: what every template may call, in one place.

`ui` holds the components: `{{ ui.button(label=_("Save")) }}`, `{% call ui.card(title=_("Person")) %}…`. A
missing macro, argument or variable raises. Django's own form templates were not written for that, so
they alone are rendered by a lenient twin of the environment.
"""

import json
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from django.template.defaultfilters import date as date_filter
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext, npgettext, pgettext
from django_htmx.jinja import htmx_script
from jinja2 import Environment, StrictUndefined, Template, Undefined

from tradedoor.web import charts, formats, icons, navigation, notices

COMPONENTS = {
    "button": ("button", "link_button", "icon_button"),
    "badge": ("badge", "count"),
    "avatar": ("avatar", "person"),
    "field": ("field", "fields", "hidden_fields", "choice_cards", "select_field", "copy_field"),
    "errors": ("error_summary",),
    "banner": ("banner", "job_banner", "alarm"),
    "progress": ("progress",),
    "dialog": ("dialog", "shared_dialog", "dialog_head", "dialog_foot"),
    "menu": ("menu", "menu_panel", "menu_items"),
    "toasts": ("toasts", "notice_banners"),
    "empty": ("empty", "no_result", "failed"),
    "metric": ("metrics", "metric"),
    "nav": ("nav_item", "side_tabs", "breadcrumbs"),
    "tabs": ("tabs",),
    "pager": ("pager",),
    "list": ("list_tools", "search_box", "filter_chip", "sort_menu", "sort_head", "select_all", "select_row"),
    "bulk": ("bulk_bar",),
    "timeline": ("timeline",),
    "card": ("card", "facts", "fact"),
    "page": ("page_head", "save_bar", "form_foot", "confirm_form", "step"),
    "product": ("product_card", "price", "stock"),
}
LENIENT = "django/forms/"
# Nothing is evaluated, nothing of a customer is kept in the browser, nothing is inherited (ready for htmx 4),
# and a form that came back with errors (422) is shown like any other answer.
HTMX_CONFIG = {
    "includeIndicatorStyles": False,
    "allowEval": False,
    "allowScriptTags": False,
    "selfRequestsOnly": True,
    "disableInheritance": True,
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    "scrollIntoViewOnBoost": False,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "422", "swap": True, "error": False},
        {"code": "...", "swap": False, "error": True},
    ],
}


class Strict(Environment):
    """Undefined names raise, save in Django's own form templates."""

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002  # Jinja's signature
    ) -> Template:
        if isinstance(name, str) and name.startswith(LENIENT) and not self.overlayed:
            twin: Environment = self.lenient_twin()
            return twin.get_template(name, parent, globals)
        return super().get_template(name, parent, globals)

    def lenient_twin(self) -> Environment:
        twin: Environment | None = self.__dict__.get("_twin")
        if twin is None:
            twin = self.__dict__["_twin"] = self.overlay(undefined=Undefined)
        return twin


class Components:
    """The macros of `components/*.html` by name, so that no template has to import them."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._files = {
            macro: f"components/{file}.html" for file, macros in COMPONENTS.items() for macro in macros
        }
        self._found: dict[str, Callable[..., Any]] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in self._files:
            raise AttributeError(name)
        if name not in self._found or self._env.auto_reload:
            self._found[name] = getattr(self._env.get_template(self._files[name]).module, name)
        return self._found[name]


def url(name: str, *args: Any, query: Mapping[str, Any] | None = None, **kwargs: Any) -> str:
    """The address of a page by its name; `query` adds a query string. Raises `NoReverseMatch`."""
    return reverse(name, args=args or None, kwargs=kwargs or None, query=query)


def in_dialog(address: str) -> dict[str, str]:
    """Attributes for a link or button whose page opens in the shared dialog where there is script."""
    return {"hx-get": address, "hx-target": "#dialog-content", "hx-swap": "innerHTML"}


def merge(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """One mapping of several, the later winning."""
    return {key: value for part in parts for key, value in part.items()}


def environment(**options: Any) -> Environment:
    """Django's Jinja2 backend asks for this by its dotted name."""
    options["undefined"] = StrictUndefined
    env = Strict(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"], **options
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    env.globals |= {
        "url": url,
        "static": static,
        "icon": icons.icon,
        "svg_icon": icons.icon,
        "htmx_script": htmx_script,
        "htmx_config": json.dumps(HTMX_CONFIG, separators=(",", ":")),
        "language": get_language,
        "ui": Components(env),
        "action": navigation.Action,
        "tab": navigation.Tab,
        "nav_line": navigation.NavItem,
        "in_dialog": in_dialog,
        "merge": merge,
        "notices": notices.notices,
        "site_alarms": navigation.site_alarms,
        "ago": formats.ago,
        "now": timezone.now,
        "bar_chart": charts.bar_chart,
        "line_chart": charts.line_chart,
        "funnel_chart": charts.funnel_chart,
        "spark": charts.spark,
        "spark_funnel": charts.spark_funnel,
    }
    env.filters |= {
        "ago": formats.ago,
        "absolute": formats.absolute,
        "day": formats.day,
        "date": date_filter,
        "number": formats.number,
        "money": formats.money,
        "initials": formats.initials,
        "tone": formats.tone,
        "wbr": formats.wbr,
        "html_attrs": formats.html_attrs,
    }
    return env
