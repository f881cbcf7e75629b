"""Which rows a list of accesses shows: its tab, its search and its filters, as plain values.

They stand in the address of a page and in the arguments of long work alike, so that "all that match" means the
same on the screen and, a moment later, in the background.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from tradedoor.access.models import Access, State, Tab

FAILED, CAPTURED, SENT, CANCELLED = "failed", "captured", "sent", "cancelled"
WAITING = ("queued", "sending")


class MailSeen(TextChoices):
    """What became of the last invitation, the latest thing known of it. A pending row is exactly one of these."""

    EXPIRED = "expired", _("Expired")
    OPENED = "opened", _("Link opened")
    REFUSED = "refused", _("Refused")
    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    CAPTURED = "captured", _("Captured")
    UNSENT = "unsent", _("Not sent")
    NOT_MAILED = "not_mailed", _("Link not mailed")
    LINK_NEEDED = "link_needed", _("New link needed")


class SignedIn(TextChoices):
    """When somebody last signed in."""

    RECENTLY = "recently", _("In 30 days")
    EARLIER = "earlier", _("Longer ago")
    NEVER = "never", _("Never")


RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list of accesses. Without a store it is of all stores in the scope, without a tab of all states."""

    store_id: int | None = None
    tab: str = ""
    search: str = ""
    role: str = ""
    customer: str = ""
    mail: str = ""
    seen: str = ""

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        return cls(**kept)

    def kept(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)

    @property
    def known_tab(self) -> Tab | None:
        return Tab(self.tab) if self.tab else None


def signed_in(seen: SignedIn, *, now: datetime) -> Q:
    """The condition for rows whose last sign-in was then."""
    if seen is SignedIn.NEVER:
        return Q(last_sign_in_at__isnull=True)
    since = now - RECENT
    return Q(last_sign_in_at__gte=since) if seen is SignedIn.RECENTLY else Q(last_sign_in_at__lt=since)


SEEN_OF_MAIL = {
    FAILED: MailSeen.REFUSED, SENT: MailSeen.SENT, CAPTURED: MailSeen.CAPTURED, CANCELLED: MailSeen.UNSENT,
    **dict.fromkeys(WAITING, MailSeen.QUEUED),
}  # fmt: skip


def with_mail(mail: MailSeen, *, now: datetime) -> Q:
    """The condition for pending rows of `queries.dashboard` of whose invitation this is the latest known."""
    ran_out = Q(invitation_expires_at__isnull=False, invitation_expires_at__lte=now)
    linkless = Q(link_id__isnull=True) | Q(link_revoked_at__isnull=False)
    opened = Q(opened_at__isnull=False)
    pending = Q(state=State.PENDING)
    if mail is MailSeen.EXPIRED:
        return pending & ran_out
    if mail is MailSeen.LINK_NEEDED:
        return pending & ~ran_out & linkless
    living = pending & ~ran_out & Q(link_id__isnull=False, link_revoked_at__isnull=True)
    if mail is MailSeen.OPENED:
        return living & opened
    if mail is MailSeen.NOT_MAILED:
        return living & Q(opened_at__isnull=True, mail_state__isnull=True)
    states = [state for state, seen in SEEN_OF_MAIL.items() if seen is mail]
    return living & Q(opened_at__isnull=True, mail_state__in=states)


def mail_of(row: Access, *, now: datetime) -> MailSeen | None:
    """The same for one row of `queries.dashboard`; None where no invitation is open."""
    if row.state != State.PENDING:
        return None
    if row.invitation_expires_at is not None and row.invitation_expires_at <= now:
        return MailSeen.EXPIRED
    if getattr(row, "link_id", None) is None or getattr(row, "link_revoked_at", None) is not None:
        return MailSeen.LINK_NEEDED
    if getattr(row, "opened_at", None) is not None:
        return MailSeen.OPENED
    return SEEN_OF_MAIL.get(getattr(row, "mail_state", None) or "", MailSeen.NOT_MAILED)
