"""Deciding who the person of a row is, and what changes about them."""

from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.crm.imports.directory import Directory
from tradedoor.crm.imports.drafts import ADDRESS, CONSENTS, Draft, person_key
from tradedoor.crm.imports.index import Repeats
from tradedoor.crm.imports.outcomes import ImportOptions, Status
from tradedoor.crm.imports.plan import (
    Owner,
    Person,
    Plan,
    RowRefused,
    RowSkipped,
    Unit,
    Verdict,
    duplicate_of,
    is_same_address,
)
from tradedoor.crm.keys import name_key, one_line
from tradedoor.crm.models import Contact

APART = frozenset({"department", ADDRESS})
CONSENT_SOURCE = "import"


def plan_person(
    verdict: Verdict, plan: Plan, options: ImportOptions, repeats: Repeats, directory: Directory
) -> None:
    """Decide on the person of a row whose customer is known. Raises `RowRefused`, `RowSkipped`."""
    draft, owner = verdict.draft, verdict.owner
    if owner is None or draft.contact_key is None:
        return
    first = repeats.contacts.get(draft.number)
    if first is not None and draft.number not in repeats.other:
        raise RowRefused(duplicate_of(first))
    held = directory.people[owner.pk, draft.contact_key] if owner.pk else []
    living = [contact for contact in held if contact.archived_at is None]
    named = [contact for contact in living if _is_named_alike(contact, draft)]
    if draft.number in repeats.shared:
        living = named
    elif len(living) > 1 and len(named) != 1:
        raise RowRefused(_("More than one contact of this customer has this email or name."))
    elif len(living) > 1:
        living = named
    if living:
        _plan_present(verdict, living[0], plan, options)
    elif held and all(contact.merged_into_id for contact in held) and draft.number not in repeats.shared:
        # Where the file comes from they are still two; the survivor is not to be written over by both in turn.
        raise RowSkipped(_("This contact was merged into another one."))
    elif held and draft.number not in repeats.shared:
        raise RowRefused(_("This contact is archived."))
    elif not options.create:
        raise RowSkipped(_("This contact is new, and new ones are not to be created."))
    else:
        _warn_of_same_email(verdict, owner, first, directory)
        _plan_new(verdict, owner, plan)


def _plan_new(verdict: Verdict, owner: Owner, plan: Plan) -> None:
    draft = verdict.draft
    given = draft.contact or {}
    person = Person(owner, draft.number)
    person.values = {name: value for name, value in given.items() if name not in APART}
    if any(given.get(name) for name in CONSENTS):
        person.values |= {"consent_at": timezone.now(), "consent_source": CONSENT_SOURCE}
    person.department = _department(given.get("department", ""), owner, plan)
    person.address = given.get(ADDRESS, {})
    plan.new_people.append(person)
    verdict.person = person
    verdict.status = Status.CREATED


def _plan_present(verdict: Verdict, contact: Contact, plan: Plan, options: ImportOptions) -> None:
    verdict.contact = contact
    if not options.update:
        raise RowSkipped(_("This contact is there already."))
    owner, given = verdict.owner, verdict.draft.contact or {}
    if owner is None:
        return
    person = Person(owner, verdict.draft.number, row=contact, pk=contact.pk)
    person.values = {
        name: value
        for name, value in given.items()
        # The email is what led here; another spelling of it is no news.
        if name not in APART and name not in {"email", "email_canonical"} and getattr(contact, name) != value
    }
    if any(person.values.get(name) for name in CONSENTS):
        person.values |= {"consent_at": timezone.now(), "consent_source": CONSENT_SOURCE}
    if "department" in given:
        unit = _department(given["department"], owner, plan)
        person.department = unit if unit.pk is None or unit.pk != contact.department_id else None
    if ADDRESS in given and not is_same_address(contact.address, given[ADDRESS]):
        person.address = given[ADDRESS]
    if person.values or person.department or person.address:
        plan.changed_people.append(person)
        verdict.person = person
        verdict.status = Status.UPDATED
    else:
        verdict.status = Status.UNCHANGED


def _department(name: str, owner: Owner, plan: Plan) -> Unit:
    tidy_name = one_line(name)
    if not tidy_name:
        return owner.main
    key = name_key(tidy_name)
    if key not in owner.departments:
        owner.departments[key] = Unit(owner, tidy_name)
        plan.new_departments.append(owner.departments[key])
    return owner.departments[key]


def _warn_of_same_email(verdict: Verdict, owner: Owner, first: int | None, directory: Directory) -> None:
    if first is not None:
        verdict.reasons.append(
            _("Row %(row)d has the same email for another person of this customer.") % {"row": first}
        )
    email = (verdict.draft.contact or {}).get("email_canonical", "")
    if not email:
        return
    others = [told for customer_id, told in directory.elsewhere[email] if customer_id != owner.pk]
    if others:
        verdict.reasons.append(
            _("%(name)s of %(customer)s has this email too.")
            % {"name": others[0].name, "customer": others[0].customer}
        )


def _is_named_alike(contact: Contact, draft: Draft) -> bool:
    given = draft.contact or {}
    asked = person_key(given.get("first_name", ""), given.get("last_name", ""))
    return person_key(contact.first_name, contact.last_name) == asked
