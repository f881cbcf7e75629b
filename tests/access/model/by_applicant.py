"""What people do who come by a customer's eStore link, or by none: they register, prove their mailbox, ask again."""

from uuid import uuid4

from tests.access.model.by_buyer import NO_LINK, WRONG, remember
from tests.access.model.happening import Reach, event
from tests.access.model.world import Spot, World
from tradedoor.access.actions.joining import Needs
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.accounts.tokens import token_of
from tradedoor.jobs.queue import run_due_jobs
from tradedoor.registration.actions import applying
from tradedoor.registration.actions.applying import Application, send_again
from tradedoor.registration.actions.bringing import Came
from tradedoor.registration.actions.confirming import (
    confirm_by_signing_in,
    confirm_with_new_password,
    look_at_registration,
    register_at_once,
    registration_behind,
)
from tradedoor.registration.actions.deciding import resubmit
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.models import EstoreLink, Registration
from tradedoor.registration.policy import shut
from tradedoor.registration.queries import rules_of
from tradedoor.stores.models import Store

COMES_IN = (
    "none>current none>requested pending>current pending>requested cancelled>current cancelled>requested "
    "declined>requested"
)


@event("applicant", moves=COMES_IN, reach=Reach.ANYBODY)
def register(w: World, spot: Spot, _other: int) -> None:
    """By the eStore link they have: with a password at once where the store asks for no mailbox first."""
    _register(w, w.store(spot), _estore_link(w, spot), _form(w, spot, w.address(spot)))


@event("applicant")
def register_without_link(w: World, spot: Spot, _other: int) -> None:
    _register(w, w.store(spot), None, _form(w, spot, w.address(spot)))


@event("applicant", moves=COMES_IN, reach=Reach.ANYBODY, elsewhere=True)
def somebody_new_registers(w: World, spot: Spot, _other: int) -> None:
    """A colleague whom nobody knows, from the form to the end."""
    store, address = w.store(spot), f"new{w.number()}@applicants.example"
    came = _register(w, store, _estore_link(w, spot), _form(w, spot, address))
    if came is None:
        _confirm(w, store, address)


@event("applicant", moves=COMES_IN, reach=Reach.ANYBODY, elsewhere=True)
def a_stranger_registers(w: World, spot: Spot, _other: int) -> None:
    """Somebody whom nobody knows, by no link, where anyone may."""
    store, address = w.store(spot), f"stranger{w.number()}@strangers.example"
    _register(w, store, None, _form(w, spot, address))
    _confirm(w, store, address)


@event("applicant")
def have_the_confirmation_sent_again(w: World, spot: Spot, _other: int) -> None:
    waiting = Registration.objects.filter(
        store=w.store(spot), email_canonical=w.address(spot).casefold(), confirmed_at=None
    )
    newest = waiting.order_by("-pk").first()
    send_again(newest.public_id if newest else uuid4(), store=w.store(spot), actor=w.buyer())
    _work()


@event("applicant")
def open_the_confirmation(w: World, spot: Spot, _other: int) -> None:
    store = w.store(spot)
    link = _mailed(store, w.address(spot))
    look_at_registration(token_of(link) if link else "a token that nobody made", store=store, actor=w.buyer())


@event("applicant", moves=COMES_IN, reach=Reach.ANYBODY)
def confirm_the_registration(w: World, spot: Spot, _other: int) -> None:
    _confirm(w, w.store(spot), w.address(spot))


@event("applicant", moves="declined>requested")
def ask_again(w: World, spot: Spot, _other: int) -> None:
    """With what was put right, by the link of the mail that declined."""
    found = w.find(spot)
    answered = Registration.objects.filter(access=found, link_id__isnull=False) if found else None
    newest = answered.order_by("-pk").first() if answered is not None else None
    link_id = newest.link_id if newest and newest.decision else NO_LINK
    resubmit(link_id or NO_LINK, _form(w, spot, w.address(spot)), store=w.store(spot), actor=w.buyer())


def _register(w: World, store: Store, link: EstoreLink | None, form: Application) -> Came | None:
    """Send the form, as the page does, and have the worker answer; how they came in where they did at once."""
    asks_password = link is not None and shut(link) is None and not rules_of(store).confirm_first
    if link is None or not asks_password:
        applying.register(store, link, form, actor=w.buyer())
        _work()
        return None
    chosen = w.new_password()
    came = register_at_once(store, link, form, chosen, actor=w.buyer())
    _work()
    if isinstance(came, Registration):
        return None
    _note(w, came, chosen)
    return came


def _confirm(w: World, store: Store, address: str) -> None:
    link = _mailed(store, address)
    link_id = link.pk if link else NO_LINK
    if registration_behind(link_id, store=store).needs is Needs.SIGN_IN:
        known = w.password(address) if address else WRONG
        _note(w, confirm_by_signing_in(link_id, known, store=store, actor=w.buyer()), "")
        return
    chosen = w.new_password()
    _note(w, confirm_with_new_password(link_id, chosen, store=store, actor=w.buyer()), chosen)


def _note(w: World, came: Came, password: str) -> None:
    if came.entered is not None:
        remember(w, came.entered, password)
    elif password and came.access.login_id is not None:
        w.passwords[came.access.login_id] = password


def _mailed(store: Store, address: str) -> OneTimeLink | None:
    """The link that was mailed last to this address to confirm something at this store."""
    rows = OneTimeLink.objects.filter(purpose=Purpose.REGISTRATION, store_id=store.pk, access_id=None)
    return rows.filter(address=address.casefold()).order_by("-pk").first()


def _estore_link(w: World, spot: Spot) -> EstoreLink:
    """The link that their customer was given: one that was replaced stays in use by who wrote it down."""
    store, customer = w.store(spot), w.customer(spot.contact)
    rows = EstoreLink.objects.filter(store=store, customer=customer).select_related("store", "customer")
    return rows.order_by("-pk").first() or link_for(store, customer, actor=w.sam)


def _form(w: World, spot: Spot, address: str) -> Application:
    contact = w.contact(spot.contact)
    return Application(
        email=address,
        first_name=contact.first_name,
        last_name=contact.last_name,
        company=f"Typed {w.number()}",
    )


def _work() -> None:
    while run_due_jobs(worker="model"):
        pass
