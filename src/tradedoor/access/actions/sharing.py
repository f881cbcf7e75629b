"""Links of invitations for those who send them by their own means: shown, and made where there is none.

Links are derived when they are asked for and stored nowhere (TOK-01); every one that is shown is written down with
its access (TOK-12).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.access.actions.email_sync import apply_before_inviting
from tradedoor.access.actions.invitations import judged_after
from tradedoor.access.actions.planning import Candidate, judged
from tradedoor.access.actions.sending import hold, require_complete, send_invitations
from tradedoor.access.events import Event
from tradedoor.access.models import Access, Role, State
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url

AT_ONCE = 500  # contacts a transaction: well under a second on a small machine


@dataclass(frozen=True, slots=True)
class SharedLink:
    """The link of one contact, or why there is none."""

    contact: Contact
    url: str
    expires_at: datetime | None
    sentence: str


@transaction.atomic
def generate_links(
    store: Store, contact_ids: Collection[int], *, actor: Actor, role: Role = Role.BUYER
) -> list[SharedLink]:
    """The living link of each of these contacts; who has none gets one, without a mail.

    Those not invited become pending, with this role; a pending one keeps its role, and the link it has as long as
    that lives. Who cannot be
    invited, or asked for access themselves, is left alone and told why. Raises `NotAllowed`, and `NotPossible`
    (`store_incomplete`).
    """
    store, plan, living = _made(store, contact_ids, actor=actor, role=role)
    _write_down(store, list(living.values()), actor=actor)
    return [_shared(candidate, living.get(candidate.contact.pk), store=store) for candidate in plan]


@transaction.atomic
def prepare_links(
    store: Store, contact_ids: Collection[int], *, actor: Actor, role: Role = Role.BUYER
) -> list[tuple[Contact, str]]:
    """As `generate_links`, and shows none: each contact with why there is no link, empty where there is one."""
    _store, plan, living = _made(store, contact_ids, actor=actor, role=role)
    return [
        (candidate.contact, "" if candidate.contact.pk in living else _why_none(candidate))
        for candidate in plan
    ]


@transaction.atomic
def living_links(store: Store, contact_ids: Collection[int], *, actor: Actor) -> list[SharedLink]:
    """The links that these contacts have; makes none, and says so where there is none any more.

    Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_LINK, stores=[store.pk])
    contacts = list(Contact.objects.filter(pk__in=contact_ids).select_related("customer").order_by("pk"))
    living = _links_of(contacts, Access.objects.filter(store=store))
    _write_down(store, list(living.values()), actor=actor)
    return [
        _link_of(contact, living[contact.pk], store=store)
        if contact.pk in living
        else SharedLink(contact, "", None, _("There is no link any more. Generate it again."))
        for contact in contacts
    ]


def _made(
    store: Store, contact_ids: Collection[int], *, actor: Actor, role: Role
) -> tuple[Store, list[Candidate], dict[int, OneTimeLink]]:
    require(actor, Permission.ACCESS_INVITE, stores=[store.pk])
    require(actor, Permission.ACCESS_LINK, stores=[store.pk])
    require_complete(store)
    followed = apply_before_inviting(contact_ids, actor=actor, store_ids=[store.pk])
    [store] = hold([store], contact_ids)
    require_complete(store)
    plan = judged_after(followed, judged(store, contact_ids))
    able = [candidate for candidate in plan if _may_have_link(candidate)]
    living = _living(able)
    lacking = [candidate for candidate in able if candidate.contact.pk not in living]
    # Whoever is pending was given a role when they were invited; a new link is no new decision.
    again = [candidate for candidate in lacking if _is_pending(candidate)]
    send_invitations(store, again, actor=actor, role=None, mailed=False)
    fresh = [candidate for candidate in lacking if not _is_pending(candidate)]
    send_invitations(store, fresh, actor=actor, role=role, mailed=False)
    return store, plan, _living(able, store=store)


def links_table(
    store: Store, contact_ids: Sequence[int], *, actor: Actor, role: Role = Role.BUYER
) -> Iterator[Sequence[object]]:
    """The same as rows of a table, of any number of contacts: made batch by batch as they are read.

    Each batch is its own transaction, so that what was read when somebody stops is what has been done. Raises
    as `generate_links` before the first row.
    """
    require(actor, Permission.ACCESS_INVITE, stores=[store.pk])
    require(actor, Permission.ACCESS_LINK, stores=[store.pk])
    require_complete(store)
    return _rows(store, contact_ids, actor=actor, role=role)


def links_header() -> list[str]:
    return [
        _("Store"), _("Customer code"), _("Customer"), _("First name"), _("Last name"), _("Email"), _("Link"),
        _("Works until"), _("Note"),
    ]  # fmt: skip


def links_row(store: Store, shared: SharedLink) -> Sequence[object]:
    contact = shared.contact
    return (
        store.name, contact.customer.code, contact.customer.name, contact.first_name, contact.last_name,
        contact.email, shared.url, shared.expires_at, shared.sentence,
    )  # fmt: skip


def _rows(
    store: Store, contact_ids: Sequence[int], *, actor: Actor, role: Role
) -> Iterator[Sequence[object]]:
    for start in range(0, len(contact_ids), AT_ONCE):
        batch = contact_ids[start : start + AT_ONCE]
        for shared in generate_links(store, batch, actor=actor, role=role):
            yield links_row(store, shared)


def _may_have_link(candidate: Candidate) -> bool:
    access = candidate.access
    if access is not None and access.state == State.REQUESTED:
        return False
    return not candidate.is_refused or candidate.reason is Reason.JUST_INVITED


def _is_pending(candidate: Candidate) -> bool:
    return candidate.access is not None and candidate.access.state == State.PENDING


def _living(candidates: Sequence[Candidate], *, store: Store | None = None) -> dict[int, OneTimeLink]:
    """Their links that could be accepted now, by contact; with `store`, also those of accesses just made."""
    known = [candidate.access.pk for candidate in candidates if candidate.access is not None]
    among = Access.objects.filter(store=store) if store else Access.objects.filter(pk__in=known)
    return _links_of([candidate.contact for candidate in candidates], among)


def _links_of(contacts: Sequence[Contact], among: QuerySet[Access]) -> dict[int, OneTimeLink]:
    links = OneTimeLink.objects.live(timezone.now()).filter(purpose=Purpose.INVITATION)
    accesses = among.filter(state=State.PENDING, contact__in=[contact.pk for contact in contacts])
    addresses = {contact.pk: contact.email_canonical for contact in contacts}
    found = links.filter(access_id__in=accesses.values("pk"))
    return {
        link.contact_id: link
        for link in found
        if link.contact_id is not None and addresses.get(link.contact_id) == link.address
    }


def _write_down(store: Store, links: Sequence[OneTimeLink], *, actor: Actor) -> None:
    entries = [
        Entry(
            store_id=store.pk,
            customer_id=link.customer_id,
            contact_id=link.contact_id,
            access_id=link.access_id,
            login_id=link.login_id,
            data={"link_id": link.pk, "in_file": True},
        )
        for link in links
    ]
    record_many(Event.LINK_SHOWN, actor=actor, entries=entries)


def _shared(candidate: Candidate, link: OneTimeLink | None, *, store: Store) -> SharedLink:
    if link is None:
        return SharedLink(candidate.contact, "", None, _why_none(candidate))
    return _link_of(candidate.contact, link, store=store)


def _link_of(contact: Contact, link: OneTimeLink, *, store: Store) -> SharedLink:
    return SharedLink(contact, public_url(store, f"join/{token_of(link)}/"), link.expires_at, "")


def _why_none(candidate: Candidate) -> str:
    waits = candidate.access is not None and candidate.access.state == State.REQUESTED
    return sentence_of(Reason.ALREADY_REQUESTED) if waits else candidate.sentence
