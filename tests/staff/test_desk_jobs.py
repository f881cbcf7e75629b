"""Jobs: watched, stopped, resumed, and the result fetched."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import make
from tests.staff.conftest import SignedIn
from tradedoor.accounts.models import Login
from tradedoor.accounts.roles import Role
from tradedoor.audit.models import AuditRow
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.stores.models import Store


def work(login: Login, **fields: Any) -> Work:
    now = timezone.now()
    given: dict[str, Any] = {"kind": "x", "title": "Import of people.csv", "state": "running", "total": 480}
    return Work.objects.create(**(given | {"run_at": now, "created_at": now, "login_id": login.pk} | fields))


def test_the_page_says_how_far_it_is(sam_client: Client, sam_login: Login) -> None:
    started = timezone.now() - timedelta(minutes=2)
    job = work(sam_login, done=312, started_at=started, counts={"changed": 7, "skipped": 0})

    page = sam_client.get(f"/jobs/{job.public_id}/").content.decode()

    assert "312 of 480 checked · 7 changed · about 1 minute left" in page
    assert f'formaction="/jobs/{job.public_id}/stop/"' in page
    assert "<noscript>" in page


def test_the_banner_asks_again_until_the_work_has_ended(sam_client: Client, sam_login: Login) -> None:
    job = work(sam_login, done=10)
    htmx = {"HX-Request": "true"}

    running = sam_client.get(f"/jobs/{job.public_id}/", headers=htmx).content.decode()
    Work.objects.update(state="done", done=480, finished_at=timezone.now())
    ended = sam_client.get(f"/jobs/{job.public_id}/", headers=htmx).content.decode()

    assert "<html" not in running
    assert 'hx-trigger="every 2s"' in running
    assert "hx-trigger" not in ended
    assert "Result file (CSV)" in ended


def test_asking_again_and_again_is_no_use_of_the_session(sam_client: Client, sam_login: Login) -> None:
    job = work(sam_login, done=10)
    session = sam_login.sessions.get()
    sam_login.sessions.update(seen_at=timezone.now() - timedelta(minutes=20))

    sam_client.get(f"/jobs/{job.public_id}/", headers={"HX-Request": "true"})
    session.refresh_from_db()
    assert timezone.now() - session.seen_at > timedelta(minutes=19)

    sam_client.get(f"/jobs/{job.public_id}/")
    session.refresh_from_db()
    assert timezone.now() - session.seen_at < timedelta(minutes=1)


def test_stop_and_resume(sam_client: Client, sam_login: Login) -> None:
    job = work(sam_login, done=10)

    assert sam_client.post(f"/jobs/{job.public_id}/stop/")["Location"] == f"/jobs/{job.public_id}/"
    job.refresh_from_db()
    assert job.stop_requested
    Work.objects.update(state="stopped", stop_requested=False)
    assert "Resume" in sam_client.get(f"/jobs/{job.public_id}/").content.decode()

    sam_client.post(f"/jobs/{job.public_id}/resume/")
    job.refresh_from_db()
    assert job.state == "queued"


def test_a_viewer_watches_but_stops_nothing(vic_client: Client, sam_login: Login) -> None:
    job = work(sam_login, done=10)

    page = vic_client.get(f"/jobs/{job.public_id}/").content.decode()
    assert "/stop/" not in page
    for step in ("stop/", "resume/"):
        assert vic_client.post(f"/jobs/{job.public_id}/{step}").status_code == 403
    assert vic_client.get(f"/jobs/{job.public_id}/result.csv").status_code == 403


def test_the_result_is_a_table_that_runs_nothing_in_a_spreadsheet(
    sam_client: Client, sam_login: Login
) -> None:
    job = work(sam_login, state="done", done=2)
    WorkLine.objects.create(
        work=job, number=1, status="created", data={"name": "=HYPERLINK(1)", "email": "a@b.example"}
    )
    WorkLine.objects.create(
        work=job, number=2, status="refused", reason="no name", data={"email": "c@d.example"}
    )

    answer: Any = sam_client.get(f"/jobs/{job.public_id}/result.csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()

    assert answer["Content-Disposition"].startswith("attachment")
    assert lines[0] == '"row","status","reason","name","email"'
    assert lines[1] == '"1","created","","\'=HYPERLINK(1)","a@b.example"'
    assert lines[2] == '"2","refused","no name","","c@d.example"'
    assert AuditRow.objects.filter(event="jobs.result_read", actor_id=sam_login.pk).exists()


def test_an_empty_result_has_its_header(sam_client: Client, sam_login: Login) -> None:
    job = work(sam_login, state="done", total=0)

    answer: Any = sam_client.get(f"/jobs/{job.public_id}/result.csv")

    assert b"".join(answer.streaming_content).decode("utf-8-sig") == '"row","status","reason"\r\n'


def test_work_of_a_store_outside_the_reach_is_missing(
    signed_in: SignedIn, sam_login: Login, harbour: Store, meadow: Store
) -> None:
    job = work(sam_login, store_id=harbour.pk)
    elsewhere = signed_in(make.staff("Max Meadow", role=Role.ACCESS_MANAGER, stores=(meadow,)))

    assert elsewhere.get(f"/jobs/{job.public_id}/").status_code == 404
    assert elsewhere.post(f"/jobs/{job.public_id}/stop/").status_code == 404
    assert "No jobs yet" in elsewhere.get("/jobs/").content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "queued", "done": 0}, "Waiting to start"),
        ({"state": "running", "total": None, "done": 1200}, "1,200 checked"),
        ({"state": "running", "done": 5, "stop_requested": True}, "5 of 480 checked · stopping"),
        ({"state": "failed", "done": 310, "problem": "Row 311 cannot be read."}, "Row 311 cannot be read."),
        (
            {"state": "done", "done": 480, "counts": {"created": 470, "refused": 10}},
            "480 checked · 470 created · 10 refused",
        ),
    ],
)
def test_each_state_is_said_in_words(
    sam_client: Client, sam_login: Login, fields: dict[str, Any], words: str
) -> None:
    job = work(sam_login, **fields)

    assert words in sam_client.get(f"/jobs/{job.public_id}/").content.decode()


def test_all_jobs_are_listed(sam_client: Client, sam_login: Login) -> None:
    work(sam_login, state="done", done=480)
    work(sam_login, title="Invite 43 contacts")

    page = sam_client.get("/jobs/").content.decode()
    assert "Import of people.csv" in page
    assert "Invite 43 contacts" in page
    assert "Import of people.csv" not in sam_client.get("/jobs/?q=invite").content.decode()
