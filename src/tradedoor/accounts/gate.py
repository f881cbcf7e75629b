"""A counted gate before the password hash, over all processes of this machine (HA-03).

Each slot is a file with an advisory lock, so that a process that is killed gives its slot back by
dying. There are as many slots as cores: more hashes at once would only hold memory.
"""

import fcntl
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from tradedoor.accounts.errors import Busy

LONGEST_WAIT_SECONDS = 3.0
STEP_SECONDS = 0.004
RETRY_AFTER_SECONDS = 5

# At most half of a process's threads may wait, so that the others keep answering pages.
waiting = threading.BoundedSemaphore(max(1, settings.TRADEDOOR_THREADS // 2))


@contextmanager
def hashing_slot() -> Iterator[None]:
    """Hold one of the slots while hashing.

    Raises `Busy` at once where too many of this process wait already, and after three seconds
    where no slot came free.
    """
    slot = _free_slot()
    if slot is None:
        slot = _awaited_slot()
    try:
        yield
    finally:
        os.close(slot)


def _awaited_slot() -> int:
    if not waiting.acquire(blocking=False):
        raise Busy(retry_after=RETRY_AFTER_SECONDS)
    try:
        give_up_at = time.monotonic() + LONGEST_WAIT_SECONDS
        while time.monotonic() < give_up_at:
            time.sleep(STEP_SECONDS)
            if (slot := _free_slot()) is not None:
                return slot
    finally:
        waiting.release()
    raise Busy(retry_after=RETRY_AFTER_SECONDS)


def _free_slot() -> int | None:
    """A locked file descriptor, or None. A new descriptor each time: two threads sharing one would share the lock."""
    folder = _folder()
    slots = os.cpu_count() or 1
    for number in random.sample(range(slots), slots):
        descriptor = os.open(folder / f"hash-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            return descriptor
    return None


def _folder() -> Path:
    folder = Path(settings.TRADEDOOR_DATA_DIR) / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
