"""All that is looked at when somebody cannot sign in, read by a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tradedoor.access.error_queries import open_errors
from tradedoor.access.events import Event
from tradedoor.access.models import Access, AccessError, EmailChange, EmailChangeState, State
from tradedoor.access.password_emails import RESET
from tradedoor.access.queries import dashboard
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.events import Event as LoginEvent
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Realm
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission
from tradedoor.core.search import matching
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage

MOST_PEOPLE = 5
MOST_TRIES = 20
LATELY = timedelta(days=7)
CANDIDATES = 200
ALIKE = 0.85
HEAD = 4


@dataclass(slots=True)
class Subject:
    """Somebody asked about: an address with its login and contacts, or one contact found by name."""

    address: str
    contacts: list[Contact]
    logins: list[Login]
    accesses: list[Access] = field(default_factory=list)
    outside: int = 0
    """Accesses in stores beyond the actor's rights."""


@dataclass(frozen=True, slots=True)
class Try:
    at: datetime
    store_id: int | None
    ip: str


@dataclass(slots=True)
class Facts:
    """What was found. Keys are those of accesses, logins or contacts, as the name says."""

    typed: str
    is_address: bool
    now: datetime
    subjects: list[Subject]
    near: list[Contact] = field(default_factory=list)
    staff: Login | None = None
    links: Mapping[int, OneTimeLink] = field(default_factory=dict)
    errors: Mapping[int, Sequence[AccessError]] = field(default_factory=dict)
    changes: Mapping[int, EmailChange] = field(default_factory=dict)
    tries: Mapping[int, list[Try]] = field(default_factory=dict)
    resets: Mapping[int, tuple[datetime, str]] = field(default_factory=dict)
    reset_mails: Mapping[str, MailMessage] = field(default_factory=dict)
    full: Mapping[int, Mapping[str, datetime]] = field(default_factory=dict)


def load(text: str, *, actor: Actor) -> Facts:
    """Everything about whoever `text`, an email or a part of a name, means."""
    typed = " ".join(text.split())[:254]
    address = _canonical(typed)
    facts = Facts(typed, bool(address), timezone.now(), [])
    if address:
        facts.staff = Login.objects.staff().filter(email_canonical=address).first()
        facts.subjects = _by_address(address)
    elif typed:
        facts.subjects = _by_name(typed)
    _load_accesses(facts, actor=actor)
    if address and not any(subject.logins or subject.contacts for subject in facts.subjects):
        facts.near = _nearly(address)
    _load_around(facts, actor=actor)
    return facts


def _by_address(address: str) -> list[Subject]:
    logins = list(Login.objects.buyers().filter(email_canonical=address))
    # By their keys, for joined the two halves of the question would read every contact.
    reached = list(Access.objects.filter(login__in=logins).values_list("contact_id", flat=True))
    named = Contact.objects.filter(Q(email_canonical=address) | Q(pk__in=reached))
    contacts = list(named.select_related("customer", "department")[:CANDIDATES])
    contacts.sort(key=lambda contact: contact.pk)
    return [Subject(address, contacts, logins)]


def _by_name(text: str) -> list[Subject]:
    contacts = list(
        matching(Contact.objects.all(), text)
        .select_related("customer", "department")
        .order_by(F("archived_at").asc(nulls_first=True), "sort_name", "pk")[:MOST_PEOPLE]
    )
    addresses = {contact.email_canonical for contact in contacts if contact.email_canonical}
    logins = {
        login.email_canonical: login for login in Login.objects.buyers().filter(email_canonical__in=addresses)
    }
    return [
        Subject(
            contact.email_canonical,
            [contact],
            [logins[contact.email_canonical]] if contact.email_canonical in logins else [],
        )
        for contact in contacts
    ]


def _load_accesses(facts: Facts, *, actor: Actor) -> None:
    contacts = {contact.pk for subject in facts.subjects for contact in subject.contacts}
    logins = {login.pk for subject in facts.subjects for login in subject.logins}
    if not contacts and not logins:
        return
    about = Q(contact_id__in=contacts) | Q(login_id__in=logins)
    inside = dashboard(None, tab=None, actor=actor).filter(about).order_by("store__name", "pk")
    rows: QuerySet[Access] = inside
    found = list(rows)
    beyond: list[tuple[int, int | None]] = []
    if actor.stores is not None:
        others = Access.objects.filter(about, state=State.CURRENT).exclude(store_id__in=actor.stores)
        beyond = list(others.values_list("contact_id", "login_id"))
    for subject in facts.subjects:
        own = {contact.pk for contact in subject.contacts}
        ids = {login.pk for login in subject.logins}
        subject.accesses = [row for row in found if row.contact_id in own or row.login_id in ids]
        subject.outside = sum(contact in own or login in ids for contact, login in beyond)
        known = {login.pk for login in subject.logins}
        for row in subject.accesses:
            if row.login is not None and row.login.pk not in known:
                known.add(row.login.pk)
                subject.logins.append(row.login)


def _load_around(facts: Facts, *, actor: Actor) -> None:
    accesses = [row for subject in facts.subjects for row in subject.accesses]
    logins = {login.pk: login for subject in facts.subjects for login in subject.logins}
    contacts = {contact.pk for subject in facts.subjects for contact in subject.contacts}
    pending = [row.pk for row in accesses if row.state == State.PENDING]
    links = OneTimeLink.objects.filter(access_id__in=pending, purpose=Purpose.INVITATION).order_by("pk")
    facts.links = {link.access_id: link for link in links if link.access_id is not None}
    facts.errors = open_errors(accesses, actor=actor)
    waiting = (
        EmailChange.objects.open().filter(contact_id__in=contacts).exclude(state=EmailChangeState.FAILED)
    )
    facts.changes = {change.contact_id: change for change in waiting}
    if actor.can(Permission.AUDIT_READ):
        _load_history(facts, logins)
    if actor.can(Permission.MAIL_READ):
        mails = MailMessage.objects.filter(
            template=RESET, to_email__in={login.email for login in logins.values()}
        )
        facts.reset_mails = {mail.to_email: mail for mail in mails.order_by("pk")}
    _load_waits(facts, logins)


def _load_history(facts: Facts, logins: Mapping[int, Login]) -> None:
    events = (LoginEvent.SIGN_IN_REFUSED.value, Event.RESET_ASKED.value)
    rows = AuditRow.objects.filter(
        login_id__in=logins.keys(), event__in=events, at__gte=facts.now - LATELY
    ).select_related("detail")
    tries: dict[int, list[Try]] = {}
    resets: dict[int, tuple[datetime, str]] = {}
    for row in rows.order_by("-pk")[: MOST_TRIES * max(1, len(logins))]:
        if row.login_id is None:
            continue
        if row.event == Event.RESET_ASKED:
            resets.setdefault(row.login_id, (row.at, row.result))
        else:
            detail = getattr(row, "detail", None)
            tries.setdefault(row.login_id, []).append(Try(row.at, row.store_id, detail.ip if detail else ""))
    facts.tries, facts.resets = tries, resets


def _load_waits(facts: Facts, logins: Mapping[int, Login]) -> None:
    """Who must wait before the next try: by address, and by the networks that tried lately."""
    counts: dict[tuple[int, str], tuple[throttle.Limit, *tuple[str, ...]]] = {}
    for pk, login in logins.items():
        key = (Realm.BUYER.value, login.email_canonical)
        counts[pk, ""] = (throttle.SIGN_IN_ADDRESS, *key)
        for network in {throttle.network_of(one.ip) for one in facts.tries.get(pk, ())}:
            counts[pk, network] = (throttle.SIGN_IN_PAIR, *key, network)
    full = throttle.full_counts(counts)
    waits: dict[int, dict[str, datetime]] = {}
    for (pk, _network), until in full.items():
        name = counts[pk, _network][0].name
        known = waits.setdefault(pk, {})
        known[name] = max(until, known.get(name, until))
    facts.full = waits


def _nearly(address: str) -> list[Contact]:
    """Contacts whose address differs from this by a slip of the hand, the likest first."""
    local, _at, domain = address.partition("@")
    living = Contact.objects.living().exclude(email_canonical="").select_related("customer")
    # The right local part at a wrong domain, the other way round, and both with a slip further on.
    asked = (f"{local}@", f"@{domain}", f"{local[:1]} @{domain}", f"{local[:HEAD]} {domain[:HEAD]}")
    found: dict[int, tuple[float, Contact]] = {}
    for text in asked:
        for contact in matching(living, text)[:CANDIDATES]:
            likeness = SequenceMatcher(None, address, contact.email_canonical).ratio()
            if likeness >= ALIKE:
                found[contact.pk] = (likeness, contact)
    ordered = sorted(found.values(), key=lambda pair: (-pair[0], pair[1].pk))
    return [contact for _likeness, contact in ordered[:MOST_PEOPLE]]


def _canonical(text: str) -> str:
    try:
        return canonical(text)
    except Invalid:
        return ""
