"""Keep the web server and the worker running as children of one command."""

import http.client
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

POLL_SECONDS = 0.2
GRACE_SECONDS = 15
# A child that dies so often, each time within so many seconds of its start, will not live by being started again.
SHORT_LIFE_SECONDS = 10
SHORT_LIVES_ALLOWED = 3


class ChildKeepsDyingError(Exception):
    """A process ends right after each start; its own last words are on the terminal."""


@dataclass
class Child:
    """One process of the installation, and how it is started."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    short_lives: int = 0

    def start(self) -> None:
        self.started = time.monotonic()
        # In a group of its own: Ctrl-C reaches every process of the terminal's group, and a web server that is told
        # to stop twice, by it and by us, waits for its workers in vain.
        self.process = subprocess.Popen(self.command, process_group=0)  # noqa: S603  # our own commands only

    def restart_if_dead(self) -> bool:
        """Start the process anew where it ended. Raises `ChildKeepsDyingError`."""
        if self.process is None or self.process.poll() is None:
            return False
        lived = time.monotonic() - self.started
        self.short_lives = self.short_lives + 1 if lived < SHORT_LIFE_SECONDS else 0
        if self.short_lives >= SHORT_LIVES_ALLOWED:
            raise ChildKeepsDyingError(self.name)
        self.start()
        return True


@dataclass
class Supervisor:
    """Starts the children, restarts those that die, and stops all of them when it is told to stop."""

    say: Callable[[str], None]
    children: Sequence[Child]
    stopping: bool = False

    def run(self, *, when_started: Callable[[], None]) -> None:
        """Return once told to stop by SIGINT or SIGTERM. Raises `ChildKeepsDyingError`."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        try:
            for child in self.children:
                child.start()
            when_started()
            while not self.stopping:
                self.watch()
                time.sleep(POLL_SECONDS)
        finally:
            self._end()

    def watch(self) -> None:
        for child in self.children:
            if not self.stopping and child.restart_if_dead():
                self.say(f"The {child.name} process ended and was started again.")

    def wait_for(self, answers: Callable[[], bool], *, seconds: float) -> bool:
        """Wait until the web process answers; say whether it did before the time was up or we are to stop."""
        last = time.monotonic() + seconds
        while time.monotonic() < last and not self.stopping:
            if answers():
                return True
            self.watch()
            time.sleep(POLL_SECONDS / 4)
        return False

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _end(self) -> None:
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        last = time.monotonic() + GRACE_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, last - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def is_answering(host: str, port: int, *, known_as: str) -> bool:
    """Whether the web server at this place answers that it is alive, asked under the name it is `known_as`."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": known_as})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
