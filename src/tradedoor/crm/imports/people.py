"""Deciding who the person of a row is, and what changes about them."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.crm.imports.directory import Directory, Elsewhere
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
EMAIL = frozenset({"email", "email_canonical"})
"""What leads to a contact, and changes only where the ID does so instead."""
CONSENT_SOURCE = "import"


def plan_person(
    verdict: Verdict, plan: Plan, options: ImportOptions, repeats: Repeats, directory: Directory
) -> None:
    """Decide on the person of a row whose customer is known. Raises `RowRefused`, `RowSkipped`."""
    draft, owner = verdict.draft, verdict.owner
    if owner is None:
        return
    first = repeats.contacts.get(draft.number)
    if draft.contact_id is not None:
        if draft.number in repeats.ids:
            raise RowRefused(duplicate_of(repeats.ids[draft.number]))
        if (known := directory.by_id.get(draft.contact_id)) is not None:
            _plan_known(verdict, known, plan, options, repeats, directory)
            return
        _mind_unknown(verdict)
    elif draft.leaves:
        raise RowRefused(_("Archived and Merged into need the Contact ID of the contact."))
    elif first is not None and draft.number not in repeats.other:
        raise RowRefused(duplicate_of(first))
    _plan_by_key(verdict, owner, plan, options, repeats, directory)


def _plan_by_key(
    verdict: Verdict,
    owner: Owner,
    plan: Plan,
    options: ImportOptions,
    repeats: Repeats,
    directory: Directory,
) -> None:
    """Decide on the person whom the email, or else the name, leads to."""
    draft = verdict.draft
    first = repeats.contacts.get(draft.number)
    held = _held(draft, owner, repeats, directory)
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


def _held(draft: Draft, owner: Owner, repeats: Repeats, directory: Directory) -> list[Contact]:
    """The contacts that the row may mean by its email or name."""
    if draft.contact_key is None:
        raise RowRefused(_("There is neither a name nor an email."))
    # Two rows of unlike IDs are two contacts, whatever email they share.
    is_apart = draft.contact_id is not None and draft.number in repeats.contacts
    if owner.pk is None or is_apart:
        return []
    held = directory.people[owner.pk, draft.contact_key]
    if not repeats.claimed:
        return held
    return [contact for contact in held if not repeats.is_claimed(contact.public_id)]


def _plan_known(
    verdict: Verdict,
    contact: Contact,
    plan: Plan,
    options: ImportOptions,
    repeats: Repeats,
    directory: Directory,
) -> None:
    """Decide on the contact whose ID the row gives: email and customer may change too.

    The CRM's word is taken, as for all imports: another malformed email, one that a colleague has, an archived or
    moved contact. What that means for accesses is theirs to show. Raises `RowRefused`, `RowSkipped`.
    """
    draft, owner = verdict.draft, verdict.owner
    verdict.contact = contact
    if contact.merged_into_id is not None:
        raise RowSkipped(_("This contact was merged into another one."))
    if contact.archived_at is not None and draft.archived:
        verdict.status = Status.UNCHANGED
        return
    if contact.archived_at is not None:
        raise RowRefused(_("This contact is archived."))
    into = _survivor(draft, contact, repeats, directory)
    _plan_present(verdict, contact, plan, options)
    person = verdict.person
    if person is None and draft.leaves and owner is not None:
        person = verdict.person = Person(owner, draft.number, row=contact, pk=contact.pk)
        plan.changed_people.append(person)
        verdict.status = Status.UPDATED
    if person is not None:
        person.archived, person.merged_into = draft.archived, into
        _tell_what_is_unusual(verdict, person, contact, repeats, directory)


def _survivor(draft: Draft, contact: Contact, repeats: Repeats, directory: Directory) -> Contact | None:
    if draft.merged_into is None:
        return None
    if draft.number in repeats.chained:
        raise RowRefused(_("The contact it was merged into leaves by this file too."))
    into = directory.by_id.get(draft.merged_into)
    if into is None or into.archived_at is not None or into.pk == contact.pk:
        raise RowRefused(_("There is no living contact with the ID it was merged into."))
    return into


def _tell_what_is_unusual(
    verdict: Verdict, person: Person, contact: Contact, repeats: Repeats, directory: Directory
) -> None:
    if person.moves:
        home = directory.home_of(contact.public_id)
        verdict.reasons.append(
            _("The contact moves here from %(customer)s.") % {"customer": home.name if home else "–"}
        )
    if person.merged_into is not None:
        verdict.reasons.append(_("The contact is merged into %(name)s.") % {"name": person.merged_into.name})
    elif person.archived:
        verdict.reasons.append(_("The contact is archived."))
    if person.changes_email:
        _tell_new_email(verdict, contact, repeats.contacts.get(verdict.draft.number), directory)


def _tell_new_email(verdict: Verdict, contact: Contact, first: int | None, directory: Directory) -> None:
    email = (verdict.draft.contact or {}).get("email_canonical", "")
    verdict.reasons.append(
        _("The email changes from %(old)s.") % {"old": contact.email}
        if contact.email
        else _("The contact had no email.")
    )
    if first is not None:
        verdict.reasons.append(_same_as_row(first))
    others = [told for key, _customer, told in directory.elsewhere.get(email, ()) if key != contact.pk]
    if others:
        verdict.reasons.append(_same_email(others[0]))


def _mind_unknown(verdict: Verdict) -> None:
    """No contact has the ID, as in another installation than the one exported from: the email leads on."""
    if verdict.draft.archived or verdict.draft.merged_into is not None:
        raise RowSkipped(_("There is no contact with this ID, and archived ones are not created."))
    verdict.reasons.append(_("There is no contact with this ID yet."))


def _plan_new(verdict: Verdict, owner: Owner, plan: Plan) -> None:
    draft = verdict.draft
    given = draft.contact or {}
    person = Person(owner, draft.number, public_id=draft.contact_id)
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
        if name not in APART and name not in EMAIL and getattr(contact, name) != value
    }
    if verdict.draft.contact_id is not None and contact.public_id == verdict.draft.contact_id:
        person.values |= _new_email(contact, given)
    if any(person.values.get(name) for name in CONSENTS):
        person.values |= {"consent_at": timezone.now(), "consent_source": CONSENT_SOURCE}
    if "department" in given or person.moves:
        unit = _department(given.get("department", ""), owner, plan)
        person.department = unit if unit.pk is None or unit.pk != contact.department_id else None
    if ADDRESS in given and not is_same_address(contact.address, given[ADDRESS]):
        person.address = given[ADDRESS]
    if person.values or person.department or person.address:
        plan.changed_people.append(person)
        verdict.person = person
        verdict.status = Status.UPDATED
    else:
        verdict.status = Status.UNCHANGED


def _new_email(contact: Contact, given: Mapping[str, Any]) -> dict[str, str]:
    """The email that the row gives, where it is another one; another spelling of the same is no news."""
    email, address = given.get("email", ""), given.get("email_canonical", "")
    if not email or (address and address == contact.email_canonical) or email == contact.email:
        return {}
    return {"email": email, "email_canonical": address}


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
        verdict.reasons.append(_same_as_row(first))
    email = (verdict.draft.contact or {}).get("email_canonical", "")
    if not email:
        return
    others = [told for _key, customer_id, told in directory.elsewhere[email] if customer_id != owner.pk]
    if others:
        verdict.reasons.append(_same_email(others[0]))


def _same_as_row(first: int) -> str:
    return _("Row %(row)d has the same email for another person of this customer.") % {"row": first}


def _same_email(other: Elsewhere) -> str:
    return _("%(name)s of %(customer)s has this email too.") % {
        "name": other.name,
        "customer": other.customer,
    }


def _is_named_alike(contact: Contact, draft: Draft) -> bool:
    given = draft.contact or {}
    asked = person_key(given.get("first_name", ""), given.get("last_name", ""))
    return person_key(contact.first_name, contact.last_name) == asked
