"""What a column of a product file may fill (CSV-02). The names by which others call it stand in core."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from tradedoor.core.errors import Invalid
from tradedoor.core.sheets.aliases import PRODUCT, pick
from tradedoor.core.sheets.mapping import check_mapping

# Cost is left out: what the seller pays has no place in a catalogue that buyers read.
KEYS = frozenset(target.key for target in PRODUCT) - {"cost"}
TARGETS = pick(PRODUCT, keys=KEYS)


def require_mapping(mapping: Mapping[str, int], header: Sequence[str]) -> None:
    """Raise `Invalid` unless the mapping can be read and says which product a row is about."""
    check_mapping(mapping, header, TARGETS)
    if not {"sku", "handle"} & set(mapping):
        raise Invalid(
            _(
                "No column was chosen for the SKU or the handle; one of them says which product a row is about."
            ),
            code="missing_columns",
            field="mapping",
        )
