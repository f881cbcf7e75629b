"""The mails to staff: what is posted, and how the sender words it.

A letter holds ids only. The link is derived when the mail is made, so that the outbox holds none (TOK-02).
"""

from django.conf import settings
from django.template.loader import get_template
from django.utils import timezone
from django.utils.formats import date_format

from tradedoor.accounts.models import Login, OneTimeLink
from tradedoor.accounts.tokens import token_of
from tradedoor.core.actor import Actor
from tradedoor.mail.outbox import post
from tradedoor.mail.rendering import MessageRow, Rendered, template

STAFF_INVITATION = "accounts.staff_invitation"
STAFF_SIGN_IN_LINK = "accounts.staff_sign_in_link"


def staff_invited(login: Login, link: OneTimeLink, *, by: Actor) -> None:
    """Mail a new staff member the link by which they come in and choose a password."""
    _post(STAFF_INVITATION, login, link, by=by)


def staff_let_in(login: Login, link: OneTimeLink, *, by: Actor) -> None:
    """Mail a staff member, who may have forgotten the password, a link to sign in by."""
    _post(STAFF_SIGN_IN_LINK, login, link, by=by)


@template(STAFF_INVITATION)
def staff_invitation(row: MessageRow) -> Rendered | None:
    """The invitation, or None once its link is dead."""
    return _rendered("staff_invitation", row)


@template(STAFF_SIGN_IN_LINK)
def staff_sign_in_link(row: MessageRow) -> Rendered | None:
    """The link to sign in by, or None once it is dead."""
    return _rendered("staff_sign_in_link", row)


def _post(code: str, login: Login, link: OneTimeLink, *, by: Actor) -> None:
    post(
        code,
        to_email=login.email,
        to_name=login.name,
        context={"by": by.label},
        link_id=link.pk,
        login_id=login.pk,
    )


def _rendered(name: str, row: MessageRow) -> Rendered | None:
    live = OneTimeLink.objects.live(timezone.now()).select_related("login")
    link = live.filter(pk=row.link_id or 0).first()
    if link is None or link.login is None:
        return None
    expires = timezone.localtime(link.expires_at)
    words = {
        "name": link.login.name,
        "by": row.context.get("by", ""),
        "address": link.login.email,
        "link_url": f"{settings.TRADEDOOR_BASE_URL}/login/link/{token_of(link)}/",
        "expires": f"{date_format(expires, 'l j F Y, H:i')} ({expires.tzname()})",
    }
    subject = _words(name, "subject.txt", words).strip()
    return Rendered(
        subject=subject,
        text=_words(name, "body.txt", words).strip() + "\n",
        html=_words(name, "body.html", words | {"title": subject}),
    )


def _words(name: str, part: str, context: dict[str, str]) -> str:
    return str(get_template(f"accounts/email/{name}/{part}").render(context))
