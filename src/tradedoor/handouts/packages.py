"""A Word file is a zip of parts. Read with every cap a stranger's zip needs, written the same way each time."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO

from django.utils.translation import gettext_lazy as _

from tradedoor.handouts.errors import BadTemplate

MOST_BYTES = 4 * 1024 * 1024
MOST_UNPACKED = 24 * 1024 * 1024
# Of XML alone, which takes many times its size once it is read.
MOST_XML = 8 * 1024 * 1024
MOST_PARTS = 300
CHUNK = 1 << 16
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ENCRYPTED = 0x1
# The first day that a zip can name: the same facts give the same bytes, whenever they are written.
NO_DAY = (1980, 1, 1, 0, 0, 0)

Parts = dict[str, bytes]


def read_package(file: IO[bytes]) -> Parts:
    """Every part by its name. Raises `BadTemplate` for what is no zip, is too large, or unpacks to too much.

    What the zip says of its sizes is not believed: a bomb says little and unpacks to much.
    """
    raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise BadTemplate(
            _("This file is too large: at most %(most)s MB.") % {"most": MOST_BYTES // (1024 * 1024)},
            code="too_large",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            return _unpacked(packed)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as no:
        raise BadTemplate from no


def write_package(parts: Mapping[str, bytes]) -> bytes:
    """The zip of these parts, in their order and without a time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, NO_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            packed.writestr(entry, content, compresslevel=6)
    return out.getvalue()


def _unpacked(packed: zipfile.ZipFile) -> Parts:
    entries = [entry for entry in packed.infolist() if not entry.is_dir()]
    if len(entries) > MOST_PARTS:
        raise BadTemplate(_("This file unpacks to far too much."), code="bomb")
    parts: Parts = {}
    left, xml_left = MOST_UNPACKED, MOST_XML
    for entry in entries:
        if entry.flag_bits & ENCRYPTED or entry.compress_type not in PACKED:
            raise BadTemplate(_("This file is locked with a password. Save it without one."), code="locked")
        if entry.filename in parts or ".." in entry.filename or entry.filename.startswith("/"):
            raise BadTemplate
        is_xml = entry.filename.lower().endswith((".xml", ".rels"))
        content = _read(packed, entry, most=min(left, xml_left) if is_xml else left)
        left -= len(content)
        xml_left -= len(content) if is_xml else 0
        parts[entry.filename] = content
    return parts


def _read(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, *, most: int) -> bytes:
    content = bytearray()
    with packed.open(entry) as part:
        while chunk := part.read(CHUNK):
            content += chunk
            if len(content) > most:
                raise BadTemplate(_("This file unpacks to far too much."), code="bomb")
    return bytes(content)
