"""`tradedoor run` as a process: what it prints, that it keeps both others alive, and that it ends cleanly."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source import SRC

pytestmark = pytest.mark.journey
SECONDS = 60


@dataclass
class Running:
    """A `tradedoor run` that was started, with what it has printed so far."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def hears(self, sentence: str) -> bool:
        return until(
            lambda: bool(re.search(sentence, self.said())) or self.process.poll() is not None
        ) and bool(re.search(sentence, self.said()))

    def children(self) -> dict[str, int]:
        """The processes it keeps, by the name of their command."""
        pids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {
            Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").rpartition("\0")[2]: int(pid)
            for pid in pids
        }


def until(is_true: Callable[[], bool], *, seconds: float = SECONDS) -> bool:
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        if is_true():
            return True
        time.sleep(0.05)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(folder: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(SRC.parent),
        "PYTHONUNBUFFERED": "1",
        "TRADEDOOR_ENV_FILE": "",
        "TRADEDOOR_DATA_DIR": str(folder / "data"),
        "TRADEDOOR_PORT": str(port),
        "TRADEDOOR_WORKERS": "1",
        "TRADEDOOR_DEMO": "0",
    }


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    port = free_port()
    log = folder / f"{port}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "tradedoor.config.cli", "run"],
            cwd=folder,
            env=environment(folder, port),
            stdout=stream,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    try:
        yield Running(process, log, port)
    finally:
        process.terminate()
        process.wait(30)


def test_one_command_starts_all_keeps_it_alive_and_ends_it(tmp_path: Path) -> None:
    with running(tmp_path) as one:
        assert one.hears(rf"Tradedoor is ready: http://127.0.0.1:{one.port}/"), one.said()
        assert "There is no owner yet" in one.said()
        with urllib.request.urlopen(f"http://127.0.0.1:{one.port}/readyz", timeout=10) as answer:
            assert answer.status == 200
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700

        before = one.children()
        assert sorted(before) == ["web", "worker"]
        os.kill(before["worker"], signal.SIGKILL)
        assert one.hears("The worker process ended and was started again")
        assert until(lambda: one.children().get("worker", before["worker"]) != before["worker"])
        assert one.children()["web"] == before["web"]

        # As Ctrl-C does: to every process of the terminal's group.
        began = time.monotonic()
        os.killpg(one.process.pid, signal.SIGINT)
        assert one.process.wait(30) == 0
        assert time.monotonic() - began < 8
        assert not any(Path(f"/proc/{pid}").exists() for pid in before.values())

    began = time.monotonic()
    with running(tmp_path) as again:
        assert again.hears("Tradedoor is ready"), again.said()
        assert time.monotonic() - began < 15, "a second start has nothing to prepare"


def test_a_port_that_is_taken_is_refused_by_the_name_of_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "-m", "tradedoor.config.cli", "run"],
            cwd=tmp_path,
            env=environment(tmp_path, taken.getsockname()[1]),
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    assert done.returncode == 1
    assert "TRADEDOOR_PORT: cannot listen on 127.0.0.1" in done.stderr
