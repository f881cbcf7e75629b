"""Several at the same moment: one of them wins, nothing is done twice, nobody deadlocks."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connections

from tests import make
from tradedoor.access.actions import crm
from tradedoor.access.actions.clearing import clear_errors
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.errors import raise_errors
from tradedoor.access.actions.invitations import cancel_invitation, invite_contacts, resend_invitation
from tradedoor.access.actions.joining import accept_with_new_password
from tradedoor.access.actions.stores import update_store
from tradedoor.access.actions.switching import deactivate, reenable
from tradedoor.access.events import Event
from tradedoor.access.faults import Fault
from tradedoor.access.models import Access, AccessError, ErrorReason, State
from tradedoor.access.queries import counts_match, misplaced
from tradedoor.access.sets import just, these
from tradedoor.accounts.models import Login, OneTimeLink, Session
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Refusal
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = Actor.nobody(ip="198.51.100.10")


def at_once(*acts: Callable[[], object]) -> Counter[str]:
    """Let all of them begin at the same moment, each on a connection of its own; how each ended."""
    together = threading.Barrier(len(acts))
    ended: list[str] = []

    def run(act: Callable[[], object]) -> None:
        together.wait()
        try:
            act()
        except Refusal as refusal:
            ended.append(refusal.code)
        except Exception as error:  # noqa: BLE001 - a thread's accident must reach the assertion
            ended.append(repr(error))
        else:
            ended.append("done")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(ended)


def pending(contact: Contact, store: Store, actor: Actor) -> tuple[Access, OneTimeLink]:
    invite_contacts(store, [contact.pk], actor=actor)
    access = Access.objects.select_related("store").get(contact=contact, store=store)
    return access, OneTimeLink.objects.get(access_id=access.pk, used_at=None, revoked_at=None)


def test_of_many_who_accept_one_link_one_gets_in(bea_contact: Contact, harbour: Store, sam: Actor) -> None:
    access, link = pending(bea_contact, harbour, sam)

    def accept() -> None:
        accept_with_new_password(link.pk, "nine copper lanterns", store=harbour, actor=NOBODY)

    ended = at_once(*[accept] * 6)

    assert ended["done"] == 1
    assert set(ended) <= {"done", "link_used", "has_password", "busy"}
    assert Session.objects.count() == 1
    assert AuditRow.objects.filter(event=Event.INVITATION_ACCEPTED, access_id=access.pk).count() == 1
    assert not counts_match()


def test_accepting_while_it_is_cancelled_ends_one_way_or_the_other(
    acme: Customer, harbour: Store, sam: Actor
) -> None:
    for _ in range(4):
        access, link = pending(make.contact(acme), harbour, sam)
        ended = at_once(
            lambda link=link: accept_with_new_password(  # type: ignore[misc]  # bound to this round
                link.pk, "nine copper lanterns", store=harbour, actor=NOBODY
            ),
            lambda access=access: cancel_invitation(access, actor=sam),  # type: ignore[misc]  # the same
        )
        access.refresh_from_db()
        assert ended["done"] == 1, ended
        assert access.state in {State.CURRENT, State.CANCELLED}
        sessions = Session.objects.filter(access_id=access.pk).count()
        assert sessions == (access.state == State.CURRENT)
    assert not counts_match()


def test_inviting_the_same_contacts_twice_at_once_makes_one_access_link_and_mail_each(
    acme: Customer, borealis: Customer, harbour: Store, sam: Actor
) -> None:
    ids = [make.contact(customer).pk for customer in (acme, borealis) for _ in range(10)]

    ended = at_once(*[lambda: invite_contacts(harbour, ids, actor=sam)] * 3)

    assert ended == {"done": 3}
    assert Access.objects.filter(state=State.PENDING).count() == 20
    assert OneTimeLink.objects.filter(used_at=None, revoked_at=None).count() == 20
    assert MailMessage.objects.filter(state="queued").count() == MailMessage.objects.count() == 20
    assert not counts_match()


def test_overlapping_sets_in_other_orders_and_stores_do_not_deadlock(
    acme: Customer, borealis: Customer, harbour: Store, meadow: Store, sam: Actor
) -> None:
    ids = [make.contact(customer).pk for _ in range(10) for customer in (acme, borealis)]
    acts: list[Callable[[], object]] = [
        lambda store=store, some=some: invite_contacts(store, some, actor=sam)  # type: ignore[misc]  # bound here
        for store in (harbour, meadow)
        for some in (ids, ids[::-1], ids[5:])
    ]

    assert at_once(*acts) == {"done": 6}
    assert Access.objects.count() == 40
    assert Login.objects.buyers().count() == 20
    assert not counts_match()


def test_deactivating_and_reenabling_at_once_leave_counts_and_sessions_true(
    acme: Customer, harbour: Store, sam: Actor, ada: Actor
) -> None:
    accesses = these(make.access(make.contact(acme), harbour).pk for _ in range(8))
    acts: list[Callable[[], object]] = [
        lambda: deactivate(accesses, actor=sam),
        lambda: reenable(accesses, actor=ada),
        lambda: deactivate(accesses, actor=ada),
        lambda: reenable(accesses, actor=sam),
    ]

    assert at_once(*acts) == {"done": 4}
    assert Access.objects.values("state").distinct().count() == 1
    assert not counts_match()


def test_nobody_stays_signed_in_who_signs_in_while_being_deactivated(
    acme: Customer, harbour: Store, sam: Actor
) -> None:
    for _ in range(5):
        contact = make.contact(acme)
        access = make.access(contact, harbour)
        ended = at_once(
            lambda email=contact.email: sign_in_to_store(  # type: ignore[misc]  # bound to this round
                harbour, email, make.PASSWORD, actor=NOBODY
            ),
            lambda access=access: deactivate(just(access), actor=sam),  # type: ignore[misc]  # the same
        )
        assert set(ended) <= {"done", "access_off"}, ended
        assert not Session.objects.filter(access_id=access.pk).exists()


def test_an_invitation_sent_while_its_customer_is_made_inactive_does_not_outlive_it(
    harbour: Store, sam: Actor
) -> None:
    for number in range(4):
        customer = make.customer(f"Leaving {number}")
        ids = [make.contact(customer).pk for _ in range(5)]
        ended = at_once(
            lambda ids=ids: invite_contacts(harbour, ids, actor=sam),  # type: ignore[misc]  # bound to this round
            lambda customer=customer: crm.set_customer_status(  # type: ignore[misc]  # the same
                [customer], "inactive", actor=sam
            ),
        )
        assert ended == {"done": 2}
        assert not Access.objects.filter(customer=customer, state=State.PENDING).exists()
    assert not counts_match()


def test_an_invitation_sent_while_the_store_is_dedicated_to_another_is_refused_or_stands_against_it(
    acme: Customer, borealis: Customer, ada: Actor
) -> None:
    values = {"kind": "dedicated", "customer_id": acme.pk}
    for number in range(4):
        store = make.store(f"Race {number}")
        contact = make.contact(borealis)
        at_once(
            lambda store=store, contact=contact: invite_contacts(  # type: ignore[misc]  # bound to this round
                store, [contact.pk], actor=ada
            ),
            lambda store=store: update_store(store, values, version=1, actor=ada),  # type: ignore[misc]  # the same
        )
        store.refresh_from_db()
        invited = Access.objects.filter(store=store).exists()
        assert invited == (store.kind == Store.Kind.SHARED)


def test_resending_twice_at_once_leaves_one_living_link(
    bea_contact: Contact, harbour: Store, sam: Actor, ada: Actor
) -> None:
    access, _link = pending(bea_contact, harbour, sam)

    ended = at_once(
        lambda: resend_invitation(access, actor=sam), lambda: resend_invitation(access, actor=ada)
    )

    assert ended == {"done": 2}
    living = OneTimeLink.objects.get(used_at=None, revoked_at=None)
    assert MailMessage.objects.get(state="queued").link_id == living.pk


def test_an_error_cleared_by_two_at_once_closes_once_and_is_counted_once(
    bea: Access, sam: Actor, ada: Actor
) -> None:
    raise_errors([Fault(bea.pk, ErrorReason.EMAIL_IN_USE)], actor=sam)

    ended = at_once(
        lambda: clear_errors(just(bea), actor=sam),
        lambda: clear_errors(just(bea), actor=ada),
        lambda: deactivate(just(bea), actor=ada),
    )

    assert ended == {"done": 3}
    assert not AccessError.objects.open().exists()
    assert AccessError.objects.count() == 1
    assert AuditRow.objects.filter(event=Event.ERROR_CLOSED).count() <= 1
    assert counts_match() == {}
    assert not misplaced().exists()


def test_an_error_raised_by_two_at_once_is_one(bea: Access, sam: Actor) -> None:
    fault = Fault(bea.pk, ErrorReason.EMAIL_IN_USE)

    ended = at_once(*(lambda: raise_errors([fault], actor=sam) for _ in range(4)))

    assert ended == {"done": 4}
    assert AccessError.objects.count() == 1
    assert AuditRow.objects.filter(event=Event.ERROR_RAISED).count() == 1
    assert counts_match() == {}
