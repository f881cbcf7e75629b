"""A customer's own admin invites a colleague: whom the CRM knows, and whom it does not."""

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from tests import make
from tests.access.test_email_change import edit
from tradedoor.access.actions.company import deactivate_colleague
from tradedoor.access.actions.crm import archive_contacts, set_customer_status
from tradedoor.access.actions.inviting_colleagues import Colleague, ColleagueInvited, invite_colleague
from tradedoor.access.events import Event
from tradedoor.access.models import Access, Role, State
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.errors import Throttled
from tradedoor.accounts.models import Login
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Refusal
from tradedoor.crm.actions.departments import create_department
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

NORA = "nora@acme.example"


def invite(actor: Actor, email: str = NORA, **given: Any) -> ColleagueInvited:
    wish = Colleague(**{"email": email, "first_name": "Nora", "last_name": "New", **given})
    return invite_colleague(wish, actor=actor)


def refused(actor: Actor, email: str = NORA, **given: Any) -> str:
    contacts, accesses = Contact.objects.count(), Access.objects.count()
    with pytest.raises(Refusal) as refusal:
        invite(actor, email, **given)
    assert (Contact.objects.count(), Access.objects.count()) == (contacts, accesses)
    assert not MailMessage.objects.exists()
    return refusal.value.code


def test_a_new_person_is_made_a_contact_of_the_customer_and_mailed(
    cara: Access, cara_actor: Actor, acme: Customer, harbour: Store
) -> None:
    done = invite(cara_actor, role=Role.APPROVER)

    contact = Contact.objects.get(email_canonical=NORA)
    access = Access.objects.get(contact=contact)
    assert (contact.customer, contact.name, contact.department.is_main) == (acme, "Nora New", True)
    assert (access.store, access.state, access.role) == (harbour, State.PENDING, Role.APPROVER)
    assert (done.access, done.was_known, done.just_now) == (access, False, False)
    assert access.invited_by_id == cara.login_id
    assert (contact.subscribed, contact.receive_mail_out) == (False, False)
    mail = MailMessage.objects.get()
    assert (mail.template, mail.to_email) == ("access.invitation", NORA)


def test_the_contact_says_where_it_comes_from(cara: Access, cara_actor: Actor) -> None:
    done = invite(cara_actor)

    row = AuditRow.objects.get(event=Event.COLLEAGUE_ADDED)
    assert (row.contact_id, row.actor_kind, row.actor_id) == (done.access.contact_id, "buyer", cara.login_id)


def test_the_mail_names_who_invites(cara_actor: Actor) -> None:
    invite(cara_actor)

    mail = render(MailMessage.objects.get())

    assert mail is not None
    assert "Cara Chief of Acme invites you to the online store of Harbour." in mail.text
    assert "because Cara Chief invited this address" in mail.text


def test_in_the_department_that_was_chosen_and_in_no_other_customers(
    cara_actor: Actor, acme: Customer, borealis: Customer, ada: Actor
) -> None:
    sales = create_department(acme, {"name": "Sales"}, actor=ada)
    theirs = create_department(borealis, {"name": "Sales"}, actor=ada)

    assert refused(cara_actor, department=theirs.public_id) == "no_department"
    assert invite(cara_actor, department=sales.public_id).access.contact.department == sales


def test_a_contact_with_that_email_is_invited_rather_than_doubled(cara_actor: Actor, acme: Customer) -> None:
    """Whatever case it is typed in; the CRM's words about the person stay."""
    known = make.contact(acme, NORA, first_name="Eleonora")

    done = invite(cara_actor, "Nora@ACME.example")

    assert done.was_known
    assert Contact.objects.get(email_canonical=NORA) == known
    assert done.access.contact.first_name == "Eleonora"


@pytest.mark.parametrize("elsewhere", ["nobody", "a contact", "a buyer", "held", "staff"])
def test_acc_01_that_another_customer_uses_the_address_changes_no_word(
    elsewhere: str, cara_actor: Actor, borealis: Customer, harbour: Store
) -> None:
    if elsewhere in {"a contact", "a buyer", "held"}:
        other = make.contact(borealis, NORA)
    if elsewhere in {"a buyer", "held"}:
        make.access(other, harbour)
    if elsewhere == "staff":
        make.staff("Nora", email=NORA)

    done = invite(cara_actor)

    assert (done.was_known, done.access.state, done.access.contact.name) == (False, State.PENDING, "Nora New")


def test_a_login_on_hold_elsewhere_is_not_spoken_of(
    cara_actor: Actor, borealis: Customer, harbour: Store
) -> None:
    make.access(make.contact(borealis, NORA), harbour)
    Login.objects.filter(email_canonical=NORA).update(held_at=timezone.now())

    assert refused(cara_actor) == "for_seller"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.CURRENT, "already_current"),
        (State.DEACTIVATED, "deactivated_offer_reenable"),
        # Inviting would let them in: that is for whoever decides requests, and has been decided.
        (State.REQUESTED, "already_requested"),
        (State.DECLINED, "declined_before"),
    ],
)
def test_who_cannot_be_invited_is_said_and_left_as_they_are(
    state: State, code: str, cara_actor: Actor, acme: Customer, harbour: Store
) -> None:
    row = make.access(make.contact(acme, NORA), harbour, state=state)

    assert refused(cara_actor) == code

    row.refresh_from_db()
    assert row.state == state


def test_who_was_switched_off_is_not_let_in_by_an_invitation(bea: Access, cara_actor: Actor) -> None:
    deactivate_colleague(bea.public_id, actor=cara_actor)
    assert refused(cara_actor, "bea@acme.example") == "deactivated_offer_reenable"


def test_whom_staff_archived_nobody_makes_anew(cara_actor: Actor, acme: Customer, sam: Actor) -> None:
    archive_contacts([make.contact(acme, NORA)], actor=sam)
    assert refused(cara_actor) == "contact_archived"


def test_an_hour_of_an_email_change_is_not_shortened(
    cara_actor: Actor, acme: Customer, meadow: Store, sam: Actor
) -> None:
    known = make.contact(acme, "old@acme.example")
    make.access(known, meadow)
    edit(known, NORA, actor=sam)
    MailMessage.objects.all().delete()

    assert refused(cara_actor) == "email_changing"


@pytest.mark.parametrize(
    "email", ["", "nora", "nora@acme", "nora@acme.example\u200b", "a@b.example,c@d.example"]
)
def test_eml_02_an_address_that_is_none_is_said_at_its_field(email: str, cara_actor: Actor) -> None:
    with pytest.raises(Refusal) as refusal:
        invite(cara_actor, email)
    assert refusal.value.field == "email"


def test_a_person_needs_a_name(cara_actor: Actor) -> None:
    assert refused(cara_actor, first_name=" ", last_name="") == "required"


def test_pressed_twice_one_mail_leaves(cara_actor: Actor) -> None:
    invite(cara_actor)
    again = invite(cara_actor)

    assert again.just_now
    assert MailMessage.objects.count() == 1
    assert Contact.objects.filter(email_canonical=NORA).count() == 1


def test_a_customer_on_hold_may_still_invite(cara_actor: Actor, acme: Customer, sam: Actor) -> None:
    set_customer_status([acme], Customer.Status.ON_HOLD, actor=sam)
    assert invite(cara_actor).access.state == State.PENDING


@pytest.mark.parametrize("role", [Role.BUYER, Role.APPROVER])
def test_whoever_is_no_admin_invites_nobody(role: Role, cara: Access, cara_actor: Actor) -> None:
    Access.objects.filter(pk=cara.pk).update(role=role)
    assert refused(cara_actor) == "not_allowed"


def test_inv_04_inviting_one_by_one_has_a_pace(cara_actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "INVITING_STAFF", replace(throttle.INVITING_STAFF, most=1))
    invite(cara_actor)
    with pytest.raises(Throttled):
        invite(cara_actor, "two@acme.example")
