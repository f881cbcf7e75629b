"""The clock goes back by an hour: nothing dies, nothing happens twice, and what waited goes on."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests import make
from tests.access.doors.browsing import Browser
from tests.access.doors.conftest import Clock, MailServer
from tests.access.doors.test_errors_by_their_doors import can_sign_in, edit_email, mailed
from tradedoor.audit.models import AuditRow
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.clock import enqueue_due
from tradedoor.jobs.models import Job, Work
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bea")]
NEW = "beatrice@acme.example"
BACK = {"hours": -1}
GOOD = "nine copper lanterns"


def test_an_email_change_on_its_way_happens_once_its_hour_is_over_and_is_not_overdue(
    bea_contact: Contact, sam_desk: Browser, clock: Clock, server: MailServer, client: Client
) -> None:
    edit_email(sam_desk, bea_contact, NEW)
    clock.work(minutes=30)

    clock.work(**BACK)
    clock.work(minutes=59)
    assert can_sign_in("bea@acme.example")
    assert client.get("/readyz").json()["email_changes"] is True
    clock.work(minutes=35)

    assert can_sign_in(NEW)
    assert sorted(server.recipients) == ["bea@acme.example", NEW]


def test_an_email_change_that_has_happened_does_not_happen_again(
    bea_contact: Contact, sam_desk: Browser, clock: Clock, server: MailServer
) -> None:
    edit_email(sam_desk, bea_contact, NEW)
    clock.work(minutes=61)
    assert can_sign_in(NEW)

    clock.work(**BACK)
    clock.work(minutes=61)

    assert can_sign_in(NEW)
    assert sorted(server.recipients) == ["bea@acme.example", NEW]
    assert AuditRow.objects.filter(event="email_change.applied").count() <= 1


def test_a_mail_queued_just_before_leaves_and_its_link_works_once(
    acme: Customer, sam_desk: Browser, clock: Clock, server: MailServer
) -> None:
    clock.work()
    ann = make.contact(acme, "ann@acme.example", first_name="Ann", last_name="Acme")
    sam_desk.open(f"/crm/contacts/{ann.public_id}/invite/")
    sam_desk.press("Invite")

    clock.work(**BACK)

    assert server.recipients == ["ann@acme.example"]
    link = mailed(server, "ann@acme.example", "join")
    person, second = Browser(), Browser()
    for one in (person, second):
        one.open(link)
    assert person.press("Join Now", password=GOOD).offers("Sign out")
    assert "This invitation has been used" in second.press("Join Now", password=GOOD).text
    clock.work(minutes=61)
    assert server.recipients == ["ann@acme.example"]


def test_a_reset_link_asked_for_before_works_after_and_once(
    clock: Clock, server: MailServer, harbour: Store
) -> None:
    person = Browser()
    person.open("/s/harbour/password/forgot/")
    person.press("Send Link", email="bea@acme.example")
    clock.work()
    clock.work(**BACK)

    person.open(mailed(server, "bea@acme.example", "password/reset"))
    person.press("Save new password", password=GOOD)
    person.open(mailed(server, "bea@acme.example", "password/reset"))

    assert "This link has been used" in person.page.text
    person.open(f"/s/{harbour.slug}/login/")
    assert person.press("Sign in", email="bea@acme.example", password=GOOD).offers("Sign out")


def test_whoever_is_signed_in_stays_so_and_signs_out_when_they_say(sam_desk: Browser, clock: Clock) -> None:
    person = Browser()
    person.open("/s/harbour/login/")
    person.press("Sign in", email="bea@acme.example", password=make.PASSWORD)

    clock.work(**BACK)

    assert person.open("/s/harbour/").offers("Sign out")
    assert "Harbour" in sam_desk.open("/stores/harbour/dashboard/").text
    person.press("Sign out")
    assert not person.open("/s/harbour/").offers("Sign out")


def test_somebody_locked_out_waits_no_longer_than_was_said_to_them_before(clock: Clock) -> None:
    person = Browser()
    person.open("/s/harbour/login/")
    for _try in range(6):
        person.press("Sign in", email="bea@acme.example", password="not this one at all")
    assert "Too many tries" in person.page.text

    clock.work(**BACK)
    clock.work(minutes=16)

    assert can_sign_in("bea@acme.example")


def test_a_job_queued_before_is_done_at_once_and_once(
    bea_contact: Contact, sam_desk: Browser, clock: Clock, server: MailServer
) -> None:
    clock.work()
    edit_email(sam_desk, bea_contact, NEW)
    sam_desk.open("/stores/harbour/emails/")
    sam_desk.press("Update")

    clock.work(**BACK)

    work = Work.objects.get()
    assert (work.state, work.counts) == (Work.State.DONE, {"changed": 1})
    assert not Job.objects.filter(state=Job.State.QUEUED).exists()
    clock.work(minutes=61)
    assert can_sign_in(NEW)
    assert sorted(server.recipients) == ["bea@acme.example", NEW]


def test_the_lease_of_a_worker_that_died_before_ends_as_any_does(clock: Clock) -> None:
    clock.work()
    now = timezone.now()
    late = {"leased_by": "dead", "leased_until": now + timedelta(seconds=30)}
    job = Job.objects.create(name="jobs.tidy", state=Job.State.RUNNING, run_at=now, created_at=now, **late)

    clock.work(**BACK)
    assert Job.objects.get(pk=job.pk).state == Job.State.RUNNING
    clock.work(minutes=20)

    assert Job.objects.get(pk=job.pk).state == Job.State.DONE


def test_a_worker_that_fell_silent_before_is_noticed_in_time(clock: Clock, client: Client) -> None:
    clock.work()
    clock.shift(**BACK)
    enqueue_due()

    clock.shift(minutes=6)

    assert client.get("/readyz").json()["worker"] is False
