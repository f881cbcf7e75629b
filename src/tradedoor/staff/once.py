"""A form that is sent twice does its work once.

A form that makes something carries a key of its own. Where it led is kept with the session, so that a second
press, or going back and pressing again, leads to the same place and makes nothing new.
"""

from uuid import uuid4

from tradedoor.web.requests import ActorRequest

FIELD = "once"
KEPT = "forms_done"
MOST_KEPT = 20


def new_key(request: ActorRequest) -> str:
    """The key for a form about to be shown; a form that comes back keeps its own."""
    return request.POST.get(FIELD, "")[:32] or uuid4().hex


def led_to(request: ActorRequest) -> str | None:
    """The address that the same form led to before; None where it is new."""
    return dict(request.session.get(KEPT, [])).get(request.POST.get(FIELD, "")[:32] or None)


def remember(request: ActorRequest, address: str) -> None:
    key = request.POST.get(FIELD, "")[:32]
    if key:
        request.session[KEPT] = [*request.session.get(KEPT, []), [key, address]][-MOST_KEPT:]
