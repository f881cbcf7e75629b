"""Every file that staff take away: as a file, kept by nobody in between, and written down (security.md A15)."""

import pytest
from django.test import Client

from tests import make
from tradedoor.access.actions.bulk import Selection, invite_in_background
from tradedoor.access.models import Access
from tradedoor.accounts.models import Login
from tradedoor.audit.models import AuditRow
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.jobs.driving import drive_work
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db
FILES = {
    "/access/export.csv": "access.exported",
    "/stores/harbour/access/export.csv": "access.exported",
    "/crm/customers/export.csv": "export.made",
    "/crm/contacts/export.csv": "export.made",
    "/catalogue/export.csv": "catalog.exported",
    "/stores/harbour/mail-outs/subscribed/export.csv": "mailouts.exported",
    "/activity/export.csv": "audit.exported",
    "job": "jobs.result_read",
}


@pytest.fixture
def owner(ada_login: Login) -> Client:
    client = Client()
    client.post("/login/", {"email": ada_login.email, "password": make.PASSWORD})
    return client


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_taken_away_and_nobody_in_between_keeps_it_csv_03(
    path: str, owner: Client, bea: Access, harbour: Store, sam: Actor, ada: Actor
) -> None:
    if path == "job":
        prepare_background()
        work = invite_in_background(harbour, Selection(), actor=ada)
        drive_work(work.pk)
        path, event = f"/jobs/{work.public_id}/result.csv", FILES["job"]
    else:
        event = FILES[path]

    answer = owner.get(path)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]  # a file's

    assert answer.status_code == 200
    assert content
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    row = AuditRow.objects.filter(event=event).latest("pk")
    assert row.actor_id == ada.login_id
