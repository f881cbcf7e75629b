"""A zip written as it is sent, so that seven hundred files take no more memory than one."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import copyfileobj

from tradedoor.handouts.packages import NO_DAY

CHUNK = 1 << 16


class _Outlet(io.RawIOBase):
    """Takes what the zip writes until somebody fetches it; it cannot be gone back in, and says so."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]  # whatever the zip writes is bytes of some kind
        self._waiting += view
        return view.nbytes

    def fetched(self) -> bytes:
        content = bytes(self._waiting)
        self._waiting.clear()
        return content


def zip_chunks(files: Iterable[tuple[str, Path]]) -> Iterator[bytes]:
    """The zip of these files under these names; of two of one name the second is numbered.

    Stored as they are, since each is packed already. A file that is gone meanwhile is left out.
    """
    outlet, taken = _Outlet(), set[str]()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as packed:
        for name, path in files:
            if not path.exists():
                continue
            entry = zipfile.ZipInfo(_free(name, taken), NO_DAY)
            with packed.open(entry, "w") as target, path.open("rb") as source:
                copyfileobj(source, target, CHUNK)
            yield outlet.fetched()
    yield outlet.fetched()


def _free(name: str, taken: set[str]) -> str:
    stem, _dot, ending = name.rpartition(".")
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{stem} ({number}).{ending}"
    taken.add(free.casefold())
    return free
