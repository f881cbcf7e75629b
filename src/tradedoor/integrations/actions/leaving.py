"""Leaving a store's mailings, wherever it was done, and coming back by one's own doing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical, masked
from tradedoor.core.bulk import insert_many
from tradedoor.core.errors import Invalid
from tradedoor.crm.actions.consent import give_consent, withdraw_consent
from tradedoor.crm.models import Contact
from tradedoor.integrations.errors import LinkUnknown
from tradedoor.integrations.models import Departure, Member
from tradedoor.integrations.queries import people_of
from tradedoor.stores.models import Store

SALT = "tradedoor.integrations.unsubscribe"
SOURCES = {Departure.Source.MAILCHIMP: "mailchimp", Departure.Source.LINK: "unsubscribe link"}
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Leaver:
    """Whose link it is, as the page shows it: the address masked, since a mail may have been passed on (TOK-13).

    `has_left` is so once none of their mailings is on.
    """

    contact: Contact
    has_left: bool

    @property
    def address(self) -> str:
        return masked(self.contact.email)


def unsubscribe_token(store: Store, contact: Contact) -> str:
    """What the link to leave this store's mailings carries. It does not end: people leave by old mails too."""
    return signing.dumps([store.pk, contact.public_id.hex], salt=SALT)


def look_at_leaving(token: str, *, store: Store) -> Leaver:
    """Whom the link belongs to; changes nothing, since machines open links too. Raises `LinkUnknown`."""
    contact = _contact_of(token, store)
    return Leaver(contact, has_left=not (contact.subscribed or contact.receive_mail_out))


@transaction.atomic
def leave_by_link(token: str, *, store: Store, actor: Actor) -> None:
    """The contact gets no mailings any more. Twice is as once. Raises `LinkUnknown`."""
    contact = _contact_of(token, store)
    source, now = Departure.Source.LINK, timezone.now()
    _note(store, [(contact.email_canonical, contact.pk, now)], source=source)
    withdraw_consent([contact.pk], source=SOURCES[source], at=now, actor=actor)


@transaction.atomic
def note_left(store: Store, when: Mapping[str, datetime], *, actor: Actor) -> int:
    """Those with these addresses left the audience at Mailchimp at these times; how many contacts changed.

    They are not subscribed in the CRM any more. An address that no contact has is remembered too. Addresses that
    cannot be one are passed over.
    """
    known = _by_canonical(when)
    changed = 0
    for start in range(0, len(known), CHUNK):
        changed += _note_some(store, dict(list(known.items())[start : start + CHUNK]), actor=actor)
    return changed


@transaction.atomic
def note_returned(store: Store, email: str, *, at: datetime, actor: Actor) -> int:
    """Somebody subscribed at Mailchimp by their own doing, so that nothing stands against it; how many changed.

    Whoever left after `at` stays away: the call was late, or came again.
    """
    address = next(iter(_by_canonical({email: at})), None)
    if address is None:
        return 0
    ids = list(people_of(store).filter(email_canonical=address).values_list("pk", flat=True))
    left = Departure.objects.filter(Q(email_canonical=address) | Q(contact__in=ids), store=store)
    if left.filter(at__gt=at).exists():
        return 0
    left.delete()
    # What Mailchimp was last told of them is no longer so; the next run tells it anew.
    Member.objects.filter(audience__store=store, email_canonical=address).delete()
    return len(give_consent(ids, source=SOURCES[Departure.Source.MAILCHIMP], at=at, actor=actor))


def came_back_since(email: str, at: datetime) -> bool:
    """Whether somebody of this address subscribed at Mailchimp by their own doing after `at`."""
    back = Contact.objects.filter(
        email_canonical__in=_by_canonical({email: at}),
        subscribed=True,
        consent_source=SOURCES[Departure.Source.MAILCHIMP],
        consent_at__gt=at,
    )
    return back.exists()


def _contact_of(token: str, store: Store) -> Contact:
    try:
        store_id, public_id = signing.loads(token, salt=SALT)
        named = Contact.objects.filter(public_id=UUID(public_id)).select_related("merged_into").first()
    except (signing.BadSignature, TypeError, ValueError, AttributeError) as no:
        raise LinkUnknown from no
    if store_id != store.pk or named is None:
        raise LinkUnknown
    # The link stands in mails of before a merge, too; it is the same person.
    return named.merged_into or named


def _by_canonical(when: Mapping[str, datetime]) -> dict[str, datetime]:
    known: dict[str, datetime] = {}
    for email, at in when.items():
        try:
            known[canonical(email)] = at
        except Invalid:
            continue
    return known


def _note_some(store: Store, when: Mapping[str, datetime], *, actor: Actor) -> int:
    members = Member.objects.filter(audience__store=store, email_canonical__in=when)
    here = Contact.objects.living().filter(email_canonical__in=when)
    # A member keeps the address it has at Mailchimp, where the CRM may know another by now.
    of_contact = dict(members.values_list("contact_id", "email_canonical"))
    of_contact |= dict(here.values_list("pk", "email_canonical"))
    without = when.keys() - set(of_contact.values())
    rows: list[tuple[str, int | None, datetime]] = [
        *((email, contact_id, when[email]) for contact_id, email in sorted(of_contact.items())),
        *((email, None, when[email]) for email in sorted(without)),
    ]
    _note(store, rows, source=Departure.Source.MAILCHIMP)
    # Told day by day, it is dated once.
    members.exclude(status=Member.Status.LEFT).update(
        status=Member.Status.LEFT, problem="", is_tagged=False, since=timezone.now()
    )
    changed = 0
    for at in sorted(set(when.values())):
        ids = [contact_id for contact_id, email in of_contact.items() if when[email] == at]
        source = SOURCES[Departure.Source.MAILCHIMP]
        changed += len(withdraw_consent(ids, source=source, at=at, actor=actor))
    return changed


def _note(
    store: Store, rows: Iterable[tuple[str, int | None, datetime]], *, source: Departure.Source
) -> None:
    """Write down who left; once for each address and contact, however often it is told."""
    # Two who are told the same at once take turns.
    Store.objects.select_for_update().get(pk=store.pk)
    told = list(rows)
    known = set(
        Departure.objects.filter(
            store=store, email_canonical__in={email for email, _contact, _at in told}
        ).values_list("email_canonical", "contact_id")
    )
    new = [
        (store.pk, contact, email, source, at) for email, contact, at in told if (email, contact) not in known
    ]
    insert_many(Departure, ["store_id", "contact_id", "email_canonical", "source", "at"], new)
