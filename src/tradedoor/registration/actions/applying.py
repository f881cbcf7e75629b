"""What somebody who wants to register has typed, kept as a row; and the mail that follows, decided by a worker.

The page never looks the address up: it counts, writes one row and one job, the same for every address, and the
answer is the same too (REG-06, ENU-02). What the worker finds is told to the owner of the mailbox alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tradedoor.accounts.actions import throttle
from tradedoor.accounts.errors import Busy, Throttled
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical, display_form
from tradedoor.core.errors import Invalid
from tradedoor.crm.fields import AddressData, address_values, tidied
from tradedoor.crm.models import Contact, Customer, Department
from tradedoor.jobs.queue import enqueue
from tradedoor.registration.errors import DomainRefused, RegistrationOff
from tradedoor.registration.events import Event
from tradedoor.registration.limits import PER_ADDRESS, PER_NETWORK
from tradedoor.registration.models import EstoreLink, Registration, Rules
from tradedoor.registration.policy import Verdict, Way, judge, may_register, shut
from tradedoor.registration.queries import known_of, rules_of
from tradedoor.stores.models import Store

ANSWER = "registration.answer"
LIFE = timedelta(hours=48)
LONGEST_ANSWER = 500
# What mail programs make a link of; nobody is called so, and the names stand in mails to others (EML-06).
LINKLIKE = re.compile(r"://|www\.|@|\w\.\w+/", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A filled-in form. `answers` stand in the order of the store's questions."""

    email: str
    first_name: str
    last_name: str
    phone: str = ""
    address: AddressData = field(default_factory=AddressData)
    company: str = ""
    department: UUID | None = None
    answers: Sequence[str] = ()
    accepts_terms: bool = False


def register(store: Store, link: EstoreLink | None, given: Application, *, actor: Actor) -> Registration:
    """Keep what was typed for 48 hours and have a worker mail the owner of the address what to do.

    Raises `RegistrationOff`, `Invalid` naming the field (among them `domain_refused`), `Throttled` for a network
    from which many register, and `Busy`. Asked too often for one address it does nothing further, and says nothing.
    """
    registration = checked(store, link, given)
    keep(registration, actor=actor)
    return registration


def checked(store: Store, link: EstoreLink | None, given: Application) -> Registration:
    """The registration as it would be kept. Raises `RegistrationOff` and `Invalid`."""
    rules = rules_of(store)
    if not store.is_active or not may_register(rules, link):
        raise RegistrationOff
    came_by = link if link is not None and shut(link) is None else None
    address = canonical(given.email)
    verdict = verdict_on(address, rules=rules, store=store, link=came_by)
    if verdict.way is Way.REFUSED:
        raise DomainRefused(field="email")
    now = timezone.now()
    customer_id = came_by.customer_id if came_by else verdict.customer_id
    return Registration(
        store=store,
        estore_link=came_by,
        customer_id=customer_id,
        company=_company(given.company, needed=customer_id is None),
        email=display_form(given.email),
        email_canonical=address,
        first_name=_name("first_name", given.first_name),
        last_name=_name("last_name", given.last_name),
        phone=tidied(Contact, "phone", given.phone),
        address=address_values(given.address),
        department=_department(given.department, customer_id=customer_id),
        answers=_answers(rules, given.answers),
        terms_version=_terms(rules, accepted=given.accepts_terms),
        terms_accepted_at=now if rules.terms else None,
        created_at=now,
        expires_at=now + LIFE,
    )


def keep(registration: Registration, *, actor: Actor, mailed: bool = True) -> None:
    """Count the try and write the row and its job, whoever's the address is. Raises `Throttled` and `Busy`.

    Not `mailed`, the person comes in by the form alone.
    """
    address = registration.email_canonical
    try:
        with transaction.atomic(durable=True):
            wait = throttle.count_try(PER_NETWORK, throttle.network_of(actor.ip))
            if not wait:
                registration.save(force_insert=True)
                _record_start(registration, actor=actor)
                if _has_room(address) and mailed:
                    enqueue(ANSWER, args={"registration_id": registration.pk, "mail": 1})
    except DatabaseError as error:
        raise Busy(retry_after=30) from error
    if wait:
        raise Throttled(retry_after=wait)


def send_again(public_id: UUID, *, store: Store, actor: Actor) -> None:
    """Have the worker send the mail of a registration again, if there is one to be sent; the answer never tells.

    Raises `Throttled` and `Busy`.
    """
    waiting = Registration.objects.filter(public_id=public_id, store=store, confirmed_at=None)
    found = waiting.filter(expires_at__gt=timezone.now()).first()
    try:
        with transaction.atomic(durable=True):
            wait = throttle.count_try(PER_NETWORK, throttle.network_of(actor.ip))
            if not wait and found and _has_room(found.email_canonical):
                enqueue(ANSWER, args={"registration_id": found.pk, "mail": found.mails + 1})
    except DatabaseError as error:
        raise Busy(retry_after=30) from error
    if wait:
        raise Throttled(retry_after=wait)


def verdict_on(address: str, *, rules: Rules, store: Store, link: EstoreLink | None) -> Verdict:
    """What follows for this canonical address."""
    domain = address.rpartition("@")[2]
    return judge(domain, rules=rules, link=link, known=known_of(domain, store=store, link=link))


def answers_of(registration: Registration) -> Mapping[str, str]:
    """The answers by their questions, those that were given."""
    return {row["label"]: row["answer"] for row in registration.answers if row["answer"]}


def edited(registration: Registration, given: Application, *, store: Store) -> dict[str, Any]:
    """The columns of what a declined person changed. The address stays: it is the one that was proven."""
    rules = rules_of(store)
    return {
        "first_name": _name("first_name", given.first_name),
        "last_name": _name("last_name", given.last_name),
        "phone": tidied(Contact, "phone", given.phone),
        "address": address_values(given.address),
        "company": _company(given.company, needed=bool(registration.company)),
        "answers": _answers(rules, given.answers),
        "terms_version": _terms(rules, accepted=given.accepts_terms),
        "terms_accepted_at": timezone.now() if rules.terms else None,
    }


def _has_room(address: str) -> bool:
    """Count a mail to this address by every limit; whether one may still go."""
    waits = [throttle.count_try(limit, address) for limit in PER_ADDRESS]
    return not any(waits)


def _name(name: str, typed: str) -> str:
    text = tidied(Contact, name, typed)
    if not text:
        raise Invalid(_("Enter your name."), code="required", field=name)
    if LINKLIKE.search(text):
        raise Invalid(_("A name has no web address in it."), code="linklike", field=name)
    return text


def _company(typed: str, *, needed: bool) -> str:
    if not needed:
        return ""
    text = tidied(Customer, "name", typed)
    if not text:
        raise Invalid(_("Enter your company."), code="required", field="company")
    if LINKLIKE.search(text):
        raise Invalid(_("A name has no web address in it."), code="linklike", field="company")
    return text


def _department(wanted: UUID | None, *, customer_id: int | None) -> Department | None:
    if wanted is None or customer_id is None:
        return None
    living = Department.objects.filter(customer=customer_id, archived_at=None)
    found = living.filter(public_id=wanted).first()
    if found is None:
        raise Invalid(_("Choose a department."), code="no_department", field="department")
    return found


def _answers(rules: Rules, given: Sequence[str]) -> list[dict[str, str]]:
    answered = []
    for number, question in enumerate(rules.questions):
        text = " ".join(given[number].split()) if number < len(given) else ""
        place = f"question_{number}"
        if question["required"] and not text:
            raise Invalid(_("Answer this, please."), code="required", field=place)
        if text and question["choices"] and text not in question["choices"]:
            raise Invalid(_("Choose one of the answers."), code="no_such_answer", field=place)
        if len(text) > LONGEST_ANSWER:
            raise Invalid(_("This answer is too long."), code="too_long", field=place)
        answered.append({"label": question["label"], "answer": text})
    return answered


def _terms(rules: Rules, *, accepted: bool) -> int | None:
    if not rules.terms:
        return None
    if not accepted:
        raise Invalid(_("Accept the terms to go on."), code="terms", field="terms")
    return rules.terms_version


def _record_start(registration: Registration, *, actor: Actor) -> None:
    record(
        Event.STARTED,
        actor=actor,
        store_id=registration.store_id,
        customer_id=registration.customer_id,
        data={"registration": registration.pk, "by_link": registration.estore_link_id},
        personal={"email": registration.email},
    )
