"""The rows of a product file, gathered into products."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from tradedoor.catalog.documents import sku_key
from tradedoor.catalog.imports.facts import Facts, read_facts
from tradedoor.core.errors import Invalid
from tradedoor.core.sheets.table import Row


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes, or became, of one row: the same in a dry run and in the result file."""

    number: int
    status: str
    reason: str = ""
    sku: str = ""


CREATED, UPDATED, UNCHANGED, REFUSED = "created", "updated", "unchanged", "refused"
STATUSES = (CREATED, UPDATED, UNCHANGED, REFUSED)


@dataclass(slots=True)
class Group:
    """The rows of one product, wherever in the file they stand; and rows that could not be read."""

    rows: list[Facts] = field(default_factory=list)
    refused: list[Line] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.rows) + len(self.refused)

    @property
    def handle(self) -> str:
        return self.rows[0].handle if self.rows else ""

    @property
    def model(self) -> str:
        """The model that several rows share; empty where a row stands alone or a handle says it better."""
        return self.rows[0].model if len(self.rows) > 1 and not self.handle else ""


def gather(rows: Iterable[Row], *, mapping: Mapping[str, int], currency: str) -> list[Group]:
    """Return the products of a file in the order in which each first appears.

    Rows that share a handle are one product. Where there is no handle, rows that share model and category are
    one product in several colours and sizes. Any other row is a product of its own. A row that cannot be read
    stands alone with its reason, so that no row is lost.
    """
    groups: dict[object, Group] = {}
    first_rows: dict[str, int] = {}
    for row in rows:
        try:
            facts = _facts(row, mapping=mapping, currency=currency)
            _require_first(facts, first_rows)
        except Invalid as refusal:
            line = Line(row.number, REFUSED, str(refusal), sku=_said(row, mapping, "sku"))
            groups[row.number] = Group(refused=[line])
            continue
        groups.setdefault(_key(facts), Group()).rows.append(facts)
    return list(groups.values())


def _facts(row: Row, *, mapping: Mapping[str, int], currency: str) -> Facts:
    if row.problem:
        raise Invalid(row.problem, code="bad_row")
    cells = {key: row.cells[column] for key, column in mapping.items()}
    return read_facts(row.number, cells, currency=currency)


def _require_first(facts: Facts, first_rows: dict[str, int]) -> None:
    """Refuse the second row of a variant: which of the two would be right is anybody's guess."""
    if facts.is_image_only:
        return
    key = sku_key(facts.sku) or "|".join([facts.handle, *facts.option_values])
    if (before := first_rows.setdefault(key, facts.number)) != facts.number:
        sentence = (
            _("The SKU %(sku)s stands in row %(row)d already.")
            if facts.sku
            else _("This product stands in row %(row)d already, with the same options.")
        )
        raise Invalid(sentence % {"sku": facts.sku, "row": before}, code="duplicate", field="sku")


def _key(facts: Facts) -> object:
    if facts.handle:
        return ("handle", facts.handle)
    if facts.model:
        return ("model", facts.model.casefold(), tuple(name.casefold() for name in facts.categories))
    return facts.number


def _said(row: Row, mapping: Mapping[str, int], key: str) -> str:
    return row.cells[mapping[key]].strip()[:100] if key in mapping else ""
