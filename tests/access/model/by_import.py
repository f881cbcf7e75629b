"""What a file does that names contacts by their ID (ADR 13): it changes emails and customers, and ends nothing."""

import csv
import io

from tests.access.model.happening import Left, event
from tests.access.model.world import Spot, World
from tradedoor.access.actions.crm import start_import
from tradedoor.crm.actions.imports import upload_import
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.registry import task_named

HEADER = ("Contact ID", "Customer code", "Email", "Archived")


@event("import")
def import_another_email(w: World, spot: Spot, _other: int) -> None:
    _import(w, spot, email=f"imported{w.number()}@new.example")


@event("import")
def import_the_email_of_another(w: World, spot: Spot, other: int) -> None:
    _import(w, spot, email=w.contact(other).email)


@event("import")
def import_into_another_customer(w: World, spot: Spot, other: int) -> None:
    _import(w, spot, code=w.customer(other).code)
    w.past.add(w.contacts[spot.contact])


@event("import")
def import_as_archived(w: World, spot: Spot, _other: int) -> None:
    _import(w, spot, archived="yes")
    w.past.add(w.contacts[spot.contact])


def _import(w: World, spot: Spot, *, code: str = "", email: str = "", archived: str = "") -> None:
    """One row in one file, applied as the job does it; then the worker reads what has happened."""
    contact = w.contact(spot.contact)
    row = (str(contact.public_id), code or contact.customer.code, email or contact.email, archived)
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, row])
    content = io.BytesIO(text.getvalue().encode())
    file = upload_import(content, kind="contacts", name="contacts.csv", actor=w.sam)
    work = start_import(file, actor=w.sam)
    done = drive_work(work.pk)
    assert done.state == Work.State.DONE, done.problem
    line = WorkLine.objects.get(work=work)
    if line.status not in {"updated", "created"}:
        raise Left(f"import_{line.status}")
    task_named("access.read_feed")()
