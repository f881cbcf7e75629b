"""From the form to a person who is in or waits: every combination, and everything that stands in the way."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import make
from tests.registration.people import (
    CHOSEN,
    NOBODY,
    confirmed,
    confirmed_by_password,
    form,
    last_mail,
    link_of,
    mails,
    ruled,
    typed,
    work_off,
)
from tradedoor.access.actions import crm
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.errors import AccessOff, MustSignIn
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.accounts.actions.sign_in import check_credentials
from tradedoor.accounts.errors import BadPassword, LinkUnknown, LinkUsed, Throttled, WrongPair
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Realm, Session
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.crm.models import Contact, Customer, Department
from tradedoor.registration.actions.answering import answer
from tradedoor.registration.actions.applying import register, send_again
from tradedoor.registration.actions.clearing import clear_out
from tradedoor.registration.actions.confirming import (
    look_at_registration,
    register_at_once,
    registration_behind,
)
from tradedoor.registration.actions.links import LinkLimits, limit_link, link_for, new_link, set_registering
from tradedoor.registration.actions.rules import Question
from tradedoor.registration.errors import (
    DomainRefused,
    EmailChanging,
    RegistrationOff,
    RegistrationShut,
)
from tradedoor.registration.events import Event
from tradedoor.registration.jobs import ACTOR
from tradedoor.registration.models import Approval, EstoreLink, Mode, Registration
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(harbour: Store, acme: Customer, sam: Actor) -> EstoreLink:
    return link_for(harbour, acme, actor=sam)


def contact_of(email: str = "nora@acme.example") -> Contact:
    return Contact.objects.get(email_canonical=email)


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


def test_a_held_login_is_mailed_nothing(harbour: Store, link: EstoreLink) -> None:
    make.buyer_login("nora@acme.example", held_at=timezone.now())

    assert typed(harbour, link).link_id is None
    assert mails() == []


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


DOMAINS = [
    ({"blocked_domains": ["acme.example"]}, "nora@acme.example", False),
    ({"blocked_domains": ["acme.example"]}, "nora@sub.acme.example", True),
    ({"blocked_domains": ["*.acme.example"]}, "nora@sub.acme.example", False),
    ({"blocked_domains": ["*.acme.example"]}, "nora@acme.example", True),
    ({"allowed_domains": ["acme.example"]}, "NORA@ACME.example", True),
    ({"allowed_domains": ["acme.example"]}, "nora@sub.acme.example", False),
    ({"allowed_domains": ["acme.example"]}, "nora@notacme.example", False),
    ({"allowed_domains": ["*.acme.example"]}, "nora@a.b.acme.example", True),
    ({"allowed_domains": ["*.acme.example"]}, "nora@evilacme.example", False),
    ({"allowed_domains": ["acme.example"], "blocked_domains": ["acme.example"]}, "n@acme.example", False),
]


@pytest.mark.parametrize(("rules", "email", "allowed"), DOMAINS)
def test_which_domains_may_register(
    rules: dict[str, Any],
    email: str,
    allowed: bool,  # noqa: FBT001 - of a table
    harbour: Store,
    link: EstoreLink,
    ada: Actor,
) -> None:
    ruled(harbour, ada, **rules)

    if allowed:
        assert typed(harbour, link, form(email)).link_id is not None
    else:
        with pytest.raises(DomainRefused):
            typed(harbour, link, form(email))


def test_a_link_narrowed_to_domains_takes_no_other(harbour: Store, link: EstoreLink, sam: Actor) -> None:
    limit_link(link, LinkLimits(domains=("acme.example",)), actor=sam)
    link.refresh_from_db()

    with pytest.raises(DomainRefused):
        typed(harbour, link, form("nora@other.example"))


def test_a_domain_that_looks_like_the_customers_own_waits_for_a_person(
    harbour: Store, acme: Customer, link: EstoreLink
) -> None:
    make.contact(acme, "bea@acme-mill.example")

    came = confirmed(typed(harbour, link, form("nora@acme-rnill.example")))

    assert came.access.state == State.REQUESTED
    assert came.registration.looks_like == "acme-mill.example"


def test_switched_off_there_is_nothing_to_register_at(harbour: Store, link: EstoreLink, ada: Actor) -> None:
    ruled(harbour, ada, mode=Mode.OFF)

    with pytest.raises(RegistrationOff):
        typed(harbour, link)
    with pytest.raises(RegistrationOff):
        typed(harbour, None)


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


def test_the_link_lives_two_days_however_often_its_mail_is_sent(harbour: Store, link: EstoreLink) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        registration = typed(harbour, link)
        first = link_of(registration)
        clock.shift(timedelta(hours=47))
        send_again(registration.public_id, store=harbour, actor=NOBODY)
        work_off()
        assert mails() == ["registration.confirm"] * 2
        assert link_of(registration) == first
        clock.shift(timedelta(hours=2))
        with pytest.raises(LinkUsed):
            confirmed(registration)
        assert clear_out() == {"registrations": 1}
        with pytest.raises(LinkUnknown):
            registration_behind(first.pk, store=harbour)


def test_a_job_that_runs_twice_mails_once(harbour: Store, link: EstoreLink) -> None:
    registration = typed(harbour, link)
    first = link_of(registration)

    for _time in range(2):
        answer(registration.pk, mail=1, actor=ACTOR)
    assert mails() == ["registration.confirm"]
    answer(registration.pk, mail=2, actor=ACTOR)
    assert mails() == ["registration.confirm"] * 2
    assert link_of(registration) == first


def test_the_page_asks_the_database_the_same_about_every_address(
    harbour: Store, meadow: Store, acme: Customer, link: EstoreLink
) -> None:
    make.access(make.contact(acme, "current@acme.example"), harbour)
    make.access(make.contact(acme, "off@acme.example"), harbour, state=State.DEACTIVATED)
    make.contact(acme, "contact@acme.example")
    asked = set()
    for name in ("current", "off", "contact", "nobody"):
        with CaptureQueriesContext(connection) as seen:
            register(harbour, link, form(f"{name}@acme.example"), actor=NOBODY)
        asked.add(tuple(re.sub(r"'[^']*'|[0-9a-f]{8,}|\d+", "?", query["sql"]) for query in seen))
    assert len(asked) == 1


def test_sending_again_says_nothing_and_stops_after_three_an_hour(harbour: Store, link: EstoreLink) -> None:
    registration = typed(harbour, link)
    for _time in range(5):
        send_again(registration.public_id, store=harbour, actor=NOBODY)
        work_off()

    assert mails() == ["registration.confirm"] * 3


def test_ten_an_hour_from_one_network(harbour: Store, link: EstoreLink) -> None:
    for number in range(10):
        typed(harbour, link, form(f"n{number}@acme.example"))

    with pytest.raises(Throttled):
        typed(harbour, link, form("n11@acme.example"))
    assert Registration.objects.count() == 10


def test_an_unfinished_registration_keeps_nobody_from_being_invited(
    harbour: Store, acme: Customer, link: EstoreLink, sam: Actor
) -> None:
    typed(harbour, link)

    access = invite_contact(harbour, make.contact(acme, "nora@acme.example"), actor=sam)

    assert access.state == State.PENDING


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


def test_every_step_stands_in_the_history_without_the_address_in_its_data(
    harbour: Store, link: EstoreLink
) -> None:
    confirmed(typed(harbour, link))

    told = Counter(AuditRow.objects.values_list("event", flat=True))
    for event in (Event.STARTED, Event.ANSWERED, Event.CONFIRMED, "access.joined"):
        assert told[str(event)] == 1
    assert not AuditRow.objects.filter(data__icontains="nora").exists()


# --- open


def test_without_a_link_a_prospect_is_made_once_the_mailbox_is_proven(harbour: Store, ada: Actor) -> None:
    ruled(harbour, ada, mode=Mode.OPEN)
    registration = typed(harbour, None, form("nora@new.example", company="Newcomers"))
    assert not Customer.objects.exists()

    came = confirmed(registration)

    assert came.access.state == State.REQUESTED
    assert (came.access.customer.name, came.access.customer.status) == ("Newcomers", "prospect")


def test_without_a_link_a_company_is_named(harbour: Store, ada: Actor) -> None:
    ruled(harbour, ada, mode=Mode.OPEN)

    with pytest.raises(Invalid) as refused:
        typed(harbour, None, form("nora@new.example"))
    assert refused.value.field == "company"


def test_people_of_a_verified_domain_join_their_customer_by_themselves(
    harbour: Store, acme: Customer, ada: Actor
) -> None:
    ruled(harbour, ada, mode=Mode.OPEN, approval=Approval.STAFF, verified=[("acme.example", acme.pk)])

    came = confirmed(typed(harbour, None, form(company="Whatever")))

    assert (came.access.state, came.access.customer) == (State.CURRENT, acme)
    other = confirmed(typed(harbour, None, form("n@sub.acme.example", company="Whatever")))
    assert other.access.state == State.REQUESTED


# --- without confirming first


def test_where_nothing_is_confirmed_first_a_new_address_is_in_at_once(
    harbour: Store, link: EstoreLink, ada: Actor
) -> None:
    ruled(harbour, ada, confirm_first=False)

    came = register_at_once(harbour, link, form(), CHOSEN, actor=NOBODY)

    assert not isinstance(came, Registration)
    assert came.entered is not None
    assert not came.registration.mailbox_proven
    assert mails() == ["registration.welcome"]


@pytest.mark.parametrize("known", ["login", "contact", "archived", "elsewhere"])
def test_a_known_address_is_never_taken_over(
    known: str, harbour: Store, acme: Customer, borealis: Customer, link: EstoreLink, ada: Actor
) -> None:
    ruled(harbour, ada, confirm_first=False)
    if known == "login":
        make.buyer_login("nora@acme.example", password="")
    else:
        archived = {"archived_at": timezone.now()} if known == "archived" else {}
        make.contact(borealis if known == "elsewhere" else acme, "nora@acme.example", **archived)

    kept = register_at_once(harbour, link, form(), CHOSEN, actor=NOBODY)
    work_off()

    assert isinstance(kept, Registration)
    assert not Access.objects.exists()
    assert not any(login.has_password for login in Login.objects.buyers())
    assert mails() == ["registration.confirm"]


def test_a_store_that_confirms_first_takes_no_password_from_the_form(
    harbour: Store, link: EstoreLink
) -> None:
    assert isinstance(register_at_once(harbour, link, form(), CHOSEN, actor=NOBODY), Registration)
    assert not Login.objects.buyers().exists()


def test_a_cap_is_kept(harbour: Store, link: EstoreLink, sam: Actor) -> None:
    limit_link(link, LinkLimits(most_uses=1), actor=sam)
    link.refresh_from_db()
    first, second = (typed(harbour, link, form(f"n{number}@acme.example")) for number in range(2))

    confirmed(first)
    with pytest.raises((LinkUsed, RegistrationShut)):
        confirmed(second)
    link.refresh_from_db()
    assert link.uses == 1
