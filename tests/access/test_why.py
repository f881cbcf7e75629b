"""Why can't they sign in: each reason by what brings it, and nothing said that the asker may not know."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import make
from tradedoor.access.actions import crm, entering
from tradedoor.access.actions.errors import raise_errors
from tradedoor.access.actions.invitations import cancel_invitation, invite_contact
from tradedoor.access.actions.joining import Entered
from tradedoor.access.actions.passwords import send_reset
from tradedoor.access.actions.switching import deactivate
from tradedoor.access.faults import Fault
from tradedoor.access.models import Access, ErrorReason, State
from tradedoor.access.sets import just
from tradedoor.access.why import why_not
from tradedoor.access.why_causes import Answer, Because, Cause, Fix
from tradedoor.accounts.errors import Throttled, WrongPair
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.actions import contact_sets
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db
NOBODY = Actor.nobody(ip="198.51.100.9")


def asked(text: str, *, actor: Actor, **more: Any) -> Answer:
    [answer] = why_not(text, actor=actor, **more).answers
    return answer


def causes(answer: Answer) -> list[Cause]:
    return [because.cause for because in answer.chain]


def because(answer: Answer, cause: Cause) -> Because:
    return next(reason for reason in answer.chain if reason.cause is cause)


def wrong_password(store: Store, email: str, *, times: int = 1) -> None:
    for _try in range(times):
        with pytest.raises((WrongPair, Throttled)):
            entering.sign_in_to_store(store, email, "a wrong password", actor=NOBODY)


def test_of_somebody_who_gets_in_it_says_so_and_that_it_is_the_password(bea: Access, sam: Actor) -> None:
    answer = asked("BEA@acme.example", actor=sam)

    assert causes(answer) == [Cause.NOTHING]
    assert answer.chain[0].fix is Fix.FORGOT
    assert [row.pk for row in answer.opens] == [bea.pk]


def test_an_address_that_nobody_has_is_named_with_those_nearly_equal(
    bea: Access, nils: Access, sam: Actor
) -> None:
    for slip in ("bae@acme.example", "bea@acme.exmaple", "beaa@acme.example", "bea@acne.example"):
        answer = asked(slip, actor=sam)
        assert causes(answer) == [Cause.UNKNOWN, Cause.NEARLY], slip
        near = because(answer, Cause.NEARLY)
        assert near.contact == bea.contact
        assert near.fix is Fix.OPEN_CONTACT
    assert causes(asked("zoe@elsewhere.example", actor=sam)) == [Cause.UNKNOWN]
    assert nils.contact.email not in str(answer.chain)


def test_the_address_of_a_colleague_is_told_apart(ada: Actor, sam: Actor, ada_login: Login) -> None:
    assert causes(asked(ada_login.email, actor=sam)) == [Cause.STAFF_ADDRESS, Cause.UNKNOWN]


def test_a_contact_who_was_never_invited_can_be_now(bea_contact: Contact, sam: Actor) -> None:
    answer = asked("bea@acme.example", actor=sam)

    assert causes(answer) == [Cause.NO_LOGIN]
    assert answer.chain[0].fix is Fix.INVITE


def test_a_contact_without_an_email_is_found_by_name(acme: Customer, sam: Actor) -> None:
    make.contact(acme, "", first_name="Orla", last_name="Ohne")

    answer = asked("orla ohne", actor=sam)

    assert causes(answer) == [Cause.NO_LOGIN]
    assert answer.chain[0].fix is Fix.EDIT_CONTACT


def test_an_invitation_not_accepted_says_what_became_of_its_mail(
    harbour: Store, bea_contact: Contact, sam: Actor
) -> None:
    invite_contact(harbour, bea_contact, actor=sam)

    answer = asked("bea@acme.example", actor=sam)
    assert causes(answer) == [Cause.PENDING]
    assert "not left yet" in answer.chain[0].sentence
    assert answer.chain[0].fix is Fix.RESEND

    MailMessage.objects.update(state=MailMessage.State.FAILED, error_code="refused")
    assert causes(asked("bea@acme.example", actor=sam)) == [Cause.MAIL_REFUSED]

    Access.objects.update(invitation_expires_at=timezone.now() - timedelta(days=1))
    assert causes(asked("bea@acme.example", actor=sam)) == [Cause.INVITATION_EXPIRED]


def test_an_invitation_to_a_former_address_is_seen(harbour: Store, bea_contact: Contact, sam: Actor) -> None:
    invite_contact(harbour, bea_contact, actor=sam)
    Contact.objects.filter(pk=bea_contact.pk).update(
        email="new@acme.example", email_canonical="new@acme.example"
    )

    assert Cause.ADDRESS_CHANGED in causes(asked("new@acme.example", actor=sam))


def test_a_change_of_the_email_that_waits_is_named_with_both_addresses(bea: Access, sam: Actor) -> None:
    contact = Contact.objects.select_related("customer").get(pk=bea.contact_id)
    crm.update_contact(
        contact, {"email": "bea.new@acme.example"}, version=contact.version, actor=sam, confirmed=True
    )

    answer = asked("bea.new@acme.example", actor=sam)

    told = answer.chain[0]
    assert told.cause in {Cause.WAITS_FOR_CHANGE, Cause.OTHER_ADDRESS}
    assert "bea@acme.example" in told.sentence


def test_deactivated_it_says_by_whom_and_why(bea: Access, sam: Actor) -> None:
    deactivate(just(bea), actor=sam, reason="Left Acme")

    answer = asked("bea@acme.example", actor=sam)

    assert causes(answer) == [Cause.DEACTIVATED]
    assert "Sam Seller: Left Acme" in answer.chain[0].sentence
    assert answer.chain[0].fix is Fix.REENABLE
    assert answer.chain[0].at is not None


def test_with_the_customer_inactive_or_the_contact_archived_both_links_of_the_chain_show(
    bea: Access, nils: Access, ada: Actor
) -> None:
    crm.set_customer_status([bea.customer], Customer.Status.INACTIVE, actor=ada)
    crm.archive_contacts([nils.contact], actor=ada)

    assert causes(asked("bea@acme.example", actor=ada)) == [Cause.CUSTOMER_INACTIVE, Cause.DEACTIVATED]
    assert causes(asked("nils@borealis.example", actor=ada)) == [Cause.CONTACT_ARCHIVED, Cause.DEACTIVATED]


def test_the_customer_that_counts_is_the_one_the_access_is_of(
    bea: Access, borealis: Customer, ada: Actor
) -> None:
    contact_sets.move_contacts([bea.contact], to=borealis.departments.get(), actor=ada)
    crm.set_customer_status([borealis], Customer.Status.INACTIVE, actor=ada)

    answer = asked("bea@acme.example", actor=ada)

    entered = entering.sign_in_to_store(bea.store, "bea@acme.example", make.PASSWORD, actor=NOBODY)
    assert isinstance(entered, Entered)
    assert [row.pk for row in answer.opens] == [bea.pk]
    assert Cause.CUSTOMER_INACTIVE not in causes(answer)


def test_a_customer_on_hold_signs_in_and_cannot_order(bea: Access, ada: Actor) -> None:
    crm.set_customer_status([bea.customer], Customer.Status.ON_HOLD, actor=ada)

    assert causes(asked("bea@acme.example", actor=ada)) == [Cause.NOTHING, Cause.ON_HOLD]


def test_a_store_switched_off_lets_nobody_in(bea: Access, sam: Actor) -> None:
    Store.objects.filter(pk=bea.store_id).update(is_active=False)

    answer = asked("bea@acme.example", actor=sam)

    assert causes(answer) == [Cause.STORE_OFF]
    assert not answer.opens


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"held_at": timezone.now()}, Cause.HELD),
        ({"is_active": False}, Cause.LOGIN_OFF),
        ({"password_is_temporary_until": timezone.now() - timedelta(hours=1)}, Cause.PASSWORD_EXPIRED),
        ({"password": "!"}, Cause.NO_PASSWORD),
    ],
)
def test_what_is_wrong_with_the_login_comes_first(
    bea: Access, sam: Actor, fields: dict[str, Any], cause: Cause
) -> None:
    Login.objects.filter(accesses=bea).update(**fields)

    answer = asked("bea@acme.example", actor=sam)

    assert causes(answer)[0] is cause
    assert not answer.opens


def test_wrong_passwords_and_the_wait_after_them_are_seen(bea: Access, sam: Actor) -> None:
    wrong_password(bea.store, "bea@acme.example", times=2)
    assert causes(asked("bea@acme.example", actor=sam)) == [Cause.NOTHING, Cause.TRIED]

    wrong_password(bea.store, "bea@acme.example", times=4)

    answer = asked("bea@acme.example", actor=sam)
    assert causes(answer) == [Cause.THROTTLED, Cause.TRIED]
    assert "5 wrong passwords" in because(answer, Cause.TRIED).sentence


def test_resets_asked_for_say_whether_a_mail_went_out(bea: Access, nils: Access, sam: Actor) -> None:
    send_reset(bea.store_id, "bea@acme.example", actor=NOBODY)
    deactivate(just(nils), actor=sam)
    send_reset(nils.store_id, "nils@borealis.example", actor=NOBODY)

    told = because(asked("bea@acme.example", actor=sam), Cause.RESET_ASKED)
    assert "Queued" in told.sentence or "queued" in told.sentence
    assert told.mail is not None
    assert "got no mail" in because(asked("nils@borealis.example", actor=sam), Cause.RESET_ASKED).sentence


def test_the_wrong_store_is_told_by_the_right_one(bea: Access, meadow: Store, sam: Actor) -> None:
    answer = asked("bea@acme.example", actor=sam, store_id=meadow.pk)

    assert causes(answer)[0] is Cause.WRONG_STORE
    assert "Harbour" in answer.chain[0].sentence


def test_an_error_is_told_as_what_keeps_nobody_out(bea: Access, sam: Actor) -> None:
    raise_errors([Fault(bea.pk, ErrorReason.STORE_INCOMPLETE)], actor=sam)

    assert causes(asked("bea@acme.example", actor=sam)) == [Cause.NOTHING, Cause.ON_ERROR]


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        (State.REQUESTED, Cause.REQUESTED),
        (State.DECLINED, Cause.DECLINED),
        (State.CANCELLED, Cause.CANCELLED),
    ],
)
def test_requests_and_ended_invitations_say_so(
    bea_contact: Contact, harbour: Store, sam: Actor, state: State, cause: Cause
) -> None:
    make.access(bea_contact, harbour, state=state)

    assert causes(asked("bea@acme.example", actor=sam)) == [cause]


def test_stores_outside_the_rights_are_counted_and_not_named(bea: Access, meadow: Store) -> None:
    narrow = make.actor(make.staff("Nell Narrow", stores=(meadow,)))

    answer = asked("bea@acme.example", actor=narrow)

    assert causes(answer) == [Cause.OUTSIDE]
    assert "Harbour" not in str(answer)


def test_a_name_of_several_gives_an_answer_each(acme: Customer, sam: Actor) -> None:
    for number in range(7):
        make.contact(acme, first_name="Robin", last_name=f"Nr{number}")

    assert len(why_not("robin", actor=sam).answers) == 5
    assert why_not("nobody of this name", actor=sam).answers == []
    assert why_not("  ", actor=sam).answers == []


def test_a_buyer_may_not_ask(bea_actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        why_not("bea@acme.example", actor=bea_actor)


def test_it_asks_a_fixed_number_of_queries(
    bea: Access, bea_contact: Contact, sam: Actor, django_assert_max_num_queries: Any
) -> None:
    wrong_password(bea.store, "bea@acme.example", times=3)
    with django_assert_max_num_queries(20) as few:
        why_not("bea@acme.example", actor=sam)
    for number in range(6):
        invited = invite_contact(make.store(f"Store {number}"), bea_contact, actor=sam)
        if number % 2:
            cancel_invitation(invited, actor=sam)

    with django_assert_max_num_queries(len(few) + 1):  # the links of what is pending
        why_not("bea@acme.example", actor=sam)
