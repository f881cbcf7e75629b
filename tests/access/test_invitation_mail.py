"""The invitation as the person reads it, in HTML and in text."""

import re
from html.parser import HTMLParser
from io import BytesIO

import pytest
from django.conf import settings
from PIL import Image

from tests import make
from tradedoor.access.actions.invitations import cancel_invitation, invite_contact
from tradedoor.access.models import Access
from tradedoor.accounts.models import OneTimeLink
from tradedoor.accounts.tokens import token_of
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import Rendered, build, render
from tradedoor.stores.actions.stores import set_logo
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


class Words(HTMLParser):
    """What a person sees of a page, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: dict[str, str] = {}
        self.text: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self._href = ""
        self._hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"style", "title"}
        if tag == "a":
            self._href = dict(attrs).get("href") or ""
        if tag == "img":
            self.images.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "title"}
        if tag == "a":
            self._href = ""

    def handle_data(self, data: str) -> None:
        if self._hidden or not data.strip():
            return
        self.text.append(data.strip())
        if self._href:
            self.links[data.strip()] = self._href


def mail_of(access: Access) -> Rendered:
    rendered = render(MailMessage.objects.filter(access_id=access.pk).latest("pk"))
    assert rendered is not None
    return rendered


def url_of(access: Access) -> str:
    token = token_of(OneTimeLink.objects.get(access_id=access.pk, used_at=None, revoked_at=None))
    return f"{settings.TRADEDOOR_BASE_URL}/s/{access.store.slug}/join/{token}/"


def test_the_button_and_the_clear_text_lead_to_the_one_link(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)

    mail = mail_of(access)

    page = Words(mail.html)
    assert page.links["Join Now"] == url_of(access)
    assert page.links[url_of(access)] == url_of(access)
    assert mail.text.count(url_of(access)) == 1


def test_it_says_who_invites_for_whom_until_when_and_whom_to_ask(bea_contact: Contact, sam: Actor) -> None:
    store = make.store(
        "Harbour & Sons",
        slug="harbour",
        phone="+44 20 7946 0000",
        email="help@harbour.example",
        postal_address="1 Quay Street\nPorttown",
        time_zone="Europe/Paris",
    )
    access = invite_contact(store, bea_contact, actor=sam)

    mail = mail_of(access)

    for words in (" ".join(Words(mail.html).text), " ".join(mail.text.split())):
        assert "Hello Bea," in words
        assert "Sam Seller of Harbour & Sons invites you to its online store for Acme." in words
        assert "You choose a password" in words
        assert "bea@acme.example" in words
        assert "(Europe/Paris)" in words
        assert "+44 20 7946 0000" in words
        assert "help@harbour.example" in words
        assert "Porttown" in words
        assert "You did not expect this?" in words
    assert mail.subject == "Harbour & Sons invites you to its online store"
    assert (mail.from_name, mail.reply_to) == ("Harbour & Sons", "help@harbour.example")
    assert "&amp;" not in mail.text


def test_whoever_has_a_password_is_told_to_use_it(bea_contact: Contact, harbour: Store, sam: Actor) -> None:
    make.buyer_login("bea@acme.example")

    mail = mail_of(invite_contact(harbour, bea_contact, actor=sam))

    assert "You sign in with the password you already have" in mail.text
    assert "You choose a password" not in mail.text


def test_names_from_the_crm_are_text_and_nothing_else(harbour: Store, sam: Actor) -> None:
    customer = make.customer("<b>Acme</b>")
    contact = make.contact(
        customer, "x@acme.example", first_name="<img src=x>", last_name="O'Neil\r\nBcc: e@e.example"
    )

    access = invite_contact(harbour, contact, actor=sam)

    mail = mail_of(access)
    assert "<img src=x>" not in mail.html
    assert "<b>Acme" not in mail.html
    wire = build(MailMessage.objects.get(), mail)
    assert wire["Bcc"] is None
    assert wire["To"].addresses[0].addr_spec == "x@acme.example"


def test_a_store_with_a_logo_shows_it_from_its_own_address_and_says_its_name_where_pictures_are_off(
    bea_contact: Contact, harbour: Store, ada: Actor
) -> None:
    drawn = BytesIO()
    Image.new("RGB", (200, 80), "navy").save(drawn, "PNG")
    drawn.seek(0)
    set_logo(harbour, drawn, actor=ada)

    page = Words(mail_of(invite_contact(harbour, bea_contact, actor=ada)).html)

    [logo] = page.images
    assert re.fullmatch(
        rf"{re.escape(settings.TRADEDOOR_BASE_URL)}/s/harbour/logo\.png\?v=[0-9a-f]{{8}}", logo["src"] or ""
    )
    assert logo["alt"] == "Harbour"


def test_nothing_else_is_fetched_and_nothing_reports_back(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)

    mail = mail_of(access)

    assert Words(mail.html).images == []
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", mail.html))
    assert {address.split("/s/")[0] for address in addresses} == {settings.TRADEDOOR_BASE_URL}


@pytest.mark.parametrize(("colour", "ink"), [("#1f3a8a", "#ffffff"), ("#ffe066", "#15181e")])
def test_the_button_can_be_read_on_any_colour(
    colour: str, ink: str, bea_contact: Contact, sam: Actor
) -> None:
    store = make.store(brand_colour=colour)

    assert f"color:{ink};text-decoration:none" in mail_of(invite_contact(store, bea_contact, actor=sam)).html


def test_a_mail_whose_link_died_or_whose_address_changed_is_not_sent(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)
    mail = MailMessage.objects.get()
    Contact.objects.filter(pk=bea_contact.pk).update(email_canonical="other@acme.example")
    assert render(mail) is None

    Contact.objects.filter(pk=bea_contact.pk).update(email_canonical="bea@acme.example")
    assert render(mail) is not None
    cancel_invitation(access, actor=sam)
    assert render(mail) is None


def test_the_outbox_holds_neither_link_nor_token(bea_contact: Contact, harbour: Store, sam: Actor) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)

    row = MailMessage.objects.values().get()
    assert token_of(OneTimeLink.objects.get(access_id=access.pk)) not in str(row)
