"""An eStore link by mail: to whom, in which words, looked at before it goes."""

from typing import Any, cast
from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET, require_http_methods

from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact
from tradedoor.crm.queries import ContactFilter, contacts, customer_for
from tradedoor.handouts.actions.sending import mail_link, preview_link_mail
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.models import EstoreLink
from tradedoor.staff.letters import linked, page_for_frame
from tradedoor.staff.once import FIELD, led_to, new_key, remember
from tradedoor.staff.pages import page
from tradedoor.staff.places import store_here
from tradedoor.staff.views.customer_record import customer_crumbs
from tradedoor.web.formats import number
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

MESSAGE = "estore-message"
LONGEST_KEPT = 4000
SHOWN = 200
PREVIEW, SEND = "preview", "send"


# The frame with the mail in it is our own.
@require_http_methods(["GET", "HEAD", "POST"])
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # it takes views with more than the request too
def email(http: HttpRequest, public_id: UUID, slug: str) -> HttpResponse:
    """Choose people and words; “Preview” shows the mail with them, “Send” posts it, once however often pressed."""
    request = cast("ActorRequest", http)
    link = _link_here(request, public_id, slug)
    back = reverse("staff:customer-estore", args=[link.customer.public_id])
    asked = request.POST.get("do", "")
    refused: Invalid | None = None
    if asked == SEND:
        if earlier := led_to(request):
            return redirect(earlier)
        try:
            count = _sent(request, link)
        except Invalid as refusal:
            refused = refusal
        else:
            remember(request, back)
            words = ngettext(
                "The link is on its way to %(n)s person.", "The link is on its way to %(n)s people.", count
            )
            notify(request, words % {"n": number(count)})
            return redirect(back)
    return _form(request, link, back=back, refused=refused)


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
def mail(http: HttpRequest, public_id: UUID, slug: str) -> HttpResponse:
    """The mail by itself, for the frame."""
    request = cast("ActorRequest", http)
    link = _link_here(request, public_id, slug)
    message = str(request.session.get(MESSAGE, "")) if "own" in request.GET else ""
    response = HttpResponse(page_for_frame(_shown(request, link, message).html))
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _link_here(request: ActorRequest, public_id: UUID, slug: str) -> EstoreLink:
    store = store_here(request, slug)
    require(request.actor, Permission.ESTORE_LINK_SHOW, stores=[store.pk])
    return link_for(store, customer_for(public_id, actor=request.actor), actor=request.actor)


def _sent(request: ActorRequest, link: EstoreLink) -> int:
    return mail_link(
        link.store,
        link.customer,
        contacts=_chosen(request),
        typed=request.POST.get("typed", ""),
        message=request.POST.get("message", ""),
        actor=request.actor,
    )


def _chosen(request: ActorRequest) -> set[UUID]:
    found = set()
    for text in request.POST.getlist("contact"):
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found


def _shown(request: ActorRequest, link: EstoreLink, message: str) -> Any:
    """The mail with the message, without it where it is too long to be sent."""
    try:
        return preview_link_mail(link, message=message, actor=request.actor)
    except Invalid:
        return preview_link_mail(link, message="", actor=request.actor)


def _form(request: ActorRequest, link: EstoreLink, *, back: str, refused: Invalid | None) -> HttpResponse:
    message = request.POST.get("message", "")
    if request.method == "POST":
        # Kept with the session for the frame, since an address would put it into logs.
        request.session[MESSAGE] = message[:LONGEST_KEPT]
    rows = contacts(request.actor, narrowed=ContactFilter(customer_id=link.customer_id))
    people = list(rows[: SHOWN + 1])
    shown = _shown(request, link, message)
    context = {
        "customer": link.customer,
        "store": link.store,
        "people": [(one, _why_not(one)) for one in people[:SHOWN]],
        "more": len(people) > SHOWN,
        "chosen": _chosen(request),
        "typed": request.POST.get("typed", ""),
        "message": message,
        "problem": str(refused) if refused else "",
        "field": refused.field if refused else None,
        "mail": shown,
        "text": linked(shown.text),
        "frame_query": {"own": "1"} if message else None,
        "once": FIELD,
        "key": new_key(request),
        "back": back,
        "crumbs": customer_crumbs(link.customer, _("Email link")),
    }
    status = 422 if refused else 200
    template = "staff/crm/customers/estore_email.html"
    return page(request, template, context, current="customers", store=link.store, status=status)


def _why_not(contact: Contact) -> str:
    if contact.email_canonical:
        return ""
    return _("This email cannot be used") if contact.email else _("No email")
