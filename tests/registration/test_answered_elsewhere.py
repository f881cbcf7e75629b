"""A request that something else answers than an answer on Requests does not stay open."""

import pytest

from tests.registration.people import confirmed, form, mails, ruled, typed
from tradedoor.access.actions.crm import archive_contacts
from tradedoor.access.actions.details import give_login_details
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.models import Access, State
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.models import Approval, Decision, Registration
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def asking(harbour: Store, acme: Customer, sam: Actor, ada: Actor) -> Access:
    ruled(harbour, ada, approval=Approval.STAFF)
    return confirmed(typed(harbour, link_for(harbour, acme, actor=sam), form())).access


def answer_of(access: Access) -> tuple[str, str, int | None]:
    access.refresh_from_db()
    registration = Registration.objects.get(access=access)
    return access.state, registration.decision, registration.decided_by_id


def test_an_invitation_approves_it_and_the_person_is_told(asking: Access, harbour: Store, sam: Actor) -> None:
    before = mails("nora@acme.example")

    invite_contacts(harbour, [asking.contact_id], actor=sam)

    assert answer_of(asking) == (State.CURRENT, Decision.APPROVED, sam.login_id)
    [welcome] = mails("nora@acme.example")[len(before) :]
    assert "welcome" in welcome


def test_login_details_approve_it_and_their_own_mail_is_enough(
    asking: Access, harbour: Store, sam: Actor
) -> None:
    before = mails("nora@acme.example")

    give_login_details([harbour], [asking.contact_id], actor=sam, mailed=True)

    assert answer_of(asking) == (State.CURRENT, Decision.APPROVED, sam.login_id)
    assert not any("welcome" in mail for mail in mails("nora@acme.example")[len(before) :])


def test_archiving_the_contact_declines_it_and_nobody_is_mailed(asking: Access, sam: Actor) -> None:
    before = mails("nora@acme.example")

    archive_contacts([Contact.objects.get(pk=asking.contact_id)], actor=sam)

    assert answer_of(asking) == (State.DECLINED, Decision.DECLINED, sam.login_id)
    assert mails("nora@acme.example") == before
