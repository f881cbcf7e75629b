"""What stands in the way of email changes, and what each has to wait for.

A login moves to the new address as a whole, or not at all. So what is judged are logins: all contacts that one
serves have to go to the same address, and the address has to be free, or about to be.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from tradedoor.access.actions.email_faults import blocked_logins
from tradedoor.access.actions.email_holds import Holds, waiting_holds
from tradedoor.access.actions.email_plan import (
    FOLLOWING,
    LEAVING,
    MOVING,
    Plan,
    Planned,
    User,
    contacts_of,
    read_plan,
    users_of,
)
from tradedoor.access.actions.planning import reason_of_address, reason_of_login
from tradedoor.access.models import Access, EmailChange, EmailChangeState
from tradedoor.access.reasons import Reason
from tradedoor.accounts.models import Login
from tradedoor.crm.models import Contact


def planned(
    changes: Sequence[EmailChange], *, ready: Collection[int], stores: frozenset[int] | None = None
) -> Plan:
    """Read what these open changes reach, and judge it as `judge` does."""
    plan = read_plan(changes, contacts_of(changes))
    judge(plan, ready=ready, stores=stores)
    return plan


def judge(plan: Plan, *, ready: Collection[int], stores: frozenset[int] | None = None) -> None:
    """Judge these open changes; those whose id is not in `ready` have yet to wait, and what needs them waits too.

    So do those that reach beyond `stores`, by whomever their login serves. A fixed number of queries, whatever their number.
    """
    users = users_of(plan)
    blocked = blocked_logins({row.login_id for p in plan.rows.values() for row in p.accesses if row.login_id})
    logins = [access.login for row in plan.rows.values() for access in row.accesses]
    held = waiting_holds(login for login in logins if login is not None)
    namesakes = _namesakes(plan)
    for row in plan.rows.values():
        reason = _own_reason(row, held=held, blocked=blocked, namesakes=namesakes) or _shared(row, users)
        if reason is not None:
            plan.refuse(row, reason)
        elif row.change.pk not in ready:
            plan.refuse(row, Reason.WAITS_FOR_ANOTHER)
        row.reaches = _reached_stores(row, users)
        if stores is not None and not row.reaches <= stores:
            plan.refuse(row, Reason.OUTSIDE_SCOPE)
    _together(plan, users)
    _clashes(plan)
    _name_others(plan)


def _reached_stores(row: Planned, users: Mapping[int, Sequence[User]]) -> frozenset[int]:
    moved = (access.store_id for login_id in row.movers for access in users.get(login_id, ()))
    return frozenset(row.store_ids.union(moved))


def _own_reason(
    row: Planned,
    *,
    held: Holds,
    blocked: Collection[int],
    namesakes: Collection[tuple[int, str]],
) -> Reason | None:
    if (fault := reason_of_address(row.contact)) is not None:
        return fault
    if row.change.state == EmailChangeState.UNCONFIRMED:
        return Reason.WAITS_TO_BE_CONFIRMED
    logins = [access.login for access in row.accesses if access.login is not None]
    stopped = any(held.stop(login.pk, row.change, target=row.target) for login in logins)
    if stopped and not row.change.lifts_hold:
        return Reason.LOGIN_HELD
    if any(login.pk in blocked for login in logins) and not row.change.lifts_hold:
        return Reason.ERROR_OPEN
    if (row.contact.customer_id, row.target) in namesakes:
        return Reason.DUPLICATE_CONTACT
    return None


def _shared(row: Planned, users: Mapping[int, Sequence[User]]) -> Reason | None:
    """The decisive rule (EMC-05): a login moves only where everybody it serves goes to the same address."""
    for login_id in row.movers:
        for access in users.get(login_id, ()):
            if access.contact_id != row.contact.pk and access.email_canonical != row.target:
                row.other_id = access.contact_id
                return Reason.LOGIN_SHARED
    # Two logins that would become one.
    return Reason.EMAIL_IN_USE if len(row.movers) > 1 else None


def _name_others(plan: Plan) -> None:
    others = Contact.objects.in_bulk({row.other_id for row in plan.rows.values() if row.other_id is not None})
    for row in plan.rows.values():
        row.other = others.get(row.other_id or 0)


def _together(plan: Plan, users: Mapping[int, Sequence[User]]) -> None:
    """Where a login serves several contacts, the one that has to wait makes the others wait."""
    by_contact = {row.contact.pk: row for row in plan.rows.values()}
    for row in plan.rows.values():
        for login_id in row.movers:
            others = {access.contact_id for access in users.get(login_id, ())} - {row.contact.pk}
            for other in (by_contact.get(contact_id) for contact_id in others):
                if other is not None and not other.is_able and row.is_able:
                    plan.refuse(row, Reason.WAITS_FOR_ANOTHER)


def _clashes(plan: Plan) -> None:
    """Refuse moves to an address that somebody keeps, until those that are left can all happen at once."""
    targets = {row.target for row in plan.able() if row.target}
    holders = {
        login.email_canonical: login for login in Login.objects.buyers().filter(email_canonical__in=targets)
    }
    orphans = _orphans_among(holders.values())
    plan.orphans = {address: login.pk for address, login in holders.items() if login.pk in orphans}
    leaving = {login_id: row for row in plan.rows.values() for login_id in row.movers}
    later = _leaving_later({login.pk for login in holders.values()} - leaving.keys() - orphans)
    first: dict[str, int] = {}
    for row in plan.able():
        for login_id in row.movers:
            if first.setdefault(row.target, login_id) != login_id:
                plan.refuse(row, Reason.EMAIL_IN_USE)
    settled = False
    while not settled:
        settled = True
        for row in plan.able():
            holder = holders.get(row.target)
            if holder is None or holder.pk in orphans or holder.pk in row.movers:
                continue
            reason = _reason_of_holder(row, holder, leaving.get(holder.pk))
            if reason is not None:
                plan.refuse(row, Reason.WAITS_FOR_ANOTHER if holder.pk in later else reason)
                settled = False


def _leaving_later(login_ids: Collection[int]) -> set[int]:
    """Those with a change of their own that is not among these: a chain may be longer than what is looked at once."""
    if not login_ids:
        return set()
    users = Access.objects.filter(login_id__in=login_ids, state__in=MOVING)
    of_contact = list(users.values_list("contact_id", "login_id"))
    # By their contacts alone: with the state too, SQLite reads every change that waits.
    going = EmailChange.objects.open().filter(
        contact_id__in={contact_id for contact_id, _login in of_contact}
    )
    leaving = {
        contact_id for contact_id, state in going.values_list("contact_id", "state") if state in LEAVING
    }
    return {login_id for contact_id, login_id in of_contact if contact_id in leaving and login_id}


def _reason_of_holder(row: Planned, holder: Login, going: Planned | None) -> Reason | None:
    """Why the change cannot have an address that `holder` has; `going` is the change that takes it away."""
    if going is not None and going.is_able:
        return None
    if going is not None and going.change.state in LEAVING and going.waits:
        return Reason.WAITS_FOR_ANOTHER
    if row.movers:
        return Reason.EMAIL_IN_USE
    # Nobody moves: open invitations and requests are pointed to the login that is there.
    return reason_of_login(holder)


def _orphans_among(logins: Iterable[Login]) -> set[int]:
    """Those that nobody can ever have used and no access rests on: left behind when an invitation moved on.

    Not one on hold or switched off: a new login of that address would be neither.
    """
    candidates = {login.pk for login in logins if not login.has_password and login.can_sign_in}
    used = Access.objects.filter(login_id__in=candidates, state__in=FOLLOWING)
    return candidates - set(used.values_list("login_id", flat=True))


def _namesakes(plan: Plan) -> set[tuple[int, str]]:
    """Which customers have another contact with an address that one of theirs wants."""
    wanted = {(row.contact.customer_id, row.target) for row in plan.rows.values() if row.target}
    # By the addresses alone: with the customers too, SQLite tries every customer with every address.
    rows = Contact.objects.living().filter(email_canonical__in={address for _, address in wanted})
    seen: dict[tuple[int, str], int] = {}
    for key in rows.values_list("customer_id", "email_canonical"):
        seen[key] = seen.get(key, 0) + 1
    return {key for key, number in seen.items() if number > 1 and key in wanted}
