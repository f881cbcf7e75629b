"""One installation as a stranger has it: a folder, the `tradedoor` command, and processes that may be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

COMMAND = Path(sys.executable).parent / "tradedoor"
SECONDS = 120


def until(is_true: Callable[[], bool], *, what: str, seconds: float = SECONDS, pause: float = 0.05) -> None:
    """Wait until it is true, and `pause` in between. Raises `AssertionError` that says `what` was waited for."""
    last = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < last, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(pause)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_answering(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@dataclass
class Installation:
    """Its settings, what its commands printed, and its running processes with one log file each."""

    folder: Path
    mail_port: int
    port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: list[Path] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "PYTHONUNBUFFERED": "1",
            "TRADEDOOR_ENV_FILE": "",
            "TRADEDOOR_DATA_DIR": str(self.folder / "data"),
            "TRADEDOOR_PORT": str(self.port),
            "TRADEDOOR_WORKERS": "1",
            "TRADEDOOR_DEMO": "0",
            "TRADEDOOR_MAIL_URL": f"smtp://127.0.0.1:{self.mail_port}",
            "TRADEDOOR_MAIL_FROM": "Seller <shop@example.org>",
            "TRADEDOOR_MAIL_PER_MINUTE": "0",
            "TRADEDOOR_SMTPUTF8": "1",
        }

    def run(self, *words: str | Path) -> str:
        """Run one command to its end and return what it printed. Raises `AssertionError` where it failed."""
        done = subprocess.run(
            [COMMAND, *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, name: str) -> None:
        """Start `tradedoor web` or `tradedoor worker`; what it says goes to a file."""
        log = self.folder / f"{name}-{len(self.logs)}.log"
        self.logs.append(log)
        with log.open("wb") as stream:
            self.processes[name] = subprocess.Popen(
                [COMMAND, name],
                cwd=self.folder,
                env=self.environment,
                stdout=stream,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def kill(self, name: str) -> None:
        """As a machine that loses its power: nothing is finished, nothing is said."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End all processes and see that they end."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()

    def wait_for_web(self) -> None:
        """Return once the web server answers. Raises `AssertionError` with what it said instead."""
        try:
            until(lambda: is_answering(self.port), what="the first answer of the web server")
        except AssertionError as no:
            raise AssertionError(self.said()[-2000:]) from no

    def said(self) -> str:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace") for log in self.logs)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_given: object, **_more: object) -> None:
        """Follow nothing: a scanner looks at what it was given."""


def look(address: str, *, method: str = "GET") -> int:
    """Open an address as a mail scanner does, without cookies; give the status."""
    request = urllib.request.Request(address, method=method)  # noqa: S310 - taken from a mail of ours
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as answer:
        return answer.code
