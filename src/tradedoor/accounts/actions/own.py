"""What a person does to their own login: signs in by a link, proves who they are, chooses a password."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tradedoor.accounts.actions.logins import PasswordSet, choose_password, set_own_password
from tradedoor.accounts.actions.sessions import Opened, keep_data, open_session
from tradedoor.accounts.actions.sign_in import check_own_password
from tradedoor.accounts.actions.staff import spend_staff_link
from tradedoor.accounts.errors import ProofNeeded, WrongPair
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import Login, Purpose, Session
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid, NotFound

LINK_PROVES_FOR = timedelta(minutes=30)
PROOF_LASTS = timedelta(minutes=5)
LONGEST_NAME = 200
# What a session remembers of how it came to be, and of the last time its person gave the password.
BY_LINK = "by_link"
PROVED_AT = "proved_at"


@transaction.atomic
def sign_in_by_staff_link(link_id: int, *, purpose: Purpose, actor: Actor) -> Opened:
    """Use a staff link up and open the session it is for, or neither. Raises as `spend_staff_link`."""
    login = spend_staff_link(link_id, purpose=purpose, actor=actor)
    opened = open_session(login, actor=actor, method="link")
    opened.session.data = {BY_LINK: True}
    keep_data(opened.session)
    return opened


def came_by_link(session: Session) -> bool:
    """Whether the session was opened by a one-time link within the last half hour.

    That proves as much as the password would: without it nobody could choose one who has forgotten theirs,
    or never had any.
    """
    return bool(session.data.get(BY_LINK)) and timezone.now() - session.born_at < LINK_PROVES_FOR


def is_proved(session: Session) -> bool:
    """Whether the person has shown within five minutes, or by a link of this half hour, who they are (STF-03)."""
    if came_by_link(session) or timezone.now() - session.born_at < PROOF_LASTS:
        return True
    proved_at = session.data.get(PROVED_AT)
    return bool(proved_at) and timezone.now() - datetime.fromisoformat(proved_at) < PROOF_LASTS


def prove(session: Session, password: str, *, actor: Actor) -> None:
    """Return if the session is proved, or `password` is its login's own, which then counts for five minutes.

    Must not be called inside a transaction: a wrong password is counted. Raises `ProofNeeded` where none was
    given, else as `check_own_password`.
    """
    if is_proved(session):
        return
    if not password:
        raise ProofNeeded(field="current")
    _check(session.login, password, actor=actor)
    session.data[PROVED_AT] = timezone.now().isoformat()
    keep_data(session)


def change_own_password(session: Session, *, current: str, new: str, actor: Actor) -> PasswordSet:
    """Give the login of this session the password `new`; the session goes on under another key, others end.

    The present password is asked for, except right after signing in by a link. Must not be called inside a
    transaction. Raises `ProofNeeded`, `WrongPair` (field `current`), `BadPassword`, `LoginOff` and `Busy`.
    """
    if not came_by_link(session):
        if not current:
            raise ProofNeeded(field="current")
        _check(session.login, current, actor=actor)
    chosen = choose_password(new, login=session.login, unlike=current)
    done = set_own_password(session.login_id, chosen, actor=actor, keep_session=session)
    session.data.pop(BY_LINK, None)
    session.data[PROVED_AT] = timezone.now().isoformat()
    keep_data(session)
    return done


@transaction.atomic
def rename_oneself(name: str, *, actor: Actor) -> None:
    """Make `name` the name of the actor's own login; nothing if it is. Raises `Invalid` and `NotFound`."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(_("Enter your name."), field="name")
    login = Login.objects.select_for_update().filter(pk=actor.login_id or 0).first()
    if login is None:
        raise NotFound
    if login.name == name:
        return
    old, login.name = login.name, name
    login.save(update_fields=["name"])
    record(Event.RENAMED, actor=actor, login_id=login.pk, personal={"name": {"old": old, "new": name}})


@transaction.atomic
def end_own_sessions(session: Session, *, only: UUID | None, actor: Actor) -> int:
    """End one other session of this one's login, or all of them where none is named; how many ended.

    What has ended already counts as none.
    """
    others = Session.objects.filter(login_id=session.login_id).exclude(pk=session.pk)
    if only is not None:
        others = others.filter(public_id=only)
    ended = others.delete()[0]
    if ended:
        record(Event.SESSIONS_ENDED, actor=actor, login_id=session.login_id, data={"sessions": ended})
    return ended


def _check(login: Login, password: str, *, actor: Actor) -> None:
    try:
        check_own_password(login, password, actor=actor)
    except WrongPair as wrong:
        raise WrongPair(_("This is not your present password."), field="current") from wrong
