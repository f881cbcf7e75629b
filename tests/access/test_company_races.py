"""Two admins of one customer at the same moment: one of them wins, and nobody deadlocks."""

import pytest

from tests import make
from tests.access.test_races import at_once
from tradedoor.access.actions.company import (
    change_role_of_colleague,
    deactivate_colleague,
    reenable_colleague,
)
from tradedoor.access.actions.inviting_colleagues import Colleague, invite_colleague
from tradedoor.access.events import Event
from tradedoor.access.models import Access, Role, State
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dora(acme: Customer, harbour: Store) -> Access:
    """The other admin."""
    return make.access(make.contact(acme, "dora@acme.example"), harbour, role=Role.COMPANY_ADMIN)


@pytest.fixture
def dora_actor(dora: Access) -> Actor:
    return make.actor(make.login_of(dora), access=dora)


def test_of_two_admins_who_switch_each_other_off_one_stays(
    cara: Access, cara_actor: Actor, dora: Access, dora_actor: Actor
) -> None:
    ended = at_once(
        lambda: deactivate_colleague(dora.public_id, actor=cara_actor),
        lambda: deactivate_colleague(cara.public_id, actor=dora_actor),
    )

    assert ended == {"done": 1, "access_off": 1}
    assert Access.objects.filter(state=State.CURRENT).count() == 1


def test_of_two_admins_who_take_each_others_role_one_keeps_it(
    cara: Access, cara_actor: Actor, dora: Access, dora_actor: Actor
) -> None:
    was = Role.COMPANY_ADMIN
    ended = at_once(
        lambda: change_role_of_colleague(dora.public_id, Role.BUYER, seen=was, actor=cara_actor),
        lambda: change_role_of_colleague(cara.public_id, Role.BUYER, seen=was, actor=dora_actor),
    )

    assert ended == {"done": 1, "not_allowed": 1}
    assert Access.objects.filter(role=was).count() == 1


def test_the_same_email_invited_by_two_admins_is_one_person_and_one_mail(
    cara_actor: Actor, dora_actor: Actor
) -> None:
    wish = Colleague(email="nora@acme.example", first_name="Nora")

    ended = at_once(
        lambda: invite_colleague(wish, actor=cara_actor), lambda: invite_colleague(wish, actor=dora_actor)
    )

    assert ended == {"done": 2}
    assert Contact.objects.filter(email_canonical="nora@acme.example").count() == 1
    assert MailMessage.objects.count() == 1


def test_switched_off_by_one_and_let_in_by_the_other_all_is_written_once(
    cara_actor: Actor, dora_actor: Actor, bea: Access
) -> None:
    deactivate_colleague(bea.public_id, actor=cara_actor)

    ended = at_once(
        lambda: reenable_colleague(bea.public_id, actor=cara_actor),
        lambda: reenable_colleague(bea.public_id, actor=dora_actor),
    )

    assert ended == {"done": 1, "not_deactivated": 1}
    assert AuditRow.objects.filter(event=Event.REENABLED).count() == 1
