"""Makes the files that the tests of tables read."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[[bytes | str], Path]:
    def write(content: bytes | str) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def xlsx_file(tmp_path: Path) -> Callable[..., Path]:
    """A workbook of one sheet with these rows; `fill` may do more to it before it is saved."""

    def write(rows: list[list[object]], *, fill: Callable[[Workbook], None] | None = None) -> Path:
        book = Workbook()
        assert book.active is not None
        for row in rows:
            book.active.append(row)
        if fill is not None:
            fill(book)
        path = tmp_path / "table.xlsx"
        book.save(path)
        return path

    return write


@pytest.fixture
def repack() -> Callable[..., Path]:
    """Put parts into an archive, and leave others out."""

    def put_into(path: Path, put: dict[str, bytes], *, drop: frozenset[str] = frozenset()) -> Path:
        packed = BytesIO()
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                if name not in put and name not in drop:
                    new.writestr(name, old.read(name))
            for name, content in put.items():
                new.writestr(name, content)
        path.write_bytes(packed.getvalue())
        return path

    return put_into
