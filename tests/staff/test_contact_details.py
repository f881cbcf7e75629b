"""The box "eStore access": on the contact's record, and on the forms that add and edit one (product.md 5)."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import make
from tests.staff.test_crm_contacts import add_url, filled, told, unchanged
from tests.web.markup import faults_of
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login, OneTimeLink, Session
from tradedoor.accounts.passwords import check_password
from tradedoor.audit.models import AuditDetail, AuditRow
from tradedoor.config.schedule import prepare_background
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

GIVEN = "five amber bicycles"
CREATE = "Create eStore login details for this user"
pytestmark = pytest.mark.django_db


@pytest.fixture
def kim(acme: Customer) -> Contact:
    return make.contact(acme, "kim@acme.example", first_name="Kim", last_name="Keen")


def at(contact: Contact) -> str:
    return reverse("staff:contact-details", args=[contact.public_id])


def record(contact: Contact) -> str:
    return reverse("staff:contact", args=[contact.public_id])


def asked(*stores: Store, **more: str) -> dict[str, Any]:
    """What the box sends."""
    given = {name.replace("_", "-", 1): value for name, value in more.items()}
    return {"details-create": "on", "details-stores": [store.slug for store in stores], **given}


def text_of(response: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", response.content.decode()))


def value_in(text: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"|value="([^"]*)"[^>]*name="{name}"', text)
    assert f'name="{name}"' in text
    return (found[1] or found[2] or "") if found else ""


def everything_kept() -> str:
    """All that stands in the database and may not hold a password."""
    models = (AuditRow, AuditDetail, Session, MailMessage, Login, Access)
    return repr([row.__dict__ for model in models for row in model._default_manager.all()])


def test_the_record_shows_the_box_in_the_words_of_the_contract(
    kim: Contact, harbour: Store, sam_client: Client, carl_client: Client
) -> None:
    answer = sam_client.get(record(kim))
    text = text_of(answer)
    for label in ("eStore access", CREATE, "Password", "Generate", "Email login Info to the user", "Harbour"):
        assert label in text
    assert not faults_of(answer.content.decode())
    assert re.search(r'name="details-stores" value="harbour" checked', text), "the only store is ticked"
    assert CREATE not in text_of(carl_client.get(record(kim)))


def test_two_stores_are_not_ticked_by_themselves(
    kim: Contact, harbour: Store, meadow: Store, sam_client: Client
) -> None:
    assert (
        "checked" not in text_of(sam_client.get(record(kim))).split('name="details-stores"')[1].split(">")[0]
    )


def test_without_an_email_there_is_nothing_to_make(
    acme: Customer, harbour: Store, sam_client: Client
) -> None:
    nora = make.contact(acme, "")
    assert "Enter an email first" in text_of(sam_client.get(record(nora)))
    answer = sam_client.post(at(nora), asked(harbour, details_password=GIVEN))
    assert answer.status_code == 422
    assert "Enter an email first" in text_of(answer)


def test_a_link_by_mail_leads_back_to_the_record(kim: Contact, harbour: Store, sam_client: Client) -> None:
    answer = sam_client.post(at(kim), asked(harbour, details_mailed="on"), follow=True)
    assert "Login details are on their way to kim@acme.example." in text_of(answer)
    assert Access.objects.get().state == State.CURRENT
    assert MailMessage.objects.get().link_id == OneTimeLink.objects.get().pk


def test_a_typed_password_is_shown_once_in_the_answer_and_kept_nowhere(
    kim: Contact, harbour: Store, sam_client: Client
) -> None:
    answer = sam_client.post(at(kim), asked(harbour, details_password=GIVEN, once="k" * 32))
    text = text_of(answer)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert GIVEN in text
    assert "/s/harbour/login/" in text
    assert "No mail goes out" in text
    assert not faults_of(answer.content.decode())
    assert GIVEN not in everything_kept()
    assert GIVEN not in text_of(sam_client.get(record(kim)))
    assert check_password(GIVEN, Login.objects.buyers().get().password).is_right
    assert AuditRow.objects.get(event="accounts.login.temporary_password_given").data["typed"] is True


def test_sent_twice_it_does_its_work_once_and_shows_the_same(
    kim: Contact, harbour: Store, sam_client: Client
) -> None:
    sent = asked(harbour, details_password=GIVEN, details_mailed="on", once="k" * 32)
    first, second = sam_client.post(at(kim), sent), sam_client.post(at(kim), sent)
    assert GIVEN in text_of(first)
    assert GIVEN in text_of(second)
    assert MailMessage.objects.count() == 1
    assert AuditRow.objects.filter(event="access.login_details_given").count() == 1
    assert GIVEN not in everything_kept()


def test_going_back_and_sending_another_password_gives_that_one(
    kim: Contact, harbour: Store, sam_client: Client
) -> None:
    sent = asked(harbour, details_password=GIVEN, once="k" * 32)
    sam_client.post(at(kim), sent)
    other = "nine copper lanterns"
    assert sam_client.post(at(kim), {**sent, "details-generate": "1"}).status_code == 200
    answer = sam_client.post(at(kim), {**sent, "details-password": other})
    assert other in text_of(answer)
    assert check_password(other, Login.objects.buyers().get().password).is_right
    new = filled(kim.customer, last_name="New", email="new@acme.example", once="n" * 32)
    sam_client.post(add_url(kim.customer), {**new, **asked(harbour, details_password=GIVEN)})
    again = sam_client.post(add_url(kim.customer), {**new, **asked(harbour, details_password=other)})
    assert again.status_code == 302, "a contact is made once"
    assert not check_password(other, Login.objects.get(email="new@acme.example").password).is_right


def test_generate_fills_the_field_keeps_what_was_typed_and_saves_nothing(
    kim: Contact, harbour: Store, sam_client: Client
) -> None:
    answer = sam_client.post(at(kim), {**asked(harbour), "details-generate": "1"})
    text = text_of(answer)
    password = value_in(text, "details-password")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert text.count(password) == 2, "in the field, and once to be read"
    assert 'value="harbour" checked' in text
    assert "details-mailed" in text
    assert 'name="details-mailed" id="id_details-mailed" checked' not in text, "the box was not ticked"
    assert not Access.objects.exists()
    assert password not in everything_kept()

    mark = value_in(text, "details-mark")
    shown = sam_client.post(at(kim), asked(harbour, details_password=password, details_mark=mark))

    assert password in text_of(shown)
    assert AuditRow.objects.get(event="accounts.login.temporary_password_given").data["typed"] is False


def test_a_mark_of_another_password_does_not_make_a_typed_one_generated(
    kim: Contact, harbour: Store, sam_client: Client
) -> None:
    text = text_of(sam_client.post(at(kim), {**asked(harbour), "details-generate": "1"}))
    mark = value_in(text, "details-mark")
    sam_client.post(at(kim), asked(harbour, details_password=GIVEN, details_mark=mark))
    assert AuditRow.objects.get(event="accounts.login.temporary_password_given").data["typed"] is True


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Give a password, or tick “Email login Info to the user”."),
        ({"details-password": "short"}, "The password needs"),
        ({"details-password": "harbour keen kim"}, "Most of this password is a name"),
        ({"details-password": GIVEN, "details-stores": []}, "Choose at least one store."),
        ({"details-password": GIVEN, "details-stores": ["nowhere"]}, "nowhere is not one of"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    sent: dict[str, Any], sentence: str, kim: Contact, harbour: Store, sam_client: Client
) -> None:
    answer = sam_client.post(at(kim), {**asked(harbour), **sent})
    text = text_of(answer)
    assert answer.status_code == 422
    assert sentence in text
    assert value_in(text, "details-password") == sent.get("details-password", "")
    assert not Access.objects.exists()


def test_an_email_whose_login_has_a_password_is_told_of_before_saving(
    kim: Contact, harbour: Store, sam_client: Client
) -> None:
    login = make.buyer_login("KIM@acme.example")
    assert "has a login with a password of its own" in text_of(sam_client.get(record(kim)))

    unseen = sam_client.post(at(kim), asked(harbour, details_password=GIVEN, details_mailed="on"))
    assert unseen.status_code == 409
    assert not Access.objects.exists()
    seen = value_in(text_of(unseen), "details-seen")
    done = sam_client.post(
        at(kim), asked(harbour, details_password=GIVEN, details_mailed="on", details_seen=seen), follow=True
    )

    assert "sign in with the existing password" in text_of(done)
    assert GIVEN not in text_of(done)
    before = login.password
    login.refresh_from_db()
    assert login.password == before
    assert Access.objects.get().state == State.CURRENT


def test_who_is_deactivated_is_refused_with_the_way_back(
    kim: Contact, harbour: Store, sam_client: Client
) -> None:
    access = make.access(kim, harbour, state=State.DEACTIVATED)
    text = text_of(sam_client.get(record(kim)))
    assert "Re-enable this customer instead." in text
    assert reverse("staff:access-reenable", args=[harbour.slug, access.public_id]) in text
    answer = sam_client.post(at(kim), asked(harbour, details_password=GIVEN))
    assert answer.status_code == 422
    access.refresh_from_db()
    assert access.state == State.DEACTIVATED


def test_a_password_asks_staff_who_they_are_and_a_mail_alone_does_not(
    kim: Contact, harbour: Store, sam_client: Client
) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=True):
        assert "Your present password" in text_of(sam_client.get(record(kim)))
        refused = sam_client.post(at(kim), asked(harbour, details_password=GIVEN))
        assert refused.status_code == 422
        assert "Enter your present password." in text_of(refused)
        wrong = sam_client.post(
            at(kim), asked(harbour, details_password=GIVEN, details_current="not it at all")
        )
        assert wrong.status_code == 422
        assert not Access.objects.exists()
        right = asked(harbour, details_password=GIVEN, details_current=make.PASSWORD)
        assert sam_client.post(at(kim), right).status_code == 200
    other = make.contact(kim.customer, "other@acme.example")
    with time_machine.travel(timezone.now() + timedelta(minutes=30), tick=True):
        assert sam_client.post(at(other), asked(harbour, details_mailed="on")).status_code == 302


def test_a_new_contact_is_saved_with_login_details(
    acme: Customer, harbour: Store, sam_client: Client
) -> None:
    assert CREATE in text_of(sam_client.get(add_url(acme)))
    sent = filled(acme, last_name="New", email="new@acme.example", once="n" * 32)
    answer = sam_client.post(add_url(acme), {**sent, **asked(harbour, details_password=GIVEN)})
    again = sam_client.post(add_url(acme), {**sent, **asked(harbour, details_password=GIVEN)})
    assert GIVEN in text_of(answer)
    assert GIVEN in text_of(again)
    made = Contact.objects.get()
    assert Access.objects.get().contact_id == made.pk
    assert GIVEN not in everything_kept()


def test_neither_contact_nor_login_is_saved_while_something_is_wrong(
    acme: Customer, harbour: Store, sam_client: Client
) -> None:
    sent = filled(acme, last_name="New", notes="Typed at length")
    answer = sam_client.post(add_url(acme), {**sent, **asked(harbour, details_mailed="on")})
    text = text_of(answer)
    assert answer.status_code == 422
    assert "Enter an email first." in text
    assert "Typed at length" in text
    assert not Contact.objects.exists()


def test_generate_on_the_form_of_a_contact_keeps_all_that_was_typed(
    acme: Customer, harbour: Store, sam_client: Client
) -> None:
    sent = filled(acme, last_name="New", email="new@acme.example", notes="Typed at length") | {
        "address-city": "Lyon", "own-rows": "1", "own-0-name": "Size", "own-0-value": "M",
    }  # fmt: skip
    answer = sam_client.post(add_url(acme), {**sent, **asked(harbour), "details-generate": "1"})
    text = text_of(answer)
    assert answer.status_code == 200
    for typed in ("new@acme.example", "Typed at length", "Lyon", "Size"):
        assert typed in text
    assert len(value_in(text, "details-password")) >= 18
    assert not Contact.objects.exists()
    added = sam_client.post(add_url(acme), {**sent, **asked(harbour, details_password=GIVEN), "add_own": "1"})
    assert value_in(text_of(added), "details-password") == GIVEN, "a row button keeps the box too"


def test_an_email_typed_for_a_new_contact_that_has_a_login_elsewhere_is_told_of(
    acme: Customer, nils: Access, harbour: Store, sam_client: Client
) -> None:
    sent = filled(acme, last_name="New", email="nils@borealis.example", confirmed="nils@borealis.example")
    first = sam_client.post(add_url(acme), {**sent, **asked(harbour, details_mailed="on")})
    assert first.status_code == 409
    assert "has a login with a password of its own" in text_of(first)
    seen = value_in(text_of(first), "details-seen")
    second = sam_client.post(
        add_url(acme), {**sent, **asked(harbour, details_mailed="on", details_seen=seen)}
    )
    assert second.status_code == 302
    assert Access.objects.filter(login=nils.login).count() == 2


def test_editing_a_contact_may_give_details_for_the_new_email(
    kim: Contact, harbour: Store, sam_client: Client
) -> None:
    edit = reverse("staff:contact-edit", args=[kim.public_id])
    assert CREATE in text_of(sam_client.get(edit))
    sent = unchanged(kim, email="kim.new@acme.example")
    answer = sam_client.post(edit, {**sent, **asked(harbour, details_mailed="on")})
    assert answer.status_code == 302
    assert MailMessage.objects.get().to_email == "kim.new@acme.example"
    kim.refresh_from_db()
    assert kim.email == "kim.new@acme.example"


def test_editing_without_the_tick_gives_nothing(kim: Contact, harbour: Store, sam_client: Client) -> None:
    edit = reverse("staff:contact-edit", args=[kim.public_id])
    sent = {"details-stores": ["harbour"], "details-password": GIVEN, "details-mailed": "on"}
    assert sam_client.post(edit, {**unchanged(kim, last_name="Other"), **sent}).status_code == 302
    assert not Access.objects.exists()


def test_staff_without_the_right_send_the_box_in_vain(
    kim: Contact, harbour: Store, carl_client: Client, vic_client: Client
) -> None:
    assert carl_client.post(at(kim), asked(harbour, details_mailed="on")).status_code == 403
    assert vic_client.post(at(kim), asked(harbour, details_mailed="on")).status_code == 403
    edit = reverse("staff:contact-edit", args=[kim.public_id])
    carl_client.post(edit, {**unchanged(kim), **asked(harbour, details_mailed="on")})
    assert not Access.objects.exists()


def test_many_are_looked_at_first_and_then_given_as_a_job(
    kim: Contact, harbour: Store, meadow: Store, acme: Customer, sam_client: Client
) -> None:
    own = make.contact(acme, "own@acme.example")
    make.buyer_login(own.email)
    nora = make.contact(acme, "")
    here = reverse("staff:contacts-details")
    ids = [str(contact.public_id) for contact in (kim, own, nora)]

    text = text_of(sam_client.post(here, {"id": ids}))
    assert "Login details for 3 contacts" in text
    assert "1 gets a link to set the password by mail." in text
    assert "1 has a password of their own and keeps it" in text
    assert "1 is left out: No email in the CRM." in text
    assert not Access.objects.exists()
    assert sam_client.post(here, {"id": ids, "asked": "1"}).status_code == 422

    answer = sam_client.post(here, {"id": ids, "asked": "1", "store": "harbour"})
    work = Work.objects.get()
    assert answer.headers["Location"] == reverse("staff:job", args=[work.public_id])
    prepare_background()
    done = drive_work(work.pk)
    assert done.counts == {"given": 1, "kept_password": 1, "no_email": 1}
    page = text_of(sam_client.get(answer.headers["Location"]))
    assert "1 given login details" in page
    assert "No email in the CRM." in told(sam_client.get(reverse("staff:job-result", args=[work.public_id])))


def test_many_are_for_who_may_and_nobody_chosen_is_said(
    kim: Contact, harbour: Store, sam_client: Client, carl_client: Client
) -> None:
    here = reverse("staff:contacts-details")
    assert carl_client.post(here, {"id": [str(kim.public_id)]}).status_code == 403
    assert "Nobody was chosen" in text_of(sam_client.post(here, {}, follow=True))
    assert here in text_of(sam_client.get(reverse("staff:contacts")))
    assert here not in text_of(carl_client.get(reverse("staff:contacts")))


def test_a_store_says_what_the_mail_carries(
    kim: Contact, harbour: Store, ada_client: Client, vic_client: Client
) -> None:
    here = reverse("staff:store-login-details", args=[harbour.slug])
    answer = ada_client.get(here)
    assert "A link to set the password" in text_of(answer)
    assert not faults_of(answer.content.decode())
    sent = {"login_details": "password", "version": str(harbour.version)}
    assert vic_client.post(here, sent).status_code == 403
    assert ada_client.post(here, {**sent, "login_details": "owl"}).status_code == 422
    assert ada_client.post(here, sent).status_code == 302
    harbour.refresh_from_db()
    assert harbour.login_details == "password"
    shown = ada_client.post(reverse("staff:contacts-details"), {"id": [str(kim.public_id)]})
    assert "gets a temporary password by mail" in text_of(shown)
