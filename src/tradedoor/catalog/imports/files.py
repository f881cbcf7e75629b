"""Uploaded product files, opened as it was agreed to read them."""

from tradedoor.catalog.imports.groups import Group, gather
from tradedoor.catalog.models import ProductFile
from tradedoor.core.sheets.keeping import Shelf
from tradedoor.core.sheets.table import Sheet

SHELF = Shelf("product-imports")


def open_kept(file: ProductFile) -> Sheet:
    """Raises `Conflict` (`file_gone`) where the data folder no longer holds it, `Invalid` for what is no table."""
    return SHELF.open(file.public_id, name=file.name, encoding=file.encoding)


def read_groups(file: ProductFile) -> list[Group]:
    """Read the whole file into products: rows of one product may stand far apart."""
    mapping = {key: int(column) for key, column in file.mapping.items()}
    return gather(open_kept(file).rows(), mapping=mapping, currency=file.currency)
