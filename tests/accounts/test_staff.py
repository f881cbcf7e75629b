from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.accounts.people import BROWSER, MACHINE, a_buyer, a_staff_member, acting, at_once
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.actions.staff import (
    change_staff,
    create_first_owner,
    create_staff,
    deactivate_staff,
    reenable_staff,
    spend_staff_sign_in_link,
    staff_sign_in_link,
)
from tradedoor.accounts.errors import (
    EmailTaken,
    LastOwner,
    LinkUnknown,
    LinkUsed,
    LoginNotFound,
    LoginOff,
    Oneself,
)
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import Login, OneTimeLink, Session
from tradedoor.accounts.queries import has_owner, staff_login_for, staff_logins
from tradedoor.accounts.roles import OWNER, PERMISSIONS, Role, permissions_of
from tradedoor.audit.models import AuditRow
from tradedoor.core.errors import NotAllowed
from tradedoor.core.permissions import Permission

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Login:
    return a_staff_member()


@pytest.fixture
def olga() -> Login:
    return a_staff_member("olga@seller.example")


def test_roles_hold_one_another_as_the_contract_says() -> None:
    assert permissions_of(Role.VIEWER) < permissions_of(Role.CRM_EDITOR) < permissions_of(Role.ACCESS_MANAGER)
    assert permissions_of(Role.VIEWER) < permissions_of(Role.CATALOGUE_ORDERS)
    assert all(held <= OWNER for held in PERMISSIONS.values())
    assert Permission.CRM_EDIT not in permissions_of(Role.CATALOGUE_ORDERS)
    assert Permission.STAFF_EDIT not in permissions_of(Role.ACCESS_MANAGER)
    assert Permission.ACCESS_INVITE not in permissions_of(Role.CRM_EDITOR)
    assert permissions_of("") == permissions_of("of former days") == frozenset()


def test_a_viewer_changes_nothing() -> None:
    assert {permission.rpartition(":")[2] for permission in permissions_of(Role.VIEWER)} == {"read"}


def test_an_owner_makes_a_staff_login_without_a_password(ada: Login) -> None:
    sam = create_staff(
        "Sam@Seller.example", name="Sam", role=Role.ACCESS_MANAGER, all_stores=True, actor=acting(ada)
    )

    assert (sam.email, sam.email_canonical) == ("Sam@seller.example", "sam@seller.example")
    assert not sam.has_password
    assert AuditRow.objects.get().event == Event.STAFF_CREATED
    with pytest.raises(EmailTaken):
        create_staff("SAM@seller.example", name="", role=Role.VIEWER, all_stores=True, actor=acting(ada))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_nobody_but_an_owner_changes_staff(role: Role, ada: Login) -> None:
    sam = acting(a_staff_member("sam@seller.example", role=role))

    with pytest.raises(NotAllowed):
        create_staff("new@seller.example", name="", role=Role.VIEWER, all_stores=False, actor=sam)
    with pytest.raises(NotAllowed):
        change_staff(ada.pk, role=Role.VIEWER, all_stores=True, actor=sam)
    with pytest.raises(NotAllowed):
        deactivate_staff(ada.pk, actor=sam)
    with pytest.raises(NotAllowed):
        staff_sign_in_link(ada.email, actor=sam)


def test_nobody_grants_more_stores_than_they_hold(ada: Login) -> None:
    narrow = a_staff_member("narrow@seller.example", all_stores=False)

    with pytest.raises(NotAllowed) as refusal:
        create_staff("new@seller.example", name="", role=Role.VIEWER, all_stores=True, actor=acting(narrow))

    assert refusal.value.code == "more_than_held"


def test_another_role_ends_the_sessions_of_the_old(ada: Login, olga: Login) -> None:
    open_session(olga, actor=BROWSER)

    change_staff(olga.pk, role=Role.VIEWER, all_stores=True, actor=acting(ada))
    change_staff(olga.pk, role=Role.VIEWER, all_stores=True, actor=acting(ada))

    olga.refresh_from_db()
    assert olga.role == Role.VIEWER
    assert not Session.objects.exists()
    assert AuditRow.objects.filter(event=Event.STAFF_CHANGED).count() == 1


def test_a_deactivated_staff_login_is_out_at_once_and_comes_back_without_its_sessions(
    ada: Login, olga: Login
) -> None:
    open_session(olga, actor=BROWSER)
    token = staff_sign_in_link(olga.email, actor=MACHINE)

    deactivate_staff(olga.pk, actor=acting(ada))
    deactivate_staff(olga.pk, actor=acting(ada))

    assert not Session.objects.exists()
    with pytest.raises(LinkUsed):
        spend_staff_sign_in_link(token, actor=BROWSER)
    assert AuditRow.objects.filter(event=Event.STAFF_DEACTIVATED).count() == 1

    assert reenable_staff(olga.pk, actor=acting(ada)).is_active
    assert not Session.objects.exists()
    with pytest.raises(LinkUsed):
        spend_staff_sign_in_link(token, actor=BROWSER)


def test_nobody_switches_themselves_off_or_edits_their_own_role(ada: Login, olga: Login) -> None:
    with pytest.raises(Oneself):
        deactivate_staff(ada.pk, actor=acting(ada))
    with pytest.raises(Oneself):
        change_staff(ada.pk, role=Role.VIEWER, all_stores=True, actor=acting(ada))


def test_the_last_owner_stays(ada: Login) -> None:
    with pytest.raises(LastOwner):
        deactivate_staff(ada.pk, actor=MACHINE)
    with pytest.raises(LastOwner):
        change_staff(ada.pk, role=Role.VIEWER, all_stores=True, actor=MACHINE)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_switch_each_other_off_at_once_leave_one(ada: Login, olga: Login) -> None:
    pairs = iter([(ada, olga), (olga, ada)])

    def switch_off() -> str:
        who, whom = next(pairs)
        try:
            deactivate_staff(whom.pk, actor=acting(who))
        except LastOwner:
            return "refused"
        return "done"

    assert sorted(at_once(2, switch_off)) == ["done", "refused"]
    assert has_owner()


def test_a_buyer_is_not_found_among_staff(ada: Login) -> None:
    bea = a_buyer()

    with pytest.raises(LoginNotFound):
        deactivate_staff(bea.pk, actor=acting(ada))
    with pytest.raises(LoginNotFound):
        staff_login_for(bea.public_id, actor=acting(ada))
    assert list(staff_logins(actor=acting(ada))) == [ada]


class TestSignInLink:
    def test_it_lets_in_once(self, ada: Login) -> None:
        token = staff_sign_in_link("ADA@seller.example", actor=MACHINE)

        assert spend_staff_sign_in_link(token, actor=BROWSER) == ada
        with pytest.raises(LinkUsed):
            spend_staff_sign_in_link(token, actor=BROWSER)

    def test_it_lives_half_an_hour(self, ada: Login) -> None:
        token = staff_sign_in_link(ada.email, actor=MACHINE)

        with time_machine.travel(timezone.now() + timedelta(minutes=30), tick=False), pytest.raises(LinkUsed):
            spend_staff_sign_in_link(token, actor=BROWSER)

    def test_a_newer_one_ends_the_older(self, ada: Login) -> None:
        older = staff_sign_in_link(ada.email, actor=MACHINE)
        newer = staff_sign_in_link(ada.email, actor=MACHINE)

        with pytest.raises(LinkUsed):
            spend_staff_sign_in_link(older, actor=BROWSER)
        assert spend_staff_sign_in_link(newer, actor=BROWSER) == ada
        assert OneTimeLink.objects.count() == 2

    def test_there_is_none_for_buyers_strangers_and_who_is_off(self) -> None:
        a_buyer("bea@acme.example")
        off = a_staff_member("off@seller.example", role=Role.VIEWER)
        Login.objects.filter(pk=off.pk).update(is_active=False)

        for email in ("bea@acme.example", "nobody@seller.example"):
            with pytest.raises(LoginNotFound):
                staff_sign_in_link(email, actor=MACHINE)
        with pytest.raises(LoginOff):
            staff_sign_in_link("off@seller.example", actor=MACHINE)
        with pytest.raises(LinkUnknown):
            spend_staff_sign_in_link("made-up", actor=BROWSER)


class TestFirstOwner:
    def test_an_empty_installation_gets_its_owner(self) -> None:
        assert not has_owner()

        owner = create_first_owner("owner@seller.example", name="Olga", actor=MACHINE)

        assert owner.role == Role.OWNER
        assert owner.all_stores
        assert has_owner()

    @pytest.mark.usefixtures("ada")
    def test_there_is_one_first_owner(self) -> None:
        with pytest.raises(NotAllowed) as refusal:
            create_first_owner("eve@evil.example", name="Eve", actor=MACHINE)

        assert refusal.value.code == "owner_exists"
