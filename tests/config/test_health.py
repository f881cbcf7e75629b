"""What a load balancer is told."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from tradedoor.jobs.models import Job, WorkerPulse

pytestmark = pytest.mark.django_db


def waiting_since(minutes: int) -> None:
    then = timezone.now() - timedelta(minutes=minutes)
    Job.objects.create(name="jobs.tidy", run_at=then, created_at=then)


def test_a_living_process_says_so_without_asking_the_database(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


def test_a_new_installation_is_ready(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "database": True,
        "worker": True,
        "email_changes": True,
        "mail": True,
        "queue_seconds": 0,
        "mail_seconds": 0,
    }


def test_jobs_that_nobody_takes_make_it_unready(client: Client) -> None:
    waiting_since(minutes=10)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["worker"] is False
    assert response.json()["queue_seconds"] >= 600


def test_a_worker_that_is_alive_keeps_it_ready(client: Client) -> None:
    waiting_since(minutes=10)
    now = timezone.now()
    WorkerPulse.objects.create(name="w", started_at=now, seen_at=now)
    assert client.get("/readyz").status_code == 200


def test_a_database_that_does_not_answer_makes_it_unready(client: Client) -> None:
    def refuse(*_args: object) -> object:
        raise DatabaseError

    with connection.execute_wrapper(refuse):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "database": False}
