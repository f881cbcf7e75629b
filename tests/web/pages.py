"""Small pages to knock at the doors with; the real faces have tests of their own."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.urls import path

from tradedoor.access.queries import accesses_of_login
from tradedoor.accounts.actions.sessions import end_session, open_session
from tradedoor.accounts.actions.sign_in import check_credentials
from tradedoor.accounts.errors import Busy, Throttled
from tradedoor.accounts.models import Realm
from tradedoor.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tradedoor.web.doors import close_door, open_door
from tradedoor.web.errors import bad_request, not_allowed, not_found, server_error
from tradedoor.web.requests import ActorRequest

REFUSALS = {
    "missing": NotFound("There is no such thing."),
    "forbidden": NotAllowed("Your role does not allow this."),
    "conflict": Conflict("Somebody was faster."),
    "invalid": Invalid("This cannot be used."),
    "throttled": Throttled(retry_after=120),
    "busy": Busy(retry_after=5),
}
handlers = (bad_request, not_allowed, not_found, server_error)
handler400, handler403, handler404, handler500 = handlers


def whoami(request: ActorRequest, store: str = "") -> HttpResponse:
    request.is_polling = "poll" in request.GET
    return JsonResponse(
        {
            "kind": request.actor.kind,
            "login": request.login.email if request.login else None,
            "access": request.access_id,
            "stores": None if request.actor.stores is None else sorted(request.actor.stores),
            "ip": request.actor.ip,
            "agent": request.actor.agent,
            "said": [str(message) for message in messages.get_messages(request)],
        }
    )


def sign_in(request: ActorRequest, store: str = "") -> HttpResponse:
    realm = Realm.BUYER if request.store else Realm.STAFF
    login = check_credentials(
        request.POST["email"], request.POST["password"], realm=realm, actor=request.actor
    )
    access = accesses_of_login(login, store=request.store)[0] if request.store else None
    opened = open_session(
        login,
        actor=request.actor,
        store_id=request.store.pk if request.store else None,
        access_id=access.pk if access else None,
        access_epoch=access.epoch if access else None,
        keep="keep" in request.POST,
    )
    response = open_door(request, HttpResponse("in"), opened)
    messages.success(request, "Hello bea@acme.example")
    return response


def sign_out(request: ActorRequest, store: str = "") -> HttpResponse:
    if request.signed_in:
        end_session(request.signed_in, actor=request.actor)
    return close_door(request, HttpResponse("out"))


def refuse(request: ActorRequest, kind: str, store: str = "") -> HttpResponse:
    raise REFUSALS[kind]


pages = [
    path("login/", sign_in),
    path("logout/", sign_out),
    path("whoami/", whoami),
    path("refuse/<str:kind>/", refuse),
]
urlpatterns = [
    *[path(f"s/<slug:store>/{page.pattern}", page.callback) for page in pages],
    *pages,
]
