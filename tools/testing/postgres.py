"""A private PostgreSQL for one command: made in a temporary folder, reached by a socket, gone afterwards.

python -m tools.testing.postgres COMMAND…      runs COMMAND with TEST_DATABASE_URL set
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

START_SECONDS = 30
# Nothing in it outlives the command, so it need not survive a power cut.
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "listen_addresses": "",
    "log_min_messages": "fatal",
}


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL server on this machine, if there is one."""
    parents = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True
    )
    return next((folder for folder in [*debian, *parents] if is_server(folder)), None)


def is_server(folder: Path) -> bool:
    return all((folder / name).exists() for name in ("initdb", "postgres", "pg_isready"))


@contextmanager
def cluster(kept: Path | None = None, **settings: str) -> Iterator[str]:
    """Start a server and give its address; stop and remove it afterwards. Raises `RuntimeError` without one.

    A `kept` folder stays, with all databases, for the next time.
    """
    bin_dir = binaries()
    if bin_dir is None:
        raise RuntimeError("No PostgreSQL server is installed.")
    # PostgreSQL refuses to run as root, so root hands it to the user its package made.
    user = "postgres" if os.geteuid() == 0 else None
    folder = kept or Path(tempfile.mkdtemp(prefix="tradedoor-pg-"))
    server: subprocess.Popen[bytes] | None = None
    try:
        folder.chmod(0o755)
        if user:
            shutil.chown(folder, user)
        if not (folder / "data").exists():
            _initdb(bin_dir, folder, user)
        port = 20000 + secrets.randbelow(40000)
        server = _start(bin_dir, folder, user, port, QUICK | settings)
        yield f"postgres://tradedoor@/tradedoor?host={folder}&port={port}"
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)
            server.wait()
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def _initdb(bin_dir: Path, folder: Path, user: str | None) -> None:
    subprocess.run(
        [bin_dir / "initdb", "-D", folder / "data", "-U", "tradedoor", "-A", "trust", "-E", "UTF8",
         "--locale=C.UTF-8", "--no-sync"],
        check=True, cwd=folder, user=user, stdout=subprocess.DEVNULL, env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip


def _start(
    bin_dir: Path, folder: Path, user: str | None, port: int, settings: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = subprocess.Popen(
        [bin_dir / "postgres", "-D", folder / "data", "-k", folder, "-p", str(port), *options],
        cwd=folder,
        user=user,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
    )
    last = time.monotonic() + START_SECONDS
    while time.monotonic() < last and server.poll() is None:
        ready = subprocess.run(
            [
                bin_dir / "pg_isready",
                "-q",
                "-h",
                folder,
                "-p",
                str(port),
                "-U",
                "tradedoor",
                "-d",
                "postgres",
            ],
            check=False,
        )
        if ready.returncode == 0:
            return server
        time.sleep(0.1)
    server.kill()
    server.wait()
    raise RuntimeError("The private PostgreSQL did not start.")


def stop_on_sigterm(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(143)


def main() -> int:
    signal.signal(signal.SIGTERM, stop_on_sigterm)
    with cluster() as url:
        return subprocess.run(
            sys.argv[1:], check=False, env={**os.environ, "TEST_DATABASE_URL": url}
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
