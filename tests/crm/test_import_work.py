"""The import as work: in steps, taken up after a worker died, by two at once, and on real exports."""

import csv
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.crm.importing import APPLY, checked, lines_of, statuses, upload
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.imports import start_check, start_import
from tradedoor.crm.imports.batches import Import, apply_rows, check_file
from tradedoor.crm.imports.index import Index
from tradedoor.crm.imports.outcomes import Report
from tradedoor.crm.imports.spool import read_rows
from tradedoor.crm.imports.steppers import ApplySteps, ImportSteps
from tradedoor.crm.models import Contact, Customer, Department, ImportFile
from tradedoor.jobs.driving import Driver, claim, drive_work
from tradedoor.jobs.models import Work, WorkLine

HEADER = ["Customer code", "First name", "Last name", "Email"]


def people(count: int, *, of: str = "A1") -> list[list[str]]:
    return [HEADER, *([of, f"First{n}", f"Last{n}", f"p{n}@alpha.example"] for n in range(count))]


def test_a_worker_killed_between_batches_leaves_work_that_goes_on_with_nothing_twice(importer: Actor) -> None:
    make.customer("Alpha", code="A1")
    file = upload(people(900), kind="contacts", actor=importer)
    work = start_import(file, kind=APPLY, actor=importer)
    assert claim(work.pk, worker="first")
    driver = Driver(work.pk, worker="first")
    for _step in range(3):
        driver._take_step()
    done = WorkLine.objects.count()
    assert 0 < done < 900
    assert Contact.objects.count() == done

    # The first worker is gone without a word; its lease runs out, and what it knew is lost.
    Work.objects.filter(pk=work.pk).update(leased_until=None)
    ImportSteps.parked.clear()
    finished = drive_work(work.pk)

    assert finished.state == Work.State.DONE
    assert finished.counts == {"created": 900}
    assert Contact.objects.count() == 900
    assert AuditRow.objects.filter(event="contact.created").count() == 900
    assert len(lines_of(work)) == 900


def test_a_worker_killed_inside_a_batch_leaves_nothing_of_it(
    importer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.customer("Alpha", code="A1")
    file = upload(people(10), kind="contacts", actor=importer)
    work = start_import(file, kind=APPLY, actor=importer)

    class Killed(BaseException):
        """As sudden as a signal."""

    def die(*_args: object, **_kwargs: object) -> None:
        raise Killed

    monkeypatch.setattr(ApplySteps, "applied", die)
    with pytest.raises(Killed), transaction.atomic():
        drive_work(work.pk)
    monkeypatch.undo()

    assert not Contact.objects.exists()
    Work.objects.filter(pk=work.pk).update(leased_until=None, state=Work.State.QUEUED)
    assert drive_work(work.pk).counts == {"created": 10}
    assert Contact.objects.count() == 10


def test_a_check_taken_up_by_another_worker_still_knows_the_customers_of_earlier_rows(
    importer: Actor,
) -> None:
    table = [["Company", "First name", "Last name", "Email"]]
    table += [["One and Only", f"First{n}", f"Last{n}", f"p{n}@one.example"] for n in range(900)]
    file = upload(table, kind="contacts", actor=importer, create_customers=True)
    work = start_check(file, actor=importer)
    assert claim(work.pk, worker="first")
    driver = Driver(work.pk, worker="first")
    for _step in range(3):
        driver._take_step()
    Work.objects.filter(pk=work.pk).update(leased_until=None)
    ImportSteps.parked.clear()
    drive_work(work.pk)

    reasons = [reason for _n, _s, reason in lines_of(work)]
    assert reasons[0] == "The customer was created with it."
    assert set(reasons[1:]) == {""}


def test_a_step_that_did_not_last_is_done_again_from_its_start(importer: Actor) -> None:
    make.customer("Alpha", code="A1")
    file = upload(people(30), kind="contacts", actor=importer, create_customers=True)
    checked(file, actor=importer)
    file.refresh_from_db()
    rows, _place = read_rows(file, offset=0, most=30)

    made = Import.of(file)
    with transaction.atomic():
        apply_rows(made, rows, actor=importer)
        transaction.set_rollback(True)
    assert not Contact.objects.exists()
    assert {str(o.status) for o in apply_rows(made, rows, actor=importer)} == {"created"}
    assert {str(o.status) for o in apply_rows(made, rows, actor=importer)} == {"unchanged"}
    assert Contact.objects.count() == 30


def test_the_number_of_queries_of_a_batch_does_not_grow_with_its_rows(importer: Actor) -> None:
    for code in ("A1", "A2"):
        make.customer(code, code=code)

    assert _queries(people(50), importer) == _queries(people(1500, of="A2"), importer)


def _queries(table: list[list[str]], actor: Actor) -> int:
    file = upload(table, kind="contacts", actor=actor)
    _index(file)
    rows, _place = read_rows(file, offset=0, most=2000)
    made = Import.of(file)
    with CaptureQueriesContext(connection) as asked:
        apply_rows(made, rows, actor=actor)
    # COPY on PostgreSQL is not among them, nor does it depend on the rows.
    return len([query for query in asked if "SAVEPOINT" not in query["sql"]])


def _index(file: ImportFile) -> None:
    index = Index(file)
    while index.read(1000):
        pass
    file.rows, file.repeated = index.count, index.repeats.as_json()
    file.save(update_fields=["rows", "repeated"])


@pytest.mark.real_data
def test_the_real_customers_and_contacts_come_in_with_no_row_lost(importer: Actor, shared_data: Path) -> None:
    folder = shared_data / "adventure-works"
    for kind, name, count in (("customers", "resellers", 701), ("contacts", "reseller-contacts", 753)):
        content = (folder / f"{name}.csv").read_bytes()
        for expected in ("created", "unchanged"):
            file = upload(content, kind=kind, actor=importer)
            _index(file)
            report = Report()
            for outcomes in check_file(file, actor=importer):
                report.add(outcomes)
            work = start_import(file, kind=APPLY, actor=importer)
            lines = lines_of(drive_work(work.pk))
            assert len(lines) == count == report.rows
            assert statuses(lines) == [expected] * count
            assert report.counts[expected] == count
    assert Customer.objects.count() == 701
    assert Department.objects.filter(is_main=True).count() == 701
    assert Contact.objects.count() == 753
    _compare_with_source(folder / "reseller-contacts.csv")


def _compare_with_source(path: Path) -> None:
    held = {
        (contact.customer.code, contact.email): contact
        for contact in Contact.objects.select_related("customer")
    }
    with path.open(encoding="utf-8-sig", newline="") as source:
        for row in csv.DictReader(source):
            contact = held[row["Account Number"], row["Email"]]
            assert contact.first_name == f"{row['First Name']} {row['Middle Name']}".strip()
            assert contact.last_name == f"{row['Last Name']} {row['Suffix']}".strip()
            phone = contact.mobile if row["Phone Type"] == "Cell" else contact.phone
            assert phone == row["Phone"]
            assert not contact.receive_mail_out
