"""Fixes of the Error tab under attack: pressed twice, on rows that have moved on, and into logins that are held."""

import pytest
from django.utils import timezone

from tests import make
from tests.access.test_email_change import edit, run
from tests.access.test_races import at_once
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.errors import raise_errors
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.actions.joining import invitation_of
from tradedoor.access.actions.mending import change_for_all, invite_owner, relink, split_off
from tradedoor.access.actions.merging import merge_contacts
from tradedoor.access.actions.switching import reenable
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.faults import Fault
from tradedoor.access.models import Access, AccessError, EmailChange, ErrorReason, Role, State
from tradedoor.access.queries import counts_match
from tradedoor.access.sets import just
from tradedoor.accounts.models import Login, OneTimeLink, Session
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.actions import contact_sets
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

NOBODY = Actor.nobody(ip="198.51.100.7")


def moved(contact: Contact, to: Customer, *, actor: Actor) -> None:
    """Move the contact as an import would: past the actions that end accesses."""
    contact_sets.move_contacts([contact], to=to.departments.get(), actor=actor)


def link_lives(link: OneTimeLink) -> bool:
    return OneTimeLink.objects.live(timezone.now()).filter(pk=link.pk).exists()


def now(access: Access) -> Access:
    return Access.objects.select_related("login").get(pk=access.pk)


class TestLinkingToTheContact:
    def test_at_an_inactive_customer_is_refused(self, bea: Access, borealis: Customer, sam: Actor) -> None:
        moved(bea.contact, borealis, actor=sam)
        Customer.objects.filter(pk=borealis.pk).update(status=Customer.Status.INACTIVE)

        with pytest.raises(NotPossible) as no:
            relink(bea, actor=sam)

        assert no.value.code == "customer_inactive"
        assert now(bea).customer_id == bea.customer_id

    def test_twice_is_written_down_once(self, bea: Access, borealis: Customer, sam: Actor) -> None:
        moved(bea.contact, borealis, actor=sam)

        relink(bea, actor=sam)
        relink(bea, actor=sam)

        assert AuditRow.objects.filter(event=Event.RELINKED, access_id=bea.pk).count() == 1

    def test_an_admin_of_one_company_is_none_of_the_next(
        self, bea: Access, borealis: Customer, harbour: Store, sam: Actor
    ) -> None:
        Access.objects.filter(pk=bea.pk).update(role=Role.COMPANY_ADMIN)
        sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)
        moved(bea.contact, borealis, actor=sam)

        relink(bea, actor=sam)

        assert now(bea).role == Role.BUYER
        assert not Session.objects.exists()
        row = AuditRow.objects.get(event=Event.RELINKED, access_id=bea.pk)
        assert row.data["role"] == {"old": "company_admin", "new": "buyer"}

    def test_nor_by_a_merge_with_somebody_of_another_company(
        self, bea: Access, borealis: Customer, sam: Actor
    ) -> None:
        Access.objects.filter(pk=bea.pk).update(role=Role.COMPANY_ADMIN)
        kept = make.contact(borealis)
        seen = {row.pk: Contact.objects.get(pk=row.pk).version for row in (kept, bea.contact)}

        merge_contacts(kept, [bea.contact], chosen={}, seen=seen, actor=sam)

        assert (now(bea).contact_id, now(bea).role) == (kept.pk, Role.BUYER)


class TestSplittingOff:
    @pytest.fixture
    def twin(self, borealis: Customer, harbour: Store) -> Access:
        """Bea's other contact, at another customer, by the same login."""
        return make.access(make.contact(borealis, "bea@acme.example", first_name="Twin"), harbour)

    @pytest.mark.usefixtures("twin")
    def test_into_a_login_on_hold_is_refused_and_nobody_is_mailed(
        self, bea: Access, bea_contact: Contact, sam: Actor
    ) -> None:
        make.buyer_login("held@acme.example", held_at=timezone.now())
        edit(bea_contact, "held@acme.example", actor=sam)

        with pytest.raises(NotPossible) as no:
            split_off(bea, actor=sam)

        assert no.value.code == "login_held"
        assert not MailMessage.objects.exists()

    def test_what_has_its_own_login_stays_current(self, bea: Access, sam: Actor) -> None:
        """The page was opened before a colleague changed the email for all."""
        with pytest.raises(NotPossible) as no:
            split_off(bea, actor=sam)

        assert no.value.code == "no_error"
        assert now(bea).state == State.CURRENT

    @pytest.mark.usefixtures("twin")
    def test_into_the_login_of_a_colleague_is_refused(
        self, bea: Access, acme: Customer, bea_contact: Contact, sam: Actor
    ) -> None:
        edit(bea_contact, "both@acme.example", actor=sam)
        make.contact(acme, "both@acme.example")

        with pytest.raises(NotPossible) as no:
            split_off(bea, actor=sam)

        assert no.value.code == "duplicate_contact"

    @pytest.mark.usefixtures("twin")
    def test_the_change_that_failed_before_sends_no_second_invitation(
        self, bea: Access, bea_contact: Contact, sam: Actor
    ) -> None:
        edit(bea_contact, "bea.new@acme.example", actor=sam)
        assert run() == 0
        assert EmailChange.objects.get().reason == "login_shared"
        split_off(bea, actor=sam)
        link = OneTimeLink.objects.unspent().get()

        run()

        assert MailMessage.objects.count() == 1
        assert list(OneTimeLink.objects.unspent()) == [link]
        assert not EmailChange.objects.open().exists()


class TestChangingForAll:
    def test_spares_whoever_has_only_a_cancelled_access(
        self, bea: Access, bea_contact: Contact, borealis: Customer, harbour: Store, sam: Actor
    ) -> None:
        gone = make.contact(borealis, "bea@acme.example")
        make.access(gone, harbour, state=State.CANCELLED)
        twin = make.contact(make.customer("Third"), "bea@acme.example")
        make.access(twin, harbour)
        edit(bea_contact, "bea.new@acme.example", actor=sam)

        assert change_for_all(bea, actor=sam) == 1

        assert Contact.objects.get(pk=gone.pk).email == "bea@acme.example"
        assert Contact.objects.get(pk=twin.pk).email == "bea.new@acme.example"


class TestInvitingTheOwner:
    @pytest.mark.usefixtures("nils")
    def test_pressed_twice_is_one_mail(self, bea: Access, bea_contact: Contact, sam: Actor) -> None:
        edit(bea_contact, "nils@borealis.example", actor=sam)
        raise_errors([Fault(bea.pk, ErrorReason.EMAIL_IN_USE)], actor=sam)
        invite_owner(bea, actor=sam)

        with pytest.raises(NotPossible) as no:
            invite_owner(bea, actor=sam)

        assert no.value.code == "just_invited"
        assert MailMessage.objects.count() == 1

    @pytest.mark.usefixtures("nils")
    def test_nobody_takes_over_from_a_login_that_is_held_meanwhile(
        self, bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
    ) -> None:
        edit(bea_contact, "nils@borealis.example", actor=sam)
        raise_errors([Fault(bea.pk, ErrorReason.EMAIL_IN_USE)], actor=sam)
        invite_owner(bea, actor=sam)
        link = OneTimeLink.objects.get()
        assert invitation_of(link.pk, store=harbour).is_live

        Login.objects.filter(accesses=bea).update(held_at=timezone.now())

        assert invitation_of(link.pk, store=harbour).reason == "link_cancelled"

    @pytest.mark.usefixtures("nils")
    def test_an_error_that_comes_back_does_not_bring_back_its_invitation(
        self, bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
    ) -> None:
        edit(bea_contact, "nils@borealis.example", actor=sam)
        run()
        invite_owner(bea, actor=sam)
        link = OneTimeLink.objects.get()
        assert invitation_of(link.pk, store=harbour).is_live

        edit(bea_contact, "bea@acme.example", actor=sam)
        edit(bea_contact, "nils@borealis.example", actor=sam)
        assert not link_lives(link)
        assert MailMessage.objects.get().state == MailMessage.State.CANCELLED
        run()

        assert AccessError.objects.open().filter(access=bea, reason="email_in_use").exists()
        assert not invitation_of(link.pk, store=harbour).is_live

    def test_a_link_is_dead_once_its_login_has_another_address(
        self, bea: Access, harbour: Store, sam: Actor
    ) -> None:
        """Whoever invites and whoever lets the login move may not see each other; the door does."""
        invited = invite_contact(harbour, make.contact(bea.customer, "pia@acme.example"), actor=sam)
        Login.objects.filter(accesses=invited).update(
            email="else@acme.example", email_canonical="else@acme.example"
        )

        view = invitation_of(OneTimeLink.objects.get().pk, store=harbour)

        assert view.reason == "address_changed"


class TestReenabling:
    def test_by_an_invitation_to_a_login_on_hold_is_refused_and_nobody_is_mailed(
        self, acme: Customer, harbour: Store, sam: Actor
    ) -> None:
        contact = make.contact(acme, "held@acme.example")
        former = make.buyer_login("former@acme.example", password="")
        off = make.access(contact, harbour, state=State.DEACTIVATED, login=former)
        make.buyer_login("held@acme.example", held_at=timezone.now())

        outcome = reenable(just(off), actor=sam).outcome

        assert [refused.reason for refused in outcome.refused] == ["login_held"]
        assert now(off).state == State.DEACTIVATED
        assert not MailMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_linked_while_it_is_merged_and_pressed_by_several_at_once_it_happens_once(
    bea: Access, acme: Customer, borealis: Customer, sam: Actor, ada: Actor
) -> None:
    moved(bea.contact, borealis, actor=sam)
    kept = make.contact(acme)
    seen = {row.pk: Contact.objects.get(pk=row.pk).version for row in (kept, bea.contact)}

    ended = at_once(
        *[lambda: relink(bea, actor=ada)] * 3,
        lambda: merge_contacts(kept, [bea.contact], chosen={}, seen=seen, actor=sam),
    )

    assert set(ended) <= {"done", "changed_meanwhile"}, ended
    assert ended["done"] >= 1
    rows = AuditRow.objects.filter(event=Event.RELINKED, access_id=bea.pk)
    assert rows.count() <= 2  # to the customer, and to the contact it was merged into
    assert not counts_match()
