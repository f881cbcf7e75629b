"""What the owner of an address that registered is mailed; decided by a worker, and shown on no page (ENU-02)."""

from collections.abc import Iterable

from django.db import transaction

from tradedoor.access.models import Access, State
from tradedoor.accounts.actions.links import LinkRequest, issue_links
from tradedoor.accounts.models import Login, OneTimeLink, Purpose
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.mail.outbox import Letter, post_many
from tradedoor.registration.emails import CONFIRM, KNOWN, letter_to
from tradedoor.registration.events import Event
from tradedoor.registration.models import Registration

# Told first: in which of these states the address stands here already.
STANDING = (State.CURRENT, State.DEACTIVATED, State.REQUESTED)


@transaction.atomic
def answer(registration_id: int, *, mail: int, actor: Actor) -> None:
    """Mail the link that confirms, or what else the owner of the address may do; or nothing to one on hold.

    `mail` is the number of the mail that is wanted: a job that runs twice, because its worker was killed after the
    first time, mails once.

    The link is made once and mailed again as it is, so it lives 48 hours from the form however often its mail is
    asked for. Does nothing for a registration that is confirmed or gone.
    """
    rows = Registration.objects.select_for_update(of=("self",)).select_related("store")
    registration = rows.filter(pk=registration_id, confirmed_at=None).first()
    if registration is None or registration.mails >= mail:
        return
    result, letters = _answered(registration, actor=actor)
    post_many(letters)
    registration.mails += len(letters)
    registration.save(update_fields=["mails", "link_id"])
    record(
        Event.ANSWERED,
        actor=actor,
        store_id=registration.store_id,
        customer_id=registration.customer_id,
        data={"registration": registration.pk},
        result=result,
    )


def _answered(registration: Registration, *, actor: Actor) -> tuple[str, list[Letter]]:
    login = Login.objects.buyers().filter(email_canonical=registration.email_canonical).first()
    if login is not None and not login.can_sign_in:
        return "held", []
    standing = _standing(registration)
    if standing is not None:
        letter = letter_to(registration, KNOWN)
        told = Letter(
            template=letter.template,
            to_email=letter.to_email,
            context={**letter.context, "state": standing.value},
            store_id=letter.store_id,
        )
        return f"known_{standing.value}", [told]
    if registration.link_id is None:
        registration.link_id = _issued(registration, actor=actor).pk
    return "confirm", [letter_to(registration, CONFIRM, link_id=registration.link_id)]


def _standing(registration: Registration) -> State | None:
    """The state of an access that this person has here already and that registering does not change."""
    here = Access.objects.filter(store=registration.store, state__in=STANDING)
    if registration.customer_id is not None:
        here = here.filter(customer=registration.customer_id)
    by_login = here.filter(login__email_canonical=registration.email_canonical)
    by_contact = here.filter(contact__email_canonical=registration.email_canonical)
    return _first(state for rows in (by_login, by_contact) for state in rows.values_list("state", flat=True))


def _first(states: Iterable[str]) -> State | None:
    return min((State(state) for state in states), key=STANDING.index, default=None)


def _issued(registration: Registration, *, actor: Actor) -> OneTimeLink:
    [link] = issue_links(
        [
            LinkRequest(
                purpose=Purpose.REGISTRATION,
                address=registration.email_canonical,
                expires_at=registration.expires_at,
                store_id=registration.store_id,
                customer_id=registration.customer_id,
            )
        ],
        actor=actor,
    )
    return link
