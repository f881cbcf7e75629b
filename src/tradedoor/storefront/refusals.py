"""What somebody is told whose password was right and who cannot come in nevertheless (DEA-05)."""

from collections.abc import Mapping

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradedoor.access.reasons import Reason
from tradedoor.accounts.errors import ComeBackLater
from tradedoor.core.errors import Refusal
from tradedoor.storefront.frames import address, door_page, store_of
from tradedoor.storefront.pending import proof_of_pending
from tradedoor.web.requests import ActorRequest

NOT_ALLOWED = 403
PASSWORD_EXPIRED = "password_expired"  # noqa: S105 - a code, not a password
HEADINGS: Mapping[str, str | Promise] = {
    Reason.INVITATION_OPEN: _("Nearly there"),
    Reason.REQUEST_WAITING: _("Nearly there"),
    PASSWORD_EXPIRED: _("Choose a new password"),
}


def come_back_later(page: HttpResponse, later: ComeBackLater) -> HttpResponse:
    """The page with the form on it, sent again for later (RFC 9110, 10.2.3)."""
    page.status_code = later.status
    page.headers["Retry-After"] = str(later.retry_after)
    return page


def refused_page(request: ActorRequest, refusal: Refusal, *, email: str = "") -> HttpResponse:
    """Say why the door stays shut and what helps. `email` is what was typed at the sign-in page."""
    store = store_of(request)
    sentence = str(refusal)
    if refusal.code == Reason.LOGIN_HELD and store.phone:
        sentence = _(
            "Sign-in is on hold because an email change was reported. Call %(store)s, %(phone)s."
        ) % {
            "store": store.name,
            "phone": store.phone,
        }
    context = {
        "sentence": sentence,
        "heading": HEADINGS.get(refusal.code, _("You cannot sign in at the moment")),
        "code": refusal.code,
        "email": email,
        "forgot_url": address(store, "forgot"),
        "sign_in_url": address(store, "sign-in"),
        "again_url": address(store, "join-again"),
        "pending": proof_of_pending(refusal.data.get("access"), store=store)
        if refusal.code == Reason.INVITATION_OPEN
        else "",
    }
    return door_page(request, "refused.html", context, status=NOT_ALLOWED)
