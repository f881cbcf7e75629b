"""Login details for one contact, as a form asks for them: alone, or together with the contact itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from tradedoor.access.actions.crm import update_contact
from tradedoor.access.actions.details import Given, give_login_details
from tradedoor.access.errors import NotPossible
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.temporary import TemporaryPassword, temporary_password
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor, ActorKind
from tradedoor.core.addresses import canonical
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.contacts import create_contact
from tradedoor.crm.fields import ContactData
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for: in which stores, with which temporary password if any, and whether by mail."""

    stores: Sequence[Store]
    password: TemporaryPassword | None
    mailed: bool


def password_to_give(
    raw: str, *, is_typed: bool, names: Iterable[str], stores: Iterable[Store]
) -> TemporaryPassword:
    """The temporary password of a form, judged and hashed; call it before anything is saved.

    `names` are the person's, the address and the customer's. Raises `BadPassword` and `Busy`.
    """
    about = [*names, *(text for store in stores for text in (store.name, store.slug))]
    return temporary_password(raw, is_typed=is_typed, about=about)


def has_own_password(email: str, *, actor: Actor) -> bool:
    """Whether a login of this email has a password that its owner chose, as the form says before it is saved.

    Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_DETAILS)
    try:
        address = canonical(email)
    except Invalid:
        return False
    login = Login.objects.buyers().filter(email_canonical=address).first()
    return login is not None and login.has_own_password


def give_login_details_to(contact: Contact, wanted: Wanted, *, actor: Actor) -> Given:
    """Give one contact login details in these stores, in all of them or in none.

    Must not be called inside a transaction: acts one by one are counted. Raises as `give_login_details`, `NotPossible`
    with the reason of the first store that refuses, and `Throttled` for somebody who does it by the hundred (INV-04).
    """
    _require_pace(actor)
    with transaction.atomic():
        return _give(contact, wanted, actor=actor)


def create_contact_with_details(
    customer: Customer, data: ContactData, wanted: Wanted, *, actor: Actor, confirmed: bool = False
) -> tuple[Contact, Given]:
    """A new contact who can sign in; neither of the two without the other. Raises as both do."""
    _require_pace(actor)
    with transaction.atomic():
        made = create_contact(customer, data, actor=actor, confirmed=confirmed)
        return made, _give(made, wanted, actor=actor)


def update_contact_with_details(
    contact: Contact,
    data: ContactData,
    wanted: Wanted,
    *,
    version: int,
    actor: Actor,
    confirmed: bool = False,
) -> tuple[Contact, Given]:
    """The contact as `data` says, and login details for it; neither without the other. Raises as both do.

    An email changed by it reaches the login at once, since the details are for it.
    """
    _require_pace(actor)
    with transaction.atomic():
        saved = update_contact(contact, data, version=version, actor=actor, confirmed=confirmed)
        return saved, _give(saved, wanted, actor=actor)


def _require_pace(actor: Actor) -> None:
    require(actor, Permission.ACCESS_DETAILS)
    if actor.kind is ActorKind.STAFF:
        throttle.require_room(throttle.INVITING_STAFF, str(actor.login_id))


def _give(contact: Contact, wanted: Wanted, *, actor: Actor) -> Given:
    given = give_login_details(
        wanted.stores,
        [contact.pk],
        actor=actor,
        mailed=wanted.mailed,
        passwords={contact.pk: wanted.password} if wanted.password else {},
    )
    for _store, candidate in given.plan:
        if candidate.is_refused and candidate.reason is not None:
            refusal = NotPossible(candidate.reason)
            refusal.sentence = candidate.sentence
            raise refusal
    return given
