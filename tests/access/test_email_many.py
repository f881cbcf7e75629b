"""Many email changes: imports that wait, batches with a fixed number of queries, workers beside each other."""

from collections.abc import Collection
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import make
from tests.access.test_email_change import NEW_EMAIL, change_of, edit, run
from tests.access.test_races import at_once
from tradedoor.access.actions import crm, email_apply
from tradedoor.access.actions.email_apply import apply_changes
from tradedoor.access.actions.email_schedule import Asked, confirm_changes, follow_emails
from tradedoor.access.actions.email_sync import apply_due, update_in_background
from tradedoor.access.email_change_jobs import ACTOR
from tradedoor.access.events import Event
from tradedoor.access.models import Access, EmailChange, EmailChangeOrigin, State
from tradedoor.access.queries import counts_match
from tradedoor.accounts.models import Login
from tradedoor.audit.models import AuditRow
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.imports.outcomes import RowOutcome, Status
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store


def people(number: int, customer: Customer, store: Store, *, start: int = 0) -> list[Contact]:
    """Contacts with a current access each, whose emails the CRM has just been given anew."""
    contacts = [make.contact(customer, f"old{start + n}@acme.example") for n in range(number)]
    password = "!"
    logins = Login.objects.bulk_create(
        Login(realm="buyer", email=c.email, email_canonical=c.email, password=password) for c in contacts
    )
    for contact, login in zip(contacts, logins, strict=True):
        make.access(contact, store, login=login)
        contact.email = contact.email_canonical = contact.email.replace("old", "new")
    Contact.objects.bulk_update(contacts, ["email", "email_canonical"])
    return contacts


def imported(contacts: list[Contact], work: Work, *, actor: Actor) -> None:
    rows = [
        RowOutcome(n, Status.UPDATED, contact_id=contact.pk, contact_changed=True, email_changed=True)
        for n, contact in enumerate(contacts)
    ]
    crm.follow_import(rows, actor=actor, work_id=work.public_id)


@pytest.fixture
def work(db: None) -> Work:
    now = timezone.now()
    return Work.objects.create(kind="tests.nothing", title="Import of contacts", run_at=now, created_at=now)


@override_settings(TRADEDOOR_EMAIL_CHANGES_UNCONFIRMED=4)
@pytest.mark.django_db
def test_more_changes_of_one_import_than_the_setting_wait_to_be_confirmed(
    acme: Customer, harbour: Store, work: Work, sam: Actor
) -> None:
    imported(people(4, acme, harbour), work, actor=sam)
    assert set(EmailChange.objects.values_list("state", flat=True)) == {"scheduled"}
    imported(people(2, acme, harbour, start=10), work, actor=sam)
    assert set(EmailChange.objects.values_list("state", flat=True)) == {"unconfirmed"}
    assert run() == 0

    assert confirm_changes(work, actor=sam) == 6
    assert run() == 6
    assert AuditRow.objects.filter(event=Event.EMAIL_CHANGE_CONFIRMED).count() == 6


@pytest.mark.django_db
def test_an_import_that_changes_no_email_schedules_nothing(bea: Access, work: Work, sam: Actor) -> None:
    row = RowOutcome(1, Status.UPDATED, contact_id=bea.contact_id, contact_changed=True)
    crm.follow_import([row], actor=sam, work_id=work.public_id)
    assert not EmailChange.objects.exists()


def _queries(number: int, customer: Customer, store: Store, start: int, actor: Actor) -> int:
    contacts = people(number, customer, store, start=start)
    follow_emails([c.pk for c in contacts], Asked(actor, EmailChangeOrigin.IMPORT))
    ids = list(EmailChange.objects.open().values_list("pk", flat=True))
    EmailChange.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert len(apply_changes(ids, actor=ACTOR).done) == number
    return sum("SAVEPOINT" not in query["sql"] for query in captured.captured_queries)


@pytest.mark.django_db
def test_a_thousand_changes_take_as_many_queries_as_ten(acme: Customer, harbour: Store, sam: Actor) -> None:
    ten = _queries(10, acme, harbour, 0, sam)
    assert _queries(1000, acme, harbour, 100, sam) == ten
    assert ten <= 70
    assert not counts_match()
    assert MailMessage.objects.filter(template__startswith="access.email_changed").count() == 2020


@pytest.mark.django_db
def test_killed_half_way_the_rest_is_applied_by_the_next_tick_and_nothing_twice(
    acme: Customer, harbour: Store, sam: Actor
) -> None:
    contacts = people(5, acme, harbour)
    follow_emails([c.pk for c in contacts], Asked(sam))
    EmailChange.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    whole, calls = email_apply.apply_changes, []

    def dies(ids: list[int], *, actor: Actor) -> email_apply.Applied:
        calls.append(ids)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(ids, actor=actor)

    path = "tradedoor.access.actions.email_sync"
    with (
        mock.patch(f"{path}.BATCH", 2),
        mock.patch(f"{path}.apply_changes", dies),
        pytest.raises(KeyboardInterrupt),
    ):
        apply_due(actor=ACTOR)
    assert EmailChange.objects.filter(state="applied").count() == 2
    assert apply_due(actor=ACTOR) == 3
    assert MailMessage.objects.count() == 10


@pytest.mark.django_db
def test_what_fails_between_the_address_and_the_mail_leaves_nothing(
    bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    with mock.patch("tradedoor.access.actions.email_apply.post_notices", side_effect=OSError("gone")):
        assert run() == 0
    assert make.login_of(bea).email == "bea@acme.example"
    assert run() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_a_person_apply_a_change_once(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    EmailChange.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    ended = at_once(*[lambda: apply_due(actor=ACTOR)] * 3)
    assert ended == {"done": 3}
    assert MailMessage.objects.count() == 2
    assert AuditRow.objects.filter(event=Event.EMAIL_CHANGE_APPLIED).count() == 1
    assert change_of(bea_contact).state == "applied"
    assert Access.objects.get().state == State.CURRENT


@pytest.mark.django_db
def test_a_row_at_which_we_stumble_is_named_and_keeps_no_other_email_from_being_updated(
    acme: Customer, harbour: Store, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_background()
    contacts = people(5, acme, harbour)
    bad, really = contacts[2].pk, follow_emails

    def stumbling(ids: Collection[int], asked: Asked) -> object:
        if bad in ids:
            raise RuntimeError("a row that cannot be read")
        return really(ids, asked)

    monkeypatch.setattr("tradedoor.access.actions.email_sync.follow_emails", stumbling)
    done = drive_work(update_in_background(harbour, actor=sam).pk)

    assert (done.state, done.done, done.counts) == (Work.State.DONE, 5, {"changed": 4, "failed": 1})
    line = WorkLine.objects.get(work=done, number=bad)
    assert line.reason.startswith("Something went wrong on our side.")
    assert Login.objects.filter(email__startswith="old").count() == 1
    assert counts_match() == {}
