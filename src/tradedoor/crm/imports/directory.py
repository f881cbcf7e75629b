"""What the CRM holds of what a batch of rows speaks of, asked for in a handful of queries."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from tradedoor.accounts.models import Login
from tradedoor.crm.documents import customer_sort_name
from tradedoor.crm.imports.drafts import Draft, Key, person_key
from tradedoor.crm.imports.plan import Owner, Unit
from tradedoor.crm.keys import code_key, name_key
from tradedoor.crm.models import Address, Contact, Customer, CustomerTag, Department, PriceTier


class Elsewhere(NamedTuple):
    """A contact with an email of the batch."""

    name: str
    customer: str


@dataclass
class Directory:
    """Owners and people by their keys. A dry run keeps one for the whole file, so that later rows find the
    customers that earlier ones would have made; an import makes a new one for each batch.
    """

    locking: bool = False
    whole_customers: bool = True
    is_claimed: Callable[[UUID], bool] | None = None
    """Whether some row of the file names this contact by its ID; None where no row names any."""
    by_code: dict[str, Owner] = field(default_factory=dict)
    by_name: dict[str, list[Owner]] = field(default_factory=lambda: defaultdict(list))
    merged: dict[str, str] = field(default_factory=dict)
    """Codes of the batch whose customer was merged away, and its name; `by_code` leads to the survivor."""
    made_by_code: dict[str, Owner] = field(default_factory=dict)
    made_by_name: dict[str, list[Owner]] = field(default_factory=lambda: defaultdict(list))
    by_key: dict[int, Owner] = field(default_factory=dict)
    by_id: dict[UUID, Contact] = field(default_factory=dict)
    """Contacts that rows name by their ID."""
    people: dict[tuple[int, Key], list[Contact]] = field(default_factory=lambda: defaultdict(list))
    elsewhere: dict[str, list[tuple[int, int, Elsewhere]]] = field(default_factory=lambda: defaultdict(list))
    addresses: dict[tuple[int, str], Address] = field(default_factory=dict)
    tags: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    _tiers: dict[str, int] | None = None
    _managers: dict[str, int] | None = None

    def load(self, drafts: Collection[Draft]) -> None:
        """Forget the batch before, and ask for all that this one needs."""
        self.by_code, self.by_name, self.merged = {}, defaultdict(list), {}
        self.people, self.elsewhere, self.by_id = defaultdict(list), defaultdict(list), {}
        self.addresses, self.tags = {}, defaultdict(set)
        named = {key for draft in drafts for key in (draft.contact_id, draft.merged_into) if key is not None}
        known = (
            dict(Contact.objects.filter(public_id__in=named).values_list("pk", "customer_id"))
            if named
            else {}
        )
        owners = self.by_key = self._load_owners(drafts, homes=set(known.values()))
        asking = [draft for draft in drafts if draft.contact is not None]
        if asking:
            self._load_departments(owners)
            self._load_people(asking, owners, known=known.keys())
            self.by_id = {
                row.public_id: row for rows in self.people.values() for row in rows if row.pk in known
            }
        self._load_rest(drafts, owners)

    def find(self, key: Key) -> list[Owner]:
        """The customers that a key leads to: at most one for a code."""
        kind, text = key
        if kind == "code":
            found = self.by_code.get(text) or self.made_by_code.get(text)
            return [found] if found else []
        return [*self.by_name[text], *self.made_by_name[text]]

    def home_of(self, contact_id: UUID | None) -> Owner | None:
        """The customer of a contact that is named by its ID."""
        contact = self.by_id.get(contact_id) if contact_id else None
        return None if contact is None else self.by_key.get(contact.customer_id)

    def add(self, owner: Owner) -> None:
        """Let later rows find a customer that this row makes."""
        if owner.code:
            self.made_by_code[code_key(owner.code)] = owner
        self.made_by_name[name_key(owner.name)].append(owner)

    def drop(self, owner: Owner) -> None:
        """The row that was to make the customer was refused after all."""
        self.made_by_code.pop(code_key(owner.code), None)
        self.made_by_name[name_key(owner.name)].remove(owner)

    def tier(self, name: str) -> int | None:
        if self._tiers is None:
            self._tiers = {name_key(held): pk for pk, held in PriceTier.objects.values_list("pk", "name")}
        return self._tiers.get(name_key(name))

    def manager(self, said: str) -> int | None:
        """The staff login of this email, or of this name where only one has it."""
        if self._managers is None:
            self._managers = {}
            for pk, email, name in Login.objects.staff().values_list("pk", "email_canonical", "name"):
                self._managers[email] = pk
                named = name_key(name)
                # Zero is nobody's key: a name that two have leads to neither.
                self._managers[named] = 0 if named in self._managers else pk
        return self._managers.get(said.lower()) or self._managers.get(name_key(said)) or None

    def _load_owners(self, drafts: Iterable[Draft], *, homes: Collection[int]) -> dict[int, Owner]:
        codes: set[str] = set()
        names: set[str] = set()
        for draft in drafts:
            if draft.customer_key is not None:
                (codes if draft.customer_key[0] == "code" else names).add(draft.customer_key[1])
        owners: dict[int, Owner] = {}
        if codes:
            for pk, owner in self._owners(Customer.objects.filter(code_key__in=codes)):
                owners[pk] = self.by_code[code_key(owner.code)] = owner
            if any(owner.is_archived for owner in owners.values()):
                self._follow_merges(owners)
        if names:
            sort_names = {customer_sort_name(name) for name in names}
            for pk, found in self._owners(Customer.objects.living().filter(sort_name__in=sort_names)):
                owner = owners.setdefault(pk, found)
                self.by_name[name_key(owner.name)].append(owner)
        if others := set(homes) - owners.keys():
            owners.update(self._owners(Customer.objects.filter(pk__in=others)))
        return owners

    def _follow_merges(self, owners: dict[int, Owner]) -> None:
        """Let the code of a customer that was merged away lead to the one it was merged into."""
        archived = [pk for pk, owner in owners.items() if owner.is_archived]
        heirs = dict(
            Customer.objects.filter(pk__in=archived, merged_into__isnull=False).values_list(
                "pk", "merged_into_id"
            )
        )
        if heirs:
            missing = set(heirs.values()) - owners.keys()
            owners.update(self._owners(Customer.objects.filter(pk__in=missing)))
        for pk, heir in heirs.items():
            gone = owners.pop(pk)
            self.merged[code_key(gone.code)] = gone.name
            self.by_code[code_key(gone.code)] = owners[heir]

    def _owners(self, customers: QuerySet[Customer]) -> Iterator[tuple[int, Owner]]:
        customers = customers.order_by("pk")
        if self.locking:
            customers = customers.select_for_update()
        if self.whole_customers:
            for row in customers:
                archived, merging = row.archived_at is not None, row.merging_into_id is not None
                yield (
                    row.pk,
                    Owner(row.name, row.code, row.pk, row, is_archived=archived, is_merging=merging),
                )
            return
        # Only named, they are many to a file of contacts, and a whole row of each takes longest of all to load.
        fields = ("pk", "name", "code", "archived_at", "merging_into_id")
        for pk, name, code, archived_at, into in customers.values_list(*fields):
            yield pk, Owner(name, code, pk, is_archived=archived_at is not None, is_merging=into is not None)

    def _load_departments(self, owners: dict[int, Owner]) -> None:
        rows = Department.objects.filter(customer__in=owners).values_list(
            "pk", "customer_id", "name", "name_key", "is_main", "archived_at"
        )
        for pk, customer_id, name, key, is_main, archived_at in rows:
            if archived_at is None:
                owner = owners[customer_id]
                owner.departments[key] = Unit(owner, name, is_main, pk)

    def _load_people(
        self, drafts: Iterable[Draft], owners: dict[int, Owner], *, known: Collection[int]
    ) -> None:
        emails: set[str] = set()
        others: set[int] = set()
        for draft in drafts:
            if draft.contact_key and draft.contact_key[0] == "email":
                emails.add(draft.contact_key[1])
            elif draft.customer_key:
                others |= {owner.pk for owner in self.find(draft.customer_key) if owner.pk}
        keys = set(known)
        if emails:
            with_email = Contact.objects.filter(email_canonical__in=emails)
            fields = (
                "pk",
                "customer_id",
                "email_canonical",
                "first_name",
                "last_name",
                "customer__name",
                "archived_at",
            )
            renamed = self._claimed_among(with_email)
            for pk, customer_id, email, first, last, customer, archived_at in with_email.values_list(*fields):
                if customer_id in owners:
                    keys.add(pk)
                if archived_at is None and pk not in renamed:
                    told = Elsewhere(f"{first} {last}".strip() or email, customer)
                    self.elsewhere[email].append((pk, customer_id, told))
        if keys:
            self._take_people(Contact.objects.filter(pk__in=keys))
        if others:
            self._take_people(
                Contact.objects.filter(~Q(pk__in=known), customer__in=others, email_canonical="")
            )

    def _claimed_among(self, rows: QuerySet[Contact]) -> set[int]:
        """Those of whom some row of the file itself says which email they have: that row is compared, not they."""
        if self.is_claimed is None:
            return set()
        return {pk for pk, public_id in rows.values_list("pk", "public_id") if self.is_claimed(public_id)}

    def _take_people(self, rows: QuerySet[Contact]) -> None:
        rows = rows.select_related("address").order_by("pk")
        for row in rows.select_for_update(of=("self",)) if self.locking else rows:
            if row.email_canonical:
                self.people[row.customer_id, ("email", row.email_canonical)].append(row)
            elif row.email:
                self.people[row.customer_id, ("typed", row.email.casefold())].append(row)
            else:
                name = person_key(row.first_name, row.last_name)
                self.people[row.customer_id, ("name", name)].append(row)

    def _load_rest(self, drafts: Collection[Draft], owners: dict[int, Owner]) -> None:
        if any("billing" in draft.customer or "delivery" in draft.customer for draft in drafts):
            rows = Address.objects.filter(customer__in=owners, is_default=True)
            self.addresses = {(row.customer_id, row.kind): row for row in rows}
        if any("tags" in draft.customer for draft in drafts):
            for customer_id, label in CustomerTag.objects.filter(customer__in=owners).values_list(
                "customer_id", "label"
            ):
                self.tags[customer_id].add(label.casefold())
