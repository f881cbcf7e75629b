"""Login details made by staff (product.md section 5): contacts become current in stores, and can sign in.

A temporary password, a mail, or both are given. A login whose owner chose its password keeps it, whatever is given.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from tradedoor.access.actions import states
from tradedoor.access.actions.checking import check_errors
from tradedoor.access.actions.email_sync import apply_before_inviting
from tradedoor.access.actions.heads import held_heads
from tradedoor.access.actions.invitations import SEVERAL, judged_after
from tradedoor.access.actions.planning import Candidate, judged
from tradedoor.access.actions.pressed_twice import given_just_now
from tradedoor.access.actions.sending import hold, require_complete
from tradedoor.access.actions.states import Change, Moved, NewAccess
from tradedoor.access.detail_emails import Enclosed, Kind, details_letters
from tradedoor.access.models import Access, State
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.access.sets import Outcome, Refused
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.actions.links import LinkRequest, issue_links, revoke_links
from tradedoor.accounts.actions.logins import ensure_buyer_logins
from tradedoor.accounts.actions.temporary import (
    TemporaryPassword,
    give_temporary_passwords,
    make_room,
    temporary_until,
)
from tradedoor.accounts.models import Login, Purpose, RevokedWhy
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import display_form
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact
from tradedoor.mail.outbox import post_many
from tradedoor.stores.models import Store

NOBODYS: Mapping[int, TemporaryPassword] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Given:
    """What became of each contact in each store, and until when what was given works."""

    plan: Sequence[tuple[Store, Candidate]]
    moved: Moved
    until: datetime
    kept: frozenset[int] = field(default=frozenset())
    """Accesses whose login keeps the password that its owner chose."""
    emails_applied: tuple[int, ...] = ()
    """Contacts whose scheduled email change was applied first, since details are for the CRM's email."""

    def outcome(self) -> Outcome:
        refused = (
            Refused(
                candidate.reason,
                candidate.sentence,
                access_id=candidate.access.pk if candidate.access else None,
                contact_id=candidate.contact.pk,
            )
            for _store, candidate in self.plan
            if candidate.is_refused and candidate.reason is not None
        )
        return Outcome(
            done=tuple(row.pk for row in self.moved.rows),
            refused=tuple(refused),
            emails_applied=self.emails_applied,
        )


def plan_login_details(store: Store, contact_ids: Collection[int], *, actor: Actor) -> list[Candidate]:
    """Judge each of these contacts for login details of `store`, in the order of their ids; changes nothing.

    Who keeps the own password says so (`keeps_password`). A fixed number of queries. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_DETAILS, stores=[store.pk])
    return judged(store, contact_ids, trigger=Trigger.GIVE_LOGIN_DETAILS)


@transaction.atomic
def give_login_details(
    stores: Collection[Store],
    contact_ids: Collection[int],
    *,
    actor: Actor,
    mailed: bool,
    passwords: Mapping[int, TemporaryPassword] = NOBODYS,
) -> Given:
    """Make each of these contacts who can be current in each of the stores, with what signs in; say why not.

    `passwords` are temporary ones by contact; whoever is given none gets a link by the mail. What was given before,
    password, link or invitation, dies. The number of queries grows with the stores only. Raises `NotAllowed`,
    `Invalid` (`nothing_given`) for neither password nor mail, `NotPossible` (`store_incomplete`) where a mail is due,
    and `ValueError` for more than a transaction should hold.
    """
    require(actor, Permission.ACCESS_DETAILS, stores=[store.pk for store in stores])
    if len(contact_ids) > SEVERAL:
        raise ValueError("too many contacts for one transaction")
    require_something(contact_ids, mailed=mailed, passwords=passwords)
    for store in stores if mailed else ():
        require_complete(store)
    followed = apply_before_inviting(_receiving(stores, contact_ids), actor=actor)
    judged_ones = [
        (store, candidate)
        for store in hold(stores, contact_ids)
        for candidate in judged_after(
            followed, judged(store, contact_ids, trigger=Trigger.GIVE_LOGIN_DETAILS)
        )
    ]
    plan = _within_scope(judged_ones, passwords, actor=actor)
    chosen = [(store, candidate) for store, candidate in plan if not candidate.is_refused]
    return _given(
        plan,
        chosen,
        actor=actor,
        mailed=mailed,
        passwords=passwords,
        emails_applied=tuple(row.contact.pk for row in followed.done),
    )


def _receiving(stores: Collection[Store], contact_ids: Collection[int]) -> list[int]:
    """Those who may be given something in one of the stores; an email change of anybody else keeps its hour."""
    there = Access.objects.filter(store__in=stores).of_contacts(contact_ids)
    rows = there.in_state(State.CURRENT, State.DEACTIVATED).select_related("login")
    past = Counter(
        row.contact_id
        for row in rows
        if row.state == State.DEACTIVATED or (row.login is not None and row.login.has_own_password)
    )
    return [contact_id for contact_id in contact_ids if past[contact_id] < len(stores)]


def require_something(
    contact_ids: Collection[int], *, mailed: bool, passwords: Mapping[int, TemporaryPassword]
) -> None:
    """Return if everybody is given a password or a mail. Raises `Invalid` (`nothing_given`)."""
    if not mailed and not set(contact_ids) <= passwords.keys():
        sentence = _("Give a password, or tick “Email login Info to the user”.")
        raise Invalid(sentence, code="nothing_given", field="password")


def _within_scope(
    plan: Sequence[tuple[Store, Candidate]], passwords: Mapping[int, TemporaryPassword], *, actor: Actor
) -> list[tuple[Store, Candidate]]:
    """As judged, but nobody is given a password known to staff that opens a store which those staff may not see."""
    if actor.stores is None or not passwords:
        return list(plan)
    told = {
        candidate.login.pk
        for _store, candidate in plan
        if candidate.login and candidate.contact.pk in passwords and not candidate.keeps_password
    }
    current = Access.objects.filter(login__in=told, state=State.CURRENT).exclude(store__in=actor.stores)
    outside = set(current.values_list("login_id", flat=True))
    reason = Reason.OUTSIDE_SCOPE
    return [
        (store, replace(candidate, reason=reason, sentence=sentence_of(reason), is_refused=True))
        if candidate.login and candidate.login.pk in outside and not candidate.is_refused
        else (store, candidate)
        for store, candidate in plan
    ]


def _given(
    plan: Sequence[tuple[Store, Candidate]],
    chosen: Sequence[tuple[Store, Candidate]],
    *,
    actor: Actor,
    mailed: bool,
    passwords: Mapping[int, TemporaryPassword],
    emails_applied: tuple[int, ...],
) -> Given:
    """Do it for those chosen, whose stores, customers and contacts are held."""
    contacts = {candidate.contact.pk: candidate.contact for _store, candidate in chosen}
    logins = ensure_buyer_logins(
        {contact.email_canonical: display_form(contact.email) for contact in contacts.values()}
    )
    # In everybody's order: accesses, then logins.
    states.lock(candidate.access.pk for _store, candidate in chosen if candidate.access)
    by_login = _by_login(contacts.values(), logins, passwords)
    keeping = _keeping(logins.values())
    if again := given_just_now(chosen, passwords, mailed=mailed, actor=actor):
        # What the first press gave stays, and is what the second one tells.
        told_before = tuple(held_heads(again).values())
        before = Moved(told_before, dict.fromkeys(again, State.CURRENT), {})
        return Given(plan, before, temporary_until(), frozenset(), emails_applied)
    moved = _moved(
        chosen, logins, keeping=keeping, typed=_typed(by_login), told=by_login, actor=actor, mailed=mailed
    )
    until = temporary_until()
    why = RevokedWhy.SUPERSEDED if mailed else RevokedWhy.CANCELLED
    revoke_links(access_ids=moved.ids, purposes=[Purpose.INVITATION, Purpose.FIRST_PASSWORD], why=why)
    reached = {row.login_id for row in moved.rows if row.login_id is not None}
    fresh = reached - keeping
    give_temporary_passwords(
        {login_id: by_login[login_id] for login_id in fresh & by_login.keys()}, until=until, actor=actor
    )
    make_room(fresh - by_login.keys())
    if mailed:
        _post(moved.rows, contacts, keeping=keeping, told=by_login, until=until, actor=actor)
    check_errors(moved.ids, actor=actor)
    kept = frozenset(row.pk for row in moved.rows if row.login_id in keeping)
    return Given(plan, moved, until, kept, emails_applied)


def _by_login(
    contacts: Iterable[Contact], logins: Mapping[str, int], passwords: Mapping[int, TemporaryPassword]
) -> dict[int, TemporaryPassword]:
    """One password a login: somebody who is a contact of two customers is told the same one twice."""
    given: dict[int, TemporaryPassword] = {}
    for contact in contacts:
        if contact.pk in passwords:
            given.setdefault(logins[contact.email_canonical], passwords[contact.pk])
    return given


def _keeping(login_ids: Iterable[int]) -> frozenset[int]:
    """Those whose owner chose the password, held so that this stays true."""
    held = Login.objects.select_for_update().filter(pk__in=list(login_ids)).order_by("pk")
    return frozenset(login.pk for login in held if login.has_own_password)


def _typed(told: Mapping[int, TemporaryPassword]) -> frozenset[int]:
    return frozenset(login_id for login_id, password in told.items() if password.is_typed)


def _moved(
    chosen: Sequence[tuple[Store, Candidate]],
    logins: Mapping[str, int],
    *,
    keeping: frozenset[int],
    typed: frozenset[int],
    told: Mapping[int, TemporaryPassword],
    actor: Actor,
    mailed: bool,
) -> Moved:
    """Make the accesses current; the history of each says what was given, never the password (TMP-02)."""
    groups: dict[str, list[tuple[Store, Candidate, int]]] = {}
    for store, candidate in chosen:
        login_id = logins[candidate.contact.email_canonical]
        if login_id in keeping:
            by = "existing"
        elif login_id in told:
            by = "typed" if login_id in typed else "generated"
        else:
            by = "link"
        groups.setdefault(by, []).append((store, candidate, login_id))
    return Moved.together(
        _move(group, by=by, actor=actor, mailed=mailed) for by, group in sorted(groups.items())
    )


def _move(group: Sequence[tuple[Store, Candidate, int]], *, by: str, actor: Actor, mailed: bool) -> Moved:
    present = [candidate.access.pk for _store, candidate, _login in group if candidate.access is not None]
    news = [
        NewAccess(store_id=store.pk, contact=candidate.contact, login_id=login_id)
        for store, candidate, login_id in group
        if candidate.access is None
    ]
    address = Contact.objects.filter(pk=OuterRef(OuterRef("contact_id"))).values("email_canonical")[:1]
    login = Login.objects.buyers().filter(email_canonical=Subquery(address)).values("pk")[:1]
    also = {"login_id": Subquery(login), "ended_from_above": False, "invitation_expires_at": None}
    change = Change(Trigger.GIVE_LOGIN_DETAILS, ids=present, also=also, new=news)
    return states.move(change, actor=actor, data={"by": by, "mailed": mailed})


def _post(
    rows: Sequence[Access],
    contacts: Mapping[int, Contact],
    *,
    keeping: frozenset[int],
    told: Mapping[int, TemporaryPassword],
    until: datetime,
    actor: Actor,
) -> None:
    """Mail each, as its store says: the temporary password itself, or a link to choose the first own one."""
    stores = Store.objects.in_bulk({row.store_id for row in rows})
    enclosed: dict[int, Enclosed] = {}
    linked: list[Access] = []
    for row in rows:
        tells = stores[row.store_id].login_details == Store.LoginDetails.PASSWORD
        if row.login_id in keeping:
            enclosed[row.pk] = Enclosed(Kind.EXISTING)
        elif tells and row.login_id is not None and row.login_id in told:
            enclosed[row.pk] = Enclosed(Kind.PASSWORD, secret=told[row.login_id].raw, until=until)
        else:
            linked.append(row)
    requests = [_request(row, contacts[row.contact_id], until=until) for row in linked]
    for row, link in zip(linked, issue_links(requests, actor=actor), strict=True):
        enclosed[row.pk] = Enclosed(Kind.LINK, link=link)
    post_many(details_letters(rows, contacts, enclosed))


def _request(access: Access, contact: Contact, *, until: datetime) -> LinkRequest:
    return LinkRequest(
        purpose=Purpose.FIRST_PASSWORD,
        address=contact.email_canonical,
        expires_at=until,
        login_id=access.login_id,
        access_id=access.pk,
        store_id=access.store_id,
        customer_id=access.customer_id,
        contact_id=access.contact_id,
    )
