"""Signing in to a store."""

from datetime import timedelta
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
import time_machine
from django.db.models import QuerySet

from tests import make
from tradedoor.access.actions.entering import ChooseAccess, choices_of, choose_access, sign_in_to_store
from tradedoor.access.actions.joining import Entered
from tradedoor.access.actions.states import Change, move
from tradedoor.access.errors import ChoiceGone, DoorClosed, MustChoosePassword
from tradedoor.access.events import Event
from tradedoor.access.models import Access, State
from tradedoor.access.policy import Step, may_enter
from tradedoor.access.queries import entering_access
from tradedoor.access.reasons import Reason
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.errors import WrongPair
from tradedoor.accounts.models import Login, Session
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Refusal
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

# Rows, what is made wrong about them, how it is made right again, and the code it is refused with meanwhile.
Case: TypeAlias = tuple[QuerySet[Any], dict[str, Any], dict[str, Any], str]

NOBODY = Actor.nobody(ip="198.51.100.8")


def sign_in(store: Store, email: str, password: str = make.PASSWORD) -> Entered:
    entered = sign_in_to_store(store, email, password, actor=NOBODY)
    assert isinstance(entered, Entered)
    return entered


def refused_with(store: Store, email: str, password: str = make.PASSWORD) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        sign_in_to_store(store, email, password, actor=NOBODY)
    assert not Session.objects.exists()
    return refusal.value


def test_the_right_pair_opens_a_session_for_the_access(bea: Access, harbour: Store) -> None:
    entered = sign_in(harbour, " BEA@Acme.example ")

    session = entered.opened.session
    assert (session.access_id, session.store_id, session.access_epoch) == (bea.pk, harbour.pk, bea.epoch)
    bea.refresh_from_db()
    assert bea.last_sign_in_at is not None
    signed_in = AuditRow.objects.get(event="accounts.login.signed_in")
    assert (signed_in.access_id, signed_in.contact_id) == (bea.pk, bea.contact_id)


@pytest.mark.parametrize(
    "email", ["bea@acme.example", "unknown@acme.example", "sam@tradedoor.example", "", "no"]
)
def test_every_wrong_pair_gets_the_same_answer(
    email: str, bea: Access, sam_login: Login, harbour: Store
) -> None:
    refusal = refused_with(harbour, email, "not the password")
    assert (type(refusal), refusal.code, str(refusal)) == (WrongPair, "wrong_pair", str(WrongPair.sentence))


def test_staff_are_nobody_at_a_store(sam_login: Login, harbour: Store) -> None:
    assert refused_with(harbour, sam_login.email).code == "wrong_pair"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.PENDING, Reason.INVITATION_OPEN),
        (State.DEACTIVATED, Reason.ACCESS_OFF),
        (State.REQUESTED, Reason.REQUEST_WAITING),
        (State.CANCELLED, Reason.WRONG_LOGIN),
        (State.DECLINED, Reason.WRONG_LOGIN),
    ],
)
def test_after_a_right_password_the_state_is_told_and_after_a_wrong_one_not(
    state: State, reason: Reason, bea_contact: Contact, harbour: Store
) -> None:
    access = make.access(bea_contact, harbour, state=state)

    refusal = refused_with(harbour, "bea@acme.example")

    assert isinstance(refusal, DoorClosed)
    assert refusal.code == reason
    assert refusal.data["access"] == str(access.public_id)
    assert refused_with(harbour, "bea@acme.example", "wrong").code == "wrong_pair"
    assert AuditRow.objects.get(event=Event.SIGN_IN_REFUSED).result == reason


def test_contact_customer_store_and_login_close_the_door_each_with_its_reason(
    bea: Access, bea_contact: Contact, acme: Customer, harbour: Store
) -> None:
    now = bea.created_at
    cases: list[Case] = [
        (
            Contact.objects.filter(pk=bea_contact.pk),
            {"archived_at": now},
            {"archived_at": None},
            "contact_archived",
        ),
        (
            Customer.objects.filter(pk=acme.pk),
            {"status": "inactive"},
            {"status": "active"},
            "customer_inactive",
        ),
        (
            Customer.objects.filter(pk=acme.pk),
            {"archived_at": now},
            {"archived_at": None},
            "customer_inactive",
        ),
        (Login.objects.filter(accesses=bea), {"is_active": False}, {"is_active": True}, "login_off"),
        (Login.objects.filter(accesses=bea), {"held_at": now}, {"held_at": None}, "login_held"),
    ]
    for rows, wrong, right, code in cases:
        rows.update(**wrong)
        assert refused_with(harbour, "bea@acme.example").code == code
        rows.update(**right)
    Store.objects.filter(pk=harbour.pk).update(is_active=False)
    harbour.refresh_from_db()
    assert refused_with(harbour, "bea@acme.example").code == "store_closed"


def test_a_customer_on_hold_may_sign_in(bea: Access, acme: Customer, harbour: Store) -> None:
    Customer.objects.filter(pk=acme.pk).update(status="on_hold")

    assert sign_in(harbour, "bea@acme.example").access == bea


def test_a_login_without_access_here_is_refused(bea: Access, meadow: Store) -> None:
    assert refused_with(meadow, "bea@acme.example").code == Reason.WRONG_LOGIN


def both(borealis: Customer, store: Store) -> Access:
    """Bea acts for Borealis, too."""
    return make.access(make.contact(borealis, "bea@acme.example", first_name="Bea"), store)


def test_whoever_acts_for_several_customers_chooses(bea: Access, borealis: Customer, harbour: Store) -> None:
    other = both(borealis, harbour)
    choice = sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY, keep=True)
    assert isinstance(choice, ChooseAccess)
    assert choice.accesses == (bea, other)
    assert not Session.objects.exists()
    assert choices_of(harbour, choice.proof, actor=NOBODY) == [bea, other]

    entered = choose_access(harbour, choice.proof, other.public_id, actor=NOBODY)

    assert (entered.access, entered.opened.session.keep) == (other, True)


def test_a_choice_is_good_for_its_own_accesses_store_and_five_minutes(
    bea: Access, nils: Access, borealis: Customer, harbour: Store, meadow: Store
) -> None:
    both(borealis, harbour)
    choice = sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)
    assert isinstance(choice, ChooseAccess)

    for public_id in (nils.public_id, uuid4()):
        with pytest.raises(ChoiceGone):
            choose_access(harbour, choice.proof, public_id, actor=NOBODY)
    with pytest.raises(ChoiceGone):
        choose_access(meadow, choice.proof, bea.public_id, actor=NOBODY)
    with pytest.raises(ChoiceGone):
        choose_access(harbour, choice.proof + "x", bea.public_id, actor=NOBODY)
    with time_machine.travel(choice.accesses[0].created_at + timedelta(minutes=6)), pytest.raises(ChoiceGone):
        choose_access(harbour, choice.proof, bea.public_id, actor=NOBODY)
    Login.objects.filter(accesses=bea).update(epoch=99)
    with pytest.raises(ChoiceGone):
        choose_access(harbour, choice.proof, bea.public_id, actor=NOBODY)
    assert not Session.objects.exists()


def test_an_access_deactivated_between_password_and_choice_is_refused(
    bea: Access, borealis: Customer, harbour: Store
) -> None:
    other = both(borealis, harbour)
    choice = sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)
    assert isinstance(choice, ChooseAccess)
    move(Change(Trigger.DEACTIVATE, ids=[other.pk]), actor=make.MAKER)

    with pytest.raises(DoorClosed):
        choose_access(harbour, choice.proof, other.public_id, actor=NOBODY)
    assert not Session.objects.exists()


def test_with_one_access_off_the_other_is_entered_without_asking(
    bea: Access, borealis: Customer, harbour: Store
) -> None:
    other = both(borealis, harbour)
    move(Change(Trigger.DEACTIVATE, ids=[bea.pk]), actor=make.MAKER)

    assert sign_in(harbour, "bea@acme.example").access == other


def test_a_password_given_by_staff_opens_one_page_only(bea: Access, harbour: Store) -> None:
    Login.objects.filter(accesses=bea).update(password_is_temporary_until=bea.created_at + timedelta(days=3))
    entered = sign_in(harbour, "bea@acme.example")

    access = entering_access(entered.access.pk, store_id=harbour.pk)
    assert access is not None
    assert access.login is not None
    may_enter(login=access.login, access=access, store=harbour, step=Step.CHOOSE_PASSWORD)
    with pytest.raises(MustChoosePassword):
        may_enter(login=access.login, access=access, store=harbour, step=Step.PAGE)


def test_an_access_lets_only_its_own_login_into_its_own_store(
    bea: Access, nils: Access, meadow: Store
) -> None:
    assert bea.login is not None
    assert nils.login is not None
    for login, store in ((nils.login, bea.store), (bea.login, meadow)):
        with pytest.raises(DoorClosed) as refusal:
            may_enter(login=login, access=bea, store=store, step=Step.PAGE)
        assert refusal.value.code == Reason.WRONG_LOGIN
    assert entering_access(bea.pk, store_id=meadow.pk) is None
