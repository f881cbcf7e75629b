"""A file on its way in, whatever it holds: the same pages import customers, contacts and products."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradedoor.access.actions.crm import start_import
from tradedoor.catalog.actions.importing import (
    describe_products_file,
    products_file_for,
    receive_products_file,
    start_products_import,
)
from tradedoor.catalog.actions.importing import result_table as products_result
from tradedoor.catalog.imports.files import open_kept
from tradedoor.catalog.imports.targets import TARGETS
from tradedoor.catalog.models import ProductFile
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed, NotFound, Refusal
from tradedoor.core.permissions import Permission
from tradedoor.core.sheets.mapping import Target
from tradedoor.core.sheets.table import Sheet
from tradedoor.crm.actions.imports import describe_import, start_check, upload_import
from tradedoor.crm.errors import NoSuchImport
from tradedoor.crm.imports.columns import CONTACT_PREFIX, CUSTOMER_PREFIX, targets_for
from tradedoor.crm.imports.outcomes import ImportOptions
from tradedoor.crm.imports.results import result_table
from tradedoor.crm.imports.spool import opened
from tradedoor.crm.models import ImportFile
from tradedoor.crm.queries import import_file_for, import_files
from tradedoor.jobs.models import Work

PRODUCTS = "products"
KINDS: Mapping[str, Promise] = {
    ImportFile.Kind.CUSTOMERS.value: _("Customers"),
    ImportFile.Kind.CONTACTS.value: _("Contacts"),
    PRODUCTS: _("Products"),
}
Groups = list[tuple[str | Promise, list[Target]]]


def kinds_for(actor: Actor) -> list[tuple[str, Promise]]:
    """What the actor may import."""
    wanted = {PRODUCTS: Permission.CATALOG_IMPORT}
    return [
        (kind, label) for kind, label in KINDS.items() if actor.can(wanted.get(kind, Permission.CRM_IMPORT))
    ]


class Upload(ABC):
    """What the pages ask of an uploaded file."""

    has_options = False
    can_choose_encoding = False
    file: ImportFile | ProductFile

    @property
    @abstractmethod
    def kind(self) -> str: ...

    @property
    def work(self) -> Work | None:
        """What is being done with the file, or was: the import, else the check."""
        return self.file.apply_work or self.file.check_work

    @property
    def columns(self) -> dict[int, str]:
        """What each column is taken for now."""
        return {int(column): key for key, column in self.file.mapping.items()}

    @property
    def must_confirm_encoding(self) -> bool:
        return self.file.encoding_is_guess and not self.file.encoding_confirmed

    def rows_of(self, numbers: Collection[int]) -> dict[int, list[str]]:
        """The cells of these rows; empty where the file is no longer kept."""
        found: dict[int, list[str]] = {}
        if not numbers:
            return found
        last, wanted = max(numbers), set(numbers)
        try:
            for row in self.sheet().rows():
                if row.number in wanted:
                    found[row.number] = list(row.cells)
                if row.number >= last:
                    break
        except Refusal:
            return found
        return found

    @abstractmethod
    def sheet(self) -> Sheet: ...

    @abstractmethod
    def targets(self) -> Groups: ...

    @abstractmethod
    def describe(self, *, actor: Actor, mapping: Mapping[str, int], given: Mapping[str, Any]) -> None: ...

    @abstractmethod
    def check(self, *, actor: Actor) -> Work: ...

    @abstractmethod
    def apply(self, *, actor: Actor) -> Work: ...

    @abstractmethod
    def result(self, work: Work, *, actor: Actor) -> tuple[Sequence[str], Iterator[Sequence[object]]]: ...


class CrmUpload(Upload):
    """A file of customers or contacts."""

    has_options = True
    file: ImportFile

    def __init__(self, file: ImportFile) -> None:
        self.file = file
        self.can_choose_encoding = bool(file.encoding)

    @property
    def kind(self) -> str:
        return self.file.kind

    def sheet(self) -> Sheet:
        return opened(self.file)

    def targets(self) -> Groups:
        found = targets_for(self.file.kind)
        prefixes = (CONTACT_PREFIX, CUSTOMER_PREFIX)
        own = [target for target in found if not target.key.startswith(prefixes)]
        other = [target for target in found if target.key.startswith(prefixes)]
        if self.file.kind == ImportFile.Kind.CUSTOMERS:
            return [(_("Customer"), own), (_("A contact in the same row"), other)]
        return [(_("Contact"), own), (_("The customer in the same row"), other)]

    def reread(self, *, actor: Actor, encoding: str, sheet: str) -> None:
        describe_import(self.file, actor=actor, encoding=encoding, sheet=sheet)

    def describe(self, *, actor: Actor, mapping: Mapping[str, int], given: Mapping[str, Any]) -> None:
        rows = given.get("rows", "both")
        options = ImportOptions(
            create=rows in {"both", "create"},
            update=rows in {"both", "update"},
            create_customers=bool(given.get("create_customers")),
        )
        encoding = self.file.encoding if given.get("letters") else ""
        self.file = describe_import(
            self.file, actor=actor, mapping=mapping, options=options, encoding=encoding
        )

    def check(self, *, actor: Actor) -> Work:
        return start_check(self.file, actor=actor)

    def apply(self, *, actor: Actor) -> Work:
        return start_import(self.file, actor=actor)

    def result(self, work: Work, *, actor: Actor) -> tuple[Sequence[str], Iterator[Sequence[object]]]:
        table = result_table(self.file, work, actor=actor)
        return table.header, iter(table.rows)


class ProductUpload(Upload):
    """A file of products."""

    file: ProductFile

    def __init__(self, file: ProductFile) -> None:
        self.file = file

    @property
    def kind(self) -> str:
        return PRODUCTS

    def sheet(self) -> Sheet:
        return open_kept(self.file)

    def targets(self) -> Groups:
        return [(_("Product"), list(TARGETS))]

    def describe(self, *, actor: Actor, mapping: Mapping[str, int], given: Mapping[str, Any]) -> None:
        self.file = describe_products_file(
            self.file,
            actor=actor,
            mapping=mapping,
            currency=given.get("currency", ""),
            confirm_encoding=bool(given.get("letters")),
        )

    def check(self, *, actor: Actor) -> Work:
        return start_products_import(self.file, actor=actor, dry_run=True)

    def apply(self, *, actor: Actor) -> Work:
        if self.file.apply_work is not None:
            return self.file.apply_work
        return start_products_import(self.file, actor=actor)

    def result(self, work: Work, *, actor: Actor) -> tuple[Sequence[str], Iterator[Sequence[object]]]:
        header, rows = products_result(self.file, work, actor=actor)
        return header, iter(rows)


def receive(content: IO[bytes], *, kind: str, name: str, actor: Actor) -> Upload:
    """Keep a file and find out how to read it. Raises `NotAllowed`, and `Invalid` for what is no table."""
    if kind == PRODUCTS:
        return ProductUpload(receive_products_file(content, name=name, actor=actor))
    return CrmUpload(upload_import(content, kind=kind, name=name, actor=actor))  # type: ignore[arg-type]  # read only


def upload_for(public_id: UUID, *, actor: Actor) -> Upload:
    """The uploaded file of this id, of what the actor may import. Raises `NotAllowed`, `NotFound`."""
    if actor.can(Permission.CRM_IMPORT) and (crm := _crm_file(public_id, actor=actor)):
        return CrmUpload(crm)
    try:
        return ProductUpload(products_file_for(public_id, actor=actor))
    except NotFound:
        # What is no file of products may be one that this role does not import.
        return CrmUpload(import_file_for(public_id, actor=actor))
    except NotAllowed:
        if actor.can(Permission.CRM_IMPORT):
            raise NoSuchImport from None
        raise


def _crm_file(public_id: UUID, *, actor: Actor) -> ImportFile | None:
    return import_files(actor).filter(public_id=public_id).first()


def first_cells(cells: Iterable[str], *, most: int = 3) -> str:
    """Enough of a row to know which one it is."""
    return " · ".join([cell.strip() for cell in cells if cell.strip()][:most])
