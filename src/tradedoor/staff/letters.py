"""A mail on a page: its state in words, its links to press, its HTML in a frame."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

from django.conf import settings
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from tradedoor.mail.models import MailBody, MailMessage

ADDRESS = re.compile(r"https?://[^\s<>\"']+")
BASE = '<base target="_blank">'


@dataclass(frozen=True, slots=True)
class Look:
    """A state of a mail as a badge."""

    label: str | Promise
    icon: str
    tone: str = ""


LOOKS: Mapping[MailMessage.State, Look] = {
    MailMessage.State.QUEUED: Look(_("Queued"), "clock"),
    MailMessage.State.SENDING: Look(_("Being sent"), "send"),
    MailMessage.State.SENT: Look(_("Sent"), "check", "good"),
    MailMessage.State.CAPTURED: Look(_("Captured"), "inbox", "accent"),
    MailMessage.State.FAILED: Look(_("Refused or failed"), "mail-x", "bad"),
    MailMessage.State.CANCELLED: Look(_("Not sent: no longer needed"), "x"),
}


# What a mail is, while its subject is not written yet; it is when it leaves.
TITLES: Mapping[str, str | Promise] = {
    "access.invitation": _("Invitation"),
    "access.reminder": _("Reminder of the invitation"),
    "access.login_details": _("Login details"),
    "access.password_reset": _("Reset link"),
    "access.password_changed": _("Notice of a new password"),
    "access.email_changed_old": _("Notice of a new email"),
    "access.email_changed_new": _("Notice of a new email"),
    "access.email_change_reported": _("Notice of a reported email change"),
    "handouts.estore_link": _("eStore link"),
    "registration.confirm": _("Confirm your email"),
    "registration.known": _("Registered already"),
    "registration.welcome": _("Welcome"),
    "registration.declined": _("Registration declined"),
    "registration.waiting": _("A request waits"),
    "registration.colleague_waiting": _("A colleague asks for access"),
}


def linked(text: str) -> SafeString:
    """The text of a mail, escaped, with its addresses as links that open in a new window."""
    parts: list[SafeString] = []
    end = 0
    for found in ADDRESS.finditer(text):
        parts.append(format_html("{}", text[end : found.start()]))
        parts.append(
            format_html('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', found[0], found[0])
        )
        end = found.end()
    parts.append(format_html("{}", text[end:]))
    return format_html_join("", "{}", ((part,) for part in parts))


def headers_of(body: MailBody) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in body.headers]


def first_link(body: MailBody) -> str:
    """The first address of our own in the mail: what its button leads to."""
    own = settings.TRADEDOOR_BASE_URL + "/"
    one_time = ("/join/", "/login/link/", "/password/reset/", "/password/first/", "/register/")
    found = [address for address in ADDRESS.findall(unescape(body.text)) if address.startswith(own)]
    return next((address for address in found if any(part in address for part in one_time)), "")


def page_for_frame(html: str) -> SafeString:
    """The mail's own page with its links leaving the frame. It is shown in a sandbox without scripts."""
    start, found, rest = html.partition("<head>")
    if not found:
        return mark_safe(f"<!doctype html><head><meta charset=utf-8>{BASE}</head>{html}")  # noqa: S308 - sandboxed by its CSP
    return mark_safe(f"{start}{found}{BASE}{rest}")  # noqa: S308 - sandboxed by its CSP
