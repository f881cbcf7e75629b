"""What people at the stores' pages do, with the links that were mailed to them and the passwords they know."""

from django.utils import timezone

from tests.access.model.happening import Left, event
from tests.access.model.oracle import entrances
from tests.access.model.world import Spot, World
from tradedoor.access.actions.email_reports import report_change
from tradedoor.access.actions.entering import ChooseAccess, choose_access, enter_another, sign_in_to_store
from tradedoor.access.actions.first_passwords import choose_first_password
from tradedoor.access.actions.invitations import ask_for_fresh_link
from tradedoor.access.actions.joining import (
    Entered,
    Needs,
    accept_by_signing_in,
    accept_with_new_password,
    invitation_of,
    look_at_invitation,
)
from tradedoor.access.actions.passwords import ask_for_reset, change_own_password, reset_password
from tradedoor.accounts.models import OneTimeLink, Purpose, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.core.errors import Refusal
from tradedoor.jobs.queue import run_due_jobs
from tradedoor.stores.models import Store

NO_LINK = 0  # no link has this key
WRONG = "not the password of anybody"


def remember(w: World, entered: Entered, password: str = "") -> None:
    session = entered.opened.session
    w.cookies.append((entered.opened.key, session.store_id or 0))
    if password:
        w.passwords[session.login_id] = password


def _store_of(link: OneTimeLink) -> Store:
    return Store.objects.get(pk=link.store_id or 0)


@event("buyer")
def open_invitation(w: World, spot: Spot, _other: int) -> None:
    links = w.links(spot, Purpose.INVITATION)
    token = token_of(links[0]) if links else "a token that nobody made"
    look_at_invitation(token, store=w.store(spot), actor=w.buyer())


@event("buyer", moves="pending>current")
def join(w: World, spot: Spot, _other: int) -> None:
    links = w.links(spot, Purpose.INVITATION)
    _accept(w, spot, links[0].pk if links else NO_LINK)


@event("buyer")
def join_by_an_older_link(w: World, spot: Spot, _other: int) -> None:
    links = w.links(spot, Purpose.INVITATION)
    _accept(w, spot, links[1].pk if len(links) > 1 else NO_LINK)


def _accept(w: World, spot: Spot, link_id: int) -> None:
    store = w.store(spot)
    view = invitation_of(link_id, store=store)
    login = view.link.login
    if view.needs is Needs.SIGN_IN and login is not None:
        known = w.passwords.get(login.pk, WRONG)
        remember(w, accept_by_signing_in(link_id, known, store=store, actor=w.buyer()))
        return
    chosen = w.new_password()
    remember(w, accept_with_new_password(link_id, chosen, store=store, actor=w.buyer()), chosen)


@event("buyer")
def ask_for_another_link(w: World, spot: Spot, _other: int) -> None:
    links = w.links(spot, Purpose.INVITATION)
    ask_for_fresh_link(links[0].pk if links else NO_LINK, store=w.store(spot), actor=w.buyer())


@event("buyer")
def sign_in(w: World, spot: Spot, _other: int) -> None:
    address = w.address(spot)
    try_to_sign_in(w, spot, address, w.password(address))


def try_to_sign_in(w: World, spot: Spot, address: str, password: str) -> None:
    """Try the door; who gets in, and by what, is what the rule says."""
    store = w.store(spot)
    expected = entrances(w, address, password, store_id=store.pk)
    try:
        entered = sign_in_to_store(store, address, password, actor=w.buyer())
    except Refusal:
        assert not expected
        raise
    if isinstance(entered, ChooseAccess):
        offered = {row.pk for row in entered.accesses}
        chosen = next((row for row in entered.accesses if row.pk in w.ids(spot)), entered.accesses[0])
        entered = choose_access(store, entered.proof, chosen.public_id, actor=w.buyer())
    else:
        offered = {entered.access.pk}
    assert offered == expected
    remember(w, entered)


@event("buyer")
def sign_in_wrongly(w: World, spot: Spot, _other: int) -> None:
    try_to_sign_in(w, spot, w.address(spot), WRONG)


@event("buyer")
def forget_password(w: World, spot: Spot, _other: int) -> None:
    ask_for_reset(w.store(spot), w.address(spot), actor=w.buyer())
    while run_due_jobs(worker="model"):
        pass


@event("buyer")
def reset_it(w: World, spot: Spot, _other: int) -> None:
    links = w.links(spot, Purpose.RESET)
    store = _store_of(links[0]) if links else w.store(spot)
    chosen = w.new_password()
    reset_password(links[0].pk if links else NO_LINK, chosen, store=store, actor=w.buyer())
    w.passwords[links[0].login_id or 0] = chosen


@event("buyer")
def choose_the_first_password(w: World, spot: Spot, _other: int) -> None:
    links = w.links(spot, Purpose.FIRST_PASSWORD)
    link_id, chosen = links[0].pk if links else NO_LINK, w.new_password()
    entered = choose_first_password(link_id, chosen, store=w.store(spot), actor=w.buyer())
    remember(w, entered, chosen)


@event("buyer")
def report_email_change(w: World, spot: Spot, _other: int) -> None:
    links = w.links(spot, Purpose.EMAIL_REPORT)
    store = _store_of(links[0]) if links else w.store(spot)
    report_change(links[0].pk if links else NO_LINK, store=store, actor=w.buyer())


@event("buyer")
def go_to_store_signed_in(w: World, spot: Spot, _other: int) -> None:
    """By the switcher, from wherever else they are signed in."""
    access = w.access(spot)
    session = _session_of(access.login_id)
    remember(w, enter_another(access.public_id, session=session, actor=w.buyer()))


@event("buyer")
def change_password_signed_in(w: World, spot: Spot, _other: int) -> None:
    access = w.access(spot)
    session = _session_of(access.login_id)
    chosen, present = w.new_password(), w.passwords.get(session.login_id, WRONG)
    key = change_own_password(access, present, chosen, session=session, actor=w.buyer())
    w.passwords[session.login_id] = chosen
    w.cookies.append((key, session.store_id or 0))


def _session_of(login_id: int | None) -> Session:
    found = Session.objects.living(timezone.now()).filter(login_id=login_id or 0).select_related("login")
    session = found.order_by("pk").first()
    if session is None:
        raise Left("not_signed_in")
    return session
