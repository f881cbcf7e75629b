"""What every view gets: a request that knows who asks, and at which door."""

from typing import Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from tradedoor.access.models import Access
from tradedoor.accounts.models import Login, Session
from tradedoor.core.actor import Actor
from tradedoor.stores.models import Store


class ActorRequest(HttpRequest):
    """A request after `DoorMiddleware`. Views ask `actor` for rights, and nothing else of it."""

    id: str
    actor: Actor
    # Whoever is signed in at this door; None for a visitor. `actor` is then nobody.
    login: Login | None
    signed_in: Session | None
    # Of a buyer: the access the session acts for, with its contact and customer.
    access_id: int | None
    access: Access | None
    # Whose front door this is; None on the sellers' side.
    store: Store | None
    # Where this door's pages begin: "/" or "/s/<store>/".
    door: str
    # The password in use is not the person's own: every page but the one to choose it is closed (TMP-04).
    must_choose_password: bool
    # A page that asks again and again by itself does not count as use (SES-03).
    is_polling: bool
    htmx: HtmxDetails
    # What Django's messages write to; see `doors.Pocket`.
    session: Any
