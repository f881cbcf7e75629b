"""A customer's eStore page: its links, hand-outs, codes, and mails."""

import io
import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from docx import Document
from PIL import Image

from tests import make
from tests.handouts.offices import codes_in
from tests.staff.conftest import SignedIn
from tests.web.markup import faults_of
from tradedoor.access.models import Access, State
from tradedoor.accounts.roles import Role
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.registration.actions.links import link_for, set_registering
from tradedoor.registration.actions.rules import Wish, change_rules
from tradedoor.registration.codes import estore_url
from tradedoor.registration.models import EstoreLink, Mode
from tradedoor.stores.models import Store


def at(customer: Customer, store: Store | None = None, page: str = "") -> str:
    return f"/crm/customers/{customer.public_id}/estore/{f'{store.slug}/{page}' if store else ''}"


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def said(event: str) -> list[dict[str, Any]]:
    return list(AuditRow.objects.filter(event=event).order_by("pk").values_list("data", flat=True))


def test_each_store_shows_its_link_its_code_and_the_counts_per_state(
    sam_client: Client, bea: Access, acme: Customer, harbour: Store, meadow: Store
) -> None:
    make.access(make.contact(acme), harbour, state=State.PENDING)

    text = text_of(sam_client.get(at(acme)))

    for link in EstoreLink.objects.filter(customer=acme).select_related("store", "customer"):
        assert f'value="{estore_url(link)}"' in text
    assert EstoreLink.objects.filter(customer=acme).count() == 2
    assert text.count("<svg width") + text.count('class="estore__code"') >= 2
    assert "Current: 1" in text
    assert "Pending: 1" in text
    assert "Nobody of this customer has access." in text
    assert faults_of(text) == []


def test_looking_again_makes_no_other_link_and_asks_as_little_for_more_stores(
    sam_client: Client, acme: Customer, harbour: Store
) -> None:
    first = text_of(sam_client.get(at(acme)))
    with CaptureQueriesContext(connection) as few:
        again = text_of(sam_client.get(at(acme)))
    for number in range(3):
        link_for(make.store(f"More {number}"), acme, actor=make.actor(make.staff("Olga", role=Role.OWNER)))
    with CaptureQueriesContext(connection) as many:
        sam_client.get(at(acme))

    assert re.findall(r'value="(http[^"]+link[^"]+)"', first) == re.findall(
        r'value="(http[^"]+link[^"]+)"', again
    )
    assert len(many) == len(few)


def test_a_viewer_sees_counts_and_no_link(
    vic_client: Client, carl_client: Client, bea: Access, acme: Customer, harbour: Store
) -> None:
    for client in (vic_client, carl_client):
        text = text_of(client.get(at(acme)))

        assert "Current: 1" in text
        assert "Copy link" not in text
    assert not EstoreLink.objects.exists()


def test_an_archived_customer_has_no_link(sam_client: Client, acme: Customer, harbour: Store) -> None:
    sam_client.post(f"/crm/customers/{acme.public_id}/archive/", {"sure": "1"})

    assert "Copy link" not in text_of(sam_client.get(at(acme)))
    assert sam_client.get(at(acme, harbour, "handout.docx")).status_code == 409


def test_a_store_dedicated_to_another_stands_on_no_page_and_hands_out_nothing(
    sam_client: Client, acme: Customer, borealis: Customer
) -> None:
    theirs = make.store("Theirs", kind=Store.Kind.DEDICATED, customer=borealis)

    assert "Theirs" not in text_of(sam_client.get(at(acme))).partition("<main")[2]
    assert sam_client.get(at(acme, theirs, "handout.docx")).status_code == 409
    assert not EstoreLink.objects.exists()


def test_the_hand_out_comes_as_word_and_pdf_and_each_is_written_down(
    sam_client: Client, acme: Customer, harbour: Store, sam: Actor
) -> None:
    word = sam_client.get(at(acme, harbour, "handout.docx"))
    pdf = sam_client.get(at(acme, harbour, "handout.pdf"))

    assert word["Content-Disposition"] == 'attachment; filename="Acme.docx"'
    assert "no-store" in word["Cache-Control"]
    link = estore_url(link_for(harbour, acme, actor=sam))
    cells = [cell.text for row in Document(io.BytesIO(word.content)).tables[0].rows for cell in row.cells]
    assert link in "".join(cells)
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert [row["way"] for row in said("registration.link_shown")] == ["docx", "pdf"]


def test_the_code_comes_as_png_and_svg(
    sam_client: Client, acme: Customer, harbour: Store, sam: Actor
) -> None:
    png = sam_client.get(at(acme, harbour, "qr.png"))
    svg = sam_client.get(at(acme, harbour, "qr.svg"))

    assert codes_in(Image.open(io.BytesIO(png.content))) == [estore_url(link_for(harbour, acme, actor=sam))]
    assert svg["Content-Type"] == "image/svg+xml"
    assert "attachment" in svg["Content-Disposition"]


def test_a_new_link_is_asked_for_and_made_once_however_often_it_is_sent(
    sam_client: Client, acme: Customer, harbour: Store, sam: Actor
) -> None:
    former = link_for(harbour, acme, actor=sam)
    page = text_of(sam_client.get(at(acme, harbour, "link/new/")))
    assert "Make a new link for Acme?" in page
    given = {"former": str(former.public_id)}

    for _time in range(2):
        assert sam_client.post(at(acme, harbour, "link/new/"), given).status_code == 302

    assert EstoreLink.objects.filter(customer=acme).count() == 2
    assert link_for(harbour, acme, actor=sam).pk != former.pk
    assert len(said("registration.link_replaced")) == 1


def test_a_link_stops_registering_and_begins_again(
    sam_client: Client, acme: Customer, harbour: Store, sam: Actor
) -> None:
    link_for(harbour, acme, actor=sam)

    sam_client.post(at(acme, harbour, "link/registering/"), {"registers": "0"})
    stopped = text_of(sam_client.get(at(acme)))
    sam_client.post(at(acme, harbour, "link/registering/"), {"registers": "1"})
    again = text_of(sam_client.get(at(acme)))

    assert "It was told to stop registering people." in stopped
    assert "Register people again" in stopped
    assert "Sign-in only" not in again
    assert "Stop registering people" in again


def test_a_link_is_held_to_a_day_a_number_and_domains(
    sam_client: Client, acme: Customer, harbour: Store, sam: Actor
) -> None:
    given = {"ends_on": "2020-02-01", "most_uses": "5", "domains": "Acme.example\n*.acme.example"}

    answer = sam_client.post(at(acme, harbour, "link/limits/"), given)
    page, form = text_of(sam_client.get(at(acme))), text_of(sam_client.get(at(acme, harbour, "link/limits/")))

    link = link_for(harbour, acme, actor=sam)
    assert answer.status_code == 302
    assert (str(link.ends_on), link.most_uses, link.domains) == (
        "2020-02-01",
        5,
        ["acme.example", "*.acme.example"],
    )
    assert "Its last day is over." in page
    assert "0 of 5 people came" in page
    assert 'value="2020-02-01"' in form
    assert faults_of(form) == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"ends_on": "yesterday"}, "Enter a valid date."),
        ({"most_uses": "-1"}, "greater than or equal to 0"),
        ({"domains": "acme"}, "“acme” is no mail domain."),
    ],
)
def test_limits_that_are_none_are_said_beside_their_field(
    sam_client: Client, acme: Customer, harbour: Store, given: dict[str, str], sentence: str
) -> None:
    answer = sam_client.post(at(acme, harbour, "link/limits/"), given)

    assert answer.status_code == 422
    assert sentence in text_of(answer)


def test_a_store_where_nobody_registers_says_so_beside_its_link(
    sam_client: Client, ada: Actor, acme: Customer, harbour: Store
) -> None:
    change_rules(harbour, Wish(mode=Mode.OFF), version=0, actor=ada)

    assert "Nobody registers at this store" in text_of(sam_client.get(at(acme)))


def test_staff_of_another_store_reach_nothing_of_this_one(
    signed_in: SignedIn, acme: Customer, harbour: Store, meadow: Store
) -> None:
    client = signed_in(make.staff("Mia Meadow", role=Role.ACCESS_MANAGER, stores=(meadow,)))

    for page in ("handout.docx", "handout.pdf", "qr.png", "qr.svg", "link/new/", "link/email/"):
        assert client.get(at(acme, harbour, page)).status_code == 404
    assert client.post(at(acme, harbour, "link/registering/"), {"registers": "0"}).status_code == 404
    assert "Harbour" not in text_of(client.get(at(acme))).partition("<main")[2]


# Email link


def sent(client: Client, customer: Customer, store: Store, **given: Any) -> Any:
    return client.post(at(customer, store, "link/email/"), {"do": "send", "once": uuid4().hex, **given})


def test_the_link_is_mailed_to_chosen_contacts_and_typed_addresses_each_once(
    sam_client: Client, bea_contact: Contact, acme: Customer, harbour: Store
) -> None:
    answer = sent(
        sam_client,
        acme,
        harbour,
        contact=[str(bea_contact.public_id)],
        typed="Bea@Acme.example, new@acme.example\nother@acme.example",
        message="See you there",
    )

    assert answer.status_code == 302
    assert sorted(MailMessage.objects.values_list("to_email", flat=True)) == [
        "bea@acme.example", "new@acme.example", "other@acme.example",
    ]  # fmt: skip
    [row] = said("handouts.link_mailed")
    assert row == {"count": 3, "contacts": [bea_contact.pk]}


def test_pressing_send_twice_mails_once(
    sam_client: Client, bea_contact: Contact, acme: Customer, harbour: Store
) -> None:
    for _time in range(2):
        sent(sam_client, acme, harbour, contact=[str(bea_contact.public_id)], once="samekey")

    assert MailMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "Choose somebody, or type an address."),
        ({"typed": "good@a.example, bad@, worse"}, "These are no email addresses: bad@, worse"),
        ({"typed": " ".join(f"p{n}@a.example" for n in range(21))}, "At most 20 get a mail at once"),
        ({"typed": "good@a.example", "message": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_what_cannot_be_sent_is_said_and_nothing_typed_is_lost(
    sam_client: Client, acme: Customer, harbour: Store, given: dict[str, str], sentence: str
) -> None:
    answer = sent(sam_client, acme, harbour, **given)

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert given.get("typed", "") in answer.content.decode()
    assert not MailMessage.objects.exists()


def test_contacts_of_others_archived_ones_and_made_up_ones_get_nothing(
    sam_client: Client, nils_contact: Contact, acme: Customer, harbour: Store
) -> None:
    broken = make.contact(acme, "no address")

    answer = sent(
        sam_client,
        acme,
        harbour,
        contact=[str(nils_contact.public_id), str(broken.public_id), str(uuid4()), "x"],
    )

    assert answer.status_code == 422
    assert not MailMessage.objects.exists()


def test_who_cannot_be_mailed_stands_there_with_the_reason(
    sam_client: Client, acme: Customer, harbour: Store
) -> None:
    make.contact(acme, "", first_name="Nomi")
    make.contact(acme, "not an address", first_name="Brok")

    text = text_of(sam_client.get(at(acme, harbour, "link/email/")))

    assert "No email" in text
    assert "This email cannot be used" in text
    assert text.count("disabled") >= 2
    assert faults_of(text) == []


def test_the_preview_shows_the_message_and_holds_no_link_that_registers(
    sam_client: Client, acme: Customer, harbour: Store, sam: Actor
) -> None:
    asked = {"do": "preview", "message": "Mind the <gap>", "once": "k"}

    page = sam_client.post(at(acme, harbour, "link/email/"), asked)
    frame = sam_client.get(at(acme, harbour, "link/email/mail/?own=1"))

    assert page.status_code == 200
    assert "Mind the &lt;gap&gt;" in frame.content.decode()
    assert estore_url(link_for(harbour, acme, actor=sam)) not in frame.content.decode()
    assert "sandbox" in frame["Content-Security-Policy"]
    assert not MailMessage.objects.exists()


def test_a_link_that_registers_nobody_is_mailed_with_other_steps(
    sam_client: Client, acme: Customer, harbour: Store, sam: Actor
) -> None:
    set_registering(link_for(harbour, acme, actor=sam), registers=False, actor=sam)

    text = sam_client.get(at(acme, harbour, "link/email/mail/")).content.decode()

    assert "New User - Register" not in text
    assert "“Forgot password?”" in text
