"""Settings as a process of its own reads them: what starts, what is refused, and by which name."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import SRC

KEY = "k" * 50
HTTPS = {
    "TRADEDOOR_BASE_URL": "https://trade.example",
    "TRADEDOOR_MAIL_URL": "smtp://mail.example",
    "TRADEDOOR_MAIL_FROM": "trade@example.org",
}
PRINT = """
import json, sys
from tradedoor.config import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


def read(folder: Path, *names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRINT, *names],
        cwd=folder,
        env={
            "PATH": os.defpath,
            "PYTHONPATH": str(SRC.parent),
            "TRADEDOOR_DATA_DIR": str(folder / "data"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def values(folder: Path, *names: str, **environment: str) -> dict[str, Any]:
    done = read(folder, *names, **environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_nothing_set_starts_on_this_machine_with_captured_mail(tmp_path: Path) -> None:
    found = values(
        tmp_path, "TRADEDOOR_BASE_URL", "TRADEDOOR_MAIL_CAPTURED", "DEBUG", "EMAIL_BACKEND", "DATABASES"
    )
    assert found["TRADEDOOR_BASE_URL"] == "http://127.0.0.1:8000"
    assert found["TRADEDOOR_MAIL_CAPTURED"] is True
    assert found["DEBUG"] is False
    assert found["EMAIL_BACKEND"].endswith("dummy.EmailBackend")
    assert found["DATABASES"]["default"]["NAME"] == str(tmp_path / "data" / "tradedoor.sqlite3")


def test_the_base_url_follows_the_port(tmp_path: Path) -> None:
    found = values(tmp_path, "TRADEDOOR_BASE_URL", TRADEDOOR_PORT="8123")
    assert found["TRADEDOOR_BASE_URL"] == "http://127.0.0.1:8123"


def test_keys_are_made_once_long_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    names = ("SECRET_KEY", "TRADEDOOR_LINK_KEY", "TRADEDOOR_AUDIT_KEY")
    first = values(tmp_path, *names)

    assert values(tmp_path, *names) == first
    assert len(set(first.values())) == len(names)
    assert all(len(key) >= 50 for key in first.values())
    files = list((tmp_path / "data" / "keys").iterdir())
    assert sorted(file.name for file in files) == ["audit.key", "link.key", "secret.key"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_key_can_be_given_and_then_no_file_is_made(tmp_path: Path) -> None:
    assert values(tmp_path, "SECRET_KEY", TRADEDOOR_SECRET_KEY=KEY)["SECRET_KEY"] == KEY
    assert not (tmp_path / "data" / "keys" / "secret.key").exists()


def test_an_installation_behind_https_sends_mail_and_guards_its_cookies(tmp_path: Path) -> None:
    found = values(
        tmp_path,
        "ALLOWED_HOSTS",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_NAME",
        "CSRF_TRUSTED_ORIGINS",
        "EMAIL_BACKEND",
        "SECURE_PROXY_SSL_HEADER",
        **HTTPS,
    )
    assert found["ALLOWED_HOSTS"] == ["trade.example"]
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["CSRF_COOKIE_NAME"] == "__Host-csrf"
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://trade.example"]
    assert found["EMAIL_BACKEND"].endswith("smtp.EmailBackend")
    assert found["SECURE_PROXY_SSL_HEADER"] is None


@pytest.mark.parametrize(
    ("address", "port", "ssl", "tls"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtps://mail.example", 465, True, False),
        ("smtp+starttls://mail.example", 587, False, True),
        ("smtp://us%40er:pa%2Fss@mail.example:2525", 2525, False, False),
    ],
)
def test_the_mail_address_says_how_to_reach_the_server(
    tmp_path: Path,
    address: str,
    port: int,
    ssl: bool,  # noqa: FBT001  # a table
    tls: bool,  # noqa: FBT001  # the same
) -> None:
    names = ("EMAIL_PORT", "EMAIL_USE_SSL", "EMAIL_USE_TLS", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD")
    found = values(tmp_path, *names, **HTTPS | {"TRADEDOOR_MAIL_URL": address})
    assert (found["EMAIL_PORT"], found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (port, ssl, tls)
    if "@" in address:
        assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("us@er", "pa/ss")


def test_a_trial_captures_all_mail_even_with_a_server(tmp_path: Path) -> None:
    found = values(
        tmp_path,
        "TRADEDOOR_MAIL_CAPTURED",
        "EMAIL_BACKEND",
        TRADEDOOR_TRIAL="1",
        TRADEDOOR_BASE_URL="http://192.168.1.20:8000",
        TRADEDOOR_MAIL_URL="smtp://mail.example",
    )
    assert found["TRADEDOOR_MAIL_CAPTURED"] is True
    assert found["EMAIL_BACKEND"].endswith("dummy.EmailBackend")


def test_a_file_beside_the_start_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TRADEDOOR_PORT=8111\n")
    assert values(tmp_path, "TRADEDOOR_PORT")["TRADEDOOR_PORT"] == 8111


def test_postgres_gets_a_pool_and_a_decoded_password(tmp_path: Path) -> None:
    address = "postgres://trade:p%40ss@db.example:5433/trade?sslmode=require"
    database = values(tmp_path, "DATABASES", TRADEDOOR_DATABASE_URL=address)["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["PASSWORD"]) == ("db.example", "5433", "p@ss")
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["pool"]["max_size"] > 1


def test_sqlite_is_set_up_as_measured(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite3"
    database = values(tmp_path, "DATABASES", TRADEDOOR_DATABASE_URL=f"sqlite:///{file}")["DATABASES"][
        "default"
    ]
    assert database["NAME"] == str(file)
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_a_mail_server_on_this_machine_may_be_tried_out_without_an_address_of_ones_own(
    tmp_path: Path,
) -> None:
    names = ("TRADEDOOR_MAIL_CAPTURED", "TRADEDOOR_MAIL_PER_MINUTE")
    found = values(tmp_path, *names, TRADEDOOR_MAIL_URL="smtp://127.0.0.1:2525")
    assert found == {"TRADEDOOR_MAIL_CAPTURED": False, "TRADEDOOR_MAIL_PER_MINUTE": 0}


@pytest.mark.parametrize(("said", "pace"), [("auto", 25), ("7", 7), ("0", 0)])
def test_another_mail_server_is_fed_at_the_pace_that_was_said(tmp_path: Path, said: str, pace: int) -> None:
    found = values(tmp_path, "TRADEDOOR_MAIL_PER_MINUTE", **HTTPS, TRADEDOOR_MAIL_PER_MINUTE=said)
    assert found["TRADEDOOR_MAIL_PER_MINUTE"] == pace


@pytest.mark.parametrize(
    ("named", "environment"),
    [
        ("TRADEDOOR_PORT", {"TRADEDOOR_PORT": "99999"}),
        ("TRADEDOOR_PROT", {"TRADEDOOR_PROT": "8000"}),
        ("TRADEDOOR_SECRET_KEY", {"TRADEDOOR_SECRET_KEY": "short"}),
        ("TRADEDOOR_SECRET_KEY", {"TRADEDOOR_SECRET_KEY": ""}),
        ("TRADEDOOR_SECRET_KEY_FALLBACKS", {"TRADEDOOR_SECRET_KEY_FALLBACKS": "short"}),
        ("TRADEDOOR_LINK_KEY", {"TRADEDOOR_LINK_KEY": "x" * 49}),
        ("TRADEDOOR_BASE_URL", {"TRADEDOOR_BASE_URL": "trade.example"}),
        ("TRADEDOOR_BASE_URL", {"TRADEDOOR_BASE_URL": "http://trade.example"}),
        ("TRADEDOOR_BASE_URL", {"TRADEDOOR_BASE_URL": "http://192.168.1.20"}),
        ("TRADEDOOR_BASE_URL", {"TRADEDOOR_BASE_URL": "https://trade.example/shop"}),
        ("TRADEDOOR_BASE_URL", {"TRADEDOOR_BASE_URL": "http://trade.example", "TRADEDOOR_TRIAL": "1"}),
        ("TRADEDOOR_BASE_URL", {"TRADEDOOR_BASE_URL": "http://8.8.8.8", "TRADEDOOR_TRIAL": "1"}),
        ("TRADEDOOR_MAIL_URL", {"TRADEDOOR_BASE_URL": "https://trade.example"}),
        ("TRADEDOOR_MAIL_FROM", HTTPS | {"TRADEDOOR_MAIL_FROM": "a@shop.example"}),
        ("TRADEDOOR_MAIL_FROM", {"TRADEDOOR_MAIL_URL": "smtp://mail.example"}),
        ("TRADEDOOR_DEBUG", HTTPS | {"TRADEDOOR_DEBUG": "1"}),
        ("TRADEDOOR_STORE_HOSTS", {"TRADEDOOR_STORE_HOSTS": "*"}),
        ("TRADEDOOR_STORE_HOSTS", {"TRADEDOOR_STORE_HOSTS": "a.example,.b.example"}),
        ("TRADEDOOR_DATABASE_URL", {"TRADEDOOR_DATABASE_URL": "mysql://db.example/x"}),
        ("TRADEDOOR_PASSWORD_MIN_LENGTH", {"TRADEDOOR_PASSWORD_MIN_LENGTH": "7"}),
        ("TRADEDOOR_ARGON2_MEMORY", {"TRADEDOOR_ARGON2_MEMORY": "19455"}),
        ("TRADEDOOR_EMAIL_CHANGE_DELAY", {"TRADEDOOR_EMAIL_CHANGE_DELAY": "soon"}),
    ],
)
def test_a_start_that_would_go_wrong_is_refused_by_name(
    tmp_path: Path, named: str, environment: dict[str, str]
) -> None:
    done = read(tmp_path, "DEBUG", **environment)
    assert done.returncode != 0
    assert f"{named}: " in done.stderr.splitlines()[-1]
