"""The files a stranger brings: real exports where they lie beside the checkout, else made ones of the same shape."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
NAMES = ("resellers.csv", "reseller-contacts.csv", "products.csv")
CUSTOMERS, CONTACTS, PRODUCTS = 701, 753, 295
ACCENTED = (195, 292)
ENDINGS = ("Cycles", "Wheels", "Outdoor", "Sports")
FIRSTS = ("Ada", "Bo", "Cleo", "Dag", "Eve", "Finn", "Gil", "Hana", "Ivo", "Jo")
LASTS = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine")


@dataclass(frozen=True, slots=True)
class Exports:
    """Three files, and whether they are real."""

    customers: Path
    contacts: Path
    products: Path
    more_products: tuple[Path, ...]
    are_real: bool


def exports(folder: Path) -> Exports:
    """The real files, or as many rows made up into `folder`."""
    real = DATA / "adventure-works"
    more = tuple(sorted((DATA / "shopify-products").glob("*.csv")))
    if all((real / name).is_file() for name in NAMES):
        customers, contacts, products = (real / name for name in NAMES)
        return Exports(customers, contacts, products, more, are_real=True)
    made = [folder / name for name in NAMES]
    for path, rows in zip(made, (_customers(), _contacts(), _products()), strict=True):
        _write(path, rows)
    customers, contacts, products = made
    return Exports(customers, contacts, products, more, are_real=False)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def _customers() -> Iterable[Sequence[str]]:
    yield [
        "Account Number",
        "Company",
        "Street",
        "Street 2",
        "City",
        "State/Province",
        "Postal Code",
        "Country",
    ]
    for number in range(CUSTOMERS):
        name = f"{LASTS[number % 10]} {ENDINGS[number % 4]} {number}"
        yield f"AW{number:08}", name, f"{number} High Street", "", "Oxnard", "California", "93030", "US"


def _contacts() -> Iterable[Sequence[str]]:
    yield ["Account Number", "Company", "Job Title", "First Name", "Last Name", "Phone", "Email"]
    for number in range(CONTACTS):
        customer = number % CUSTOMERS
        first, last = FIRSTS[number % 10], LASTS[number // 10 % 10]
        accent = "é" if number in ACCENTED else ""
        email = f"{first}{accent}{number}@cycles{customer}.example".lower()
        company = f"{LASTS[customer % 10]} {ENDINGS[customer % 4]} {customer}"
        yield f"AW{customer:08}", company, "Owner", first, last, f"555-{number:04}", email


def _products() -> Iterable[Sequence[str]]:
    yield ["SKU", "Name", "Model", "Category", "Subcategory", "Description", "List Price", "Stock"]
    for number in range(PRODUCTS):
        category = ("Bikes", "Clothing", "Accessories")[number % 3]
        yield (
            f"SKU-{number:04}", f"Article {number}", f"Model {number}", category, f"{category} {number % 5}",
            "Made for this test, well-vented.", f"{number}.99", str(number),
        )  # fmt: skip
