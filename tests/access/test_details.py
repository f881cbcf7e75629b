"""Login details made by staff: who becomes current, by what they sign in, and what dies for it (product.md 5)."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tradedoor.access.actions.crm import update_contact
from tradedoor.access.actions.details import Given, give_login_details, plan_login_details
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.first_passwords import choose_first_password
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.actions.joining import Entered
from tradedoor.access.actions.one_login import (
    Wanted,
    create_contact_with_details,
    give_login_details_to,
    has_own_password,
    password_to_give,
    update_contact_with_details,
)
from tradedoor.access.actions.passwords import ask_for_reset, reset_password
from tradedoor.access.actions.switching import deactivate, reenable
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import just
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.temporary import TemporaryPassword, temporary_password
from tradedoor.accounts.errors import BadPassword, LinkUsed, PasswordExpired, Throttled, WrongPair
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.accounts.roles import Role as StaffRole
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid, NotAllowed
from tradedoor.crm.errors import EmailTakenInCustomer
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.queue import run_due_jobs
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


GIVEN = "five amber bicycles"


OWN = "nine copper lanterns"


BROWSER = Actor.nobody(ip="192.0.2.7")


def chosen(raw: str = GIVEN, *, typed: bool = True) -> TemporaryPassword:
    return temporary_password(raw, is_typed=typed)


def give(
    store: Store, contact: Contact, *, actor: Actor, password: str = GIVEN, mailed: bool = True
) -> Given:
    told = {contact.pk: chosen(password)} if password else {}
    return give_login_details([store], [contact.pk], actor=actor, mailed=mailed, passwords=told)


def access_of(contact: Contact) -> Access:
    return Access.objects.select_related("login", "store").get(contact=contact)


def enters(store: Store, contact: Contact, password: str) -> int:
    """The key of the access by which this password opens the store."""
    entered = sign_in_to_store(store, contact.email, password, actor=BROWSER)
    assert isinstance(entered, Entered)
    return entered.access.pk


def text_of(mail: MailMessage) -> str:
    rendered = render(mail)
    assert rendered is not None
    return rendered.text


def test_a_contact_without_access_becomes_current_and_signs_in_with_what_was_given(
    harbour: Store, kim: Contact, sam: Actor
) -> None:
    given = give(harbour, kim, actor=sam, mailed=False)

    access = access_of(kim)
    assert given.outcome().done == (access.pk,)
    assert access.state == State.CURRENT
    assert access.login is not None
    assert access.login.password_is_temporary_until == given.until
    assert enters(harbour, kim, GIVEN) == access.pk
    assert not MailMessage.objects.exists()
    assert not OneTimeLink.objects.exists()
    assert counts_match() == {}
    row = AuditRow.objects.get(event=Event.LOGIN_DETAILS_GIVEN)
    assert (row.data["by"], row.data["mailed"], row.data["to"]) == ("typed", False, "current")


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (State.PENDING, State.CURRENT),
        (State.CURRENT, State.CURRENT),
        (State.REQUESTED, State.CURRENT),
        (State.CANCELLED, State.CURRENT),
        (State.DECLINED, State.CURRENT),
        (State.DEACTIVATED, State.DEACTIVATED),
    ],
)
def test_every_state_but_deactivated_becomes_current(
    state: State, after: State, harbour: Store, kim: Contact, sam: Actor
) -> None:
    login = make.buyer_login(kim.email, password="")
    make.access(kim, harbour, state=state, login=login)

    given = give(harbour, kim, actor=sam)

    assert access_of(kim).state == after
    if after == State.DEACTIVATED:
        (refused,) = given.outcome().refused
        assert refused.reason is Reason.DEACTIVATED_OFFER_REENABLE
        login.refresh_from_db()
        assert not login.has_password
        assert not MailMessage.objects.exists()


def test_an_invitation_dies_and_its_link_says_so(harbour: Store, kim: Contact, sam: Actor) -> None:
    access = invite_contact(harbour, kim, actor=sam)
    give(harbour, kim, actor=sam)

    invitation = OneTimeLink.objects.get(purpose=Purpose.INVITATION)
    assert invitation.revoked_why == "superseded"
    assert MailMessage.objects.get(link_id=invitation.pk).state == "cancelled"
    access.refresh_from_db()
    assert (access.state, access.invitation_expires_at) == (State.CURRENT, None)


def test_neither_password_nor_mail_is_refused(harbour: Store, kim: Contact, sam: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        give(harbour, kim, actor=sam, password="", mailed=False)
    assert (refusal.value.code, refusal.value.field) == ("nothing_given", "password")
    assert not Access.objects.exists()


def test_an_own_password_is_kept_and_the_mail_says_to_sign_in_with_it(
    telling: Store, kim: Contact, sam: Actor
) -> None:
    login = make.buyer_login(kim.email)

    [planned] = plan_login_details(telling, [kim.pk], actor=sam)
    assert planned.keeps_password
    assert has_own_password("KIM@acme.example", actor=sam)
    given = give(telling, kim, actor=sam)

    access = access_of(kim)
    assert (access.state, access.login_id) == (State.CURRENT, login.pk)
    assert given.kept == {access.pk}
    mail = MailMessage.objects.get()
    assert "existing password" in text_of(mail)
    assert GIVEN not in text_of(mail)
    assert mail.sealed == ""
    assert enters(telling, kim, make.PASSWORD)
    with pytest.raises(WrongPair):
        enters(telling, kim, GIVEN)
    assert AuditRow.objects.get(event=Event.LOGIN_DETAILS_GIVEN).data["by"] == "existing"


def test_who_is_current_with_an_own_password_is_left_alone(
    bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    (refused,) = give(bea.store, bea_contact, actor=sam).outcome().refused
    assert refused.reason is Reason.ALREADY_CURRENT
    assert not MailMessage.objects.exists()


def test_who_gets_no_details_keeps_the_hour_of_their_email_change(
    bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    update_contact(bea_contact, {"email": "beatrice@acme.example"}, version=1, actor=sam)

    assert give(bea.store, bea_contact, actor=sam).emails_applied == ()
    deactivate(just(bea), actor=sam)
    assert give(bea.store, bea_contact, actor=sam).emails_applied == ()

    assert make.login_of(bea).email == "bea@acme.example"


def test_run_out_the_access_stays_current_and_forgot_password_helps(
    harbour: Store, kim: Contact, sam: Actor
) -> None:
    with time_machine.travel("2025-06-02 08:00Z", tick=False) as clock:
        give(harbour, kim, actor=sam)
        [first] = OneTimeLink.objects.all()
        clock.shift(timedelta(hours=72))
        with pytest.raises(PasswordExpired):
            enters(harbour, kim, GIVEN)
        with pytest.raises(LinkUsed):
            choose_first_password(first.pk, OWN, store=harbour, actor=BROWSER)
        assert access_of(kim).state == State.CURRENT
        ask_for_reset(harbour, kim.email, actor=BROWSER)
        while run_due_jobs(worker="test"):
            pass
        reset = OneTimeLink.objects.get(purpose=Purpose.RESET)
        reset_password(reset.pk, OWN, store=harbour, actor=BROWSER)
        assert enters(harbour, kim, OWN)


def test_deactivated_the_password_dies_so_reenabling_makes_it_pending(
    telling: Store, kim: Contact, sam: Actor
) -> None:
    give(telling, kim, actor=sam)
    access = access_of(kim)

    deactivate(just(access), actor=sam)

    assert not make.login_of(access).has_password
    mail = MailMessage.objects.get()
    assert (mail.state, mail.sealed) == ("cancelled", "")
    reenable(just(access), actor=sam)
    access.refresh_from_db()
    assert access.state == State.PENDING


def test_a_password_lives_while_another_store_is_still_open(
    harbour: Store, meadow: Store, kim: Contact, sam: Actor
) -> None:
    give_login_details([harbour, meadow], [kim.pk], actor=sam, mailed=False, passwords={kim.pk: chosen()})
    deactivate(just(Access.objects.get(store=harbour)), actor=sam)
    assert enters(meadow, kim, GIVEN)


@pytest.mark.parametrize("role", [StaffRole.VIEWER, StaffRole.CRM_EDITOR, StaffRole.CATALOGUE_ORDERS])
def test_only_access_managers_and_owners_may(
    role: StaffRole, harbour: Store, kim: Contact, ada: Actor
) -> None:
    with pytest.raises(NotAllowed):
        give(harbour, kim, actor=make.actor(make.staff("No", role=role)))
    with pytest.raises(NotAllowed):
        plan_login_details(harbour, [kim.pk], actor=make.actor(make.staff("No", role=role)))
    with pytest.raises(NotAllowed):
        has_own_password(kim.email, actor=make.actor(make.staff("No", role=role)))
    assert give(harbour, kim, actor=ada).outcome().done


def test_staff_of_one_store_set_no_password_that_opens_another(
    harbour: Store, meadow: Store, kim: Contact, sam: Actor
) -> None:
    tim = make.actor(make.staff("Tim", stores=(harbour,)))
    with pytest.raises(NotAllowed):
        give(meadow, kim, actor=tim)
    give(meadow, kim, actor=sam)

    (refused,) = give(harbour, kim, actor=tim, password=OWN).outcome().refused

    assert refused.reason is Reason.OUTSIDE_SCOPE
    assert enters(meadow, kim, GIVEN)
    assert give(harbour, kim, actor=tim, password="").outcome().done, "a link goes to the mailbox only"


def test_a_staff_login_of_that_address_is_not_touched(harbour: Store, acme: Customer, ada: Actor) -> None:
    colleague = make.contact(acme, "sam@acme.example")
    staff = make.staff("Sam", email="sam@acme.example")
    give(harbour, colleague, actor=ada)
    access = access_of(colleague)
    assert access.login_id != staff.pk
    before = staff.password
    staff.refresh_from_db()
    assert staff.password == before


def test_a_typed_password_is_judged_with_the_names_of_the_person_and_the_store(harbour: Store) -> None:
    with pytest.raises(BadPassword):
        password_to_give("harbour-keen-2025", is_typed=True, names=["Kim", "Keen"], stores=[harbour])


@pytest.mark.parametrize(
    ("email", "reason"),
    [("", Reason.NO_EMAIL), ("not an address", Reason.BAD_EMAIL)],
)
def test_who_has_no_email_is_refused_with_the_reason(
    email: str, reason: Reason, harbour: Store, acme: Customer, sam: Actor
) -> None:
    nora = make.contact(acme, email)
    (refused,) = give(harbour, nora, actor=sam).outcome().refused
    assert refused.reason is reason
    with pytest.raises(NotPossible) as refusal:
        give_login_details_to(nora, Wanted([harbour], chosen(), mailed=False), actor=sam)
    assert refusal.value.reason is reason


def test_a_contact_and_its_login_are_saved_together_or_not_at_all(
    harbour: Store, kim: Contact, sam: Actor
) -> None:
    acme = kim.customer
    wanted = Wanted([harbour], None, mailed=True)
    with pytest.raises(EmailTakenInCustomer):
        create_contact_with_details(acme, {"last_name": "Twin", "email": kim.email}, wanted, actor=sam)
    with pytest.raises(NotPossible):
        create_contact_with_details(acme, {"last_name": "Mailless"}, wanted, actor=sam)
    assert Contact.objects.count() == 1

    made, given = create_contact_with_details(
        acme, {"last_name": "New", "email": "new@acme.example"}, wanted, actor=sam
    )

    assert given.outcome().done == (access_of(made).pk,)


def test_an_edit_of_the_email_counts_before_the_details_go_out(
    harbour: Store, kim: Contact, sam: Actor
) -> None:
    give(harbour, kim, actor=sam, mailed=False)
    wanted = Wanted([harbour], chosen(OWN), mailed=True)

    saved, given = update_contact_with_details(
        kim, {"email": "kim.new@acme.example"}, wanted, version=kim.version, actor=sam
    )

    assert given.emails_applied == (kim.pk,)
    assert MailMessage.objects.latest("pk").to_email == "kim.new@acme.example"
    assert make.login_of(access_of(saved)).email == "kim.new@acme.example"
    assert enters(harbour, saved, OWN)


def test_one_by_one_it_is_limited_as_inviting_is(
    harbour: Store, kim: Contact, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "INVITING_STAFF", replace(throttle.INVITING_STAFF, most=1))
    wanted = Wanted([harbour], chosen(), mailed=False)
    give_login_details_to(kim, wanted, actor=sam)
    with pytest.raises(Throttled):
        give_login_details_to(kim, wanted, actor=sam)


def test_the_number_of_queries_does_not_grow_with_the_contacts(
    telling: Store, acme: Customer, sam: Actor
) -> None:
    costs = []
    password = chosen()
    for number in (2, 40):
        ids = [make.contact(acme).pk for _ in range(number)]
        told = dict.fromkeys(ids, password)
        with CaptureQueriesContext(connection) as asked:
            give_login_details([telling], ids, actor=sam, mailed=True, passwords=told)
        costs.append(len(asked))
    assert costs[0] == costs[1]
