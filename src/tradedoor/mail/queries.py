"""What may be read of the outbox."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotFound
from tradedoor.core.permissions import Permission, require
from tradedoor.mail.models import MailBody, MailMessage, MailRelay
from tradedoor.mail.outbox import paused_stores
from tradedoor.mail.sealing import PLACE, Unsealable, unseal

LONGEST = 1000
OVERDUE = timedelta(minutes=5)
ERASED = _("(erased)")


def messages(
    actor: Actor,
    *,
    to: str | None = None,
    store_id: int | None = None,
    access_id: int | None = None,
    contact_id: int | None = None,
    state: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[MailMessage]:
    """Return mails, newest first, of what is named and may be seen; `before` the id of the last one for the next page.

    `to` is an address in any case. Raises `NotAllowed`.
    """
    asked = {
        "to_email__iexact": to,
        "store_id": store_id,
        "access_id": access_id,
        "contact_id": contact_id,
        "state": state,
        "pk__lt": before,
    }
    found = _visible(actor).filter(**{name: value for name, value in asked.items() if value is not None})
    return list(found.select_related("body").order_by("-pk")[: min(limit, LONGEST)])


def outbox(actor: Actor) -> QuerySet[MailMessage]:
    """Return every mail that may be seen, for a list; without the bodies. Raises `NotAllowed`."""
    return _visible(actor)


def whole_message_for(public_id: UUID, *, actor: Actor) -> MailMessage:
    """Return the mail as somebody may read it who may see living links, since a captured body holds them.

    A mail of no store is one to staff: its link makes whoever opens it that person, so only who may change staff
    reads it. Raises `NotAllowed` and `NotFound`.
    """
    message = message_for(public_id, actor=actor)
    require(actor, Permission.ACCESS_LINK if message.store_id is not None else Permission.STAFF_EDIT)
    return message


def message_for(key: UUID | int, *, actor: Actor) -> MailMessage:
    """Return the mail of this public id or number, with its body where it was captured. Raises `NotFound`."""
    by = {"public_id": key} if isinstance(key, UUID) else {"pk": key}
    message = _visible(actor).select_related("body").filter(**by).first()
    if message is None:
        raise NotFound(_("There is no such mail."))
    return message


def body_of(message: MailMessage) -> MailBody | None:
    """Return the whole mail, which is kept in capture mode only.

    A password that it tells is filled in for this reading, as long as it lives; the stored mail does not hold it.
    """
    try:
        body = message.body
    except ObjectDoesNotExist:
        return None
    if PLACE in body.text or PLACE in body.html:
        told = _told(message)
        body.text = body.text.replace(PLACE, told)
        body.html = body.html.replace(PLACE, escape(told))
    return body


def _told(message: MailMessage) -> str:
    try:
        return unseal(message.sealed, mail=message.public_id) if message.sealed else str(ERASED)
    except Unsealable:
        return str(ERASED)


def captured_count(*, actor: Actor) -> int:
    """Return how many mails were captured, counting no further than a thousand. Raises `NotAllowed`."""
    return _visible(actor).filter(state=MailMessage.State.CAPTURED)[:LONGEST].count()


def waiting_count(*, actor: Actor) -> int:
    """Return how many mails should have left by now and have not, counting no further than a thousand."""
    due = _visible(actor).filter(state=MailMessage.State.QUEUED, run_at__lte=timezone.now() - OVERDUE)
    return due[:LONGEST].count()


def longest_waiting() -> timedelta:
    """Return how long the mail has been due that should have left first and has not; zero where none waits.

    One that somebody paused waits on purpose.
    """
    now = timezone.now()
    are_all, stores = paused_stores()
    if are_all:
        return timedelta()
    due = MailMessage.objects.filter(state=MailMessage.State.QUEUED, run_at__lte=now)
    if stores:
        due = due.filter(Q(store_id__isnull=True) | ~Q(store_id__in=stores))
    oldest = due.order_by("run_at").values_list("run_at", flat=True).first()
    return now - oldest if oldest else timedelta()


def mail_state_for(access_ids: Collection[int], *, actor: Actor) -> Mapping[int, MailMessage]:
    """Return the newest mail of each of these accesses that ever had one, in one query. Raises `NotAllowed`."""
    visible = _visible(actor)
    newest = (
        MailMessage.objects.filter(access_id__in=access_ids)
        .values("access_id")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    return {mail.access_id: mail for mail in visible.filter(pk__in=newest) if mail.access_id is not None}


def mail_trouble() -> MailRelay | None:
    """Return what is wrong with the mail server, None while nothing is known to be."""
    return MailRelay.objects.exclude(trouble_code="").first()


def _visible(actor: Actor) -> QuerySet[MailMessage]:
    require(actor, Permission.MAIL_READ)
    if actor.stores is None:
        return MailMessage.objects.all()
    return MailMessage.objects.filter(store_id__in=actor.stores)
