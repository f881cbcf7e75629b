"""Names and texts that want to be markup, formulas, queries or headers (security.md A11, A14, A15)."""

import csv
import io
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from tests import make
from tests.security.conftest import join_path, signed_in
from tradedoor.access.actions.exports import export_accesses
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.models import Access
from tradedoor.access.queries import dashboard
from tradedoor.accounts.roles import Role
from tradedoor.catalog.actions.categories import create_category
from tradedoor.catalog.actions.products import NewProduct, NewVariant, create_product
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.sheets.guards import guard
from tradedoor.crm.actions.contacts import create_contact
from tradedoor.crm.actions.customers import create_customer
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.stores.actions.stores import update_store
from tradedoor.stores.models import Store

MARKUP = "<script>alert(1)</script>"
EVIL = (
    MARKUP,
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{7*7}}{% raise %}${7*7}#{7*7}<%=7*7%>",
    "javascript:alert(1)",
    "%(name)s %s {0} %",
    "</style><svg onload=alert(1)>",
    "&lt;b&gt; &amp;quot;",
    "</textarea></title><b>x",
)


class Reader(HTMLParser):
    """What a browser would find in a page: elements that run, attributes that run, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.running: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        bad = [name for name in given if name.startswith("on") or name == "style"]
        bad += [
            name
            for name, value in attrs
            if name in {"href", "src", "action"} and (value or "").strip().lower().startswith("javascript")
        ]
        if bad or tag in {"iframe", "object", "embed", "base"} or (tag == "script" and "src" not in given):
            self.running.append(self.get_starttag_text() or tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("evil", EVIL)
def test_no_name_or_text_becomes_markup_on_a_store_page_web_07(ada: Actor, evil: str) -> None:
    """Customer, contact, store, headline, category, product, description: all of them hostile at once."""
    store = make.store(evil[:100], slug="evil", headline=evil[:120], welcome=evil, phone=evil[:50])
    customer = create_customer({"name": evil, "code": "EV"}, actor=ada)
    contact = create_contact(
        customer,
        {"first_name": evil[:90], "last_name": evil[:90], "job_title": evil, "email": "e@evil.example"},
        actor=ada,
    )
    invited = invite_contact(store, contact, actor=ada)
    cat = make.actor(make.staff(role=Role.CATALOGUE_ORDERS))
    variants = [NewVariant(sku=evil[:60], options=[evil], unit=evil[:20], pack_size=3)]
    product = create_product(
        NewProduct(name=evil, description=f"{evil}\n\n• {evil}", brand=evil, category=create_category(evil, actor=cat),
                   option_names=[evil], attributes={evil: evil}, tags=[evil], variants=variants),
        actor=cat,
    )  # fmt: skip
    browser = Client()
    browser.get(join_path(invited))
    pages = [browser.get("/s/evil/join/")]
    browser.post("/s/evil/join/", {"password": "nine copper lanterns"})
    paths = (
        "",
        "catalogue/",
        f"catalogue/?q={evil}",
        f"catalogue/{product.public_id}/",
        "account/",
        "account/password/",
        "nothing/",
    )
    pages += [browser.get(f"/s/evil/{path}") for path in paths]
    pages += [Client().get(f"/s/evil/{path}") for path in ("login/", "password/forgot/", "join/")]
    pages += [Client().post("/s/evil/login/", {"email": evil, "password": evil, "next": evil})]

    for page in pages:
        found = Reader(page.content.decode())
        assert found.running == [], page.request["PATH_INFO"]
        assert "7*7" in found.text or "49" not in found.text or "{{" not in evil
    shelf = Reader(pages[2].content.decode()).text
    assert evil.replace("\n", " ") in shelf


@pytest.mark.parametrize("evil", EVIL)
def test_no_name_becomes_markup_in_a_mail_eml_06(ada: Actor, evil: str) -> None:
    store = make.store(
        evil[:100], slug="evil", postal_address=f"{evil}\n{evil}", phone=evil[:50], sender_name=evil[:100]
    )
    customer = create_customer({"name": evil, "code": "EV"}, actor=ada)
    contact = create_contact(customer, {"first_name": evil[:90], "email": "e@evil.example"}, actor=ada)
    invite_contact(store, contact, actor=ada)

    mail = render(MailMessage.objects.get())

    assert mail is not None
    parts = re.findall(r"<script|<img[^>]*onerror|<svg|<b>x", mail.html, re.IGNORECASE)
    assert parts == []
    assert evil in mail.text
    assert "\n" not in mail.subject


@pytest.mark.parametrize("evil", [*EVIL, "A\u202eB", "\x01b", "a\tb"])
def test_a_stores_drawings_stay_pictures_web_07(client: Client, db: None, evil: str) -> None:
    make.store(evil, slug="evil")
    for path in ("mark.svg", "art.svg"):
        drawn = client.get(f"/s/evil/{path}")
        tree = ET.fromstring(drawn.content)  # noqa: S314 - our own drawing, which has to be well-formed
        assert {element.tag.rpartition("}")[2] for element in tree.iter()} <= {
            "svg",
            "rect",
            "text",
            "path",
            "circle",
            "g",
        }
        assert "script" not in drawn.content.decode()
        assert drawn.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "colour",
    ["red", "#fff;}*{background:url(//x)", "#12345", "#1234567", "url(x)", "expression(1)", "#fff\n}"],
)
def test_a_colour_is_six_digits_and_nothing_else_web_07(harbour: Store, ada: Actor, colour: str) -> None:
    with pytest.raises(Invalid):
        update_store(harbour, {"brand_colour": colour}, version=harbour.version, actor=ada)


@pytest.mark.parametrize("text", ["a\r\nBcc: x@y.example", "a\u2028b", "a\u202eb", "a\x00b", "a\u200bb"])
@pytest.mark.parametrize("field", ["name", "sender_name", "headline", "phone", "reply_to"])
def test_what_stands_in_a_header_holds_no_break_and_nothing_unseen_eml_06(
    harbour: Store, ada: Actor, field: str, text: str
) -> None:
    try:
        changed = update_store(harbour, {field: text}, version=harbour.version, actor=ada)
    except Invalid:
        return
    assert getattr(changed, field).isprintable()


FORMULAS = (
    "=1+1",
    "+1",
    "-1+1",
    "@x",
    "|x",
    "%x",
    "\t=1",
    "\r=1",
    "  =1",
    "＝1",
    "\u200b=1",
    "\x00=1",
    "'=1",
    '=HYPERLINK("http://x")',
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_an_export_is_a_formula_csv_01(formula: str) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerow([guard(formula)])
    assert written.getvalue().startswith("\"'")


def test_an_export_holds_only_the_rows_of_the_scope_acc_01(
    bea: Access, meadow: Store, bea_contact: object
) -> None:
    seller = make.actor(make.staff(stores=(meadow,)))
    rows = dashboard(None, tab=None, actor=seller)
    assert list(export_accesses(rows, store=None, actor=seller).rows) == []


SEARCHES = ('"', '""', "'", "%", "_", "\\", "*", "NEAR(a b)", "a AND b", "a OR", "NOT a", "-pot", "name:pot", "^pot", "{pot}",
            "(", ")", "pot*", "po", "p", "%%%", "___", "\\\\\\", '"""', "pot\x00", "İ", "ﬁ", "ß" * 50, "x" * 10_000, "a " * 5000,
            "; DROP TABLE x", "' OR 1=1 --", "\u202e", "\ud7ff", "🙂🙂🙂", "#", "+", "search_text : pot", 'pot" OR "x')  # fmt: skip


@pytest.mark.parametrize("asked", SEARCHES)
def test_no_search_is_an_accident_or_finds_what_does_not_hold_it(bea: Access, asked: str) -> None:
    cat = make.actor(make.staff(role=Role.CATALOGUE_ORDERS))
    create_product(NewProduct(name="Clay pot", variants=[NewVariant(sku="POT-1")]), actor=cat)
    browser = signed_in(bea)

    answer = browser.get("/s/harbour/catalogue/", {"q": asked})

    assert answer.status_code == 200
    words = [word for word in asked.replace("\x00", " ").casefold()[:200].split() if word]
    found = "Clay pot" in answer.content.decode().partition("</form>")[2]
    text = "clay pot pot-1"
    assert found == all(word in text if len(word) > 2 else f" {word}" in f" {text}" for word in words)


@pytest.mark.parametrize(
    "query",
    ["sort=-", "sort=password", "sort=name&sort=x", "after=x", "after=%00", "before=" + "a" * 3000, "after=WyJuYW1lIiwxLFtdXQ:x",
     "page=-1", "category=%00", "category=../..", "category=a/b/c", "category=" + "x" * 3000, "q=%ff", "q[]=x", "=&=&&&=", "after=&before=",
     "category=a&category=b", "sort=%2527", "limit=99999999"],
)  # fmt: skip
def test_no_parameter_of_a_list_is_an_accident(bea: Access, query: str) -> None:
    assert signed_in(bea).get(f"/s/harbour/catalogue/?{query}").status_code in {200, 404}


def test_a_cursor_of_one_list_is_nothing_in_another_order(bea: Access) -> None:
    cat = make.actor(make.staff(role=Role.CATALOGUE_ORDERS))
    for number in range(30):
        create_product(
            NewProduct(name=f"Pot {number:02}", variants=[NewVariant(sku=f"P{number}")]), actor=cat
        )
    browser = signed_in(bea)
    [after] = re.findall(r"after=([^\"&]+)", browser.get("/s/harbour/catalogue/").content.decode())[:1]
    for sort in ("new", "-name", "-new"):
        assert "Pot" in browser.get(f"/s/harbour/catalogue/?sort={sort}&after={after}").content.decode()
