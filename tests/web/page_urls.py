"""The addresses of the tests here: the style guide, and a list and a form as every screen has them."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from tradedoor.crm.models import PriceTier
from tradedoor.web import views
from tradedoor.web.lists import ListSpec, Sort, build_list
from tradedoor.web.notices import close_dialog_event, toast_event

TABLE = """
<table class="table" aria-label="Tiers"><thead><tr>{{ ui.sort_head(page, "name", "Name") }}</tr></thead>
<tbody>{% for row in page.rows %}<tr><th class="c-main" scope="row">{{ row.name }}</th></tr>{% endfor %}</tbody></table>
{{ ui.pager(page) }}"""
FORM = """{{ ui.dialog_head("Add a tier") }}
<form class="dialog__body" id="tier" method="post" action="/dialog/" hx-post="/dialog/" hx-target="#dialog-content" novalidate>
{{ csrf_input }}{{ ui.error_summary(form) }}{{ ui.fields(form) }}</form>{{ ui.dialog_foot("Add tier", "tier") }}"""
PAGE = """{% extends "web/staff_base.html" %}{% block main %}{{ ui.page_head("Tiers") }}
{{ ui.link_button("Add", "/dialog/", attrs=in_dialog("/dialog/")) }}{{ ui.button("Lose", attrs={"hx-post": "/lost/"}) }}
<div class="index">{{ ui.list_tools(page, "Search tiers", target="tiers") }}<div id="tiers">TABLE</div></div>{% endblock %}"""
SPEC = ListSpec(
    sorts={"name": Sort("Name", "name")},
    search=lambda rows, text: rows.filter(name__contains=text),
    page_size=5,
    keep=("tab",),
)


class TierForm(forms.Form):
    name = forms.CharField(label="Name")


def answer(request: HttpRequest, source: str, status: int = 200, **context: object) -> HttpResponse:
    frame = {"nav": views._nav(), "crumbs": [("Tiers", None)], **context}
    return HttpResponse(engines["jinja2"].from_string(source).render(frame, request), status=status)


def tiers(request: HttpRequest) -> HttpResponse:
    page = build_list(request.GET, SPEC, PriceTier.objects.all())
    is_table = request.headers.get("HX-Target") == "tiers"
    return answer(request, TABLE if is_table else PAGE.replace("TABLE", TABLE), page=page)


def dialog(request: HttpRequest) -> HttpResponse:
    form = TierForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return toast_event(close_dialog_event(HttpResponse(status=204)), "Tier added", undo="/undo/")
    return answer(request, FORM, 422 if form.is_bound else 200, form=form)


urlpatterns = [
    path("", include("tradedoor.web.urls")),
    path("tiers/", tiers),
    path("dialog/", dialog),
]
