"""Who may enter a store: the one rule that every door asks, when a sign-in begins and again when it ends."""

from collections.abc import Mapping
from enum import StrEnum

from tradedoor.access.errors import (
    AccessOff,
    ContactArchived,
    CustomerInactive,
    DoorClosed,
    InvitationOpen,
    LoginHeld,
    LoginOff,
    MustChoosePassword,
    RequestWaiting,
    StoreClosed,
    WrongLogin,
)
from tradedoor.access.models import Access, Role, State
from tradedoor.accounts.models import Login, Realm
from tradedoor.core.permissions import Permission
from tradedoor.crm.models import Customer
from tradedoor.stores.models import Store


class Step(StrEnum):
    """Where the rule is asked."""

    SIGN_IN = "sign_in"  # the password has been found right
    OPEN_SESSION = "open_session"  # the last moment before a session is opened
    PAGE = "page"  # every request of a session
    CHOOSE_PASSWORD = "choose_password"  # noqa: S105 - the one page a temporary password opens


CLOSED_STATES: dict[State, type[DoorClosed]] = {
    State.PENDING: InvitationOpen,
    State.DEACTIVATED: AccessOff,
    State.REQUESTED: RequestWaiting,
    State.CANCELLED: WrongLogin,
    State.DECLINED: WrongLogin,
}


# Product.md section 12. Each role holds what those before it do.
RIGHTS: Mapping[Role, frozenset[Permission]] = {
    Role.BUYER: frozenset(),
    Role.APPROVER: frozenset(),
    Role.COMPANY_ADMIN: frozenset({Permission.COLLEAGUES}),
}
RANKS = (Role.BUYER, Role.APPROVER, Role.COMPANY_ADMIN)


def rights_of(access: Access) -> frozenset[str]:
    """What whoever entered by this access may do beyond their own things, by the role of now (ACC-04)."""
    is_usable = access.state == State.CURRENT
    return frozenset(RIGHTS[Role(access.role)]) if is_usable else frozenset()


def is_within(role: Role, own: Role) -> bool:
    """Whether a role is no more than one's own: nobody gives, or takes, more than they hold (STF-02)."""
    return RANKS.index(role) <= RANKS.index(own)


def may_enter(*, login: Login, access: Access, store: Store, step: Step) -> None:
    """Return if `login` may enter `store` by `access` at this step; raise the `DoorClosed` that says why not.

    Whoever asks has proven the login: what is raised here tells of states that strangers must not learn.
    `access` comes with its contact and customer loaded. The first reason counts, and those of the login come
    first, because they hold in every store.
    """
    require_able(login)
    if access.store_id != store.pk or access.login_id != login.pk:
        raise WrongLogin
    if closed := CLOSED_STATES.get(State(access.state)):
        raise closed
    if access.contact.archived_at is not None:
        raise ContactArchived
    if access.customer.status == Customer.Status.INACTIVE or access.customer.archived_at is not None:
        raise CustomerInactive
    if not store.is_active:
        raise StoreClosed
    if step is Step.PAGE and must_choose_password(login):
        raise MustChoosePassword


def require_able(login: Login) -> None:
    """Return if nothing about the login itself stands against entering any store; else raise `DoorClosed`."""
    if login.realm != Realm.BUYER:
        raise WrongLogin
    if not login.is_active:
        raise LoginOff
    if login.held_at is not None:
        raise LoginHeld


def must_choose_password(login: Login) -> bool:
    """Whether the password in use is one that staff gave, or one marked as known to others (TMP-04, PW-11)."""
    return login.must_change_password or (login.has_password and not login.has_own_password)
