"""What lower apps cause up here: read from the history, from a stored place, since they never call up.

A mail refused for its address, a mail that could not be made, and contacts archived or moved past the actions that
end accesses become errors. Rows are read again for a minute, because one that began to be written earlier may be
seen later; that does no harm, since an error is raised for what is so now and not for what once happened.
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from tradedoor.access.actions.checking import FAULTY, UNBUILDABLE, check_contacts, check_errors
from tradedoor.access.actions.errors import raise_errors
from tradedoor.access.faults import Fault
from tradedoor.access.models import Access, AccessError, ErrorReason, FeedPlace
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical
from tradedoor.core.errors import Invalid
from tradedoor.mail.models import MailMessage

READER = "access.errors"
REFUSED, UNMADE, SENT = "mail.refused", "mail.failed", "mail.sent"
MOVED = frozenset({"contact.archived", "contact.merged", "contact.moved", "contact.restored"})
EVENTS = (REFUSED, UNMADE, SENT, *sorted(MOVED))
SEEN_LATE = timedelta(minutes=1)
STRETCH = 5000  # numbers of history read in one transaction


def read_feed(*, actor: Actor) -> int:
    """Raise and close errors by what the history says since the last time; return how many rows were looked at.

    The place is kept once a stretch has been done, so that a reader that dies does it again, which changes nothing.
    Whatever a stretch holds is looked at kind by kind, each in a transaction of its own: together they would take
    accesses in the order of events, and others would wait for each other. A new installation begins with what is
    there.
    """
    known = FeedPlace.objects.filter(reader=READER).values_list("row_id", flat=True).first() or 0
    looked, start = 0, known
    # Asked before the transaction: an idle worker must not take SQLite's only write lock again and again.
    while (end := _end_of_stretch(start)) is not None:
        looked += _read(start, end, actor=actor)
        with transaction.atomic():
            place = _place()
            young = AuditRow.objects.filter(
                pk__gt=place.row_id, pk__lte=end, at__gt=timezone.now() - SEEN_LATE
            )
            first = young.order_by("pk").values_list("pk", flat=True).first()
            settled = end if first is None else first - 1
            if settled > place.row_id:
                FeedPlace.objects.filter(pk=place.pk).update(row_id=settled)
        start = end
    return looked


def _end_of_stretch(start: int) -> int | None:
    """The number up to which is read next; None where there is nothing further. Numbers may have wide gaps."""
    following = AuditRow.objects.filter(pk__gt=start).order_by("pk").values_list("pk", flat=True)
    full = following[STRETCH - 1 : STRETCH].first()
    return full if full is not None else following.aggregate(end=Max("pk"))["end"]


def _place() -> FeedPlace:
    FeedPlace.objects.get_or_create(reader=READER)
    return FeedPlace.objects.select_for_update().get(reader=READER)


def _read(after: int, upto: int, *, actor: Actor) -> int:
    rows = list(
        AuditRow.objects.filter(pk__gt=after, pk__lte=upto, event__in=EVENTS)
        .order_by("pk")
        .values_list("event", "contact_id", "data")
    )
    mails: dict[str, list[UUID]] = {REFUSED: [], UNMADE: [], SENT: []}
    for event, _contact, data in rows:
        if event in mails and (event != UNMADE or data.get("code") == UNBUILDABLE):
            mails[event].append(UUID(str(data["mail"])))
    _note_refused(mails[REFUSED], actor=actor)
    _note_unmade(mails[UNMADE], actor=actor)
    _note_sent(mails[SENT], actor=actor)
    check_contacts(
        {contact for event, contact, _ in rows if event in MOVED and contact is not None}, actor=actor
    )
    return len(rows)


def _note_refused(public_ids: Collection[UUID], *, actor: Actor) -> None:
    """The address is at fault, so all accesses of contacts who have it now, in every store."""
    if not public_ids:
        return
    newest: dict[str, MailMessage] = {}
    for mail in MailMessage.objects.filter(public_id__in=public_ids).order_by("pk"):
        if address := _canonical(mail.to_email):
            newest[address] = mail
    accesses = Access.objects.in_state(*FAULTY).filter(contact__email_canonical__in=newest.keys())
    having = dict(accesses.values_list("pk", "contact__email_canonical"))
    taken = _taken_since(newest.values())
    raise_errors(
        [
            Fault(access_id, ErrorReason.UNDELIVERABLE, _refusal(address, newest[address]))
            for access_id, address in having.items()
            if newest[address].pk not in taken
        ],
        actor=actor,
    )


def _refusal(address: str, mail: MailMessage) -> dict[str, object]:
    return {"address": address, "to": mail.to_email, "mail": mail.pk, "reply": mail.error_reply}


def _taken_since(mails: Collection[MailMessage]) -> set[int]:
    """Those refused mails after which another one to the same address was taken."""
    sent = MailMessage.objects.filter(
        to_email__in={mail.to_email for mail in mails}, state=MailMessage.State.SENT
    )
    last = dict(sent.values_list("to_email").annotate(newest=Max("pk")).order_by())
    return {mail.pk for mail in mails if last.get(mail.to_email, 0) > mail.pk}


@transaction.atomic
def _note_unmade(public_ids: Collection[UUID], *, actor: Actor) -> None:
    """These accesses' own mail could not be made."""
    if not public_ids:
        return
    mails = MailMessage.objects.filter(public_id__in=public_ids, access_id__isnull=False).order_by("pk")
    why = {mail.access_id: mail.error_reply for mail in mails if mail.access_id is not None}
    faults = [
        Fault(pk, ErrorReason.STORE_INCOMPLETE, {"missing": [], "why": text}) for pk, text in why.items()
    ]
    raise_errors(faults, actor=actor)
    # At once as it is shown after looking again, and away where a later mail could be made.
    check_errors(why.keys(), actor=actor)


def _note_sent(public_ids: Collection[UUID], *, actor: Actor) -> None:
    """An address that takes mail is undeliverable no more, and an access whose mail left lacks no setting."""
    doubted = AccessError.objects.open().filter(
        reason__in=(ErrorReason.UNDELIVERABLE, ErrorReason.STORE_INCOMPLETE)
    )
    if not public_ids or not doubted.exists():
        return
    sent = MailMessage.objects.filter(public_id__in=public_ids)
    taken = {address for email in sent.values_list("to_email", flat=True) if (address := _canonical(email))}
    accesses = set(sent.filter(access_id__isnull=False).values_list("access_id", flat=True))
    about = Q(access__contact__email_canonical__in=taken) | Q(access_id__in=accesses)
    check_errors(set(doubted.filter(about).values_list("access_id", flat=True)), actor=actor)


def _canonical(email: str) -> str:
    try:
        return canonical(email)
    except Invalid:
        return ""
