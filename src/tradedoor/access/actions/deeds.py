"""What would become of many accesses, said before it is done; and doing it at once where they are few."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from tradedoor.access.actions.bulk import RIGHTS, ROLES, Deed
from tradedoor.access.actions.buyers import change_roles, send_reset_links, sign_out
from tradedoor.access.actions.clearing import clear_errors
from tradedoor.access.actions.invitations import cancel_invitations, resend_invitations
from tradedoor.access.actions.switching import deactivate, reenable
from tradedoor.access.models import Access, Role, State, Tab
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.access.sets import Outcome, Refused, these
from tradedoor.access.transitions import TRANSITIONS, Trigger
from tradedoor.accounts.models import Session
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import require
from tradedoor.crm.models import Contact, Customer

ABLE = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a deed would do: how many it can be done to, and how many it leaves alone for each reason."""

    total: int
    able: int
    refused: Sequence[tuple[Reason, str, int]]


@dataclass(frozen=True, slots=True)
class Done:
    """What a deed did. `invited` are those re-enabled without a password, who got an invitation instead."""

    done: tuple[int, ...]
    refused: tuple[Refused, ...]
    invited: frozenset[int] = frozenset()
    sessions_ended: int = 0


def preview(rows: QuerySet[Access], deed: Deed, *, actor: Actor) -> Preview:
    """Count what a deed would do to these rows of `queries.listed`, by one query whatever their number.

    Raises `NotAllowed`.
    """
    require(actor, RIGHTS[deed])
    ids = rows.order_by().values("pk")
    counted = (
        Access.objects.within(actor.stores)
        .filter(pk__in=ids)
        .annotate(outcome=_outcome(deed))
        .values_list("outcome")
        .annotate(number=Count("pk"))
        .order_by("-number", "outcome")
    )
    numbers = dict(counted)
    refused = [
        (Reason(code), sentence_of(Reason(code), name="…"), number)
        for code, number in numbers.items()
        if code != ABLE
    ]
    return Preview(sum(numbers.values()), numbers.get(ABLE, 0), refused)


def perform(deed: Deed, access_ids: Collection[int], *, actor: Actor, reason: str = "") -> Done:
    """Do it to these accesses, as far as each allows, in one transaction; at most some hundred of them.

    Raises `NotAllowed`, and `NotPossible` (`store_incomplete`) where mail is due that a store cannot send.
    """
    if deed is Deed.DEACTIVATE:
        receipt = deactivate(these(access_ids), actor=actor, reason=reason)
        return Done(receipt.outcome.done, receipt.outcome.refused, sessions_ended=receipt.sessions_ended)
    if deed is Deed.REENABLE:
        result = reenable(these(access_ids), actor=actor)
        return Done(
            result.outcome.done, result.outcome.refused, invited=frozenset(row.pk for row in result.invited)
        )
    if deed is Deed.END_SESSIONS:
        signed_out = sign_out(these(access_ids), actor=actor)
        return Done(signed_out.outcome.done, signed_out.outcome.refused, sessions_ended=signed_out.sessions)
    outcome = _performed(deed, access_ids, actor=actor)
    return Done(outcome.done, outcome.refused)


def _performed(deed: Deed, access_ids: Collection[int], *, actor: Actor) -> Outcome:
    """Those deeds of which nothing is told but whom they were done to."""
    if deed in ROLES:
        return change_roles(these(access_ids), ROLES[deed], actor=actor)
    if deed is Deed.SEND_RESET:
        return send_reset_links(these(access_ids), actor=actor)
    if deed is Deed.CLEAR_ERROR:
        return clear_errors(these(access_ids), actor=actor).outcome()
    act = resend_invitations if deed is Deed.RESEND else cancel_invitations
    return act(access_ids, actor=actor)


def _outcome(deed: Deed) -> Case:
    """The reason that stands against a row, in the order in which the deed itself looks; empty where none does."""
    whens = {
        Deed.DEACTIVATE: lambda: _by_state(Trigger.DEACTIVATE),
        Deed.CANCEL: lambda: _by_state(Trigger.CANCEL),
        Deed.REENABLE: lambda: [
            *_by_state(Trigger.REENABLE),
            *_by_contact(),
            *_by_login(),
            *_by_address(NO_OWN_PASSWORD),
        ],
        Deed.RESEND: lambda: [
            _when(~Q(state=State.PENDING), Reason.NOT_PENDING),
            *_by_contact(),
            *_by_address(),
            _when(Exists(_namesakes()), Reason.DUPLICATE_EMAIL),
            *_by_login(),
        ],
        Deed.CLEAR_ERROR: lambda: [_when(~Q(tab=Tab.ERROR), Reason.NO_ERROR)],
        Deed.SEND_RESET: lambda: [
            _when(~Q(state=State.CURRENT) | Q(login__isnull=True), Reason.CANNOT_SIGN_IN),
            *_by_login(),
        ],
        Deed.END_SESSIONS: lambda: [_when(~Exists(_sessions()), Reason.NOT_SIGNED_IN)],
        **{role_deed: _with_role(role) for role_deed, role in ROLES.items()},
    }[deed]()
    return Case(*whens, default=Value(ABLE), output_field=CharField())


NO_OWN_PASSWORD = (
    Q(login__isnull=True)
    | Q(login__password="")
    | Q(login__password__startswith="!")  # noqa: S106 - how Django marks that there is none
    | Q(login__password_is_temporary_until__isnull=False)
)


def _sessions() -> QuerySet[Session]:
    return Session.objects.living(timezone.now()).filter(access_id=OuterRef("pk"))


def _with_role(role: Role) -> Callable[[], list[When]]:
    return lambda: [_when(Q(role=role), Reason.HAS_ROLE)]


def _when(condition: Any, reason: Reason) -> When:
    return When(condition, then=Value(reason.value))


def _by_state(trigger: Trigger) -> list[When]:
    cells = ((state, TRANSITIONS[trigger][state]) for state in State)
    return [_when(Q(state=state), cell) for state, cell in cells if isinstance(cell, Reason)]


def _by_contact() -> list[When]:
    inactive = Q(contact__customer__archived_at__isnull=False) | Q(
        contact__customer__status=Customer.Status.INACTIVE
    )
    elsewhere = Q(store__customer__isnull=False) & ~Q(store__customer_id=F("contact__customer_id"))
    return [
        _when(Q(contact__archived_at__isnull=False), Reason.CONTACT_ARCHIVED),
        _when(inactive, Reason.CUSTOMER_INACTIVE),
        _when(elsewhere, Reason.STORE_DEDICATED_ELSEWHERE),
    ]


def _by_login() -> list[When]:
    return [
        _when(Q(login__is_active=False), Reason.LOGIN_OFF),
        _when(Q(login__held_at__isnull=False), Reason.LOGIN_HELD),
    ]


def _by_address(also: Q | None = None) -> list[When]:
    also = also if also is not None else Q()
    lacking = also & Q(contact__email_canonical="")
    return [
        _when(lacking & Q(contact__email=""), Reason.NO_EMAIL),
        _when(lacking, Reason.BAD_EMAIL),
    ]


def _namesakes() -> QuerySet[Contact]:
    same = Contact.objects.living().filter(
        customer_id=OuterRef("contact__customer_id"), email_canonical=OuterRef("contact__email_canonical")
    )
    return same.exclude(pk=OuterRef("contact_id"))
