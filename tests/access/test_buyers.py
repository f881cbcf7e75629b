"""Role, sessions and link of one buyer."""

import pytest

from tests import make
from tradedoor.access.actions.buyers import change_role, copy_link, end_sessions_of
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.invitations import invite_contact, resend_invitation, resend_invitations
from tradedoor.access.actions.joining import look_at_invitation
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, Role, State
from tradedoor.access.reasons import Reason
from tradedoor.accounts.models import OneTimeLink, Session
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

NOBODY = Actor.nobody(ip="198.51.100.12")


def test_a_new_role_ends_the_sessions_of_the_old_one_and_the_same_one_does_nothing(
    bea: Access, harbour: Store, sam: Actor
) -> None:
    sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)
    change_role(bea, Role.BUYER, actor=sam)
    assert Session.objects.count() == 1

    change_role(bea, Role.COMPANY_ADMIN, actor=sam)

    assert Access.objects.get().role == Role.COMPANY_ADMIN
    assert not Session.objects.exists()
    row = AuditRow.objects.get(event=Event.ROLE_CHANGED)
    assert row.data == {"old": "buyer", "new": "company_admin", "sessions": 1}


def test_staff_sign_a_buyer_out_who_may_come_back(bea: Access, harbour: Store, sam: Actor) -> None:
    sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)

    assert end_sessions_of(bea, actor=sam) == 1
    assert end_sessions_of(bea, actor=sam) == 0
    assert AuditRow.objects.filter(event=Event.SESSIONS_ENDED).count() == 1
    sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)


def test_the_copied_link_is_the_mailed_one_and_the_copy_is_written_down_without_it(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)

    url = copy_link(access, actor=sam)

    token = url.rstrip("/").rpartition("/")[2]
    assert look_at_invitation(token, store=harbour, actor=NOBODY).is_live
    row = AuditRow.objects.get(event=Event.LINK_SHOWN)
    assert row.data == {"link_id": OneTimeLink.objects.get().pk}


def test_without_an_open_invitation_there_is_no_link_to_copy(
    bea: Access, nils_contact: Contact, harbour: Store, sam: Actor
) -> None:
    with pytest.raises(NotPossible) as refusal:
        copy_link(bea, actor=sam)
    assert refusal.value.code == Reason.NOT_PENDING
    access = make.access(nils_contact, harbour, state=State.PENDING)
    with pytest.raises(NotPossible) as refusal:
        copy_link(access, actor=sam)
    assert refusal.value.code == Reason.LINK_EXPIRED


def test_none_of_it_is_for_who_only_looks(bea: Access, vic: Actor) -> None:
    for act in (end_sessions_of, copy_link):
        with pytest.raises(NotAllowed):
            act(bea, actor=vic)
    with pytest.raises(NotAllowed):
        change_role(bea, Role.APPROVER, actor=vic)


def test_resending_to_many_passes_over_who_is_not_pending_or_cannot_be_invited(
    bea: Access, acme: Customer, harbour: Store, meadow: Store, sam: Actor
) -> None:
    contacts = [make.contact(acme) for _ in range(3)]
    here, there, gone = (
        invite_contact(store, contact, actor=sam)
        for store, contact in zip((harbour, meadow, harbour), contacts, strict=True)
    )
    Contact.objects.filter(pk=contacts[2].pk).update(email="", email_canonical="")

    outcome = resend_invitations([here.pk, there.pk, gone.pk, bea.pk], actor=sam)

    assert set(outcome.done) == {here.pk, there.pk}
    assert {row.access_id: row.reason for row in outcome.refused} == {
        gone.pk: Reason.NO_EMAIL, bea.pk: Reason.NOT_PENDING,
    }  # fmt: skip
    assert MailMessage.objects.filter(state="queued", access_id__in=[here.pk, there.pk]).count() == 2
    with pytest.raises(NotPossible):
        resend_invitation(bea, actor=sam)
