"""Signing in to a store, and out of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tradedoor.access.actions.joining import Entered
from tradedoor.access.errors import ChoiceGone, DoorClosed, MustChoosePassword, NoSuchAccess, WrongLogin
from tradedoor.access.events import Event
from tradedoor.access.models import Access, State
from tradedoor.access.policy import Step, may_enter, must_choose_password, require_able
from tradedoor.access.queries import accesses_of_login
from tradedoor.access.reasons import Reason
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.actions.sign_in import check_credentials
from tradedoor.accounts.models import Login, Realm, Session
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.stores.actions.counting import count_sign_in
from tradedoor.stores.models import Store

CHOICE_SECONDS = 5 * 60
SALT = "tradedoor.access.choice"

# Told first: what is nearest to getting in.
NEAREST = (
    Reason.INVITATION_OPEN,
    Reason.REQUEST_WAITING,
    Reason.STORE_CLOSED,
    Reason.CUSTOMER_INACTIVE,
    Reason.CONTACT_ARCHIVED,
    Reason.ACCESS_OFF,
)


@dataclass(frozen=True, slots=True)
class ChooseAccess:
    """The login acts for several customers here. `proof` stands for the password and is handed back with the
    choice; it is signed, short-lived, and good for this login at this store only (TOK-14)."""

    accesses: tuple[Access, ...]
    proof: str


def sign_in_to_store(
    store: Store, email: str, password: str, *, actor: Actor, keep: bool = False
) -> Entered | ChooseAccess:
    """Check the pair, ask whether they may enter, and open a session; or offer the choice of a customer.

    Raises as `check_credentials` for every wrong pair alike; and only after a right one the `DoorClosed` that
    says why this person cannot enter (DEA-05), `InvitationOpen` with the id of the pending access among its
    data, and `WrongLogin` for a login that has no access here.
    """
    login = check_credentials(email, password, realm=Realm.BUYER, actor=actor, store_id=store.pk)
    return enter_proven(login, store=store, actor=actor, keep=keep)


def enter_proven(
    login: Login, *, store: Store, actor: Actor, keep: bool = False, method: str = "password"
) -> Entered | ChooseAccess:
    """The part of signing in that follows the proof, whatever the proof was. Raises `DoorClosed`."""
    with transaction.atomic():
        # Nobody changes these rows between the rule and the session (DEA-04).
        open_ones, closed = _sorted(login, store, held=True)
        if len(open_ones) == 1:
            return _enter(login, open_ones[0], actor=actor, keep=keep, method=method)
    if open_ones:
        return ChooseAccess(tuple(open_ones), _proof(login, store, keep=keep))
    refusal = min(closed, key=_rank, default=_Closed(WrongLogin(), None))
    _note_refused(login, refusal.access, store=store, reason=refusal.closed.reason, actor=actor)
    raise refusal.closed


@transaction.atomic
def choose_access(store: Store, proof: str, public_id: UUID, *, actor: Actor) -> Entered:
    """Enter by the access that was chosen. Raises `ChoiceGone` and `DoorClosed`."""
    login, keep = _read_proof(proof, store)
    there = accesses_of_login(login, store=store, held=True)
    chosen = next((row for row in there if row.public_id == public_id), None)
    if chosen is None:
        raise ChoiceGone(_("Choose one of the customers shown."))
    return _enter(login, chosen, actor=actor, keep=keep, method="password")


def choices_of(store: Store, proof: str, *, actor: Actor) -> list[Access]:  # noqa: ARG001 - the proof says who asks
    """The accesses to choose from once more, for showing the page again. Raises `ChoiceGone`."""
    login, _keep = _read_proof(proof, store)
    return _sorted(login, store)[0]


def other_entrances(login: Login, *, besides: Access) -> list[Access]:
    """Where else somebody who is signed in may go without another password: for another customer, or to another
    store. By one query; the stores of before `besides` first. No store asks for more than another yet."""
    rows = Access.objects.filter(login=login, state=State.CURRENT, store__is_active=True)
    found = rows.exclude(pk=besides.pk).select_related("contact", "customer", "login", "store")
    entrances = [row for row in found.order_by("store__name", "sort_customer", "pk") if _is_open(row, login)]
    return sorted(entrances, key=lambda row: row.store_id != besides.store_id)


@transaction.atomic
def enter_another(public_id: UUID, *, session: Session, actor: Actor) -> Entered:
    """Open a session by another access of the login that is signed in with `session`, which goes on beside it.

    It ends no later than that one would have, so that nobody goes on and on without proving who they are, and is
    kept as long as that one if it was to be. Raises `NoSuchAccess` for any access but those of the login, and
    `DoorClosed`; also where the session has ended meanwhile, or its password has to be changed first.
    """
    login = session.login
    living = Session.objects.living(timezone.now()).filter(pk=session.pk, login_epoch=login.epoch)
    if not living.exists():
        raise WrongLogin
    rows = Access.objects.select_for_update(of=("self",)).select_related("contact", "customer", "store")
    access = rows.filter(public_id=public_id, login=login).first()
    if access is None:
        raise NoSuchAccess
    if must_choose_password(login):
        raise MustChoosePassword
    until = session.expires_at
    return _enter(login, access, actor=actor, keep=session.keep, method="switch", until=until)


def enter_by(access: Access, login: Login, *, actor: Actor, keep: bool, method: str) -> Entered:
    """Open a session by this access for a login that was proven in the caller's transaction, which holds the access.

    Raises `DoorClosed`.
    """
    return _enter(login, access, actor=actor, keep=keep, method=method)


def _enter(
    login: Login, access: Access, *, actor: Actor, keep: bool, method: str, until: datetime | None = None
) -> Entered:
    """Ask the rule and open the session, in the caller's transaction, which holds the access."""
    store = access.store
    may_enter(login=login, access=access, store=store, step=Step.OPEN_SESSION)
    opened = open_session(
        login,
        actor=actor,
        store_id=store.pk,
        customer_id=access.customer_id,
        contact_id=access.contact_id,
        access_id=access.pk,
        access_epoch=access.epoch,
        keep=keep,
        method=method,
        until=until,
    )
    Access.objects.filter(pk=access.pk).update(last_sign_in_at=timezone.now())
    count_sign_in(store)
    return Entered(access, opened)


@dataclass(frozen=True, slots=True)
class _Closed:
    closed: DoorClosed
    access: Access | None


def _sorted(login: Login, store: Store, *, held: bool = False) -> tuple[list[Access], list[_Closed]]:
    """The accesses by which the login may enter, and the others with what closes the door."""
    require_able(login)
    open_ones, closed = [], []
    for access in accesses_of_login(login, store=store, held=held):
        try:
            may_enter(login=login, access=access, store=access.store, step=Step.SIGN_IN)
        except DoorClosed as refusal:
            refusal.data["access"] = str(access.public_id)
            closed.append(_Closed(refusal, access))
        else:
            open_ones.append(access)
    return open_ones, closed


def _is_open(access: Access, login: Login) -> bool:
    try:
        may_enter(login=login, access=access, store=access.store, step=Step.SIGN_IN)
    except DoorClosed:
        return False
    return True


def _rank(closed: _Closed) -> int:
    reason = closed.closed.reason
    return NEAREST.index(reason) if reason in NEAREST else len(NEAREST)


def _proof(login: Login, store: Store, *, keep: bool) -> str:
    return signing.dumps([login.pk, login.epoch, store.pk, keep], salt=SALT)


def _read_proof(proof: str, store: Store) -> tuple[Login, bool]:
    gone = ChoiceGone(_("This took too long. Please sign in again."))
    try:
        login_id, epoch, store_id, keep = signing.loads(proof, salt=SALT, max_age=CHOICE_SECONDS)
    except (signing.BadSignature, TypeError, ValueError) as no:
        raise gone from no
    login = Login.objects.buyers().filter(pk=login_id, epoch=epoch).first()
    if login is None or store_id != store.pk:
        raise gone
    return login, bool(keep)


def _note_refused(login: Login, access: Access | None, *, store: Store, reason: Reason, actor: Actor) -> None:
    record(
        Event.SIGN_IN_REFUSED,
        actor=actor,
        store_id=store.pk,
        customer_id=access.customer_id if access else None,
        contact_id=access.contact_id if access else None,
        access_id=access.pk if access else None,
        login_id=login.pk,
        result=reason,
    )
