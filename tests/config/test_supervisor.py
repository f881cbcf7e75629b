"""One command keeps the others running: with real processes, since that is all it deals with."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tradedoor.config import supervisor
from tradedoor.config.supervisor import Child, ChildKeepsDyingError, Supervisor, is_answering

SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")
DYING = (sys.executable, "-c", "pass")


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def until(is_true: Callable[[], bool]) -> bool:
    last = time.monotonic() + 10
    while time.monotonic() < last and not is_true():
        time.sleep(0.02)
    return is_true()


def pid_of(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def test_a_process_that_is_killed_is_started_again_and_all_end_together() -> None:
    said: list[str] = []
    children = [Child("web", SLEEPER), Child("worker", SLEEPER)]
    keeper = Supervisor(say=said.append, children=children)
    first: list[int] = []

    def act() -> None:
        until(lambda: bool(first))
        os.kill(first[1], signal.SIGKILL)
        until(lambda: pid_of(children[1]) != first[1])
        os.kill(os.getpid(), signal.SIGTERM)

    actor = threading.Thread(target=act)
    actor.start()
    keeper.run(when_started=lambda: first.extend(pid_of(child) for child in children))
    actor.join()

    assert said == ["The worker process ended and was started again."]
    assert pid_of(children[0]) == first[0]
    assert all(child.process is not None and child.process.poll() is not None for child in children)


def test_a_process_that_dies_at_every_start_ends_the_command() -> None:
    children = [Child("web", SLEEPER), Child("worker", DYING)]
    with pytest.raises(ChildKeepsDyingError, match="worker"):
        Supervisor(say=lambda _said: None, children=children).run(when_started=lambda: None)
    assert all(child.process is not None and child.process.poll() is not None for child in children)


def test_a_process_deaf_to_the_first_signal_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", 0.2)
    ready = tmp_path / "ready"
    code = (
        "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(ready)!r}).touch(); time.sleep(60)"
    )
    child = Child("web", (sys.executable, "-c", code))
    keeper = Supervisor(say=lambda _said: None, children=[child])

    def stop_once_deaf() -> None:
        until(ready.exists)
        keeper.stopping = True

    keeper.run(when_started=stop_once_deaf)
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


def test_nothing_listening_is_no_answer() -> None:
    assert not is_answering("127.0.0.1", 1, known_as="127.0.0.1")
