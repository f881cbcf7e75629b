"""What was mailed. While mail is captured, whoever may see living links reads it whole."""

from typing import cast
from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET

from tradedoor.core.permissions import Permission
from tradedoor.mail.models import MailMessage
from tradedoor.mail.queries import body_of, mail_trouble, outbox, whole_message_for
from tradedoor.staff.letters import LOOKS, first_link, headers_of, linked, page_for_frame
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.pausing import switch_of
from tradedoor.web.lists import Filter, ListSpec, Sort, build_list
from tradedoor.web.requests import ActorRequest

STATES = [(state, look.label) for state, look in LOOKS.items()]
VIEWS = ("html", "text", "headers")


def _matching(rows: QuerySet[MailMessage], text: str) -> QuerySet[MailMessage]:
    return rows.filter(Q(to_email__icontains=text) | Q(to_name__icontains=text) | Q(subject__icontains=text))


MAILS = ListSpec(
    sorts={"new": Sort(gettext_lazy("Newest first"), "-id")},
    filters=[
        Filter("state", gettext_lazy("State"), lambda rows, value: rows.filter(state=value), options=STATES)
    ],
    search=_matching,
)


@require_GET
def messages(request: ActorRequest) -> HttpResponse:
    rows = outbox(request.actor)
    if "state" not in request.GET:
        # Called back before they were written: of interest to who asks for them, else only in the way.
        rows = rows.exclude(state=MailMessage.State.CANCELLED)
    mails = build_list(request.GET, MAILS, rows)
    context = {
        "page": mails,
        "looks": LOOKS,
        "captured": settings.TRADEDOOR_MAIL_CAPTURED,
        "may_read": request.actor.can(Permission.ACCESS_LINK),
        "trouble": mail_trouble(),
        "pause": switch_of(None, actor=request.actor),
        "crumbs": [Crumb(_("Captured mail") if settings.TRADEDOOR_MAIL_CAPTURED else _("Mail"))],
    }
    fragment = request.htmx.target == "mails"
    response = (
        render(request, "staff/desk/mail/_table.html", context)
        if fragment
        else page(request, "staff/desk/mail/list.html", context, current="mail")
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


# The frame with the mail in it is our own.
@require_GET
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # it takes views with more than the request too
def message(request: HttpRequest, public_id: UUID) -> HttpResponse:
    asking = cast("ActorRequest", request)
    mail = whole_message_for(public_id, actor=asking.actor)
    body = body_of(mail)
    wanted = request.GET.get("view", "")
    kinds = [kind for kind in VIEWS if body and (kind != "html" or body.html)]
    context = {
        "mail": mail,
        "look": LOOKS[MailMessage.State(mail.state)],
        "body": body,
        "kinds": kinds,
        "kind": wanted if wanted in kinds else next(iter(kinds), ""),
        "text": linked(body.text) if body else "",
        "headers": headers_of(body) if body else [],
        "link": first_link(body) if body else "",
        "crumbs": [Crumb(_("Captured mail"), reverse("staff:mail")), Crumb(mail.subject or _("Mail"))],
    }
    return page(asking, "staff/desk/mail/message.html", context, current="mail")


# A page of its own origin-less world: no script, nothing fetched, no form; only links, and those in a new window.
@require_GET
@xframe_options_exempt
@csp_replace(  # type: ignore[arg-type]  # it takes views with more than the request too
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "script-src": [NONE],
        "font-src": [NONE],
        "connect-src": [NONE],
        "form-action": [NONE],
        "frame-ancestors": [SELF],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
)
def preview(request: HttpRequest, public_id: UUID) -> HttpResponse:
    body = body_of(whole_message_for(public_id, actor=cast("ActorRequest", request).actor))
    response = HttpResponse(page_for_frame(body.html if body else ""))
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
