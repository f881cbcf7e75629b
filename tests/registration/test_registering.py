"""From the form to a person who is in or waits: what is made of what was typed."""

from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from tests import make
from tests.registration.people import (
    CHOSEN,
    NOBODY,
    confirmed,
    contact_of,
    form,
    mails,
    ruled,
    typed,
)
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.accounts.actions.sign_in import check_credentials
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Realm, Session
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.crm.models import Contact, Customer, Department
from tradedoor.registration.actions.rules import Question
from tradedoor.registration.events import Event
from tradedoor.registration.models import Approval, EstoreLink, Registration
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


def test_until_the_mailbox_is_proven_nothing_is_made(harbour: Store, link: EstoreLink) -> None:
    typed(harbour, link)

    assert mails("nora@acme.example") == ["registration.confirm"]
    assert not Contact.objects.exists()
    assert not Access.objects.exists()
    assert not Login.objects.buyers().exists()


def test_behind_the_mail_the_person_chooses_a_password_and_is_in(
    harbour: Store, acme: Customer, link: EstoreLink
) -> None:
    given = form(phone="+44 20 1", address={"line1": "1 Quay", "city": "Hull"})
    came = confirmed(typed(harbour, link, given))

    contact = contact_of()
    assert came.entered is not None
    assert (came.access.state, came.access.contact, came.access.customer) == (State.CURRENT, contact, acme)
    assert (contact.first_name, contact.last_name, contact.phone) == ("Nora", "New", "+44 20 1")
    assert contact.department.is_main
    assert str(contact.address) == "1 Quay, Hull"
    assert Session.objects.get().access_id == came.access.pk
    assert (
        check_credentials("nora@acme.example", CHOSEN, realm=Realm.BUYER, actor=NOBODY) == came.access.login
    )
    assert mails("nora@acme.example") == ["registration.confirm", "registration.welcome"]
    assert came.registration.mailbox_proven
    assert not counts_match()
    link.refresh_from_db()
    assert link.uses == 1


# Which state there was before, whether staff approve, and what follows: state, mails to the person, signed in.
JOINS, ASKS = "registration.confirm", "registration.known"
TABLE = [
    (None, False, State.CURRENT, [JOINS, "registration.welcome"]),
    (State.PENDING, False, State.CURRENT, [JOINS, "registration.welcome"]),
    (State.CANCELLED, False, State.CURRENT, [JOINS, "registration.welcome"]),
    (State.DECLINED, False, State.REQUESTED, [JOINS]),
    (None, True, State.REQUESTED, [JOINS]),
    (State.PENDING, True, State.CURRENT, [JOINS, "registration.welcome"]),
    (State.CANCELLED, True, State.REQUESTED, [JOINS]),
    (State.DECLINED, True, State.REQUESTED, [JOINS]),
    (State.CURRENT, False, State.CURRENT, [ASKS]),
    (State.CURRENT, True, State.CURRENT, [ASKS]),
    (State.DEACTIVATED, False, State.DEACTIVATED, [ASKS]),
    (State.REQUESTED, True, State.REQUESTED, [ASKS]),
]


@pytest.mark.parametrize(("before", "approves", "after", "posted"), TABLE)
def test_what_registering_does_to_an_access_in_every_state(
    before: State | None,
    approves: bool,  # noqa: FBT001 - of a table
    after: State,
    posted: list[str],
    harbour: Store,
    acme: Customer,
    link: EstoreLink,
    ada: Actor,
) -> None:
    contact = make.contact(acme, "nora@acme.example", first_name="Nora", phone="old")
    if before is not None:
        make.access(contact, harbour, state=before, login=make.buyer_login("nora@acme.example", password=""))
    ruled(harbour, ada, approval=Approval.STAFF if approves else Approval.NONE)

    registration = typed(harbour, link, form(phone="new", last_name="Other"))
    if registration.link_id is not None:
        confirmed(registration)

    contact.refresh_from_db()
    assert (contact.phone, contact.last_name) != ("new", "Other"), "what the CRM knows is not overwritten"
    assert Contact.objects.count() == 1
    access = Access.objects.get(contact=contact)
    assert access.state == after
    assert mails("nora@acme.example") == posted
    assert Session.objects.count() == ("registration.welcome" in posted)
    assert not counts_match()


def test_an_archived_contact_always_waits(harbour: Store, acme: Customer, link: EstoreLink) -> None:
    make.contact(acme, "nora@acme.example", archived_at=timezone.now())

    came = confirmed(typed(harbour, link))

    assert came.entered is None
    assert came.access.state == State.REQUESTED


def test_an_open_invitation_is_used_by_it(
    harbour: Store, acme: Customer, link: EstoreLink, sam: Actor
) -> None:
    access = invite_contact(harbour, make.contact(acme, "nora@acme.example"), actor=sam)

    came = confirmed(typed(harbour, link))

    assert came.access == access
    assert OneTimeLink.objects.get(access_id=access.pk, purpose=Purpose.INVITATION).used_at is not None


def test_the_department_that_was_chosen_is_the_contacts(
    harbour: Store, acme: Customer, borealis: Customer, link: EstoreLink
) -> None:
    lab = Department.objects.create(customer=acme, name="Lab", name_key="lab")
    foreign = borealis.departments.get()

    confirmed(typed(harbour, link, form(department=lab.public_id)))
    assert contact_of().department == lab
    with pytest.raises(Invalid) as refused:
        typed(harbour, link, form("x@acme.example", department=foreign.public_id))
    assert refused.value.field == "department"


def test_own_questions_are_asked_and_their_answers_kept_with_the_contact(
    harbour: Store, link: EstoreLink, ada: Actor
) -> None:
    ruled(
        harbour,
        ada,
        questions=[
            Question("How did you hear of us?"),
            Question("Trade", required=True, choices=("Roofs", "Walls")),
        ],
    )

    for answers, field in (
        (("", ""), "question_1"),
        (("", "Doors"), "question_1"),
        (("x" * 501, "Roofs"), "question_0"),
    ):
        with pytest.raises(Invalid) as refused:
            typed(harbour, link, form(answers=answers))
        assert refused.value.field == field
    confirmed(typed(harbour, link, form(answers=("", "Roofs"))))
    assert contact_of().own_fields == {"Trade": "Roofs"}


def test_terms_are_accepted_in_the_version_of_the_moment(
    harbour: Store, link: EstoreLink, ada: Actor
) -> None:
    ruled(harbour, ada, terms="First")
    ruled(harbour, ada, terms="Second")

    with pytest.raises(Invalid) as refused:
        typed(harbour, link)
    assert refused.value.field == "terms"
    registration = typed(harbour, link, form(accepts_terms=True))
    assert registration.terms_version == 2
    assert registration.terms_accepted_at is not None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"first_name": ""}, "first_name"),
        ({"last_name": " "}, "last_name"),
        ({"first_name": "See http://evil.example"}, "first_name"),
        ({"last_name": "www.evil.example"}, "last_name"),
        ({"email": "no address"}, "email"),
        ({"email": "a@b.example,c@d.example"}, "email"),
        ({"email": "nora@acme.example\u200b"}, "email"),
        ({"phone": "1" * 51}, "phone"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    given: dict[str, Any], field: str, harbour: Store, link: EstoreLink
) -> None:
    with pytest.raises(Invalid) as refused:
        typed(harbour, link, form(**given))

    assert refused.value.field == field
    assert not Registration.objects.exists()


def test_every_step_stands_in_the_history_without_the_address_in_its_data(
    harbour: Store, link: EstoreLink
) -> None:
    confirmed(typed(harbour, link))

    told = Counter(AuditRow.objects.values_list("event", flat=True))
    for event in (Event.STARTED, Event.ANSWERED, Event.CONFIRMED, "access.joined"):
        assert told[str(event)] == 1
    assert not AuditRow.objects.filter(data__icontains="nora").exists()
