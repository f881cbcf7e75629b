"""One hand-out as a file of one of its kinds."""

from dataclasses import dataclass
from enum import StrEnum

from tradedoor.handouts.facts import Handout
from tradedoor.handouts.packages import Parts
from tradedoor.handouts.pdf import pdf_file
from tradedoor.handouts.word import word_file

WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Kind(StrEnum):
    WORD = "docx"
    PDF = "pdf"


TYPES = {Kind.WORD: WORD_TYPE, Kind.PDF: "application/pdf"}
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file with the name under which it is given out."""

    name: str
    content: bytes
    content_type: str


def made_file(handout: Handout, template: Parts, *, kind: Kind) -> MadeFile:
    """The hand-out as a file; the template only stands behind Word files."""
    content = word_file(template, handout) if kind is Kind.WORD else pdf_file(handout)
    return MadeFile(f"{plain_name(handout.customer)}.{kind}", content, TYPES[kind])


def plain_name(text: str) -> str:
    """The text as part of a file's name on any system: letters, digits, and little else."""
    kept = "".join(letter if letter.isalnum() or letter in "-_." else " " for letter in text)
    return " ".join(kept.split())[:LONGEST_NAME].strip(" .") or "hand-out"
