"""What Mailchimp tells by itself, as it happens: who left, whose mail came back, who subscribed.

Its calls are not signed; the secret is in the address it is given (mailchimp.com/developer, webhooks). The same is
found out by asking (`syncing`), so a call that never comes loses nothing.
"""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical
from tradedoor.core.errors import Invalid
from tradedoor.integrations.actions.leaving import came_back_since, note_left, note_returned
from tradedoor.integrations.errors import LinkUnknown
from tradedoor.integrations.mailchimp import moment_of
from tradedoor.integrations.models import Audience, Delivery, Member
from tradedoor.stores.models import Store

SALT = "tradedoor.integrations.hook"
LONGEST = 254
ACTOR = Actor.job("integrations.mailchimp", permissions=frozenset())


def hook_token(store: Store) -> str:
    """The secret part of the address that Mailchimp calls for this store."""
    return salted_hmac(SALT, str(store.public_id), algorithm="sha256").hexdigest()


def check_hook(store: Store, token: str) -> None:
    """Return if Mailchimp may call this address. Raises `LinkUnknown`."""
    if not constant_time_compare(token, hook_token(store)):
        raise LinkUnknown


@transaction.atomic
def take_hook(store: Store, token: str, told: Mapping[str, str]) -> None:
    """Do what follows from one call; `told` is its form, with names such as `data[email]`.

    A call of another audience, of a kind that means nothing here, told again, or overtaken by a later one, changes
    nothing. Raises `LinkUnknown`.
    """
    check_hook(store, token)
    audience = Audience.objects.filter(store=store, list_id=told.get("data[list_id]", "")).first()
    kind = told.get("type", "")
    email = told.get("data[old_email]" if kind == "upemail" else "data[email]", "")[:LONGEST]
    if audience is None or not email:
        return
    at = min(moment_of(told.get("fired_at", "")), timezone.now())
    if kind == "unsubscribe":
        done = 0 if came_back_since(email, at) else note_left(store, {email: at}, actor=ACTOR)
    elif kind == "subscribe":
        done = note_returned(store, email, at=at, actor=ACTOR)
    elif kind == "cleaned":
        gone = Member.objects.filter(audience=audience, email__iexact=email)
        done = gone.exclude(status=Member.Status.LEFT).update(
            status=Member.Status.CLEANED, is_tagged=False, since=at
        )
    elif kind == "upemail":
        done = _note_moved(audience, email, told.get("data[new_email]", "")[:LONGEST])
    else:
        return
    Delivery.objects.create(
        audience=audience, what=Delivery.What.HOOK, at=timezone.now(), done=done, status=200
    )


def _note_moved(audience: Audience, former: str, email: str) -> int:
    """They changed their address at Mailchimp: from now on they are found there by it. The CRM keeps its own."""
    try:
        address = canonical(email)
    except Invalid:
        return 0
    return Member.objects.filter(audience=audience, email__iexact=former).update(
        email=email, email_canonical=address
    )
