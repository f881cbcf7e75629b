"""A run is stopped in the middle and started again: nobody is left out, nobody is done twice, and the page says how far."""

import csv
from collections import Counter

import pytest

from tests import make
from tests.access.doors.browsing import Browser, Page
from tests.access.doors.conftest import Clock, MailServer
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import OneTimeLink
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs import driving
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db
MANY = 60  # more than are invited at once


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows a step, as long as steps take; so that there is a middle."""
    for name in ("FIRST_BATCH", "SMALLEST_BATCH", "LARGEST_BATCH"):
        monkeypatch.setattr(driving, name, 10)


def run_and_stop(desk: Browser) -> Page:
    """Let a worker begin, press Stop once it has done its first step, and show the page it leaves."""
    work = Work.objects.latest("pk")
    address = f"/jobs/{work.public_id}/"

    def stop(seen: Work) -> None:
        if seen.done and not seen.stop_requested:
            desk.open(address)
            desk.press("Stop")

    assert drive_work(work.pk, stop).state == Work.State.STOPPED
    return desk.open(address)


def test_inviting_all_goes_on_where_it_was(
    acme: Customer, harbour: Store, sam_desk: Browser, clock: Clock, server: MailServer
) -> None:
    people = [make.contact(acme) for _ in range(MANY)]
    sam_desk.open("/stores/harbour/invite/")
    sam_desk.press("Invite", all="1")
    sam_desk.press(f"Invite {MANY}")

    page = run_and_stop(sam_desk)

    assert "Stopped" in page.text
    assert f"10 of {MANY} checked · 10 invited · stopped" in page.text
    assert Access.objects.filter(state=State.PENDING).count() == 10
    clock.work(minutes=5)
    assert len(server.recipients) == 10

    sam_desk.open(page.address)
    sam_desk.press("Resume")
    clock.work()

    assert f"{MANY} checked · {MANY} invited" in sam_desk.open(page.address).text
    assert Counter(server.recipients) == {person.email: 1 for person in people}
    assert OneTimeLink.objects.count() == Access.objects.filter(state=State.PENDING).count() == MANY


@pytest.mark.usefixtures("acme")
def test_an_import_says_which_rows_are_in_and_goes_on_where_it_was(sam_desk: Browser, clock: Clock) -> None:
    rows = [f"ACME,Kim,Nr{n},kim{n}@acme.example" for n in range(MANY)]
    sam_desk.open("/crm/import/")
    sam_desk.upload("Upload", "\n".join(["Customer code,First name,Last name,Email", *rows]), kind="contacts")
    report = sam_desk.press("Check the file")
    sam_desk.press(f"Import {MANY} rows")

    run_and_stop(sam_desk)

    assert Contact.objects.count() == 10
    told = sam_desk.download(f"{report.address.removesuffix('preview/')}result.csv")
    lines = csv.DictReader(told.splitlines())
    assert Counter(line["Status"] for line in lines) == {"Created": 10, "Not done": MANY - 10}

    sam_desk.press("Resume")
    clock.work()

    assert Contact.objects.count() == MANY
    done = sam_desk.open(report.address)
    assert f"{MANY} created" in done.text
