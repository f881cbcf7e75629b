"""A real web server of this installation in another process, and a browser that asks it over one connection."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.test import Client

START_SECONDS = 60


@dataclass(slots=True)
class Server:
    """One connection, kept open, with the cookies of whoever has signed in by `client`."""

    connection: http.client.HTTPConnection
    client: Client

    def get(self, address: str) -> bytes:
        """The page. Raises `RuntimeError` where there is none."""
        cookies = "; ".join(f"{name}={held.value}" for name, held in self.client.cookies.items())
        self.connection.request("GET", address, headers={"Cookie": cookies, "Accept-Encoding": "gzip"})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{address}: {answer.status}")
        return body


@contextmanager
def serving(client: Client) -> Iterator[Server]:
    """Serve with one process, since one person asks; stop afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    more = {"TRADEDOOR_HOST": "127.0.0.1", "TRADEDOOR_PORT": str(port), "TRADEDOOR_WORKERS": "1"}
    process = subprocess.Popen(
        [Path(sys.executable).with_name("tradedoor"), "web"],
        env=os.environ | more,
        stdout=subprocess.DEVNULL,
    )
    try:
        connection = _reached(process, port)
        yield Server(connection, client)
        connection.close()
    finally:
        process.terminate()
        process.wait(timeout=30)


def _reached(process: subprocess.Popen[bytes], port: int) -> http.client.HTTPConnection:
    last = time.monotonic() + START_SECONDS
    while time.monotonic() < last and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().read() is not None:
                return connection
        except OSError:
            connection.close()
            time.sleep(0.2)
    raise RuntimeError("the web server did not start")
