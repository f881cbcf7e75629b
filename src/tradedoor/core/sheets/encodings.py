"""Finds out how the text of a file is encoded, by reading all of it once."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from tradedoor.core.errors import Invalid

# What a person may choose when the guess was wrong. A list, because some codecs of Python are no text encodings.
ENCODINGS = (
    "utf-8",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "iso-8859-1",
    "iso-8859-15",
    "cp1250",
    "iso-8859-2",
    "cp437",
    "cp850",
    "mac-roman",
)
_ALIASES = {"utf8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16-le", "windows-1252": "cp1252"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CHUNK = 1 << 20


class Encoding(NamedTuple):
    name: str
    bom: int
    """How many bytes stand before the text."""
    guessed: bool


def detect(path: Path, *, name: str, wanted: str | None = None) -> Encoding:
    """How the file is encoded, proven by decoding the whole of it.

    Without a mark at its start a file is UTF-8 where it can be read as that, else it is taken for cp1252, which is a
    guess and flagged as one: nearly every file can be read so. Raises `Invalid` if it cannot be read, or holds NUL.
    """
    with path.open("rb") as file:
        head = file.read(3)
    marked, bom = next(((codec, len(mark)) for mark, codec in _BOMS if head.startswith(mark)), ("", 0))
    if wanted is not None:
        codec = _ALIASES.get(wanted.lower(), wanted.lower())
        if codec not in ENCODINGS:
            raise Invalid(
                _("The encoding %(encoding)s is not known here.") % {"encoding": wanted},
                code="unknown_encoding",
                field="encoding",
            )
        if codec.startswith("utf-16") and marked.startswith("utf-16"):
            codec = marked
        found = Encoding(codec, bom if codec == marked else 0, guessed=False)
    elif marked:
        found = Encoding(marked, bom, guessed=False)
    else:
        found = Encoding("utf-8" if _is_utf8(path, name=name) else "cp1252", 0, guessed=False)
        if found.name == "utf-8":
            return found
        found = found._replace(guessed=True)
    _require_readable(path, found, name=name)
    return found


def _chunks(path: Path, skip: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(skip)
        while chunk := file.read(_CHUNK):
            yield chunk


def _is_utf8(path: Path, *, name: str) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    try:
        for chunk in _chunks(path, 0):
            _refuse_nul(chunk.find(b"\0"), chunk.count(b"\n", 0, max(chunk.find(b"\0"), 0)) + line, name=name)
            decoder.decode(chunk)
            line += chunk.count(b"\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _require_readable(path: Path, encoding: Encoding, *, name: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding.name)()
    line = 1
    try:
        for chunk in _chunks(path, encoding.bom):
            text = decoder.decode(chunk)
            _refuse_nul(text.find("\0"), text.count("\n", 0, max(text.find("\0"), 0)) + line, name=name)
            line += text.count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        line += error.object[: error.start].decode(encoding.name, "ignore").count("\n")
        raise Invalid(
            _(
                "%(name)s, line %(line)d: this is not text in the encoding %(encoding)s. Save the file as UTF-8."
            )
            % {"name": name, "line": line, "encoding": encoding.name},
            code="unreadable_text",
            field="encoding",
            data={"line": line},
        ) from error


def _refuse_nul(at: int, line: int, *, name: str) -> None:
    if at >= 0:
        raise Invalid(
            _(
                "%(name)s, line %(line)d: there is a NUL character, so this is no text file. Save it as CSV in UTF-8."
            )
            % {"name": name, "line": line},
            code="nul",
            field="file",
            data={"line": line},
        )
