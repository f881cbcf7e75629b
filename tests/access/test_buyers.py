"""Role, sessions and link of one buyer."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from tests import make
from tradedoor.access.actions.bulk import Deed
from tradedoor.access.actions.buyers import (
    change_role,
    change_roles,
    copy_link,
    end_sessions_of,
    mark_compromised,
    send_reset_links,
    sign_out,
)
from tradedoor.access.actions.crm import update_contact
from tradedoor.access.actions.deeds import perform, preview
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.invitations import invite_contact, resend_invitation, resend_invitations
from tradedoor.access.actions.joining import Entered, look_at_invitation
from tradedoor.access.actions.passwords import change_own_password
from tradedoor.access.errors import MustChoosePassword, NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, Role, State
from tradedoor.access.policy import Step, may_enter, must_choose_password
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import just, these
from tradedoor.accounts.errors import BadPassword
from tradedoor.accounts.models import Login, OneTimeLink, Session
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


def test_a_link_that_would_be_refused_is_not_copied(bea_contact: Contact, harbour: Store, sam: Actor) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)
    update_contact(bea_contact, {"email": "beatrice@acme.example"}, version=1, actor=sam)

    with pytest.raises(NotPossible) as refusal:
        copy_link(access, actor=sam)

    assert refusal.value.code == Reason.ADDRESS_CHANGED
    assert not AuditRow.objects.filter(event=Event.LINK_SHOWN).exists()


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


def test_a_reset_link_from_staff_goes_once_to_each_login_in_the_look_of_its_store(
    bea: Access, nils: Access, harbour: Store, borealis: Customer, sam: Actor
) -> None:
    twice = make.access(make.contact(borealis, "bea@acme.example"), harbour, login=bea.login)
    pending = make.access(make.contact(borealis), harbour, state=State.PENDING)
    Login.objects.filter(accesses=nils).update(held_at=timezone.now())

    outcome = send_reset_links(these([bea.pk, twice.pk, nils.pk, pending.pk]), actor=sam)

    assert set(outcome.done) == {bea.pk, twice.pk}
    assert {row.access_id: row.reason for row in outcome.refused} == {
        nils.pk: Reason.LOGIN_HELD, pending.pk: Reason.CANNOT_SIGN_IN,
    }  # fmt: skip
    mail = MailMessage.objects.get(template="access.password_reset")
    assert (mail.to_email, mail.store_id) == ("bea@acme.example", harbour.pk)
    assert AuditRow.objects.filter(event=Event.RESET_SENT, actor_id=sam.login_id).count() == 2


def test_a_compromised_password_signs_out_everywhere_and_has_to_be_changed_at_the_next_sign_in(
    bea: Access, meadow: Store, harbour: Store, sam: Actor
) -> None:
    other = make.access(bea.contact, meadow, login=bea.login)
    for store in (harbour, meadow):
        sign_in_to_store(store, "bea@acme.example", make.PASSWORD, actor=NOBODY)

    assert mark_compromised(bea, actor=sam) == 2

    assert not Session.objects.exists()
    login = make.login_of(other)
    assert must_choose_password(login)
    entered = sign_in_to_store(meadow, "bea@acme.example", make.PASSWORD, actor=NOBODY)
    assert isinstance(entered, Entered)
    with pytest.raises(MustChoosePassword):
        may_enter(login=login, access=entered.access, store=meadow, step=Step.PAGE)
    change = {"session": entered.opened.session, "actor": NOBODY}
    with pytest.raises(BadPassword):
        change_own_password(entered.access, make.PASSWORD, make.PASSWORD, **change)  # type: ignore[arg-type]  # as above
    change_own_password(entered.access, make.PASSWORD, "nine copper lanterns", **change)  # type: ignore[arg-type]  # as above
    assert not must_choose_password(make.login_of(other))
    assert AuditRow.objects.get(event=Event.MARKED_COMPROMISED).data == {"sessions": 2}


def test_a_password_that_nobody_chose_cannot_be_compromised_nor_one_that_reaches_elsewhere(
    bea: Access, acme: Customer, harbour: Store, meadow: Store, sam: Actor
) -> None:
    login = make.buyer_login("new@acme.example", password="")
    fresh = make.access(make.contact(acme, "new@acme.example"), harbour, login=login)
    with pytest.raises(NotPossible) as refusal:
        mark_compromised(fresh, actor=sam)
    assert refusal.value.code == Reason.NO_OWN_PASSWORD

    make.access(bea.contact, meadow, login=bea.login)
    local = make.actor(make.staff("Lou Local", stores=(harbour,)))
    with pytest.raises(NotPossible) as refusal:
        mark_compromised(bea, actor=local)
    assert refusal.value.code == Reason.OUTSIDE_SCOPE
    assert not make.login_of(bea).must_change_password


def test_many_roles_and_sessions_change_at_once_and_who_is_so_already_is_left_alone(
    bea: Access, nils: Access, harbour: Store, sam: Actor
) -> None:
    sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)
    both = [bea.pk, nils.pk]
    before = preview(Access.objects.all(), Deed.END_SESSIONS, actor=sam)
    assert (before.able, [row[0] for row in before.refused]) == (1, [Reason.NOT_SIGNED_IN])

    out = perform(Deed.END_SESSIONS, both, actor=sam)
    assert (out.done, out.sessions_ended) == ((bea.pk,), 1)
    assert perform(Deed.MAKE_APPROVER, [bea.pk], actor=sam).done == (bea.pk,)
    before = preview(Access.objects.all(), Deed.MAKE_APPROVER, actor=sam)
    assert (before.able, before.refused[0][0]) == (1, Reason.HAS_ROLE)
    done = perform(Deed.MAKE_APPROVER, both, actor=sam)
    assert done.done == (nils.pk,)
    assert [row.reason for row in done.refused] == [Reason.HAS_ROLE]
    before = preview(Access.objects.all(), Deed.SEND_RESET, actor=sam)
    assert (before.able, perform(Deed.SEND_RESET, both, actor=sam).done) == (2, (bea.pk, nils.pk))


def test_staff_of_one_store_reach_nobody_in_another(bea: Access, meadow: Store) -> None:
    elsewhere = make.actor(make.staff("Mia", stores=(meadow,)))
    acts: list[Callable[[], object]] = [
        lambda: change_roles(just(bea), Role.APPROVER, actor=elsewhere),
        lambda: sign_out(just(bea), actor=elsewhere),
        lambda: send_reset_links(just(bea), actor=elsewhere),
        lambda: mark_compromised(bea, actor=elsewhere),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
