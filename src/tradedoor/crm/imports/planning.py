"""Deciding what each row of a batch means: who its customer is, who the person, and what changes."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tradedoor.crm.imports.columns import Kind
from tradedoor.crm.imports.directory import Directory
from tradedoor.crm.imports.drafts import Draft, Key
from tradedoor.crm.imports.index import Repeats
from tradedoor.crm.imports.outcomes import ImportOptions, Status
from tradedoor.crm.imports.people import plan_person
from tradedoor.crm.imports.plan import (
    Owner,
    Plan,
    RowRefused,
    RowSkipped,
    Verdict,
    codes_of,
    duplicate_of,
    is_same_address,
    new_owner,
)
from tradedoor.crm.keys import name_key
from tradedoor.crm.models import Customer

APART = frozenset({"billing", "delivery", "tags", "price_tier", "account_manager", "code"})


@dataclass(frozen=True)
class Terms:
    """What the file is and what was asked for: the same for every batch."""

    kind: str
    options: ImportOptions
    repeats: Repeats

    def writes_customer(self, draft: Draft) -> bool:
        """Whether the row speaks for its customer, rather than only naming it."""
        return self.kind == Kind.CUSTOMERS or (draft.is_company and self.options.create_customers)

    @property
    def may_make_customers(self) -> bool:
        return self.options.create if self.kind == Kind.CUSTOMERS else self.options.create_customers


def plan_rows(drafts: Collection[Draft], *, terms: Terms, directory: Directory) -> Plan:
    """Decide on every row. Asks the CRM in a number of queries that does not grow with the rows."""
    directory.load([draft for draft in drafts if not draft.problem])
    plan = Plan([Verdict(draft, reasons=list(draft.warnings)) for draft in drafts])
    for verdict in plan.verdicts:
        try:
            _plan_customer(verdict, plan, terms, directory)
        except (RowRefused, RowSkipped) as ending:
            verdict.end(ending)
            continue
        if verdict.draft.contact is not None:
            try:
                plan_person(verdict, plan, terms.options, terms.repeats, directory)
            except (RowRefused, RowSkipped) as ending:
                verdict.end(ending)
            _mind_customer(verdict)
    _take_back_refused(plan, directory)
    return plan


def _plan_customer(verdict: Verdict, plan: Plan, terms: Terms, directory: Directory) -> None:
    draft = verdict.draft
    if draft.problem:
        raise RowRefused(draft.problem)
    if draft.customer_key is None:
        _plan_home(verdict, directory)
        return
    if draft.contact is None and not terms.writes_customer(draft):
        if draft.is_company:
            raise RowSkipped(_("This is a company, and companies are not to be created."))
        raise RowRefused(_("There is neither a name nor an email."))
    first = terms.repeats.customers.get(draft.number)
    if first is not None and draft.contact is None:
        raise RowRefused(duplicate_of(first))
    found = _found(draft, draft.customer_key, directory)
    if not found:
        _plan_new_customer(verdict, plan, terms, directory)
    elif draft.customer_key[0] == "code" and draft.customer_key[1] in directory.merged:
        _plan_merged(verdict, found[0])
    elif terms.writes_customer(draft) and first is None and found[0].row is not None:
        _plan_present_customer(verdict, found[0], found[0].row, plan, terms, directory)
    else:
        _plan_owner(verdict, found[0], terms)


def _found(draft: Draft, key: Key, directory: Directory) -> list[Owner]:
    """The one customer that the row names, if there is one. Of several with its name, that of the contact itself."""
    found = directory.find(key)
    if len(found) > 1 and (home := directory.home_of(draft.contact_id)) in found:
        return [owner for owner in found if owner is home]
    if len(found) > 1:
        raise RowRefused(
            _("More than one customer has this name: %(codes)s. Give the customer code.")
            % {"codes": codes_of(found)}
        )
    return found


def _plan_home(verdict: Verdict, directory: Directory) -> None:
    """The row names no customer: it is that of the contact whose ID it gives."""
    home = directory.home_of(verdict.draft.contact_id)
    if home is None:
        raise RowRefused(_("There is neither a customer code nor a company name."))
    _require_living(home)
    verdict.owner = home


def _plan_new_customer(verdict: Verdict, plan: Plan, terms: Terms, directory: Directory) -> None:
    draft = verdict.draft
    if not terms.may_make_customers:
        if terms.kind == Kind.CUSTOMERS:
            raise RowSkipped(_("This customer is new, and new ones are not to be created."))
        raise RowRefused(_no_such_customer(draft))
    if "name" not in draft.customer:
        raise RowRefused(_("There is no company name, and no customer with this code."))
    owner = new_owner(draft)
    _take_specials(verdict, owner, directory)
    owner.tags = list(draft.customer.get("tags", ()))
    owner.addresses = {
        kind: draft.customer[kind] for kind in ("billing", "delivery") if kind in draft.customer
    }
    directory.add(owner)
    plan.new_customers.append(owner)
    verdict.owner = owner
    if draft.contact is None:
        verdict.status = Status.CREATED


def _no_such_customer(draft: Draft) -> str:
    if code := draft.customer.get("code"):
        return _("There is no customer with the code %(code)s.") % {"code": code}
    return _("There is no customer called %(name)s.") % {"name": draft.customer["name"]}


def _plan_owner(verdict: Verdict, owner: Owner, terms: Terms) -> None:
    """The row only names its customer, or an earlier row has spoken for it."""
    draft = verdict.draft
    _require_living(owner)
    if draft.contact is None:
        raise RowRefused(duplicate_of(owner.created_by or draft.number))
    verdict.owner = owner
    name = draft.customer.get("name", "")
    if name and not terms.writes_customer(draft) and name_key(name) != name_key(owner.name):
        verdict.reasons.append(_("The customer with this code is called %(name)s.") % {"name": owner.name})


def _plan_merged(verdict: Verdict, owner: Owner) -> None:
    """The row names a customer that was merged away: it speaks for nobody, and its person belongs to the survivor."""
    merged = _("The customer with this code was merged into %(name)s (%(code)s).") % {
        "name": owner.name,
        "code": owner.code,
    }
    if verdict.draft.contact is None:
        raise RowSkipped(merged)
    _require_living(owner)
    verdict.owner = owner
    verdict.reasons.append(merged)


def _plan_present_customer(
    verdict: Verdict, owner: Owner, row: Customer, plan: Plan, terms: Terms, directory: Directory
) -> None:
    _require_living(owner)
    draft = verdict.draft
    verdict.owner = owner
    if not terms.options.update:
        if draft.contact is None:
            raise RowSkipped(_("This customer is there already."))
        return
    if _take_changes(verdict, owner, row, directory):
        owner.changed_by = draft.number
        plan.changed_customers.append(owner)
    if draft.contact is None:
        verdict.status = Status.UPDATED if owner.changed_by == draft.number else Status.UNCHANGED


def _require_living(owner: Owner) -> None:
    if owner.is_archived:
        raise RowRefused(_("This customer is archived."))
    if owner.is_merging:
        raise RowRefused(
            _("This customer is being merged into another one. Import the row once that is done.")
        )


def _take_changes(verdict: Verdict, owner: Owner, row: Customer, directory: Directory) -> bool:
    """Note what the row changes of a present customer; say whether that is anything."""
    draft = verdict.draft
    by_name = draft.customer_key is not None and draft.customer_key[0] == "name"
    wanted = {
        name: value
        for name, value in draft.customer.items()
        # Found by its name, a customer keeps the spelling of it.
        if name not in APART and not (by_name and name == "name")
    }
    owner.values.update(wanted)
    _take_specials(verdict, owner, directory)
    owner.values = {name: value for name, value in owner.values.items() if getattr(row, name) != value}
    held = directory.tags[row.pk]
    owner.tags = [label for label in draft.customer.get("tags", ()) if label.casefold() not in held]
    owner.addresses = {
        kind: draft.customer[kind]
        for kind in ("billing", "delivery")
        if kind in draft.customer
        and not is_same_address(directory.addresses.get((row.pk, kind)), draft.customer[kind])
    }
    return bool(owner.values or owner.tags or owner.addresses)


def _take_specials(verdict: Verdict, owner: Owner, directory: Directory) -> None:
    """Find the rows that price tier and account manager name."""
    draft = verdict.draft
    if tier := draft.customer.get("price_tier"):
        tier_id = directory.tier(tier)
        if tier_id is None:
            raise RowRefused(_("There is no price tier called %(name)s.") % {"name": tier})
        owner.values["price_tier_id"] = tier_id
    if said := draft.customer.get("account_manager"):
        login_id = directory.manager(said)
        if login_id is None:
            verdict.reasons.append(
                _("Nobody of the staff is %(name)s; the account manager was left out.") % {"name": said}
            )
        else:
            owner.values["account_manager_id"] = login_id


def _mind_customer(verdict: Verdict) -> None:
    """A row that changed its customer changed something, whatever became of its person."""
    owner, number = verdict.owner, verdict.draft.number
    if owner is None or verdict.status == Status.REFUSED:
        return
    if owner.created_by == number:
        verdict.reasons.append(_("The customer was created with it."))
        if verdict.status != Status.CREATED:
            verdict.status = Status.UPDATED
    elif owner.changed_by == number and verdict.status in {Status.UNCHANGED, Status.SKIPPED}:
        verdict.status = Status.UPDATED


def _take_back_refused(plan: Plan, directory: Directory) -> None:
    """All or nothing of a row (CSV-02): what a refused one meant for its customer is not written either."""
    refused = {verdict.draft.number for verdict in plan.verdicts if verdict.status == Status.REFUSED}
    if not refused:
        return
    plan.changed_customers = [owner for owner in plan.changed_customers if owner.changed_by not in refused]
    for owner in [owner for owner in plan.new_customers if owner.created_by in refused]:
        heirs = [v.draft.number for v in plan.verdicts if v.owner is owner and v.draft.number not in refused]
        if heirs:
            owner.created_by = heirs[0]
        else:
            plan.new_customers.remove(owner)
            directory.drop(owner)
            for verdict in plan.verdicts:
                if verdict.owner is owner:
                    verdict.owner = None
