"""Company, People: what an admin of the customer sees and does, and that nobody else finds it."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import make
from tests.registration.people import confirmed, form, ruled, typed
from tests.storefront.conftest import SignIn
from tradedoor.access.actions.company import deactivate_colleague
from tradedoor.access.models import Access, Role, State
from tradedoor.accounts.models import OneTimeLink, Session
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.departments import create_department
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.models import Approval
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

PEOPLE = "/s/harbour/company/people/"
ACTS = ("deactivate", "undo", "reenable", "resend", "cancel")
PAGES = ("role", "request")
INVITED = {"first_name": "Nora", "last_name": "New", "email": "nora@acme.example", "role": "buyer"}


@pytest.fixture
def boss(cara: Access, sign_in: SignIn) -> Client:
    return sign_in(cara)


@pytest.fixture
def asking(acme: Customer, harbour: Store, ada: Actor) -> Access:
    """Nora, who waits for the customer's own admins."""
    ruled(harbour, ada, approval=Approval.ADMINS)
    return confirmed(typed(harbour, link_for(harbour, acme, actor=ada), form())).access


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode().replace("<wbr>", ""))


def state_of(access: Access) -> str:
    return Access.objects.get(pk=access.pk).state


class TestNobodyElseFindsIt:
    """STF-02, ACC-01: the same page as for what there is not, by GET and by POST, and no item in the menu."""

    @pytest.mark.parametrize("role", [Role.BUYER, Role.APPROVER])
    def test_a_colleague_without_the_role(
        self, role: Role, bea: Access, cara: Access, sign_in: SignIn
    ) -> None:
        Access.objects.filter(pk=bea.pk).update(role=role)
        client = sign_in(bea)

        for path in ("", "invite/", *(f"{cara.public_id}/{page}/" for page in PAGES)):
            assert client.get(PEOPLE + path).status_code == 404
        for path in ("invite/", *(f"{cara.public_id}/{act}/" for act in (*ACTS, *PAGES))):
            assert client.post(PEOPLE + path, INVITED).status_code == 404
        assert PEOPLE not in text(client.get("/s/harbour/account/"))
        assert state_of(cara) == State.CURRENT
        assert Contact.objects.count() == 2

    def test_a_visitor_is_sent_to_sign_in(self, client: Client, cara: Access) -> None:
        for path in ("", f"{cara.public_id}/role/"):
            assert client.get(PEOPLE + path)["Location"].startswith("/s/harbour/login/")

    def test_of_another_customer_nobody_is_found(self, boss: Client, nils: Access) -> None:
        missing = boss.get(f"{PEOPLE}{Customer.objects.get(name='Acme').public_id}/role/")
        for page in PAGES:
            answer = boss.get(f"{PEOPLE}{nils.public_id}/{page}/")
            assert (answer.status_code, text(answer)) == (404, text(missing))
        for act in (*ACTS, *PAGES):
            assert (
                boss.post(f"{PEOPLE}{nils.public_id}/{act}/", {"role": "buyer", "seen": "buyer"}).status_code
                == 404
            )
        assert state_of(nils) == State.CURRENT
        assert "nils@borealis.example" not in text(boss.get(f"{PEOPLE}?q=nils"))

    def test_nor_ones_own_people_in_another_store(
        self, boss: Client, bea_contact: Contact, meadow: Store
    ) -> None:
        elsewhere = make.access(bea_contact, meadow)
        assert boss.post(f"{PEOPLE}{elsewhere.public_id}/deactivate/").status_code == 404
        assert boss.get(PEOPLE.replace("harbour", "meadow"))["Location"].startswith("/s/meadow/login/")

    def test_with_the_role_gone_so_is_the_page(self, boss: Client, cara: Access, bea: Access) -> None:
        """The session may still be open: rights are read anew for each request (ACC-04)."""
        assert boss.get(PEOPLE).status_code == 200
        Access.objects.filter(pk=cara.pk).update(role=Role.BUYER)
        assert boss.get(PEOPLE).status_code == 404
        assert boss.post(f"{PEOPLE}{bea.public_id}/deactivate/").status_code == 404

    def test_a_deactivated_admin_is_out_at_the_next_request(
        self, boss: Client, cara: Access, bea: Access
    ) -> None:
        """SES-05: by the epoch of the access, though the row of the session were still there."""
        Access.objects.filter(pk=cara.pk).update(epoch=cara.epoch + 1)
        assert boss.post(f"{PEOPLE}{bea.public_id}/deactivate/")["Location"].startswith("/s/harbour/login/")
        assert state_of(bea) == State.CURRENT


def test_the_list_shows_ones_own_people_with_what_can_be_done(
    boss: Client, bea: Access, nils: Access, acme: Customer, harbour: Store
) -> None:
    make.access(make.contact(acme, "pia@acme.example"), harbour, state=State.PENDING)
    make.access(make.contact(acme, "dan@acme.example"), harbour, state=State.DEACTIVATED)
    make.access(make.contact(acme, "xa@acme.example"), harbour, state=State.CANCELLED)

    page = text(boss.get(PEOPLE))

    for shown in (
        "Cara Chief",
        "bea@acme.example",
        "pia@acme.example",
        "dan@acme.example",
        "Company: People",
    ):
        assert shown in page
    assert "xa@acme.example" not in page
    assert "xa@acme.example" in text(boss.get(f"{PEOPLE}?q=xa@"))
    assert "nils" not in page
    assert f"{bea.public_id}/deactivate/" in page
    assert f"{Access.objects.get(role=Role.COMPANY_ADMIN).public_id}/deactivate/" not in page
    # Switched off by staff: the item is there, and says why not.
    assert "We switched this access off. Call us to have it back." in page


@pytest.mark.parametrize(
    ("state", "shown"), [("active", 2), ("invited", 1), ("requests", 0), ("deactivated", 0), ("rubbish", 3)]
)
def test_the_tabs_narrow_by_state(
    state: str, shown: int, boss: Client, bea: Access, acme: Customer, harbour: Store
) -> None:
    make.access(make.contact(acme), harbour, state=State.PENDING)
    assert text(boss.get(f"{PEOPLE}?state={state}")).count('<td class="c-act">') == shown


def test_the_list_has_pages(boss: Client, acme: Customer, harbour: Store) -> None:
    for _ in range(26):
        make.access(make.contact(acme), harbour)
    page = text(boss.get(PEOPLE))
    assert "1–25 of 27" in page
    onward = re.search(r'href="(\?after=[^"]+)"', page)
    assert onward is not None
    assert "26–27 of 27" in text(boss.get(PEOPLE + onward[1].replace("&amp;", "&")))


class TestInviting:
    def test_a_colleague_joins_by_the_mail(self, boss: Client, harbour: Store) -> None:
        answer = boss.post(f"{PEOPLE}invite/", INVITED)

        assert answer["Location"] == PEOPLE
        assert "Nora New is invited: a mail is on its way to nora@acme.example." in text(boss.get(PEOPLE))
        access = Access.objects.get(contact__email_canonical="nora@acme.example")
        assert (access.state, access.store) == (State.PENDING, harbour)
        assert OneTimeLink.objects.filter(access_id=access.pk).count() == 1

    @pytest.mark.usefixtures("bea")
    def test_nothing_typed_is_lost_and_the_fault_stands_at_its_field(self, boss: Client) -> None:
        answer = boss.post(f"{PEOPLE}invite/", {**INVITED, "email": "bea@acme.example"})

        page = text(answer)
        assert answer.status_code == 422
        assert "Can sign in already." in page
        assert 'value="Nora"' in page
        assert "<title>Error: Invite a colleague" in page

    @pytest.mark.parametrize(
        "wrong",
        [
            {"email": ""},
            {"email": "nora"},
            {"first_name": "", "last_name": ""},
            {"role": "owner"},
            {"role": ""},
        ],
    )
    def test_what_is_wrong_is_said(self, wrong: dict[str, str], boss: Client) -> None:
        assert boss.post(f"{PEOPLE}invite/", {**INVITED, **wrong}).status_code == 422
        assert not MailMessage.objects.exists()

    def test_mas_01_what_the_form_has_not_changes_nothing(
        self, boss: Client, borealis: Customer, meadow: Store
    ) -> None:
        more = {"customer": str(borealis.pk), "store": str(meadow.pk), "password": "x", "state": "current"}
        boss.post(f"{PEOPLE}invite/", {**INVITED, **more})

        access = Access.objects.get(contact__email_canonical="nora@acme.example")
        assert (access.customer.name, access.store.name, access.state) == ("Acme", "Harbour", State.PENDING)

    def test_eml_04_two_emails_in_one_form_are_none(self, boss: Client) -> None:
        data = {**INVITED, "email": ["nora@acme.example", "evil@x.example"]}
        assert boss.post(f"{PEOPLE}invite/", data).status_code == 422

    def test_the_department_is_asked_where_there_are_several(
        self, boss: Client, acme: Customer, borealis: Customer, ada: Actor
    ) -> None:
        assert "Department" not in text(boss.get(f"{PEOPLE}invite/"))
        sales = create_department(acme, {"name": "Sales"}, actor=ada)
        theirs = create_department(borealis, {"name": "Theirs"}, actor=ada)

        page = text(boss.get(f"{PEOPLE}invite/"))
        assert "Sales" in page
        assert "Theirs" not in page
        wrong = boss.post(f"{PEOPLE}invite/", {**INVITED, "department": str(theirs.public_id)})
        assert wrong.status_code == 422
        boss.post(f"{PEOPLE}invite/", {**INVITED, "department": str(sales.public_id)})
        assert Contact.objects.get(email_canonical="nora@acme.example").department == sales

    def test_who_was_called_back_is_invited_again_without_typing(
        self, boss: Client, acme: Customer, harbour: Store, nils: Access
    ) -> None:
        back = make.access(make.contact(acme, "xa@acme.example"), harbour, state=State.CANCELLED)
        assert 'value="xa@acme.example"' in text(boss.get(f"{PEOPLE}invite/?again={back.public_id}"))
        assert boss.get(f"{PEOPLE}invite/?again={nils.public_id}").status_code == 404
        assert boss.get(f"{PEOPLE}invite/?again=x").status_code == 200


class TestSwitching:
    def test_deactivated_with_undo_and_re_enabled(
        self, boss: Client, bea: Access, bea_client: Client
    ) -> None:
        boss.post(f"{PEOPLE}{bea.public_id}/deactivate/")

        page = text(boss.get(PEOPLE))
        assert "Bea Buyer can no longer sign in here. 1 session ended." in page
        assert f"{bea.public_id}/undo/" in page
        assert bea_client.get("/s/harbour/account/").status_code == 302
        boss.post(f"{PEOPLE}{bea.public_id}/undo/")
        assert state_of(bea) == State.CURRENT
        boss.post(f"{PEOPLE}{bea.public_id}/deactivate/")
        boss.post(f"{PEOPLE}{bea.public_id}/reenable/")
        assert "with the same password. No mail was sent." in text(boss.get(PEOPLE))
        assert state_of(bea) == State.CURRENT

    def test_pressed_twice_the_second_says_so(self, boss: Client, bea: Access) -> None:
        for _ in range(2):
            boss.post(f"{PEOPLE}{bea.public_id}/deactivate/")
        assert "Bea Buyer: Is deactivated already." in text(boss.get(PEOPLE))

    def test_an_end_that_staff_had_set_is_not_taken_back(
        self, boss: Client, bea: Access, sam_login: Any
    ) -> None:
        Access.objects.filter(pk=bea.pk).update(end_on=date(2030, 1, 1), deactivated_by=sam_login)

        boss.post(f"{PEOPLE}{bea.public_id}/deactivate/")
        assert f"{bea.public_id}/undo/" not in text(boss.get(PEOPLE))
        boss.post(f"{PEOPLE}{bea.public_id}/reenable/")
        assert state_of(bea) == State.DEACTIVATED

    def test_sent_again_and_cancelled(self, boss: Client, acme: Customer, harbour: Store) -> None:
        row = make.access(make.contact(acme), harbour, state=State.PENDING)
        for _ in range(2):  # the button pressed twice
            boss.post(f"{PEOPLE}{row.public_id}/resend/")
        assert MailMessage.objects.get().template == "access.invitation"
        boss.post(f"{PEOPLE}{row.public_id}/cancel/")
        assert state_of(row) == State.CANCELLED
        assert MailMessage.objects.get().state == "cancelled"

    def test_csrf_is_asked_for(self, cara: Access, bea: Access, sign_in: SignIn) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = sign_in(cara).cookies
        assert strict.post(f"{PEOPLE}{bea.public_id}/deactivate/").status_code == 403
        assert state_of(bea) == State.CURRENT


class TestRoles:
    def test_a_colleague_becomes_an_admin(self, boss: Client, bea: Access) -> None:
        page = text(boss.get(f"{PEOPLE}{bea.public_id}/role/"))
        assert "last company admin" not in page
        boss.post(f"{PEOPLE}{bea.public_id}/role/", {"role": "company_admin", "seen": "buyer"})
        assert Access.objects.get(pk=bea.pk).role == Role.COMPANY_ADMIN
        assert "Bea Buyer is now Company admin." in text(boss.get(PEOPLE))

    def test_the_last_admin_is_warned_before_stepping_down(self, boss: Client, cara: Access) -> None:
        page = text(boss.get(f"{PEOPLE}{cara.public_id}/role/"))
        assert "You are the last company admin of Acme here" in page
        answer = boss.post(f"{PEOPLE}{cara.public_id}/role/", {"role": "buyer", "seen": "company_admin"})
        assert answer.status_code == 302
        assert Access.objects.get(pk=cara.pk).role == Role.BUYER
        assert not Session.objects.filter(access_id=cara.pk).exists()

    def test_a_stale_page_is_shown_anew(self, boss: Client, bea: Access) -> None:
        Access.objects.filter(pk=bea.pk).update(role=Role.APPROVER)
        answer = boss.post(f"{PEOPLE}{bea.public_id}/role/", {"role": "company_admin", "seen": "buyer"})
        assert answer.status_code == 409
        assert "Somebody else changed this in the meantime." in text(answer)
        assert 'name="seen" value="approver"' in text(answer)

    def test_what_is_no_role_is_refused(self, boss: Client, bea: Access) -> None:
        answer = boss.post(f"{PEOPLE}{bea.public_id}/role/", {"role": "owner", "seen": "buyer"})
        assert answer.status_code == 422

    def test_who_is_deactivated_has_no_role_to_change(
        self, boss: Client, bea: Access, cara_actor: Actor
    ) -> None:
        deactivate_colleague(bea.public_id, actor=cara_actor)
        assert boss.get(f"{PEOPLE}{bea.public_id}/role/")["Location"] == PEOPLE


class TestRequests:
    def test_looked_at_and_approved(self, asking: Access, boss: Client) -> None:
        address = f"{PEOPLE}{asking.public_id}/request/"
        page = text(boss.get(address))
        assert "nora@acme.example" in page
        assert 'value="approve"' in page

        assert boss.post(address, {"answer": "approve"})["Location"] == PEOPLE
        assert state_of(asking) == State.CURRENT
        again = boss.post(address, {"answer": "approve"})
        assert (again.status_code, "There is nothing to answer here any more" in text(again)) == (409, True)

    def test_declined_with_a_reason(self, asking: Access, boss: Client) -> None:
        address = f"{PEOPLE}{asking.public_id}/request/"
        too_long = boss.post(address, {"answer": "decline", "reason": "x" * 501})
        assert too_long.status_code == 422
        assert "x" * 501 in text(too_long)
        boss.post(address, {"answer": "decline", "reason": "Not of this site"})
        assert state_of(asking) == State.DECLINED

    def test_what_staff_answer_has_no_buttons(
        self, asking: Access, boss: Client, harbour: Store, ada: Actor
    ) -> None:
        ruled(harbour, ada, approval=Approval.STAFF)
        address = f"{PEOPLE}{asking.public_id}/request/"
        page = text(boss.get(address))
        assert "Harbour answers this request" in page
        assert 'value="approve"' not in page
        assert boss.post(address, {"answer": "approve"}).status_code == 409
        assert state_of(asking) == State.REQUESTED

    def test_what_the_crm_says_otherwise_is_not_shown(self, asking: Access, boss: Client) -> None:
        Contact.objects.filter(pk=asking.contact_id).update(phone="+44 555 0000", notes="A secret of ours")
        page = text(boss.get(f"{PEOPLE}{asking.public_id}/request/"))
        assert "555 0000" not in page
        assert "secret" not in page


def test_the_store_switched_off_shows_nobody(boss: Client, harbour: Store) -> None:
    Store.objects.filter(pk=harbour.pk).update(is_active=False)
    assert boss.get(PEOPLE).status_code == 403


def test_the_list_takes_as_many_queries_for_one_as_for_many(
    boss: Client, acme: Customer, harbour: Store, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    boss.get(PEOPLE)
    with django_assert_max_num_queries(30) as few:
        boss.get(PEOPLE)
    for _ in range(8):
        make.access(make.contact(acme), harbour, state=State.PENDING)
    with django_assert_max_num_queries(len(few)):
        boss.get(PEOPLE)


def test_a_temporary_password_is_changed_first(cara: Access, boss: Client) -> None:
    login = make.login_of(cara)
    login.password_is_temporary_until = timezone.now()
    login.save(update_fields=["password_is_temporary_until"])
    assert boss.get(PEOPLE)["Location"] == "/s/harbour/account/password/"
