"""Requests that the customer's own admins answer: the rule, who is mailed, and what an admin may decide."""

import pytest

from tests import make
from tests.registration.people import confirmed, form, last_mail, mails, ruled, typed
from tradedoor.access.actions.crm import archive_contacts, set_customer_status
from tradedoor.access.models import Access, Role, State
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed, Refusal
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.registration.actions.company_deciding import (
    approve_colleague,
    decline_colleague,
    request_of_colleague,
)
from tradedoor.registration.actions.deciding import approve
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.models import Approval, EstoreLink, Mode, Registration
from tradedoor.registration.request_queries import request_of
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

CARA, NOTICES = "cara@acme.example", "notices@seller.example"


@pytest.fixture
def link(acme: Customer, harbour: Store, ada: Actor) -> EstoreLink:
    """Acme's link to Harbour, where the customer's own admins approve."""
    Store.objects.filter(pk=harbour.pk).update(notify_address=NOTICES)
    harbour.refresh_from_db()
    ruled(harbour, ada, approval=Approval.ADMINS)
    return link_for(harbour, acme, actor=ada)


def asks(store: Store, link: EstoreLink | None, email: str = "nora@acme.example") -> Access:
    """Somebody registers and proves the mailbox."""
    came = confirmed(typed(store, link, form(email)))
    MailMessage.objects.filter(template="registration.confirm").delete()
    return came.access


def test_the_admins_are_mailed_and_the_store_is_not(
    link: EstoreLink, harbour: Store, cara: Access, acme: Customer
) -> None:
    make.access(
        make.contact(acme, "held@acme.example"), harbour, role=Role.COMPANY_ADMIN, state=State.PENDING
    )

    access = asks(harbour, link)

    assert access.state == State.REQUESTED
    assert list(MailMessage.objects.values_list("template", "to_email")) == [
        ("registration.colleague_waiting", CARA)
    ]
    mail = last_mail("registration.colleague_waiting")
    assert mail is not None
    assert f"/s/harbour/company/people/{access.public_id}/request/" in mail.text
    assert "Nora New (nora@acme.example) asks for access to Harbour for Acme." in mail.text


def test_where_no_admin_is_left_the_store_is_told(link: EstoreLink, harbour: Store, bea: Access) -> None:
    asks(harbour, link)
    assert mails(NOTICES) == ["registration.waiting"]


def test_the_mail_to_an_admin_is_not_sent_once_they_are_none_or_somebody_has_answered(
    link: EstoreLink, harbour: Store, cara: Access, cara_actor: Actor
) -> None:
    access = asks(harbour, link)
    mail = MailMessage.objects.get(to_email=CARA)

    Access.objects.filter(pk=cara.pk).update(role=Role.BUYER)
    assert render(mail) is None
    Access.objects.filter(pk=cara.pk).update(role=Role.COMPANY_ADMIN)
    assert render(mail) is not None
    approve_colleague(access.public_id, actor=cara_actor)
    assert render(mail) is None


def test_an_admin_lets_a_colleague_in_who_is_welcomed(
    link: EstoreLink, harbour: Store, cara: Access, cara_actor: Actor
) -> None:
    access = asks(harbour, link)

    approve_colleague(access.public_id, actor=cara_actor)

    access.refresh_from_db()
    assert (access.state, access.role) == (State.CURRENT, Role.BUYER)
    assert Registration.objects.get().decided_by_id == cara.login_id
    assert mails("nora@acme.example") == ["registration.welcome"]


def test_an_admin_declines_with_a_reason_and_is_asked_once_more(
    link: EstoreLink, harbour: Store, cara_actor: Actor
) -> None:
    access = asks(harbour, link)

    decline_colleague(access.public_id, reason="Not of this site", actor=cara_actor)

    access.refresh_from_db()
    assert access.state == State.DECLINED
    mail = last_mail("registration.declined")
    assert mail is not None
    assert "Not of this site" in mail.text
    assert "/register/confirm/" in mail.text


def test_answered_twice_the_second_is_told(link: EstoreLink, harbour: Store, cara_actor: Actor) -> None:
    access = asks(harbour, link)
    approve_colleague(access.public_id, actor=cara_actor)

    assert code_of(approve_colleague, access, cara_actor) == "not_requested"
    assert code_of(decline_colleague, access, cara_actor, reason="") == "not_requested"
    assert mails("nora@acme.example") == ["registration.welcome"]


def code_of(act: object, access: Access, actor: Actor, **more: str) -> str:
    with pytest.raises(Refusal) as refusal:
        act(access.public_id, actor=actor, **more)  # type: ignore[operator]
    return refusal.value.code


class TestWhatStaysWithStaff:
    """The request is there to be seen, and the admin cannot answer it."""

    def stays(self, access: Access, cara_actor: Actor) -> None:
        assert not request_of_colleague(access.public_id, actor=cara_actor).may_decide
        assert code_of(approve_colleague, access, cara_actor) == "for_seller"
        assert code_of(decline_colleague, access, cara_actor, reason="") == "for_seller"
        access.refresh_from_db()
        assert access.state == State.REQUESTED
        assert mails(CARA) == []

    def test_where_the_store_approves(
        self, link: EstoreLink, harbour: Store, cara_actor: Actor, ada: Actor
    ) -> None:
        ruled(harbour, ada, approval=Approval.STAFF)
        self.stays(asks(harbour, link), cara_actor)

    def test_eml_05_an_address_that_looks_like_one_of_the_customers(
        self, link: EstoreLink, harbour: Store, cara_actor: Actor
    ) -> None:
        access = asks(harbour, link, "nora@acrne.example")
        self.stays(access, cara_actor)
        assert mails(NOTICES) == ["registration.waiting"]

    def test_whom_staff_archived(
        self, link: EstoreLink, harbour: Store, acme: Customer, cara_actor: Actor, sam: Actor
    ) -> None:
        archive_contacts([make.contact(acme, "nora@acme.example")], actor=sam)
        self.stays(asks(harbour, link), cara_actor)
        assert Contact.objects.get(email_canonical="nora@acme.example").archived_at is not None


def test_acc_01_the_request_of_another_customer_is_not_there(
    link: EstoreLink, borealis: Customer, harbour: Store, cara_actor: Actor, ada: Actor
) -> None:
    theirs = link_for(harbour, borealis, actor=ada)
    access = asks(harbour, theirs, "olaf@borealis.example")

    assert code_of(request_of_colleague, access, cara_actor) == "no_access"
    assert code_of(approve_colleague, access, cara_actor) == "no_access"
    assert code_of(decline_colleague, access, cara_actor, reason="") == "no_access"
    access.refresh_from_db()
    assert access.state == State.REQUESTED


def test_acc_01_nor_that_of_another_store(
    link: EstoreLink, acme: Customer, meadow: Store, cara_actor: Actor, ada: Actor
) -> None:
    ruled(meadow, ada, approval=Approval.ADMINS)
    access = asks(meadow, link_for(meadow, acme, actor=ada))

    assert code_of(approve_colleague, access, cara_actor) == "no_access"


def test_whoever_is_no_admin_answers_nothing(
    link: EstoreLink, harbour: Store, cara: Access, cara_actor: Actor
) -> None:
    access = asks(harbour, link)
    Access.objects.filter(pk=cara.pk).update(role=Role.APPROVER)
    with pytest.raises(NotAllowed):
        approve_colleague(access.public_id, actor=cara_actor)


def test_staff_see_who_was_asked_and_may_answer_too(
    link: EstoreLink, harbour: Store, cara: Access, sam: Actor
) -> None:
    access = asks(harbour, link)
    seen = request_of(access, actor=sam)
    assert seen is not None
    assert seen.admins == ["Cara Chief"]
    assert approve([access.pk], actor=sam).done == (access.pk,)


def test_a_customer_that_turned_inactive_lets_nobody_in(
    link: EstoreLink, harbour: Store, acme: Customer, cara_actor: Actor, sam: Actor
) -> None:
    access = asks(harbour, link)
    set_customer_status([acme], Customer.Status.INACTIVE, actor=sam)

    assert code_of(approve_colleague, access, cara_actor) == "access_off"


def test_who_came_without_a_link_is_for_staff(
    harbour: Store, cara: Access, ada: Actor, link: EstoreLink
) -> None:
    ruled(harbour, ada, mode=Mode.OPEN, approval=Approval.ADMINS)
    confirmed(typed(harbour, None, form("olga@new.example", company="New Ltd")))
    assert mails(NOTICES) == ["registration.waiting"]
