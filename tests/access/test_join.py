"""From the mailed link to a signed-in buyer, and every way in which that may not happen."""

from datetime import timedelta
from typing import Any, TypeAlias

import pytest
import time_machine
from django.db.models import QuerySet

from tests import make
from tradedoor.access.actions.invitations import (
    ask_for_fresh_link,
    cancel_invitation,
    invite_contact,
    resend_invitation,
)
from tradedoor.access.actions.joining import (
    Needs,
    accept_by_signing_in,
    accept_signed_in,
    accept_with_new_password,
    invitation_of,
    look_at_invitation,
)
from tradedoor.access.errors import LinkDead, MustSignIn
from tradedoor.access.events import Event
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.access.reasons import Reason
from tradedoor.accounts.actions.links import LinkRequest, issue_links
from tradedoor.accounts.actions.sessions import session_for
from tradedoor.accounts.errors import LinkUnknown, WrongPair
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Realm, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Refusal
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

# Rows, what is made wrong about them, how it is made right again, and the code it is refused with meanwhile.
Case: TypeAlias = tuple[QuerySet[Any], dict[str, Any], dict[str, Any], str]

NOBODY = Actor.nobody(ip="198.51.100.7", agent="Browser")
CHOSEN = "nine copper lanterns"


@pytest.fixture
def invited(bea_contact: Contact, harbour: Store, sam: Actor) -> Access:
    return invite_contact(harbour, bea_contact, actor=sam)


def link_of(access: Access) -> OneTimeLink:
    return OneTimeLink.objects.filter(access_id=access.pk).latest("pk")


def refused_with(access: Access, *, store: Store | None = None) -> str:
    """The code with which accepting is refused, after seeing that nothing at all changed."""
    before = (Access.objects.get(pk=access.pk).state, make.login_of(access).password)
    link = link_of(access)
    with pytest.raises(Refusal) as refusal:
        accept_with_new_password(link.pk, CHOSEN, store=store or access.store, actor=NOBODY)
    assert (Access.objects.get(pk=access.pk).state, make.login_of(access).password) == before
    assert not Session.objects.exists()
    link.refresh_from_db()
    return refusal.value.code


def test_accepting_sets_the_password_makes_the_access_current_and_signs_in(
    invited: Access, harbour: Store
) -> None:
    entered = accept_with_new_password(link_of(invited).pk, CHOSEN, store=harbour, actor=NOBODY)

    assert (entered.access.state, entered.access.accepted_at is None) == (State.CURRENT, False)
    session = session_for(entered.opened.key, realm=Realm.BUYER, store_id=harbour.pk)
    assert session is not None
    assert (session.access_id, session.access_epoch) == (invited.pk, entered.access.epoch)
    assert make.login_of(invited).has_own_password
    assert link_of(invited).used_at is not None
    events = list(
        AuditRow.objects.filter(access_id=invited.pk).order_by("pk").values_list("event", flat=True)
    )
    assert events[:2] == [Event.INVITATION_SENT, Event.INVITATION_ACCEPTED]
    assert not counts_match()


def test_looking_uses_nothing_and_notes_only_the_first_opening(invited: Access, harbour: Store) -> None:
    token = token_of(link_of(invited))
    for _ in range(3):
        view = look_at_invitation(token, store=harbour, actor=NOBODY)
        assert (view.is_live, view.needs, view.masked_address) == (
            True,
            Needs.SET_PASSWORD,
            "b***@acme.example",
        )

    assert link_of(invited).opened_at is not None
    assert AuditRow.objects.filter(event=Event.INVITATION_OPENED).count() == 1
    assert Access.objects.get().state == State.PENDING
    assert not Session.objects.exists()


def test_a_second_post_is_told_that_the_invitation_was_used(invited: Access, harbour: Store) -> None:
    accept_with_new_password(link_of(invited).pk, CHOSEN, store=harbour, actor=NOBODY)

    with pytest.raises(LinkDead) as refusal:
        accept_with_new_password(link_of(invited).pk, "another good phrase", store=harbour, actor=NOBODY)
    assert refusal.value.code == Reason.LINK_USED
    assert Session.objects.count() == 1


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\udc80", "%00", "ä" * 43])
def test_whatever_is_made_up_gets_one_answer(token: str, invited: Access, harbour: Store) -> None:
    with pytest.raises(LinkUnknown):
        look_at_invitation(token, store=harbour, actor=NOBODY)


def test_a_link_of_another_store_or_purpose_is_unknown(
    invited: Access, harbour: Store, meadow: Store, sam: Actor
) -> None:
    token = token_of(link_of(invited))
    with pytest.raises(LinkUnknown):
        look_at_invitation(token, store=meadow, actor=NOBODY)
    with pytest.raises(LinkUnknown):
        accept_with_new_password(link_of(invited).pk, CHOSEN, store=meadow, actor=NOBODY)

    request = LinkRequest(
        purpose=Purpose.RESET,
        address="bea@acme.example",
        expires_at=link_of(invited).expires_at,
        login_id=invited.login_id,
        access_id=invited.pk,
        store_id=harbour.pk,
    )
    [reset] = issue_links([request], actor=sam)
    with pytest.raises(LinkUnknown):
        look_at_invitation(token_of(reset), store=harbour, actor=NOBODY)


def test_an_invitation_runs_out_by_the_clock_at_the_page_and_at_the_post(
    bea_contact: Contact, sam: Actor
) -> None:
    store = make.store(invitation_days=3)
    with time_machine.travel("2025-06-02 08:00Z", tick=False) as clock:
        access = invite_contact(store, bea_contact, actor=sam)
        clock.shift(timedelta(days=3, seconds=-1))
        assert invitation_of(link_of(access).pk, store=store).is_live
        clock.shift(1)

        view = look_at_invitation(token_of(link_of(access)), store=store, actor=NOBODY)
        assert (view.reason, view.can_ask_again) == (Reason.LINK_EXPIRED, True)
        assert refused_with(access) == Reason.LINK_EXPIRED


def test_a_superseded_and_a_cancelled_link_say_so(invited: Access, harbour: Store, sam: Actor) -> None:
    old = link_of(invited)
    resend_invitation(invited, actor=sam)
    assert invitation_of(old.pk, store=harbour).reason == Reason.LINK_SUPERSEDED

    cancel_invitation(invited, actor=sam)
    assert refused_with(invited) == Reason.LINK_CANCELLED


def test_contact_customer_address_store_and_login_are_judged_again_at_the_post(
    invited: Access, acme: Customer, bea_contact: Contact, harbour: Store
) -> None:
    contacts, now = Contact.objects.filter(pk=bea_contact.pk), invited.created_at
    customers, stores = Customer.objects.filter(pk=acme.pk), Store.objects.filter(pk=harbour.pk)
    logins = Login.objects.filter(accesses=invited)
    changes: list[Case] = [
        (contacts, {"archived_at": now}, {"archived_at": None}, Reason.LINK_CANCELLED),
        (
            contacts,
            {"email_canonical": "x@y.example"},
            {"email_canonical": "bea@acme.example"},
            Reason.ADDRESS_CHANGED,
        ),
        (customers, {"status": "inactive"}, {"status": "active"}, Reason.LINK_CANCELLED),
        (stores, {"is_active": False}, {"is_active": True}, Reason.STORE_CLOSED),
        (logins, {"held_at": now}, {"held_at": None}, Reason.LOGIN_HELD),
        (logins, {"is_active": False}, {"is_active": True}, Reason.LOGIN_OFF),
    ]
    for rows, wrong, right, reason in changes:
        rows.update(**wrong)
        assert refused_with(invited) == reason
        rows.update(**right)
    accept_with_new_password(link_of(invited).pk, CHOSEN, store=harbour, actor=NOBODY)


def test_a_bad_password_leaves_the_link_as_it_was(invited: Access, harbour: Store) -> None:
    for bad in ("short", "a" * 20, "acme harbour", "bea@acme.example"):
        with pytest.raises(Refusal) as refusal:
            accept_with_new_password(link_of(invited).pk, bad, store=harbour, actor=NOBODY)
        assert refusal.value.code == "bad_password"
    assert link_of(invited).used_at is None
    accept_with_new_password(link_of(invited).pk, CHOSEN, store=harbour, actor=NOBODY)


def test_a_login_with_a_password_joins_by_signing_in_and_keeps_it(
    nils: Access, nils_contact: Contact, meadow: Store, sam: Actor
) -> None:
    access = invite_contact(meadow, nils_contact, actor=sam)
    assert access.login == nils.login
    link = link_of(access)
    assert invitation_of(link.pk, store=meadow).needs is Needs.SIGN_IN
    with pytest.raises(MustSignIn):
        accept_with_new_password(link.pk, CHOSEN, store=meadow, actor=NOBODY)
    with pytest.raises(WrongPair):
        accept_by_signing_in(link.pk, CHOSEN, store=meadow, actor=NOBODY)
    assert Access.objects.get(pk=access.pk).state == State.PENDING

    entered = accept_by_signing_in(link.pk, make.PASSWORD, store=meadow, actor=NOBODY)

    assert (entered.access.state, entered.opened.session.store_id) == (State.CURRENT, meadow.pk)
    before = nils.login
    assert before is not None
    assert Login.objects.get(pk=before.pk).password == before.password


def test_somebody_elses_login_cannot_take_the_invitation(
    invited: Access, nils: Access, harbour: Store
) -> None:
    assert nils.login is not None
    with pytest.raises(Refusal) as refusal:
        accept_signed_in(link_of(invited).pk, nils.login, store=harbour, actor=NOBODY)
    assert refusal.value.code == Reason.WRONG_LOGIN
    assert link_of(invited).used_at is None


def test_a_password_chosen_in_one_store_turns_the_other_invitation_into_a_sign_in(
    invited: Access, bea_contact: Contact, harbour: Store, meadow: Store, sam: Actor
) -> None:
    other = invite_contact(meadow, bea_contact, actor=sam)
    accept_with_new_password(link_of(invited).pk, CHOSEN, store=harbour, actor=NOBODY)

    view = invitation_of(link_of(other).pk, store=meadow)
    assert (view.is_live, view.needs) == (True, Needs.SIGN_IN)
    accept_by_signing_in(link_of(other).pk, CHOSEN, store=meadow, actor=NOBODY)


def test_an_expired_link_brings_a_fresh_one_to_the_stored_address_at_most_three_a_day(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    with time_machine.travel("2025-06-02 08:00Z", tick=False) as clock:
        access = invite_contact(harbour, bea_contact, actor=sam)
        expired = link_of(access)
        ask_for_fresh_link(expired.pk, store=harbour, actor=NOBODY)
        assert MailMessage.objects.count() == 1  # it still lives, so there is nothing to send
        clock.shift(timedelta(days=8))

        for _ in range(5):
            ask_for_fresh_link(expired.pk, store=harbour, actor=NOBODY)

        assert MailMessage.objects.count() == 4
        assert set(MailMessage.objects.values_list("to_email", flat=True)) == {"bea@acme.example"}
        assert MailMessage.objects.filter(state="queued").count() == 1
        assert Access.objects.get().invited_by_id == sam.login_id
        accept_with_new_password(link_of(access).pk, CHOSEN, store=harbour, actor=NOBODY)


def test_asking_for_a_fresh_link_changes_nothing_for_a_cancelled_or_archived_one(
    invited: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    with time_machine.travel(invited.created_at + timedelta(days=8), tick=False):
        Contact.objects.filter(pk=bea_contact.pk).update(archived_at=invited.created_at)
        ask_for_fresh_link(link_of(invited).pk, store=harbour, actor=NOBODY)
        cancel_invitation(invited, actor=sam)
        ask_for_fresh_link(link_of(invited).pk, store=harbour, actor=NOBODY)

    assert MailMessage.objects.count() == 1


def test_a_living_link_is_refused_while_the_address_differs_and_works_again_when_it_is_back(
    invited: Access, bea_contact: Contact, harbour: Store
) -> None:
    rows = Contact.objects.filter(pk=bea_contact.pk)
    rows.update(email_canonical="new@acme.example")
    assert invitation_of(link_of(invited).pk, store=harbour).reason == Reason.ADDRESS_CHANGED

    rows.update(email_canonical="bea@acme.example")
    assert invitation_of(link_of(invited).pk, store=harbour).is_live
