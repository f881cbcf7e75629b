"""Every macro by itself: what it draws, and that it refuses what it does not know."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.template import engines
from django.test import override_settings
from jinja2 import UndefinedError

from tests.web.markup import faults_of
from tradedoor.web import jinja
from tradedoor.web.formats import html_attrs
from tradedoor.web.icons import UnknownIconError, icon
from tradedoor.web.notices import Notice
from tradedoor.web.timeline import Entry, by_day

COMPONENTS = Path(jinja.__file__).parent / "jinja2" / "components"
PRIVATE = {"field_error", "field_hint", "control", "label_of", "menu_item", "toast"}


class PersonForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the badge.")
    email = forms.EmailField(label="Email", required=False)
    role = forms.ChoiceField(label="Role", choices=[("buyer", "Buyer"), ("approver", "Approver")])
    kind = forms.ChoiceField(label="Kind", choices=[("a", "One"), ("b", "Two")], widget=forms.RadioSelect)
    several = forms.MultipleChoiceField(
        label="Several",
        choices=[("x", "Ex"), ("y", "Why")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    agreed = forms.BooleanField(label="Agreed")
    secret = forms.CharField(label="Password", widget=forms.PasswordInput)
    notes = forms.CharField(label="Notes", widget=forms.Textarea)
    logo = forms.FileField(label="Logo")
    token = forms.CharField(widget=forms.HiddenInput, initial="t")


def draw(source: str, **context: Any) -> str:
    html: str = engines["jinja2"].from_string(source).render(context)
    assert faults_of(html) == []
    return html


def test_the_table_of_components_names_every_macro() -> None:
    written = {
        path.stem: set(re.findall(r"{% macro (\w+)\(", path.read_text(encoding="utf-8"))) - PRIVATE
        for path in COMPONENTS.glob("*.html")
    }

    assert {file: set(macros) for file, macros in jinja.COMPONENTS.items()} == written


@pytest.mark.parametrize(
    "source", ["{{ ui.buton(label='x') }}", "{{ ui.button(label='x', sise='sm') }}", "{{ nobody }}"]
)
def test_what_is_unknown_raises(source: str) -> None:
    with pytest.raises((UndefinedError, TypeError)):
        draw(source)


def test_djangos_own_form_templates_are_exempt_from_strictness() -> None:
    html = draw("{{ form.as_p() }}", form=PersonForm())

    assert 'name="kind"' in html


@pytest.mark.parametrize("name", [name for name in PersonForm.base_fields if name != "token"])
@pytest.mark.parametrize("bound", [False, True])
def test_every_kind_of_field_is_labelled_and_tied_to_its_error(name: str, *, bound: bool) -> None:
    form = PersonForm(QueryDict("email=wrong&role=king")) if bound else PersonForm()

    html = draw("{{ ui.field(form[name]) }}", form=form, name=name)

    assert ("<label" in html) or ("<legend" in html)
    if bound and form.errors.get(name):
        assert f'id="id_{name}_error"' in html
        assert 'aria-invalid="true"' in html or "aria-describedby" in html
    if name == "name":
        assert 'aria-describedby="id_name_helptext' in html


def test_a_form_is_drawn_whole_with_its_hidden_fields() -> None:
    html = draw(
        "{{ ui.error_summary(form) }}{{ ui.fields(form, without=('logo',)) }}", form=PersonForm(QueryDict(""))
    )

    assert 'type="hidden" name="token"' in html
    assert 'href="#id_name"' in html
    assert 'name="logo"' not in html


def test_a_button_that_posts_needs_no_form_around_it() -> None:
    html = draw("{{ ui.button('Stop', post='/jobs/1/stop/', name='next', value='/') }}")

    assert 'form="act"' in html
    assert 'formaction="/jobs/1/stop/"' in html


def test_menus_link_post_open_and_say_why_not() -> None:
    html = draw(
        """{{ ui.menu("m", "More actions for <Bea>", [
            action(label="Open", href="/c/1/"), action(label="Page", href="/invite/", in_dialog=True),
            action(label="Stop", post="/x/", line_above=True, tone="bad"),
            action(label="Ask", opens="d"), action(label="No", reason="Already current")]) }}"""
    )

    assert "More actions for &lt;Bea&gt;" in html
    assert 'hx-get="/invite/"' in html
    assert "<hr>" in html
    assert "disabled>" in html


def test_a_job_banner_asks_until_it_is_done() -> None:
    running = draw(
        "{{ ui.job_banner('Inviting', '3 of 9', value=3, maximum=9, poll='/jobs/1/', stop='/s/', refresh='/') }}"
    )
    done = draw("{{ ui.job_banner('Invited', '9 of 9', value=9, maximum=9) }}")

    assert 'hx-trigger="every 2s"' in running
    assert "<progress" in running
    assert "hx-" not in done


def test_good_news_is_a_toast_and_bad_news_stays() -> None:
    notes = [Notice("Deactivated", "good", "/undo/"), Notice("Refused", "bad")]

    html = draw("{{ ui.toasts(notes) }}|{{ ui.notice_banners(notes) }}", notes=notes)

    toasts, banners = html.split("|")
    assert "Deactivated" in toasts
    assert 'formaction="/undo/"' in toasts
    assert "Refused" in banners
    assert "Refused" not in toasts


def test_the_rest_of_the_parts_are_sound() -> None:
    entry = Entry(
        at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), who="Sam", text="did", changes=[("A", "1", "2")], note="n"
    )
    html = draw(
        """
        {% call ui.empty("None yet", lead="Add one.") %}{{ ui.link_button("Add", "/add/") }}{% endcall %}
        {{ ui.empty("Nothing") }}{{ ui.no_result("?") }}{{ ui.no_result("?", query="<x>") }}{{ ui.failed("Lost", "?") }}
        {% call ui.metrics("Facts") %}{{ ui.metric("A", 1200, chart=spark([1, 2])) }}{% endcall %}
        {{ ui.breadcrumbs([("CRM", "/"), ("Contacts", "/c/"), ("Bea", None)]) }}{{ ui.breadcrumbs([("Home", None)]) }}
        {{ ui.tabs("T", [tab(label="A", more="B", href="/", count=3, current=True), tab(label="C", href="/")]) }}
        {{ ui.side_tabs("S", [nav_line(label="A", href="/", count="1,000+", tone="bad")]) }}
        {{ ui.timeline(days) }}{{ ui.copy_field("c", "Link", "https://x.example") }}
        {{ ui.select_field("s", "S", [("a", "A")], selected="a") }}{{ ui.progress(1, 2, "P") }}{{ ui.badge("B") }}
        {% call ui.card("C", lead="l", actions=ui.button("x"), foot="f") %}b{% endcall %}
        {% call ui.confirm_form("Archive Bea", "/", "", hidden=[("id", 1)]) %}<p>Sure.</p>{% endcall %}
        {{ ui.form_foot("Save", cancel_url="/") }}{{ ui.save_bar(cancel_url="/") }}{{ ui.person("Bea", email="b@x.example") }}
        {% call ui.dialog("dlg", "Title", foot=ui.dialog_foot("Go", "f", id="dlg", count=0, cancel_first=True)) %}b{% endcall %}
        {{ ui.shared_dialog() }}{{ ui.icon_button("X", "x", href="/") }}{{ ui.icon_button("Y", "x", post="/") }}
        {{ ui.product_card("P", "/", image="/i.png", price=ui.price("1", list_amount="2"), stock=ui.stock("None", "none")) }}
        {{ ui.alarm(alarm) }}{{ none|ago }}{{ "a_b@c.example"|wbr }}
        """,
        days=by_day([entry]),
        alarm={"text": "Silent", "tone": "bad", "href": "/", "link": "Why?"},
    )

    assert "Nothing matches “&lt;x&gt;”" in html
    assert "a_<wbr>b@<wbr>c.example" in html
    assert "1,200" in html
    assert "2 January 2026" in html


def test_charts_draw_their_numbers_and_list_them() -> None:
    html = draw(
        """{{ bar_chart(p, title="Q?", name="A.", unit="N") }}{{ line_chart(p, title="Q?", name="A.", unit="N") }}
        {{ funnel_chart(p, title="Q?", name="A.", unit="N") }}{{ spark_funnel([4, 2]) }}{{ spark([]) }}
        {{ bar_chart([], title="Q?", name="A.", unit="N") }}{{ funnel_chart([], title="Q?", name="A.", unit="N") }}""",
        p=[("Mon", 4), ("Tue", 0), ("<Wed>", 17)],
    )

    assert "&lt;Wed&gt;" in html
    assert html.count('<td class="c-num">17') == 3
    assert "style=" not in html


def test_attributes_that_the_policy_blocks_are_refused() -> None:
    for name in ("onclick", "style", "hx-on:click"):
        with pytest.raises(ValueError, match=name):
            html_attrs({name: "x"})
    assert html_attrs({"a": True, "b": None, "c": '"'}) == ' a c="&quot;"'


def test_an_unknown_icon_raises() -> None:
    assert 'class="icon icon--lg"' in icon("send", "icon--lg")
    with pytest.raises(UnknownIconError):
        icon("no-such-drawing")


@override_settings(LANGUAGE_CODE="en")
def test_texts_are_escaped_in_translations() -> None:
    assert draw('{{ _("Hello %(name)s", name="<b>") }}') == "Hello &lt;b&gt;"
