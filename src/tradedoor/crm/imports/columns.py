"""Which columns a file for the CRM may have, and what they are taken for.

One file may hold companies and persons. Its own kind has the plain keys; the other kind's keys carry a
prefix, so that both can have a phone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from tradedoor.core.sheets.aliases import CONTACT, CUSTOMER, pick
from tradedoor.core.sheets.mapping import Target, check_mapping, fold, guess_mapping
from tradedoor.crm.models import ImportFile

Kind = ImportFile.Kind

ADDRESS_PARTS: Final = ("line1", "line2", "city", "region", "postcode", "country")
CUSTOMER_KEYS: Final = (
    "code", "name", "status", "phone", "email", "website", "language", "tax_id", "currency", "payment_terms",
    "price_tier", "account_manager", "tags", "notes",
    *(f"billing_{part}" for part in ADDRESS_PARTS), *(f"delivery_{part}" for part in ADDRESS_PARTS),
)  # fmt: skip
CONTACT_KEYS: Final = (
    "contact_id", "customer_code", "customer_name", "email", "first_name", "middle_name", "last_name", "suffix", "full_name",
    "title", "job_title", "phone", "phone_type", "mobile", "department", "subscribed", "receive_mail_out",
    "language", "notes", *ADDRESS_PARTS, "archived", "merged_into",
)  # fmt: skip
CONTACT_ID: Final = "contact_id"
OURS: Final = frozenset({CONTACT_ID, "merged_into"})
"""Columns of keys that only our own exports know; those of other systems are no less unique, and mean nothing here."""
ALONE: Final = OURS | {"archived"}
"""Columns that only a file of contacts has."""
TO_CUSTOMER: Final = {"customer_code": "code", "customer_name": "name"}
"""Columns of a contact that say whose contact it is."""
NAMES: Final = frozenset({"first_name", "last_name", "full_name"})
IS_COMPANY: Final = "is_company"
COMPANYS: Final = frozenset({"company", "account", "customer", "billing"})
CUSTOMER_PREFIX: Final = "customer."
CONTACT_PREFIX: Final = "contact."

WHICH = Target(
    IS_COMPANY,
    _("Company or person"),
    aliases=("is a company", "company type", "record type", "is company", "type of record"),
)


@dataclass(frozen=True)
class Columns:
    """The mapping, taken apart: which field of which kind each column fills."""

    customer: tuple[tuple[str, int], ...]
    contact: tuple[tuple[str, int], ...]
    is_company: int | None = None


def targets_for(kind: str) -> list[Target]:
    """What a file of the kind may fill (CSV-02), its own fields first."""
    customer = pick(CUSTOMER, keys=CUSTOMER_KEYS)
    contact = pick(CONTACT, keys=CONTACT_KEYS)
    if kind == Kind.CUSTOMERS:
        people = [
            _prefixed(t, CONTACT_PREFIX, _("Contact"))
            for t in contact
            if t.key not in ALONE | TO_CUSTOMER.keys()
        ]
        return [*customer, *people, WHICH]
    owners = [_prefixed(t, CUSTOMER_PREFIX, _("Customer")) for t in customer if t.key not in {"code", "name"}]
    return [*contact, *owners, WHICH]


def guess_columns(
    kind: str, header: Sequence[str], *, samples: Sequence[Sequence[str]] | None = None
) -> dict[str, int]:
    """The likeliest mapping, to be shown to a person.

    Consent is not guessed from a column of another name than ours: that somebody may be mailed is for a
    person to say. The other kind is guessed only from what is left, and only where the file plainly has it.
    """
    own = pick(CUSTOMER, keys=CUSTOMER_KEYS) if kind == Kind.CUSTOMERS else pick(CONTACT, keys=CONTACT_KEYS)
    which = guess_mapping(header, [WHICH], samples=samples)
    found = which | guess_mapping(header, own, samples=samples, taken=which.values())
    if "receive_mail_out" in found and "mail out" not in fold(header[found["receive_mail_out"]]):
        del found["receive_mail_out"]
    for key in OURS & found.keys():
        # By its own name alone: any other system's file has columns of such numbers.
        if fold(header[found[key]]) != fold(key):
            del found[key]
    if kind == Kind.CUSTOMERS:
        return _unswapped(found | _guess_people(header, samples=samples, taken=found), header)
    return found | _guess_owners(header, samples=samples, taken=found)


def require_columns(kind: str, mapping: Mapping[str, int], header: Sequence[str]) -> None:
    """Raise `Invalid` where the mapping names what may not be filled, or lacks what the kind cannot do without."""
    targets = targets_for(kind)
    check_mapping(mapping, header, targets)
    for one_of in _needed(kind):
        if not one_of & mapping.keys():
            first = next(target for target in targets if target.key in one_of)
            check_mapping(mapping, header, [*targets, first._replace(required=True)])


def columns_of(kind: str, mapping: Mapping[str, int]) -> Columns:
    """The mapping, taken apart by what each column belongs to."""
    customer: list[tuple[str, int]] = []
    contact: list[tuple[str, int]] = []
    own = customer if kind == Kind.CUSTOMERS else contact
    for key, column in mapping.items():
        if key == IS_COMPANY:
            continue
        if key.startswith(CUSTOMER_PREFIX):
            customer.append((key.removeprefix(CUSTOMER_PREFIX), column))
        elif key.startswith(CONTACT_PREFIX):
            contact.append((key.removeprefix(CONTACT_PREFIX), column))
        elif kind == Kind.CONTACTS and key in TO_CUSTOMER:
            customer.append((TO_CUSTOMER[key], column))
        else:
            own.append((key, column))
    return Columns(tuple(customer), tuple(contact), mapping.get(IS_COMPANY))


def _needed(kind: str) -> list[frozenset[str]]:
    """Groups of columns of which one at least must be there, the one to name in a refusal first."""
    if kind == Kind.CUSTOMERS:
        return [frozenset({"name", "code"})]
    return [frozenset({"customer_code", "customer_name", CONTACT_ID}), NAMES | {"email", CONTACT_ID}]


def _guess_people(
    header: Sequence[str], *, samples: Sequence[Sequence[str]] | None, taken: Mapping[str, int]
) -> dict[str, int]:
    keys = set(CONTACT_KEYS) - ALONE - TO_CUSTOMER.keys() - {"notes", "language", *ADDRESS_PARTS}
    found = guess_mapping(header, pick(CONTACT, keys=keys), samples=samples, taken=taken.values())
    if not (NAMES & found.keys() and "email" in found):
        return {}
    found.pop("receive_mail_out", None)
    return {f"{CONTACT_PREFIX}{key}": column for key, column in found.items()}


def _unswapped(found: dict[str, int], header: Sequence[str]) -> dict[str, int]:
    """With "Company Email" beside "Email", the plain one is the person's."""
    for key in ("email", "phone"):
        theirs = found.get(f"{CONTACT_PREFIX}{key}")
        if theirs is not None and key in found and COMPANYS & set(fold(header[theirs]).split()):
            found[key], found[f"{CONTACT_PREFIX}{key}"] = theirs, found[key]
    return found


def _guess_owners(
    header: Sequence[str], *, samples: Sequence[Sequence[str]] | None, taken: Mapping[str, int]
) -> dict[str, int]:
    keys = set(CUSTOMER_KEYS) - {"code", "name", "status", "account_manager", "tags", "notes", "language"}
    found = guess_mapping(header, pick(CUSTOMER, keys=keys), samples=samples, taken=taken.values())
    return {f"{CUSTOMER_PREFIX}{key}": column for key, column in found.items()}


def _prefixed(target: Target, prefix: str, title: object) -> Target:
    return target._replace(
        key=f"{prefix}{target.key}",
        label=format_lazy("{title}: {label}", title=title, label=target.label),
        required=False,
    )
