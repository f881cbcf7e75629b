import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from tests.accounts.people import (
    BROWSER,
    MACHINE,
    PASSWORD,
    a_buyer,
    a_reset,
    a_staff_member,
    an_invitation,
    at_once,
)
from tradedoor.accounts.actions.links import issue_links
from tradedoor.accounts.actions.logins import (
    choose_password,
    ensure_buyer_logins,
    set_own_password,
)
from tradedoor.accounts.actions.sessions import open_session, session_for
from tradedoor.accounts.errors import BadPassword, HasPassword, LoginNotFound, LoginOff
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import Login, OneTimeLink, Realm, Session
from tradedoor.accounts.passwords import check_password
from tradedoor.audit.models import AuditRow

pytestmark = pytest.mark.django_db
NEW = "seven-green-kettles"


def test_logins_are_made_once_and_without_a_password() -> None:
    bea = a_buyer()
    wanted = {"bea@acme.example": "BEA@acme.example", "nils@borealis.example": "Nils@Borealis.example"}

    ids = ensure_buyer_logins(wanted)

    assert ids == ensure_buyer_logins(wanted)
    assert ids["bea@acme.example"] == bea.pk
    nils = Login.objects.get(pk=ids["nils@borealis.example"])
    assert (nils.email, nils.realm) == ("Nils@Borealis.example", Realm.BUYER)
    assert not nils.has_password
    bea.refresh_from_db()
    assert bea.has_own_password


def test_a_staff_login_of_that_address_is_not_taken_for_a_buyers() -> None:
    ada = a_staff_member("ada@seller.example")

    ids = ensure_buyer_logins({"ada@seller.example": "ada@seller.example"})

    assert ids["ada@seller.example"] != ada.pk


@pytest.mark.parametrize("many", [1, 753])
def test_many_logins_take_no_more_queries_than_one(
    many: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    wanted = {f"person{number}@acme.example": f"person{number}@acme.example" for number in range(many)}

    with django_assert_max_num_queries(9):
        assert len(ensure_buyer_logins(wanted)) == many


def test_an_address_that_is_not_canonical_would_be_a_twin() -> None:
    with pytest.raises(ValueError, match="canonical"):
        ensure_buyer_logins({"BEA@acme.example": "BEA@acme.example"})


@pytest.mark.django_db(transaction=True)
def test_two_who_make_the_same_login_at_once_get_the_same_one() -> None:
    said = at_once(8, lambda: str(ensure_buyer_logins({"bea@acme.example": "bea@acme.example"})))

    assert len(said) == 8
    assert len(set(said)) == 1
    assert Login.objects.count() == 1


def test_the_database_refuses_a_second_login_of_an_address() -> None:
    a_buyer()

    with pytest.raises(IntegrityError), transaction.atomic():
        a_buyer()


def test_a_new_password_ends_sessions_and_password_links_and_is_history() -> None:
    bea = a_buyer()
    key = open_session(bea, actor=BROWSER, store_id=1).key
    reset, invitation = issue_links([a_reset(bea), an_invitation(1, login=bea)], actor=MACHINE)

    done = set_own_password(bea.pk, choose_password(NEW, login=bea), actor=BROWSER)

    assert done.login.epoch == bea.epoch + 1
    assert check_password(NEW, done.login.password).is_right
    assert not check_password(PASSWORD, done.login.password).is_right
    assert session_for(key, realm=Realm.BUYER, store_id=1) is None
    assert list(OneTimeLink.objects.unspent()) == [invitation]
    assert OneTimeLink.objects.get(pk=reset.pk).revoked_why == "password_set"
    row = AuditRow.objects.get(event=Event.PASSWORD_SET)
    assert row.data == {"sessions": 1, "links": 1, "realm": "buyer"}


def test_the_session_that_changes_the_password_goes_on_under_a_new_key() -> None:
    bea = a_buyer()
    session, old = open_session(bea, actor=BROWSER, store_id=1)
    open_session(bea, actor=BROWSER, store_id=2)

    done = set_own_password(bea.pk, choose_password(NEW, login=bea), actor=BROWSER, keep_session=session)

    assert done.kept_key
    assert session_for(old, realm=Realm.BUYER, store_id=1) is None
    assert session_for(done.kept_key, realm=Realm.BUYER, store_id=1) == session
    assert Session.objects.count() == 1


def test_an_invitation_never_replaces_an_own_password() -> None:
    bea = a_buyer()

    with pytest.raises(HasPassword):
        set_own_password(bea.pk, choose_password(NEW, login=bea), actor=BROWSER, only_if_unset=True)

    bea.refresh_from_db()
    assert check_password(PASSWORD, bea.password).is_right


@pytest.mark.django_db(transaction=True)
def test_of_two_first_passwords_at_once_one_stands() -> None:
    bea = a_buyer(password=None)
    chosen = choose_password(NEW, login=bea)

    def choose() -> str:
        try:
            set_own_password(bea.pk, chosen, actor=BROWSER, only_if_unset=True)
        except HasPassword:
            return "late"
        return "first"

    assert sorted(at_once(4, choose)) == ["first", "late", "late", "late"]


def test_a_login_that_is_off_gets_no_password() -> None:
    bea = a_buyer(password=None)
    Login.objects.filter(pk=bea.pk).update(is_active=False)

    with pytest.raises(LoginOff):
        set_own_password(bea.pk, choose_password(NEW, login=bea), actor=BROWSER)
    with pytest.raises(LoginNotFound):
        set_own_password(bea.pk + 1, choose_password(NEW, login=bea), actor=BROWSER)


def test_a_bad_password_is_refused_before_anything_happens() -> None:
    bea = a_buyer("ann.miller@acme.example")

    with pytest.raises(BadPassword) as refusal:
        choose_password("Ann.Miller-2026", login=bea, about=["Acme"])

    assert refusal.value.data["cause"] == "name"


def test_no_password_reaches_the_history() -> None:
    bea = a_buyer()

    set_own_password(bea.pk, choose_password(NEW, login=bea), actor=BROWSER)

    assert NEW not in str(list(AuditRow.objects.values_list()))
