"""Email changes that meet others: whoever is held, somebody's haste, one bad row, and the order of locks."""

import logging
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import make
from tests.access.test_email_change import NEW_EMAIL, after, change_of, edit, mails, run
from tests.access.test_races import at_once
from tradedoor.access.actions import crm, email_apply, email_kin
from tradedoor.access.actions.email_apply import apply_changes
from tradedoor.access.actions.email_pointing import point_and_invite
from tradedoor.access.actions.email_reports import report_change, reverse_report
from tradedoor.access.actions.email_schedule import Asked, cancel_changes, confirm_changes, follow_emails
from tradedoor.access.actions.email_sync import apply_due, update_email_now
from tradedoor.access.actions.invitations import invite_contact, invite_contacts
from tradedoor.access.actions.mending import undo_crm_edit
from tradedoor.access.actions.passwords import send_reset
from tradedoor.access.actions.planning import plan_invitations
from tradedoor.access.email_change_emails import NEW, OLD
from tradedoor.access.email_change_jobs import ACTOR
from tradedoor.access.email_change_queries import none_overdue
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, AccessError, EmailChange, EmailChangeOrigin, State
from tradedoor.access.queries import counts_match
from tradedoor.access.reasons import Reason
from tradedoor.accounts.models import Login, OneTimeLink, Purpose
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import start_work
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


def test_a_login_on_hold_makes_no_room_although_nobody_rests_on_it(
    bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    held = make.buyer_login(NEW_EMAIL, password="", held_at=timezone.now())
    edit(bea_contact, NEW_EMAIL, actor=sam)

    assert run() == 0

    assert Login.objects.filter(pk=held.pk).exists()
    assert change_of(bea_contact).reason == "email_in_use"


def test_inviting_shows_a_login_on_hold_before_the_hour_is_over(
    bea: Access, bea_contact: Contact, meadow: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    Login.objects.filter(pk=bea.login_id or 0).update(held_at=timezone.now())

    [shown] = plan_invitations(meadow, [bea_contact.pk], actor=sam)

    assert shown.is_refused
    assert shown.reason is Reason.LOGIN_HELD


@pytest.fixture
def work(sam: Actor) -> Work:
    return start_work("access.apply_import", title="Import", args={}, actor=sam, total=1)


def test_confirmed_after_the_hour_a_change_is_neither_overdue_nor_late(
    bea: Access, bea_contact: Contact, work: Work, sam: Actor, settings: Any
) -> None:
    settings.TRADEDOOR_EMAIL_CHANGES_UNCONFIRMED = 0
    Contact.objects.filter(pk=bea_contact.pk).update(email=NEW_EMAIL, email_canonical=NEW_EMAIL)
    follow_emails([bea_contact.pk], Asked(sam, EmailChangeOrigin.IMPORT, work))

    with after(days=3):
        assert none_overdue()
        confirm_changes(work, actor=sam)
        assert none_overdue()
        assert apply_due(actor=ACTOR) == 1

    assert not change_of(bea_contact).late


def test_whoever_waited_for_an_error_is_not_late(bea: Access, bea_contact: Contact, sam: Actor) -> None:
    other = make.buyer_login(NEW_EMAIL)
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    assert change_of(bea_contact).reason == "email_in_use"
    other.delete()

    with after(hours=5):
        update_email_now(bea_contact, actor=sam)

    assert not change_of(bea_contact).late


def test_whose_rights_do_not_reach_a_login_ends_nothing_of_it(
    bea: Access, bea_contact: Contact, harbour: Store, meadow: Store
) -> None:
    Contact.objects.filter(pk=bea_contact.pk).update(email=NEW_EMAIL, email_canonical=NEW_EMAIL)
    send_reset(harbour.pk, "bea@acme.example", actor=ACTOR)
    far = make.actor(make.staff("Fay Far", stores=(meadow,)))

    with pytest.raises(NotPossible) as no:
        update_email_now(bea_contact, actor=far)

    assert no.value.code == "outside_scope"
    assert OneTimeLink.objects.unspent().count() == 1
    assert not EmailChange.objects.exists()
    assert not AuditRow.objects.filter(event=Event.EMAIL_CHANGE_SCHEDULED).exists()


def test_no_login_that_opens_a_store_moves_without_its_former_address_being_told(
    bea: Access, bea_contact: Contact, borealis: Customer, meadow: Store, sam: Actor
) -> None:
    """The change of who signs in was stopped, and that of somebody deactivated takes the login along."""
    twin = make.contact(borealis, "bea@acme.example")
    make.access(twin, meadow, state=State.DEACTIVATED)
    edit(bea_contact, NEW_EMAIL, actor=sam)
    cancel_changes([change_of(bea_contact).pk], actor=sam)
    edit(twin, NEW_EMAIL, actor=sam)

    assert run() == 1

    assert mails() == [(NEW, NEW_EMAIL), (OLD, "bea@acme.example")]
    link = OneTimeLink.objects.get(purpose=Purpose.EMAIL_REPORT)
    assert change_of(twin).report_link_id == link.pk
    assert link.store_id == bea.store_id


def test_a_report_leaves_no_invitation_that_seems_to_live(
    bea: Access, bea_contact: Contact, meadow: Store, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    invited = invite_contact(meadow, bea_contact, actor=sam)
    link = OneTimeLink.objects.get(purpose=Purpose.EMAIL_REPORT)

    report_change(link.pk, store=harbour, actor=Actor.nobody())

    assert not OneTimeLink.objects.unspent().exists()
    invited.refresh_from_db()
    assert invited.invitation_expires_at is not None
    assert invited.invitation_expires_at <= timezone.now()


def test_undoing_the_crm_edit_gives_nobody_back_the_address_that_was_reported(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor, ada: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    link = OneTimeLink.objects.get(purpose=Purpose.EMAIL_REPORT)
    report_change(link.pk, store=harbour, actor=Actor.nobody())
    make.buyer_login("bea@acme.example")
    assert not reverse_report(EmailChange.objects.get(report_link_id=link.pk), actor=ada, proved=False)

    with pytest.raises(NotPossible) as no:
        undo_crm_edit(Access.objects.select_related("login").get(pk=bea.pk), actor=sam)

    assert no.value.code == "login_held"
    assert AccessError.objects.open().filter(access=bea, reason="email_in_use").exists()


def test_a_change_whose_hour_is_not_over_has_not_failed_because_another_has(
    bea: Access, bea_contact: Contact, borealis: Customer, harbour: Store, sam: Actor
) -> None:
    twin = make.contact(borealis, "bea@acme.example")
    own = make.access(twin, harbour)
    edit(bea_contact, NEW_EMAIL, actor=sam)
    with after(minutes=30):
        edit(twin, "third@acme.example", actor=sam)

    run(minutes=61)

    assert change_of(bea_contact).state == "failed"
    assert change_of(twin).state == "scheduled"
    assert not AccessError.objects.open().filter(access=own).exists()


def test_a_chain_longer_than_what_is_looked_at_once_waits_and_fails_nobody(
    acme: Customer, harbour: Store, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email_kin, "MOST_ROUNDS", 1)
    row = [make.access(make.contact(acme, f"{name}@acme.example"), harbour) for name in "abcd"]
    for access, address in reversed(list(zip(row, ["b", "c", "d", "e"], strict=True))):
        edit(access.contact, f"{address}@acme.example", actor=sam)

    with after(minutes=61):
        first = apply_changes([change_of(row[0].contact).pk], actor=ACTOR)

    assert not first.done
    assert {change_of(access.contact).state for access in row} == {"scheduled"}
    assert not AccessError.objects.open().exists()
    assert run() == 4


def test_one_change_at_which_we_stumble_keeps_no_other_back(
    acme: Customer, harbour: Store, sam: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    people = [make.contact(acme) for _ in range(5)]
    rows = [make.access(one, harbour) for one in people]
    for number, one in enumerate(people):
        edit(one, f"new{number}@acme.example", actor=sam)
    really = point_and_invite

    def stumbling(done: Any, **more: Any) -> Any:
        if any(row.contact.pk == people[2].pk for row in done):
            raise RuntimeError("odd")
        return really(done, **more)

    with mock.patch.object(email_apply, "point_and_invite", stumbling), caplog.at_level(logging.ERROR):
        assert run() == 4

    assert [make.login_of(row).email.startswith("new") for row in rows] == [True, True, False, True, True]
    with after(minutes=70):
        assert not none_overdue()
    assert run(minutes=71) == 1


def test_let_go_of_for_the_sake_of_another_it_tries_again(
    bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    class DeadlockError(Exception):
        sqlstate = "40P01"

    edit(bea_contact, NEW_EMAIL, actor=sam)
    really, tries = point_and_invite, []

    def colliding(done: Any, **more: Any) -> Any:
        tries.append(done)
        if len(tries) == 1:
            raise OperationalError("deadlock detected") from DeadlockError()
        return really(done, **more)

    with mock.patch.object(email_apply, "point_and_invite", colliding), after(minutes=61):
        assert len(apply_changes([change_of(bea_contact).pk], actor=ACTOR).done) == 1
    assert make.login_of(bea).email == NEW_EMAIL
    assert AuditRow.objects.filter(event=Event.EMAIL_CHANGE_APPLIED).count() == 1

    edit(bea_contact, "third@acme.example", actor=sam)
    with (
        mock.patch.object(email_apply, "point_and_invite", side_effect=DatabaseError("disk full")),
        pytest.raises(DatabaseError, match="disk full"),
    ):
        apply_changes([change_of(bea_contact).pk], actor=ACTOR, at_once=True)


def test_everything_is_held_in_everybodys_order(
    bea: Access, bea_contact: Contact, borealis: Customer, harbour: Store, meadow: Store, sam: Actor
) -> None:
    """Also what lets go of a login: contacts in the archive, and whoever left an unused one behind."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one lock")
    archived = make.contact(borealis, "bea@acme.example")
    left = make.access(archived, harbour)
    crm.archive_contacts([archived], actor=sam)
    unused = make.buyer_login(NEW_EMAIL, password="")
    over = make.access(make.contact(borealis), meadow, state=State.CANCELLED, login=unused)
    edit(bea_contact, NEW_EMAIL, actor=sam)

    with CaptureQueriesContext(connection) as queries:
        assert len(apply_changes([change_of(bea_contact).pk], actor=ACTOR, at_once=True).done) == 1

    locks = [query["sql"] for query in queries if " FOR " in query["sql"] and "UPDATE" in query["sql"]]
    tables = [sql.split(' FROM "')[1].split('"')[0] for sql in locks]
    order = ["stores_store", "crm_customer", "crm_contact", "access_access", "accounts_login"]
    assert list(dict.fromkeys(tables))[:5] == order
    held = locks[tables.index("access_access")]
    assert all(str(row.pk) in held for row in (bea, left, over))
    assert {row.login_id for row in Access.objects.filter(pk__in=[left.pk, over.pk])} == {None}


@pytest.mark.django_db(transaction=True)
def test_applying_while_the_same_are_invited_archived_and_restored_deadlocks_nobody(
    acme: Customer, borealis: Customer, harbour: Store, meadow: Store, sam: Actor, ada: Actor
) -> None:
    for turn in range(3):
        people = [make.contact(acme) for _ in range(4)]
        for one in people:
            make.access(one, harbour)
        twins = [make.contact(borealis, one.email) for one in people]
        for twin in twins:
            make.access(twin, meadow)
        crm.archive_contacts(twins, actor=sam)
        for number, one in enumerate(people):
            edit(one, f"new{turn}{number}@acme.example", actor=sam)
        EmailChange.objects.open().update(due_at=timezone.now() - timedelta(minutes=1))
        ids = [one.pk for one in people]
        gone = list(Contact.objects.filter(pk__in=[twin.pk for twin in twins]))

        ended = at_once(
            lambda: apply_due(actor=ACTOR),
            lambda ids=ids: invite_contacts(meadow, ids[::-1], actor=sam),  # type: ignore[misc]  # bound here
            lambda ids=ids: invite_contacts(harbour, ids, actor=ada),  # type: ignore[misc]  # the same
            lambda gone=gone: crm.restore_contacts(gone, actor=ada),  # type: ignore[misc]  # the same
        )

        assert ended == {"done": 4}
    assert not counts_match()


@pytest.mark.django_db(transaction=True)
def test_asked_for_by_several_at_once_it_is_one_change(bea: Access, bea_contact: Contact, sam: Actor) -> None:
    Contact.objects.filter(pk=bea_contact.pk).update(email=NEW_EMAIL, email_canonical=NEW_EMAIL)

    ended = at_once(*[lambda: update_email_now(bea_contact, actor=sam)] * 4)

    assert ended == {"done": 1, "email_unchanged": 3}
    assert EmailChange.objects.count() == 1
