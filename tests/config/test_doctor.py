"""`tradedoor doctor`: each thing that may be the matter is named with its cure, and what is well is not."""

import json
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.utils import timezone

from tests import make
from tradedoor.access.models import Access, Tab
from tradedoor.accounts.roles import Role
from tradedoor.config.checkup import Finding, State, checkup
from tradedoor.config.cli import cli
from tradedoor.core.actor import Actor
from tradedoor.jobs.models import WorkerPulse
from tradedoor.mail.outbox import pause_mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def well(settings: Any, tmp_path: Path) -> None:
    """An installation of which nothing is the matter."""
    settings.TRADEDOOR_DATA_DIR = tmp_path
    tmp_path.chmod(0o700)
    make.staff("Olga Owner", role=Role.OWNER)


def found(what: str) -> Finding:
    [one] = [each for each in checkup() if each.what == what]
    return one


def test_of_one_that_is_well_nothing_is_bad() -> None:
    assert [each for each in checkup() if each.state is State.BAD] == []
    done = CliRunner().invoke(cli, ["doctor", "--json"])
    assert done.exit_code == 0
    assert {row["what"] for row in json.loads(done.stdout)} >= {"data folder", "database", "worker", "tabs"}


def test_a_folder_or_a_key_that_others_may_read(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    key = tmp_path / "keys" / "link.key"
    key.write_text("x")
    key.chmod(0o644)
    assert found("data folder").state is State.BAD
    assert str(key) in found("data folder").cure
    done = CliRunner().invoke(cli, ["doctor"])
    assert done.exit_code == 1
    assert "chmod" in done.stdout


def test_a_worker_nobody_has_heard_of() -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    WorkerPulse.objects.create(name="w", started_at=long_ago, seen_at=long_ago)
    assert found("worker").state is State.BAD
    assert "tradedoor worker" in found("worker").cure


def test_mail_that_is_paused(ada: Actor) -> None:
    pause_mail(actor=ada)
    assert found("mail") == Finding("mail", State.NOTE, "All mail is paused.", "Let it go at Mail.")


def test_a_mail_server_that_does_not_answer(settings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        settings.TRADEDOOR_MAIL_CAPTURED = False
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", taken.getsockname()[1]
        assert found("mail server").state is State.BAD
        assert "refused" in found("mail server").sentence


def test_a_setting_that_a_server_must_not_have(settings: Any) -> None:
    settings.TRADEDOOR_BASE_URL = "https://shop.example"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    bad = [each.sentence for each in checkup() if each.what == "settings"]
    assert any("CSRF_COOKIE_SECURE" in sentence for sentence in bad)


def test_a_tab_whose_number_is_wrong(bea: Access) -> None:
    Access.objects.filter(pk=bea.pk).update(tab=Tab.ERROR)
    assert found("tabs").state is State.BAD
