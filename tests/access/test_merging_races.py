"""Merges, dates and others at the same moment: done once, nothing lost, nobody deadlocks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from tests import make
from tests.access.test_races import at_once
from tradedoor.access.actions import crm
from tradedoor.access.actions.dates import due_ends, end_due
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.actions.merging import merge_contacts, merge_customers
from tradedoor.access.actions.switching import deactivate
from tradedoor.access.actions.wider import Scope, Wish, deactivate_wider
from tradedoor.access.date_jobs import ACTOR
from tradedoor.access.events import Event
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.access.sets import just
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.events import Event as CrmEvent
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)

LIVING = (State.PENDING, State.CURRENT, State.REQUESTED)


def merging(survivor: Contact, other: Contact, actor: Actor) -> Callable[[], object]:
    seen = {row.pk: Contact.objects.get(pk=row.pk).version for row in (survivor, other)}
    return lambda: merge_contacts(survivor, [other], chosen={}, seen=seen, actor=actor)


def test_merging_the_same_two_at_once_happens_once(acme: Customer, harbour: Store, sam: Actor) -> None:
    one, two = make.contact(acme), make.contact(acme)
    make.access(two, harbour)

    ended = at_once(*[merging(one, two, sam)] * 4)

    assert ended == {"done": 4}
    assert AuditRow.objects.filter(event=CrmEvent.CONTACT_MERGED).count() == 1
    assert AuditRow.objects.filter(event=Event.RELINKED).count() == 1
    assert Access.objects.get().contact == one


def test_merging_each_into_the_other_at_once_leaves_one_of_them(
    acme: Customer, harbour: Store, meadow: Store, sam: Actor, ada: Actor
) -> None:
    for _ in range(4):
        one, two = make.contact(acme), make.contact(acme)
        accesses = [make.access(one, harbour), make.access(two, meadow)]
        ended = at_once(merging(one, two, sam), merging(two, one, ada))
        assert ended["done"] == 1, ended
        assert ended["merged_elsewhere"] == 1
        owners = set(
            Access.objects.filter(pk__in=[row.pk for row in accesses]).values_list("contact", flat=True)
        )
        assert owners in ({one.pk}, {two.pk})
    assert not counts_match()


def test_an_invitation_sent_while_its_contact_is_merged_away_does_not_outlive_it(
    acme: Customer, harbour: Store, sam: Actor
) -> None:
    for _ in range(4):
        one, two = make.contact(acme), make.contact(acme)
        make.access(one, harbour)
        ended = at_once(
            merging(one, two, sam),
            lambda two=two: invite_contacts(harbour, [two.pk], actor=sam),  # type: ignore[misc]  # bound here
        )
        assert ended["done"] >= 1, ended
        assert set(ended) <= {"done", "changed_meanwhile"}
        gone = Contact.objects.get(pk=two.pk)
        if gone.merged_into_id is not None:
            assert not Access.objects.filter(contact=two, state__in=LIVING).exists()
    assert not counts_match()


def test_merging_customers_while_one_of_their_people_is_archived_or_deactivated_loses_nothing(
    harbour: Store, sam: Actor, ada: Actor
) -> None:
    for number in range(3):
        kept, gone = make.customer(f"Kept {number}"), make.customer(f"Gone {number}")
        people = [make.access(make.contact(gone), harbour) for _ in range(4)]
        seen = {kept.pk: kept.version, gone.pk: gone.version}
        ended = at_once(
            lambda kept=kept, gone=gone, seen=seen: merge_customers(  # type: ignore[misc]  # bound here
                kept, [gone], chosen={}, seen=seen, actor=sam
            ),
            lambda row=people[0]: crm.archive_contacts([row.contact], actor=ada),  # type: ignore[misc]  # the same
            lambda row=people[1]: deactivate(just(row), actor=ada),  # type: ignore[misc]  # the same
        )
        assert ended == {"done": 3}
        states = dict(Access.objects.filter(customer=kept).values_list("pk", "state"))
        assert [states[row.pk] for row in people] == [State.DEACTIVATED] * 2 + [State.CURRENT] * 2
    assert not counts_match()


def test_a_day_that_two_workers_notice_ends_an_access_once(bea: Access, sam: Actor) -> None:
    tomorrow = timezone.now().date() + timedelta(days=1)
    loaded = Access.objects.select_related("store", "customer").get(pk=bea.pk)
    deactivate_wider(loaded, Wish(scope=Scope.STORES, end_on=tomorrow), actor=sam)
    Access.objects.filter(pk=bea.pk).update(end_on=timezone.now().date() - timedelta(days=1))
    due = due_ends()

    ended = at_once(*[lambda: end_due(due, actor=ACTOR)] * 4)

    assert ended == {"done": 4}
    assert AuditRow.objects.filter(event=Event.DEACTIVATED, access_id=bea.pk).count() == 1
    assert not counts_match()
