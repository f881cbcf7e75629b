"""Behind the mailed link: who comes in by it, and everything that stands in the way."""

import pytest

from tests import make
from tests.registration.people import (
    CHOSEN,
    NOBODY,
    confirmed,
    confirmed_by_password,
    contact_of,
    form,
    last_mail,
    link_of,
    mails,
    ruled,
    typed,
)
from tradedoor.access.actions import crm
from tradedoor.access.errors import AccessOff, MustSignIn
from tradedoor.access.models import Access, State
from tradedoor.accounts.actions.sign_in import check_credentials
from tradedoor.accounts.errors import BadPassword, LinkUnknown, LinkUsed, WrongPair
from tradedoor.accounts.models import Login, Realm, Session
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.registration.actions.confirming import (
    look_at_registration,
    registration_behind,
)
from tradedoor.registration.actions.links import LinkLimits, limit_link, new_link, set_registering
from tradedoor.registration.errors import (
    EmailChanging,
    RegistrationShut,
)
from tradedoor.registration.models import Approval, EstoreLink, Registration
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


def test_whoever_has_a_password_signs_in_with_it_and_keeps_it(
    harbour: Store, meadow: Store, borealis: Customer, link: EstoreLink
) -> None:
    make.access(make.contact(borealis, "nora@acme.example"), meadow)
    registration = typed(harbour, link)

    with pytest.raises(MustSignIn):
        confirmed(registration)
    with pytest.raises(WrongPair):
        confirmed_by_password(registration, CHOSEN)
    came = confirmed_by_password(registration, make.PASSWORD)

    assert came.access.state == State.CURRENT
    assert Login.objects.buyers().count() == 1
    login = check_credentials("nora@acme.example", make.PASSWORD, realm=Realm.BUYER, actor=NOBODY)
    assert login == came.access.login


def test_where_staff_approve_the_password_opens_nothing_yet(
    harbour: Store, link: EstoreLink, ada: Actor
) -> None:
    ruled(harbour, ada, approval=Approval.STAFF)
    Store.objects.filter(pk=harbour.pk).update(notify_address="desk@seller.example")

    came = confirmed(typed(harbour, link))

    assert came.entered is None
    assert not Session.objects.exists()
    assert mails("desk@seller.example") == ["registration.waiting"]
    mail = last_mail("registration.waiting")
    assert mail is not None
    assert "Nora New" in mail.text


@pytest.mark.parametrize("how", ["new", "off", "capped", "inactive"])
def test_a_link_shut_between_form_and_confirmation_lets_nobody_in(
    how: str, harbour: Store, acme: Customer, link: EstoreLink, sam: Actor
) -> None:
    registration = typed(harbour, link)
    if how == "new":
        new_link(harbour, acme, actor=sam)
    elif how == "off":
        set_registering(link, registers=False, actor=sam)
    elif how == "capped":
        EstoreLink.objects.update(uses=1, most_uses=1)
    else:
        Customer.objects.update(status=Customer.Status.INACTIVE)

    view = registration_behind(link_of(registration).pk, store=harbour)
    assert view.over is not None
    with pytest.raises(LinkUsed):
        confirmed(registration)
    assert not Contact.objects.exists()
    assert not Login.objects.buyers().exists()


def test_confirming_twice_makes_one(harbour: Store, link: EstoreLink) -> None:
    registration = typed(harbour, link)
    confirmed(registration)

    with pytest.raises(LinkUsed):
        confirmed(registration, "other copper lanterns")
    assert (Contact.objects.count(), Access.objects.count()) == (1, 1)


def test_a_bad_password_leaves_the_link_alive(harbour: Store, link: EstoreLink) -> None:
    registration = typed(harbour, link)

    with pytest.raises(BadPassword):
        confirmed(registration, "short")
    with pytest.raises(BadPassword):
        confirmed(registration, "Nora New Acme")
    assert confirmed(registration).entered is not None


def test_an_access_switched_off_meanwhile_is_not_switched_on_by_it(
    harbour: Store, acme: Customer, link: EstoreLink
) -> None:
    registration = typed(harbour, link)
    contact = make.contact(acme, "nora@acme.example")
    login = make.buyer_login("nora@acme.example", password="")
    make.access(contact, harbour, state=State.DEACTIVATED, login=login)

    with pytest.raises(AccessOff):
        confirmed(registration)
    login.refresh_from_db()
    assert not login.has_password


def test_registering_does_not_shorten_the_hour_of_an_email_change(
    harbour: Store, meadow: Store, acme: Customer, link: EstoreLink, sam: Actor
) -> None:
    contact = make.contact(acme, "bea@acme.example")
    make.access(contact, meadow)
    crm.update_contact(contact, {"email": "nora@acme.example"}, version=contact.version, actor=sam)

    with pytest.raises(EmailChanging):
        confirmed(typed(harbour, link))
    assert not Login.objects.buyers().filter(email_canonical="nora@acme.example").exists()


def test_the_newest_of_several_forms_counts_and_the_others_die(harbour: Store, link: EstoreLink) -> None:
    first = typed(harbour, link, form(phone="1"))
    dead = link_of(first).pk
    confirmed(typed(harbour, link, form(phone="2")))

    assert Registration.objects.count() == 1
    assert contact_of().phone == "2"
    with pytest.raises(LinkUnknown):
        registration_behind(dead, store=harbour)


def test_a_confirmation_works_at_its_own_store_only(harbour: Store, meadow: Store, link: EstoreLink) -> None:
    registration = typed(harbour, link)

    with pytest.raises(LinkUnknown):
        registration_behind(link_of(registration).pk, store=meadow)
    with pytest.raises(LinkUnknown):
        look_at_registration("made-up", store=harbour, actor=NOBODY)


def test_a_cap_is_kept(harbour: Store, link: EstoreLink, sam: Actor) -> None:
    limit_link(link, LinkLimits(most_uses=1), actor=sam)
    link.refresh_from_db()
    first, second = (typed(harbour, link, form(f"n{number}@acme.example")) for number in range(2))

    confirmed(first)
    with pytest.raises((LinkUsed, RegistrationShut)):
        confirmed(second)
    link.refresh_from_db()
    assert link.uses == 1
