"""The zip that an XLSX is, opened with suspicion: it comes from anywhere."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser
from django.utils.translation import gettext as _

from tradedoor.core.errors import Invalid
from tradedoor.core.sheets.table import Limits

_CHUNK = 1 << 16
_RATIO_FLOOR = 10_000_000
"""Below this size a high ratio harms nobody: a small sheet of equal cells packs extremely well."""
_MANY_PARTS = 10_000
_KEPT_BYTES = 200_000_000
_CONTENT_TYPES = "[Content_Types].xml"

# Whatever zipfile, zlib and expat raise on bytes that are not what they should be.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    SAXException,
    DefusedXmlException,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


@contextmanager
def broken_as_invalid(name: str) -> Iterator[None]:
    """Turn what a damaged file makes the libraries raise into one refusal."""
    try:
        yield
    except _BROKEN as error:
        raise Invalid(
            _("%(name)s is damaged and cannot be read. Open it in Excel and save it again.") % {"name": name},
            code="damaged",
            field="file",
        ) from error


class Package:
    """The parts of a workbook file. Made only for a file that is small enough when unpacked and holds no code."""

    def __init__(self, path: Path, *, name: str, limits: Limits) -> None:
        self.path = path
        self.name = name
        with broken_as_invalid(name), zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if any(info.flag_bits & 1 for info in infos):
                raise self._refusal(
                    _("%(name)s is protected by a password. Save it without one."), code="encrypted"
                )
            self._require_size(infos, limits)
            self.parts = {info.filename.lstrip("/"): info.filename for info in infos}
            self.sizes = {info.filename.lstrip("/"): info.file_size for info in infos}
            self._require_workbook(archive)

    def _require_size(self, infos: list[zipfile.ZipInfo], limits: Limits) -> None:
        """Refuse a zip bomb. The sizes can be trusted: zipfile never unpacks more of a part than it declares."""
        unpacked = sum(info.file_size for info in infos)
        packed = max(self.path.stat().st_size, 1)
        too_dense = unpacked > _RATIO_FLOOR and unpacked > packed * limits.unpacked_ratio
        if unpacked > limits.unpacked_bytes or too_dense or len(infos) > _MANY_PARTS:
            raise self._refusal(_("%(name)s grows too large when unpacked. Save it as CSV."), code="zip_bomb")

    def _require_workbook(self, archive: zipfile.ZipFile) -> None:
        folded = {part.lower() for part in self.parts}
        if _CONTENT_TYPES not in self.parts:
            raise self._refusal(
                _("%(name)s is a zip archive, but no Excel workbook. Send the table in it."),
                code="not_a_workbook",
            )
        types = archive.read(self.parts[_CONTENT_TYPES]).lower()
        if b"macroenabled" in types or any(part.endswith("vbaproject.bin") for part in folded):
            raise self._refusal(_("%(name)s holds macros. Save it as .xlsx."), code="macros")
        if any(part.startswith("xl/externallinks/") for part in folded):
            raise self._refusal(
                _("%(name)s takes values from other files. Paste them as values and save it again."),
                code="external_links",
            )
        if b"spreadsheetml.sheet.main+xml" not in types and b"spreadsheetml.template.main+xml" not in types:
            raise self._refusal(
                _("%(name)s is not an .xlsx workbook. Save it as .xlsx."), code="not_a_workbook"
            )

    def _refusal(self, sentence: str, *, code: str) -> Invalid:
        return Invalid(sentence % {"name": self.name}, code=code, field="file")

    def has(self, part: str) -> bool:
        return part in self.parts

    def parse(self, part: str, handler: ContentHandler) -> Iterator[None]:
        """Feed the part to the handler piece by piece; the caller takes what has gathered after each.

        Document types are refused: with them come entities that grow and entities that fetch.
        """
        with broken_as_invalid(self.name), zipfile.ZipFile(self.path) as archive:
            parser = DefusedExpatParser(forbid_dtd=True)
            parser.setContentHandler(handler)
            with archive.open(self.parts[part]) as stream:
                while chunk := stream.read(_CHUNK):
                    parser.feed(chunk)
                    yield
                parser.close()
                yield

    def read(self, part: str, handler: ContentHandler) -> None:
        """Parse a part whose content is kept: it may be large, but not as large as a sheet."""
        if self.sizes[part] > _KEPT_BYTES:
            raise self._refusal(_("%(name)s grows too large when unpacked. Save it as CSV."), code="zip_bomb")
        for _piece in self.parse(part, handler):
            pass
