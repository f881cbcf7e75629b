"""What goes wrong around Tradedoor, met at the doors where people would see it."""

import threading
from collections.abc import Callable

from django.db import connections

from tests.access.doors.conftest import ada_desk, clock, sam_desk, server

__all__ = ["ada_desk", "at_once", "clock", "sam_desk", "server"]


def at_once(*acts: Callable[[], object]) -> None:
    """Let all of them begin at the same moment, each on a connection of its own. An accident of one is raised."""
    together = threading.Barrier(len(acts))
    accidents: list[Exception] = []

    def run(act: Callable[[], object]) -> None:
        together.wait()
        try:
            act()
        except Exception as error:  # noqa: BLE001 - a thread's accident must reach the test
            accidents.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if accidents:
        raise accidents[0]
