"""Inviting: one and many by the same steps."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tradedoor.access.actions.crm import update_contact
from tradedoor.access.actions.invitations import (
    cancel_invitation,
    invite_contact,
    invite_contacts,
    resend_invitation,
    resend_invitations,
)
from tradedoor.access.actions.planning import plan_invitations
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, EmailChange, Role, State
from tradedoor.access.queries import counts_match
from tradedoor.access.reasons import Reason
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.models import Login, OneTimeLink
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed, Refusal
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

LATER = timedelta(minutes=5)

pytestmark = pytest.mark.django_db


def events_of(access: Access) -> list[str]:
    return list(AuditRow.objects.filter(access_id=access.pk).order_by("pk").values_list("event", flat=True))


def code_of(store: Store, contact: Contact, actor: Actor) -> str:
    with pytest.raises(Refusal) as refusal:
        invite_contact(store, contact, actor=actor)
    return refusal.value.code


def test_inviting_makes_a_pending_access_with_login_link_mail_and_history(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam, role=Role.APPROVER)

    assert (access.state, access.role, access.invited_by_id) == (State.PENDING, Role.APPROVER, sam.login_id)
    assert access.login is not None
    assert access.login.email_canonical == "bea@acme.example"
    assert not access.login.has_password
    link = OneTimeLink.objects.get()
    assert (link.access_id, link.store_id, link.contact_id) == (access.pk, harbour.pk, bea_contact.pk)
    assert link.address == "bea@acme.example"
    assert link.expires_at == access.invitation_expires_at
    mail = MailMessage.objects.get()
    assert (mail.to_email, mail.to_name, mail.link_id) == ("bea@acme.example", "Bea Buyer", link.pk)
    assert events_of(access) == [Event.INVITATION_SENT]
    assert not counts_match()


def test_inviting_somebody_pending_sends_a_new_link_and_kills_the_old_one_with_its_unsent_mail(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    with time_machine.travel("2025-06-02 08:00Z", tick=False) as clock:
        access = invite_contact(harbour, bea_contact, actor=sam)
        clock.shift(LATER)
        assert invite_contact(harbour, bea_contact, actor=sam).pk == access.pk

        first, second = OneTimeLink.objects.order_by("pk")
        assert first.revoked_why == "superseded"
        assert second.revoked_at is None
    states_of_mail = list(MailMessage.objects.order_by("pk").values_list("link_id", "state"))
    assert states_of_mail == [(first.pk, "cancelled"), (second.pk, "queued")]
    assert events_of(access) == [Event.INVITATION_SENT, Event.INVITATION_RESENT]
    assert Access.objects.count() == 1


def test_a_second_click_within_a_moment_sends_no_second_mail(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    with time_machine.travel("2025-06-02 08:00Z", tick=False):
        invite_contact(harbour, bea_contact, actor=sam)

        assert code_of(harbour, bea_contact, sam) == Reason.JUST_INVITED
    assert MailMessage.objects.count() == 1


def test_resending_is_never_held_for_a_second_click(bea_contact: Contact, harbour: Store, sam: Actor) -> None:
    with time_machine.travel("2025-06-02 08:00Z", tick=False):
        access = invite_contact(harbour, bea_contact, actor=sam)
        resend_invitation(access, actor=sam)

    assert MailMessage.objects.filter(state="queued").count() == 1
    assert MailMessage.objects.count() == 2


def test_a_cancelled_and_a_declined_access_are_invited_again_in_the_same_row(
    bea_contact: Contact, nils_contact: Contact, harbour: Store, sam: Actor
) -> None:
    cancelled = make.access(bea_contact, harbour, state=State.CANCELLED)
    declined = make.access(nils_contact, harbour, state=State.DECLINED)

    outcome = invite_contacts(harbour, [bea_contact.pk, nils_contact.pk], actor=sam)

    assert set(outcome.done) == {cancelled.pk, declined.pk}
    assert set(Access.objects.values_list("state", flat=True)) == {State.PENDING}


def test_inviting_who_asked_for_access_lets_them_in_without_a_mail(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    access = make.access(bea_contact, harbour, state=State.REQUESTED)

    assert invite_contact(harbour, bea_contact, actor=sam).state == State.CURRENT
    assert events_of(access)[-1] == Event.APPROVED
    assert not MailMessage.objects.exists()


def test_a_login_that_exists_is_taken_and_its_password_left_alone(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    login = make.buyer_login("BEA@acme.example")

    access = invite_contact(harbour, bea_contact, actor=sam)

    assert access.login_id == login.pk
    assert Login.objects.buyers().get().password == login.password


@pytest.mark.parametrize("state", [State.CURRENT, State.DEACTIVATED])
def test_whoever_is_in_or_deactivated_is_refused(
    state: State, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    make.access(bea_contact, harbour, state=state)
    wanted = {State.CURRENT: Reason.ALREADY_CURRENT, State.DEACTIVATED: Reason.DEACTIVATED_OFFER_REENABLE}

    assert code_of(harbour, bea_contact, sam) == wanted[state]
    assert not MailMessage.objects.exists()


def test_each_thing_about_the_contact_that_stands_against_it_has_its_code(
    acme: Customer, borealis: Customer, harbour: Store, sam: Actor
) -> None:
    held = make.contact(acme)
    make.buyer_login(held.email, held_at=held.created_at)
    off = make.contact(acme)
    make.buyer_login(off.email, is_active=False)
    twin = make.contact(acme, "twin@acme.example")
    cases = {
        make.contact(acme, "").pk: Reason.NO_EMAIL,
        make.contact(acme, "not an address").pk: Reason.BAD_EMAIL,
        make.contact(acme, archived_at=held.created_at).pk: Reason.CONTACT_ARCHIVED,
        make.contact(make.customer("Gone", status="inactive")).pk: Reason.CUSTOMER_INACTIVE,
        held.pk: Reason.LOGIN_HELD,
        off.pk: Reason.LOGIN_OFF,
        twin.pk: Reason.DUPLICATE_EMAIL,
        make.contact(acme, "TWIN@acme.example").pk: Reason.DUPLICATE_EMAIL,
    }
    fine = make.contact(borealis, "twin@acme.example")

    outcome = invite_contacts(harbour, [*cases, fine.pk], actor=sam)

    assert {refused.contact_id: refused.reason for refused in outcome.refused} == cases
    assert Access.objects.get(pk__in=outcome.done).contact == fine
    twins = [refused.sentence for refused in outcome.refused if refused.reason is Reason.DUPLICATE_EMAIL]
    assert all(twin.name in sentence or "Kim" in sentence for sentence in twins)


def test_a_store_dedicated_to_another_customer_is_closed_to_a_contact(
    bea_contact: Contact, borealis: Customer, sam: Actor
) -> None:
    theirs = make.store("Theirs", kind="dedicated", customer=borealis)

    assert code_of(theirs, bea_contact, sam) == Reason.STORE_DEDICATED_ELSEWHERE


def test_a_store_without_a_name_says_what_it_lacks(bea_contact: Contact, sam: Actor) -> None:
    nameless = make.store("", slug="nameless", sender_name="Sender")

    with pytest.raises(NotPossible) as refusal:
        invite_contact(nameless, bea_contact, actor=sam)

    assert (refusal.value.code, refusal.value.data) == (Reason.STORE_INCOMPLETE, {"missing": ["name"]})


def test_the_plan_says_what_inviting_then_does(
    bea_contact: Contact, nils_contact: Contact, harbour: Store, sam: Actor
) -> None:
    make.access(nils_contact, harbour, state=State.PENDING)
    plan = plan_invitations(harbour, [bea_contact.pk, nils_contact.pk, 4711], actor=sam)

    assert [(row.contact, row.reason, row.is_refused) for row in plan] == [
        (bea_contact, None, False),
        (nils_contact, Reason.ALREADY_PENDING, False),
    ]


@pytest.mark.parametrize("name", ["vic", "nobody", "elsewhere"])
def test_who_may_not_invite_is_refused_and_nothing_changes(
    name: str, bea_contact: Contact, harbour: Store, meadow: Store, vic: Actor
) -> None:
    actors = {
        "vic": vic,
        "nobody": Actor.nobody(),
        "elsewhere": make.actor(make.staff(stores=(meadow,))),
    }

    with pytest.raises(NotAllowed):
        invite_contacts(harbour, [bea_contact.pk], actor=actors[name])
    assert not Access.objects.exists()
    assert not MailMessage.objects.exists()


def test_somebody_who_invites_one_by_one_is_slowed_down_and_a_set_is_not_inv_04(
    acme: Customer, harbour: Store, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts = [make.contact(acme) for _ in range(4)]
    limit = throttle.Limit("inviting-staff", 2, timedelta(hours=1))
    monkeypatch.setattr(throttle, "INVITING_STAFF", limit)
    for contact in contacts[:2]:
        invite_contact(harbour, contact, actor=sam)

    assert code_of(harbour, contacts[2], sam) == "throttled"
    assert len(invite_contacts(harbour, [row.pk for row in contacts[2:]], actor=sam).done) == 2


def test_cancelling_kills_the_link_and_its_unsent_mail(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)

    cancel_invitation(access, actor=sam)

    access.refresh_from_db()
    assert access.state == State.CANCELLED
    assert OneTimeLink.objects.get().revoked_why == "cancelled"
    assert MailMessage.objects.get().state == "cancelled"
    assert events_of(access)[-1] == Event.INVITATION_CANCELLED
    with pytest.raises(NotPossible, match="no open invitation"):
        cancel_invitation(access, actor=sam)


def test_resending_points_the_access_to_the_login_of_the_present_address(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)
    Contact.objects.filter(pk=bea_contact.pk).update(
        email="bea@new.example", email_canonical="bea@new.example"
    )

    resend_invitation(access, actor=sam)

    access.refresh_from_db()
    assert access.login is not None
    assert access.login.email_canonical == "bea@new.example"
    assert MailMessage.objects.get(state="queued").to_email == "bea@new.example"


def test_resending_what_is_not_pending_is_refused(bea: Access, sam: Actor) -> None:
    with pytest.raises(NotPossible) as refusal:
        resend_invitation(bea, actor=sam)
    assert refusal.value.code == Reason.NOT_PENDING


def queries_for(number: int, *, store: Store, actor: Actor) -> int:
    customers = [make.customer(f"Bulk {number} {index}") for index in range(5)]
    ids = [make.contact(customers[index % 5]).pk for index in range(number)]
    with CaptureQueriesContext(connection) as captured:
        assert len(invite_contacts(store, ids, actor=actor).done) == number
    return sum("SAVEPOINT" not in query["sql"] for query in captured.captured_queries)


def test_inviting_five_hundred_takes_as_many_queries_as_inviting_ten(harbour: Store, sam: Actor) -> None:
    ten = queries_for(10, store=harbour, actor=sam)

    assert queries_for(500, store=harbour, actor=sam) == ten
    assert ten <= 26
    assert Access.objects.filter(state=State.PENDING).count() == MailMessage.objects.count() == 510
    assert not counts_match()


def test_inviting_who_needs_no_invitation_leaves_their_email_change_its_hour(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    update_contact(bea_contact, {"email": "beatrice@acme.example"}, version=1, actor=sam)

    outcome = invite_contacts(harbour, [bea_contact.pk], actor=sam)
    again = resend_invitations([bea.pk], actor=sam)

    assert [row.reason for row in (*outcome.refused, *again.refused)] == ["already_current", "not_pending"]
    assert outcome.emails_applied == again.emails_applied == ()
    assert EmailChange.objects.get().state == "scheduled"
    assert make.login_of(bea).email == "bea@acme.example"
