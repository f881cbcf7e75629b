"""The mail with the login details: what it says, to whom, and when it is not sent any more."""

from datetime import timedelta

import pytest
import time_machine

from tests import make
from tests.access.test_details import BROWSER, GIVEN, OWN, access_of, chosen, enters, give, text_of
from tradedoor.access.actions.details import give_login_details
from tradedoor.access.actions.first_passwords import choose_first_password, first_password_of
from tradedoor.access.models import Access
from tradedoor.accounts.errors import LinkUsed, WrongPair
from tradedoor.accounts.models import Login, OneTimeLink, Purpose
from tradedoor.audit.models import AuditDetail, AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.contacts import update_contact as edit_in_crm
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


def test_the_mail_carries_a_link_by_which_the_person_chooses_a_password_and_is_in(
    harbour: Store, kim: Contact, sam: Actor
) -> None:
    give(harbour, kim, actor=sam, password="")

    link = OneTimeLink.objects.get()
    assert (link.purpose, link.store_id, link.customer_id, link.contact_id, link.address) == (
        Purpose.FIRST_PASSWORD,
        harbour.pk,
        kim.customer_id,
        kim.pk,
        "kim@acme.example",
    )
    mail = MailMessage.objects.get()
    assert (mail.to_email, mail.to_name, mail.sealed) == ("kim@acme.example", "Kim Keen", "")
    assert "/s/harbour/password/first/" in text_of(mail)
    assert "/s/harbour/login/" in text_of(mail)

    entered = choose_first_password(link.pk, OWN, store=harbour, actor=BROWSER)

    assert entered.access == access_of(kim)
    assert make.login_of(entered.access).has_own_password
    assert enters(harbour, kim, OWN)
    with pytest.raises(LinkUsed):
        choose_first_password(link.pk, "third time unlucky", store=harbour, actor=BROWSER)
    assert first_password_of(link.pk, store=harbour).is_over_by_password
    assert render(mail) is None


def test_told_by_mail_the_password_is_in_the_mail_and_nowhere_else_in_clear(
    telling: Store, kim: Contact, sam: Actor
) -> None:
    give(telling, kim, actor=sam)

    mail = MailMessage.objects.get()
    rendered = render(mail)
    assert rendered is not None
    assert GIVEN in rendered.text
    assert GIVEN in rendered.html
    assert "/password/first/" not in rendered.text
    assert not OneTimeLink.objects.exists()
    kept = [
        repr(row.__dict__)
        for model in (MailMessage, AuditRow, AuditDetail, Login, Access)
        for row in model._default_manager.all()
    ]
    assert kept
    assert not any(GIVEN in text for text in kept)


def test_where_the_store_mails_a_link_a_password_given_too_is_not_in_the_mail(
    harbour: Store, kim: Contact, sam: Actor
) -> None:
    give(harbour, kim, actor=sam)
    mail = MailMessage.objects.get()
    assert GIVEN not in text_of(mail)
    assert "/password/first/" in text_of(mail)
    assert enters(harbour, kim, GIVEN)


def test_a_store_that_tells_the_password_mails_a_link_where_none_is_given(
    telling: Store, kim: Contact, sam: Actor
) -> None:
    give(telling, kim, actor=sam, password="")
    assert "/password/first/" in text_of(MailMessage.objects.get())


def test_given_again_the_older_password_link_and_mail_die(telling: Store, kim: Contact, sam: Actor) -> None:
    give(telling, kim, actor=sam)
    [first] = MailMessage.objects.all()
    give(telling, kim, actor=sam, password="")
    link = OneTimeLink.objects.get()
    first.refresh_from_db()
    assert (first.state, first.sealed) == ("cancelled", "")
    with pytest.raises(WrongPair):
        enters(telling, kim, GIVEN)

    give(telling, kim, actor=sam, password=OWN)

    link.refresh_from_db()
    assert link.revoked_why == "superseded"
    assert enters(telling, kim, OWN)


def test_a_mail_is_not_sent_once_its_password_ran_out_or_the_address_changed(
    telling: Store, kim: Contact, sam: Actor, ada: Actor
) -> None:
    with time_machine.travel("2025-06-02 08:00Z", tick=False) as clock:
        give(telling, kim, actor=sam)
        mail = MailMessage.objects.get()
        assert render(mail) is not None
        clock.shift(timedelta(hours=72))
        assert render(mail) is None
        clock.shift(timedelta(hours=-1))
        edit_in_crm(kim, {"email": "kim.new@acme.example"}, version=kim.version, actor=ada)
        assert render(mail) is None


def test_two_stores_are_given_at_once_each_by_its_own_mail(
    harbour: Store, meadow: Store, kim: Contact, sam: Actor
) -> None:
    give_login_details([harbour, meadow], [kim.pk], actor=sam, mailed=True)

    mails = MailMessage.objects.order_by("store_id")
    assert [mail.store_id for mail in mails] == sorted([harbour.pk, meadow.pk])
    first, second = OneTimeLink.objects.order_by("pk")
    choose_first_password(first.pk, OWN, store=harbour, actor=BROWSER)
    second.refresh_from_db()
    assert second.revoked_why == "password_set"
    assert render(mails[1]) is None
    assert enters(meadow, kim, OWN)


def test_somebody_of_two_customers_is_told_one_password_twice(
    telling: Store, kim: Contact, borealis: Customer, sam: Actor
) -> None:
    other = make.contact(borealis, kim.email)
    told = {kim.pk: chosen(GIVEN), other.pk: chosen(OWN)}
    give_login_details([telling], [kim.pk, other.pk], actor=sam, mailed=True, passwords=told)
    assert Login.objects.buyers().count() == 1
    assert [GIVEN in text_of(mail) for mail in MailMessage.objects.all()] == [True, True]
