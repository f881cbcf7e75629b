"""How tests register: the form, what the worker does, the link out of the mail, and the password."""

from dataclasses import replace
from typing import Any

from django.utils import timezone

from tests import make
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import OneTimeLink
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.models import Job
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import Rendered, render
from tradedoor.registration.actions.answering import answer
from tradedoor.registration.actions.applying import Application, register
from tradedoor.registration.actions.bringing import Came
from tradedoor.registration.actions.confirming import confirm_by_signing_in, confirm_with_new_password
from tradedoor.registration.actions.rules import Wish, change_rules
from tradedoor.registration.jobs import ACTOR
from tradedoor.registration.models import EstoreLink, Registration, Rules
from tradedoor.registration.queries import rules_of
from tradedoor.stores.models import Store

NOBODY = Actor.nobody(ip="198.51.100.20", agent="Browser")
CHOSEN = "nine copper lanterns"


def form(email: str = "nora@acme.example", **given: Any) -> Application:
    return Application(**{"email": email, "first_name": "Nora", "last_name": "New", **given})


def ruled(store: Store, actor: Actor, **wish: Any) -> Rules:
    """The store with these rules."""
    return change_rules(store, replace(Wish(), **wish), version=rules_of(store).version, actor=actor)


def typed(store: Store, link: EstoreLink | None, given: Application | None = None) -> Registration:
    """The registration after the worker has done its part."""
    made = register(store, link, given or form(), actor=NOBODY)
    work_off()
    made.refresh_from_db()
    return made


def waiting(store: Store, customer: Customer, *, count: int = 1, company: str = "") -> list[Access]:
    """People who asked for access to the store, have proven their mailbox, and wait for an answer."""
    made = []
    for _number in range(count):
        contact = make.contact(customer)
        access = make.access(contact, store, state=State.REQUESTED)
        Registration.objects.create(
            store=store, customer=customer, access=access, contact=contact, email=contact.email, company=company,
            email_canonical=contact.email_canonical, created_at=timezone.now(), expires_at=timezone.now(),
            confirmed_at=timezone.now(), mailbox_proven=True,
        )  # fmt: skip
        made.append(access)
    return made


def work_off() -> None:
    for job in Job.objects.filter(name="registration.answer", state=Job.State.QUEUED):
        answer(**job.args, actor=ACTOR)
        job.delete()


def link_of(registration: Registration) -> OneTimeLink:
    registration.refresh_from_db()
    return OneTimeLink.objects.get(pk=registration.link_id or 0)


def confirmed(registration: Registration, password: str = CHOSEN) -> Came:
    link = link_of(registration)
    return confirm_with_new_password(link.pk, password, store=registration.store, actor=NOBODY)


def confirmed_by_password(registration: Registration, password: str) -> Came:
    link = link_of(registration)
    return confirm_by_signing_in(link.pk, password, store=registration.store, actor=NOBODY)


def contact_of(email: str = "nora@acme.example") -> Contact:
    return Contact.objects.get(email_canonical=email)


def mails(to: str = "") -> list[str]:
    """The templates of the mails posted, to this address or to anybody, in their order."""
    rows = MailMessage.objects.order_by("pk")
    return list((rows.filter(to_email=to) if to else rows).values_list("template", flat=True))


def last_mail(template: str) -> Rendered | None:
    row = MailMessage.objects.filter(template=template).latest("pk")
    return render(row)
