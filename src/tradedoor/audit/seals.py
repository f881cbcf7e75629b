"""Tamper evidence: rows are chained by a job, never by the transaction that writes them (AUD-04).

So writers never wait for each other. A row whose transaction ends late, with an id lower than rows already
sealed, is simply a member of a later seal: which seal holds a row stands in a table of memberships, to which
is only ever added. A chain alone shows neither that its end was cut off nor that a holder of the key made it
anew; for that its head is kept elsewhere.
"""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, Min, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.audit.models import AuditDetail, AuditRow, AuditSeal, AuditSealedRow
from tradedoor.audit.values import canonical, detail_digest, place_of
from tradedoor.core.bulk import insert_many

BATCH = 2000
# Longer than any transaction of ours lives. Only rows younger than this are looked through every minute; the
# first run of a day looks through all, so that nothing stays out for good.
LATEST = timedelta(hours=1)
ROW_FIELDS = (
    "id", "at", "event", "actor_kind", "actor_id", "actor_label", "on_behalf_id", "store_id", "customer_id",
    "contact_id", "access_id", "login_id", "result", "request_id", "data", "detail_digest",
)  # fmt: skip

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the whole history found. `problem` is a code, empty where all is well."""

    seals: int
    rows: int
    erased: int
    unsealed: int
    unsealed_since: datetime | None
    head: str
    problem: str = ""
    bad_row: int | None = None
    bad_seal: int | None = None

    @property
    def is_sound(self) -> bool:
        return not self.problem

    @property
    def sentence(self) -> str:
        if self.is_sound:
            return _(
                "%(rows)s rows in %(seals)s seals are as they were written; %(unsealed)s wait for a seal."
            ) % {
                "rows": self.rows,
                "seals": self.seals,
                "unsealed": self.unsealed,
            }
        return {
            "row_changed": _("Row %(row)s (seal %(seal)s) was changed."),
            "row_missing": _("Row %(row)s (seal %(seal)s) is missing."),
            "detail_changed": _("The detail of row %(row)s (seal %(seal)s) was changed."),
            "seal_changed": _("Seal %(seal)s, or which rows it holds, was changed."),
            "seal_missing": _("Seal %(seal)s is missing."),
            "other_key": _("Seal %(seal)s was made with another key than TRADEDOOR_AUDIT_KEY."),
        }[self.problem] % {"row": self.bad_row, "seal": self.bad_seal}


class _Broken(Exception):  # noqa: N818 - how the check ends early, seen by nobody
    def __init__(self, problem: str, seal: int, row: int | None = None) -> None:
        super().__init__(problem)
        self.problem, self.seal, self.row = problem, seal, row


def seal_new_rows() -> int:
    """Chain every row that is not yet, and return how many were.

    Safe in parallel: whoever comes second to a link of the chain stops and leaves the rest to the next run.
    """
    sealed = 0
    floor = _floor()
    while rows := list(_unsealed(floor).order_by("pk").values_list(*ROW_FIELDS)[:BATCH]):
        try:
            _seal(rows)
        except IntegrityError:
            break
        sealed += len(rows)
    return sealed


def verify() -> Verdict:
    """Check the chain from its first link to its last and say what, if anything, was tampered with.

    An erased detail is no fault: what is left of it verifies.
    """
    seals = rows = erased = 0
    head = ""
    problem, bad_row, bad_seal = "", None, None
    try:
        for seal in AuditSeal.objects.order_by("number").iterator():
            erased += _check(seal, number=seals + 1, previous=head)
            seals, rows, head = seals + 1, rows + seal.rows, seal.mac
    except _Broken as broken:
        problem, bad_row, bad_seal = broken.problem, broken.row, broken.seal
    tail = _unsealed(0).aggregate(count=Count("pk"), since=Min("at"))
    return Verdict(
        seals=seals,
        rows=rows,
        erased=erased,
        unsealed=tail["count"],
        unsealed_since=tail["since"],
        head=head,
        problem=problem,
        bad_row=bad_row,
        bad_seal=bad_seal,
    )


def unsealed_since() -> datetime | None:
    """Since when rows wait for their seal; None where all have one."""
    since: datetime | None = _unsealed(_floor()).aggregate(since=Min("at"))["since"]
    return since


def _unsealed(floor: int) -> QuerySet[AuditRow]:
    return AuditRow.objects.filter(
        ~Exists(AuditSealedRow.objects.filter(row_id=OuterRef("pk"))), pk__gt=floor
    )


def _floor() -> int:
    """Return an id up to which rows are surely settled: what a seal older than any transaction reached."""
    now = timezone.now()
    newest = AuditSeal.objects.order_by("-number").first()
    if newest is None or newest.at.date() != now.date():
        return 0
    settled = AuditSeal.objects.filter(at__lt=now - LATEST).order_by("-number").first()
    return settled.last_id if settled else 0


def _seal(rows: Sequence[Row]) -> None:
    last = AuditSeal.objects.order_by("-number").first()
    number = last.number + 1 if last else 1
    at = timezone.now()
    lines = [_line(row) for row in rows]
    with transaction.atomic():
        AuditSeal.objects.create(
            number=number,
            at=at,
            first_id=rows[0][0],
            last_id=rows[-1][0],
            rows=len(rows),
            key_id=_key_id(),
            mac=_chained(number, at, last.mac if last else "", lines),
        )
        insert_many(
            AuditSealedRow,
            ["row_id", "seal_id", "mac"],
            [(row[0], number, _row_mac(line)) for row, line in zip(rows, lines, strict=True)],
        )


def _check(seal: AuditSeal, *, number: int, previous: str) -> int:
    """Return how many details of the seal's rows were erased. Raises `_Broken` with the first bad row."""
    if seal.number != number:
        raise _Broken("seal_missing", number)
    if seal.key_id != _key_id():
        raise _Broken("other_key", number)
    lines: list[str] = []
    erased = 0
    for mac, row, detail in _members(seal):
        if row is None:
            raise _Broken("row_missing", number, mac[0])
        line = _line(row)
        if not hmac.compare_digest(_row_mac(line), mac[1]):
            raise _Broken("row_changed", number, row[0])
        erased += _check_detail(number, row, detail)
        lines.append(line)
    if len(lines) != seal.rows or not hmac.compare_digest(
        _chained(number, seal.at, previous, lines), seal.mac
    ):
        raise _Broken("seal_changed", number)
    return erased


def _members(seal: AuditSeal) -> Iterator[tuple[tuple[int, str], Row | None, AuditDetail | None]]:
    macs = list(seal.members.order_by("row_id").values_list("row_id", "mac"))
    ids = AuditSealedRow.objects.filter(seal=seal).values("row_id")
    rows = {row[0]: row for row in AuditRow.objects.filter(pk__in=ids).values_list(*ROW_FIELDS)}
    details = AuditDetail.objects.filter(pk__in=ids).in_bulk()
    for mac in macs:
        yield mac, rows.get(mac[0]), details.get(mac[0])


def _check_detail(seal: int, row: Row, detail: AuditDetail | None) -> int:
    kept = row[-1]
    if detail is None:
        return 1 if kept else 0
    place = place_of(detail.ip, detail.agent)
    now = detail_digest(salt=detail.salt, values=detail.values, place=place)
    # An emptied half was erased; whatever still stands must be what was written.
    for written, found in zip((kept or ":").split(":"), now.split(":"), strict=True):
        if found and found != written:
            raise _Broken("detail_changed", seal, row[0])
    return int(now != (kept or ":"))


def _line(row: Row) -> str:
    return canonical(
        [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in row]
    )


def _chained(number: int, at: datetime, previous: str, lines: Sequence[str]) -> str:
    start = canonical([number, at.astimezone(UTC).isoformat(), previous])
    return hmac.new(_key(), "\n".join([start, *lines]).encode(), hashlib.sha256).hexdigest()


def _row_mac(line: str) -> str:
    return hmac.digest(_key(), b"row\n" + line.encode(), "sha256").hex()[:32]


def _key() -> bytes:
    return str(settings.TRADEDOOR_AUDIT_KEY).encode()


def _key_id() -> str:
    return hashlib.sha256(b"audit key\n" + _key()).hexdigest()[:16]
