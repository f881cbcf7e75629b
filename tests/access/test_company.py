"""What a customer's own admin may do about whom: a table, and what each deed leaves behind."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests import make
from tradedoor.access.actions import company
from tradedoor.access.actions.crm import archive_contacts, set_customer_status
from tradedoor.access.actions.switching import deactivate, reenable
from tradedoor.access.company import Deed, reason_against
from tradedoor.access.company_queries import (
    admins_of,
    colleague_for,
    colleagues,
    counts_of_colleagues,
    is_last_admin,
)
from tradedoor.access.errors import DoorClosed, NoSuchAccess
from tradedoor.access.events import Event
from tradedoor.access.models import Access, Role, State
from tradedoor.access.policy import is_within
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import just
from tradedoor.accounts.models import Login, Session
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed, Refusal
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

Act = Callable[[Access, Actor], object]
DEEDS: dict[str, Act] = {
    "resend": lambda row, who: company.resend_to_colleague(row.public_id, actor=who),
    "cancel": lambda row, who: company.cancel_for_colleague(row.public_id, actor=who),
    "deactivate": lambda row, who: company.deactivate_colleague(row.public_id, actor=who),
    "reenable": lambda row, who: company.reenable_colleague(row.public_id, actor=who),
    "undo": lambda row, who: company.undo_colleague(row.public_id, actor=who),
    "make approver": lambda row, who: company.change_role_of_colleague(
        row.public_id, Role.APPROVER, seen=Role(row.role), actor=who
    ),
    "make admin": lambda row, who: company.change_role_of_colleague(
        row.public_id, Role.COMPANY_ADMIN, seen=Role(row.role), actor=who
    ),
}
P, C, D, R, X, N = (
    State.PENDING,
    State.CURRENT,
    State.DEACTIVATED,
    State.REQUESTED,
    State.CANCELLED,
    State.DECLINED,
)
DONE = "done"
# Of each deed, by the state of the colleague's access: what follows. Deactivated is by staff, as `make` does it.
TABLE = {
    "resend": {P: DONE, C: "not_pending", D: "not_pending", R: "not_pending", X: "not_pending", N: "not_pending"},
    "cancel": {P: DONE, C: "not_pending", D: "not_pending", R: "not_pending", X: "not_pending", N: "not_pending"},
    "deactivate": {
        P: "not_current", C: DONE, D: "already_deactivated", R: "not_current", X: "not_current", N: "not_current",
    },
    "reenable": {
        P: "not_deactivated", C: "not_deactivated", D: "off_by_seller", R: "not_deactivated",
        X: "not_deactivated", N: "not_deactivated",
    },
    "undo": {
        P: "not_deactivated", C: "not_deactivated", D: "off_by_seller", R: "not_deactivated",
        X: "not_deactivated", N: "not_deactivated",
    },
    "make approver": {
        P: DONE, C: DONE, D: "not_current", R: "not_current", X: "not_current", N: "not_current",
    },
    "make admin": {P: DONE, C: DONE, D: "not_current", R: "not_current", X: "not_current", N: "not_current"},
}  # fmt: skip


def outcome(deed: str, row: Access, actor: Actor) -> str:
    try:
        DEEDS[deed](row, actor)
    except Refusal as refusal:
        return refusal.code
    return DONE


def as_admin(access: Access, role: Role = Role.COMPANY_ADMIN) -> Actor:
    Access.objects.filter(pk=access.pk).update(role=role)
    access.refresh_from_db()
    return make.actor(make.login_of(access), access=access)


@pytest.mark.parametrize("state", [P, C, D, R, X, N])
@pytest.mark.parametrize("deed", DEEDS)
def test_each_deed_in_each_state(
    deed: str, state: State, acme: Customer, harbour: Store, cara_actor: Actor
) -> None:
    row = make.access(make.contact(acme), harbour, state=state)
    before = Access.objects.values().get(pk=row.pk)

    assert outcome(deed, row, cara_actor) == TABLE[deed][state]

    if TABLE[deed][state] != DONE:
        assert Access.objects.values().get(pk=row.pk) == before


@pytest.mark.parametrize("deed", DEEDS)
def test_acc_01_nobody_else_is_found_whatever_the_deed(
    deed: str, acme: Customer, borealis: Customer, harbour: Store, meadow: Store, cara_actor: Actor
) -> None:
    """Another customer's person, one's own in another store, and one who was moved away, look like nobody."""
    moved = make.access(make.contact(acme), harbour)
    Contact.objects.filter(pk=moved.contact_id).update(customer=borealis)
    come = make.access(make.contact(borealis), harbour)
    Contact.objects.filter(pk=come.contact_id).update(customer=acme)
    strangers = [
        make.access(make.contact(borealis), harbour),
        make.access(make.contact(borealis), harbour, state=P),
        make.access(make.contact(acme), meadow),
        moved,
        come,
    ]

    assert [outcome(deed, row, cara_actor) for row in strangers] == ["no_access"] * 5
    assert {row.pk for row in colleagues(cara_actor)} == {cara_actor.access_id}
    assert counts_of_colleagues(cara_actor)[State.CURRENT] == 1


@pytest.mark.parametrize("role", [Role.BUYER, Role.APPROVER])
@pytest.mark.parametrize("deed", DEEDS)
def test_whoever_is_no_admin_may_do_nothing(
    deed: str, role: Role, cara: Access, acme: Customer, harbour: Store
) -> None:
    """Neither by the rights of the request, nor with rights that were read before the role went (ACC-04)."""
    former = make.actor(make.login_of(cara), access=cara)
    row = make.access(make.contact(acme), harbour)

    now = as_admin(cara, role)

    assert outcome(deed, row, now) == "not_allowed"
    assert outcome(deed, row, former) == "not_allowed"
    with pytest.raises(NotAllowed):
        colleagues(former)
    with pytest.raises(NotAllowed):
        colleague_for(row.public_id, actor=former)
    with pytest.raises(NotAllowed):
        counts_of_colleagues(former)


def test_staff_are_no_company_admins(ada: Actor, bea: Access) -> None:
    assert outcome("deactivate", bea, ada) == "not_allowed"


class TestAnAdminWhoIsOutCanDoNothingAnyMore:
    """With the rights that the last request read, too: each deed reads the access under lock (DEA-01, SES-05)."""

    def test_deactivated(self, cara: Access, cara_actor: Actor, bea: Access, sam: Actor) -> None:
        deactivate(just(cara), actor=sam)
        assert outcome("deactivate", bea, cara_actor) == "access_off"

    def test_login_on_hold(self, cara: Access, cara_actor: Actor, bea: Access) -> None:
        Login.objects.filter(accesses=cara).update(held_at=timezone.now())
        assert outcome("deactivate", bea, cara_actor) == "login_held"

    def test_store_off(self, harbour: Store, cara_actor: Actor, bea: Access) -> None:
        Store.objects.filter(pk=harbour.pk).update(is_active=False)
        assert outcome("deactivate", bea, cara_actor) == "store_closed"

    def test_customer_inactive(self, acme: Customer, cara_actor: Actor, bea: Access, sam: Actor) -> None:
        set_customer_status([acme], Customer.Status.INACTIVE, actor=sam)
        assert outcome("reenable", bea, cara_actor) == "access_off"

    def test_contact_archived(self, cara: Access, cara_actor: Actor, bea: Access, sam: Actor) -> None:
        archive_contacts([cara.contact], actor=sam)
        assert outcome("deactivate", bea, cara_actor) == "access_off"

    def test_moved_elsewhere_in_the_crm(
        self, cara: Access, cara_actor: Actor, bea: Access, borealis: Customer
    ) -> None:
        Contact.objects.filter(pk=cara.contact_id).update(customer=borealis)
        assert outcome("deactivate", bea, cara_actor) == "not_allowed"

    def test_temporary_password(self, cara: Access, cara_actor: Actor, bea: Access) -> None:
        Login.objects.filter(accesses=cara).update(must_change_password=True)
        with pytest.raises(DoorClosed):
            company.deactivate_colleague(bea.public_id, actor=cara_actor)


def test_deactivating_is_written_down_as_the_admins_deed_and_ends_the_sessions(
    bea: Access, cara: Access, cara_actor: Actor
) -> None:
    receipt = company.deactivate_colleague(bea.public_id, actor=cara_actor)

    bea.refresh_from_db()
    assert (bea.state, bea.deactivated_by_id) == (State.DEACTIVATED, cara.login_id)
    assert receipt.others == ("Cara Chief",)
    row = AuditRow.objects.get(event=Event.DEACTIVATED)
    assert (row.actor_kind, row.actor_id, row.access_id) == ("buyer", cara.login_id, bea.pk)
    assert not Session.objects.filter(access_id=bea.pk).exists()
    assert not MailMessage.objects.exists()


def test_nobody_deactivates_themselves_by_any_access_of_their_login(
    cara: Access, cara_actor: Actor, acme: Customer, harbour: Store
) -> None:
    other = make.access(make.contact(acme, "second@acme.example"), harbour, login=make.login_of(cara))

    assert outcome("deactivate", cara, cara_actor) == "yourself"
    assert outcome("deactivate", other, cara_actor) == "yourself"


class TestReenabling:
    """Only what an admin of this customer switched off, and never for a customer on hold (product.md 12)."""

    def test_by_the_same_or_another_admin(
        self, bea: Access, cara_actor: Actor, acme: Customer, harbour: Store
    ) -> None:
        company.deactivate_colleague(bea.public_id, actor=cara_actor)
        second = make.access(make.contact(acme), harbour, role=Role.COMPANY_ADMIN)

        back = company.reenable_colleague(bea.public_id, actor=as_admin(second))

        assert (back.pk, back.state) == (bea.pk, State.CURRENT)
        assert not MailMessage.objects.exists()

    def test_not_what_staff_switched_off_though_an_admin_did_so_before(
        self, bea: Access, cara_actor: Actor, sam: Actor
    ) -> None:
        company.deactivate_colleague(bea.public_id, actor=cara_actor)
        reenable(just(bea), actor=sam)
        deactivate(just(bea), actor=sam)

        assert outcome("reenable", bea, cara_actor) == "off_by_seller"

    def test_not_what_ended_from_above(
        self, bea: Access, bea_contact: Contact, cara_actor: Actor, sam: Actor
    ) -> None:
        archive_contacts([bea_contact], actor=sam)
        assert outcome("reenable", bea, cara_actor) == "off_by_seller"

    def test_not_what_an_admin_of_another_customer_switched_off(
        self, nils: Access, acme: Customer, cara_actor: Actor, borealis: Customer, harbour: Store
    ) -> None:
        boss = make.access(make.contact(borealis), harbour, role=Role.COMPANY_ADMIN)
        company.deactivate_colleague(nils.public_id, actor=as_admin(boss))
        # As after a merge of the two customers.
        Contact.objects.filter(pk=nils.contact_id).update(customer=acme)
        Access.objects.filter(pk=nils.pk).update(customer=acme)

        assert outcome("reenable", nils, cara_actor) == "off_by_seller"

    @pytest.mark.parametrize("deed", ["reenable", "undo"])
    def test_not_while_the_customer_is_on_hold(
        self, deed: str, bea: Access, acme: Customer, cara_actor: Actor, sam: Actor
    ) -> None:
        company.deactivate_colleague(bea.public_id, actor=cara_actor)
        set_customer_status([acme], Customer.Status.ON_HOLD, actor=sam)

        assert outcome(deed, bea, cara_actor) == "customer_on_hold"

    def test_without_a_password_by_a_new_invitation(self, bea: Access, cara_actor: Actor) -> None:
        company.deactivate_colleague(bea.public_id, actor=cara_actor)
        Login.objects.filter(accesses=bea).update(password="!")

        back = company.reenable_colleague(bea.public_id, actor=cara_actor)

        assert back.state == State.PENDING
        assert MailMessage.objects.get().template == "access.invitation"

    def test_what_stands_against_the_login_is_not_said(self, bea: Access, cara_actor: Actor) -> None:
        company.deactivate_colleague(bea.public_id, actor=cara_actor)
        Login.objects.filter(accesses=bea).update(held_at=timezone.now())

        assert outcome("reenable", bea, cara_actor) == "for_seller"

    def test_undo_works_for_ten_minutes(self, bea: Access, cara_actor: Actor) -> None:
        company.deactivate_colleague(bea.public_id, actor=cara_actor)
        with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
            assert outcome("undo", bea, cara_actor) == "too_late_to_undo"
        company.undo_colleague(bea.public_id, actor=cara_actor)

        bea.refresh_from_db()
        assert bea.state == State.CURRENT


class TestRoles:
    def test_a_new_role_ends_the_sessions_and_rights_at_once(
        self, cara: Access, cara_actor: Actor, bea: Access
    ) -> None:
        bea_actor = as_admin(bea)
        company.change_role_of_colleague(cara.public_id, Role.BUYER, seen=Role.COMPANY_ADMIN, actor=bea_actor)

        assert outcome("deactivate", bea, cara_actor) == "not_allowed"
        row = AuditRow.objects.get(event=Event.ROLE_CHANGED)
        assert (row.actor_kind, row.actor_id, row.data["new"]) == ("buyer", bea.login_id, "buyer")

    def test_a_page_that_is_stale_changes_nothing(self, bea: Access, cara_actor: Actor) -> None:
        Access.objects.filter(pk=bea.pk).update(role=Role.APPROVER)
        with pytest.raises(Refusal) as refusal:
            company.change_role_of_colleague(
                bea.public_id, Role.COMPANY_ADMIN, seen=Role.BUYER, actor=cara_actor
            )
        assert refusal.value.code == Reason.CHANGED_MEANWHILE

    def test_pressed_twice_it_is_done_once(self, bea: Access, cara_actor: Actor) -> None:
        for _ in range(2):
            company.change_role_of_colleague(bea.public_id, Role.APPROVER, seen=Role.BUYER, actor=cara_actor)
        assert AuditRow.objects.filter(event=Event.ROLE_CHANGED).count() == 1

    def test_the_last_admin_may_step_down_and_is_told(
        self, cara: Access, cara_actor: Actor, bea: Access
    ) -> None:
        assert is_last_admin(cara)
        assert not is_last_admin(bea)
        assert company.change_role_of_colleague(
            cara.public_id, Role.BUYER, seen=Role.COMPANY_ADMIN, actor=cara_actor
        )
        assert not admins_of(cara.customer_id, cara.store_id).exists()

    def test_with_another_admin_left_nobody_is_warned(
        self, cara: Access, cara_actor: Actor, bea: Access
    ) -> None:
        as_admin(bea)
        assert not is_last_admin(cara)
        assert not company.change_role_of_colleague(
            cara.public_id, Role.BUYER, seen=Role.COMPANY_ADMIN, actor=cara_actor
        )

    @pytest.mark.parametrize("way", ["held", "deactivated", "pending", "archived"])
    def test_an_admin_who_cannot_act_counts_for_none(
        self, way: str, cara: Access, acme: Customer, harbour: Store, sam: Actor
    ) -> None:
        state = {"deactivated": D, "pending": P}.get(way, C)
        other = make.access(make.contact(acme), harbour, state=state, role=Role.COMPANY_ADMIN)
        if way == "held":
            Login.objects.filter(accesses=other).update(held_at=timezone.now())
        if way == "archived":
            archive_contacts([other.contact], actor=sam)
        assert is_last_admin(cara)


def test_who_shares_a_login_with_another_customer_acts_for_the_one_they_entered_for(
    cara: Access, nils: Access, borealis: Customer, harbour: Store
) -> None:
    """One person, two customers, one login: the access that was entered by counts, not the login."""
    there = make.access(make.contact(borealis, "cara@acme.example"), harbour, login=make.login_of(cara))
    as_borealis = make.actor(make.login_of(cara), access=there)

    assert outcome("deactivate", nils, as_borealis) == "not_allowed"


def test_stf_02_nobody_gives_or_touches_more_than_their_own_role(cara: Access, bea: Access) -> None:
    """No role but the highest looks after people today; the rule holds for whatever one will."""
    cara.role, bea.role = Role.APPROVER, Role.COMPANY_ADMIN
    assert reason_against(Deed.CHANGE_ROLE, bea, admin=cara) is Reason.ROLE_ABOVE
    assert reason_against(Deed.DEACTIVATE, bea, admin=cara) is Reason.ROLE_ABOVE
    assert [role for role in Role if is_within(role, Role.APPROVER)] == [Role.BUYER, Role.APPROVER]


def test_the_list_takes_the_same_number_of_queries_for_one_and_for_many(
    cara_actor: Actor, acme: Customer, harbour: Store, django_assert_num_queries: Callable[..., object]
) -> None:
    for _ in range(2):
        make.access(make.contact(acme), harbour)
        with django_assert_num_queries(2):  # type: ignore[attr-defined]  # the admin, and the rows
            list(colleagues(cara_actor))


def test_a_colleague_who_is_not_there_any_more_looks_like_any_other(cara_actor: Actor) -> None:
    with pytest.raises(NoSuchAccess):
        colleague_for(make.customer().public_id, actor=cara_actor)


def test_what_an_invitation_offered_nobody_has_by_registering_afterwards(
    acme: Customer, harbour: Store, cara_actor: Actor
) -> None:
    """An invitation as admin that was cancelled leaves no right behind (STF-02)."""
    row = make.access(make.contact(acme), harbour, state=P, role=Role.COMPANY_ADMIN)
    company.cancel_for_colleague(row.public_id, actor=cara_actor)

    row.refresh_from_db()
    assert (row.state, row.role) == (State.CANCELLED, Role.BUYER)
