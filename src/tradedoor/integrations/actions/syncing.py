"""Bringing a store's audience at Mailchimp up to what the CRM says, in batches, each kept once it is answered.

First who left there is asked for, so that nobody is subscribed again; then addresses follow, new people are put
in, names and tags follow, and whoever is subscribed no more is taken out. Every call may be made twice without harm:
one who dies between an answer and the writing of it makes it again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many
from tradedoor.crm.models import Contact
from tradedoor.integrations.actions.leaving import note_left
from tradedoor.integrations.errors import ComeBack, Refused, Trouble
from tradedoor.integrations.mailchimp import MOST_AT_ONCE, PAGE, Mailchimp, Person, Put, moment_of
from tradedoor.integrations.models import Audience, Delivery, Departure, Member
from tradedoor.integrations.queries import wanted_in

ACTOR = Actor.job("integrations.mailchimp", permissions=frozenset())
HELD = timedelta(minutes=5)
# Their clock and ours may differ, and what changes while one asks may be missed.
ASKED_AGAIN = timedelta(days=1)
REFUSED_WAIT = timedelta(hours=1)
Answer = TypeVar("Answer")
What = Delivery.What
Status = Member.Status
MEMBER_COLUMNS = (
    "audience_id", "contact_id", "contact_version", "email", "email_canonical", "name", "status", "problem", "since",
)  # fmt: skip


class NotOurs(Exception):  # noqa: N818 - nothing is wrong: another took over
    """Somebody else brings this audience up to date by now."""


def conversation() -> Mailchimp:
    """With the account of this installation."""
    return Mailchimp(settings.TRADEDOOR_MAILCHIMP_KEY, settings.TRADEDOOR_MAILCHIMP_URL)


def sync_audience(audience_id: int) -> bool:
    """Bring one audience up to date; False where another is at it, or its time has not come.

    Trouble with Mailchimp ends the run: what was answered stands, the audience says what went wrong and when it is
    tried again.
    """
    holder = uuid4().hex
    audience = _taken(audience_id, holder)
    if audience is None:
        return False
    try:
        with conversation() as mailchimp:
            _Run(audience, mailchimp, holder).go()
        done: dict[str, object] = {"synced_at": timezone.now(), "problem": "", "retry_at": None}
    except NotOurs:
        return False
    except ComeBack as trouble:
        wait = timezone.now() + timedelta(seconds=trouble.wait)
        done = {"problem": trouble.sentence[:300], "retry_at": wait}
    except Refused as trouble:
        done = {"problem": trouble.sentence[:300], "retry_at": timezone.now() + REFUSED_WAIT}
    mine = Audience.objects.filter(pk=audience_id, held_by=holder)
    mine.update(**done, held_until=None, held_by="")
    return True


def _taken(audience_id: int, holder: str) -> Audience | None:
    now = timezone.now()
    free = Audience.objects.filter(pk=audience_id, is_on=True).filter(
        Q(held_until=None) | Q(held_until__lt=now), Q(retry_at=None) | Q(retry_at__lte=now)
    )
    if not free.update(held_until=now + HELD, held_by=holder):
        return None
    return Audience.objects.select_related("store").get(pk=audience_id)


@dataclass(slots=True)
class _Run:
    audience: Audience
    mailchimp: Mailchimp
    holder: str

    @property
    def members(self) -> QuerySet[Member]:
        return Member.objects.filter(audience=self.audience)

    @property
    def list_id(self) -> str:
        return self.audience.list_id

    def go(self) -> None:
        began = timezone.now()
        self.ask_who_left()
        Audience.objects.filter(pk=self.audience.pk).update(polled_at=began)
        self.tell_who_left()
        self.move_addresses()
        self.put_in()
        self.change_names()
        self.set_tags()
        self.take_out()

    # --- Each of these goes on until there is nothing more to do, and keeps what is done batch by batch.

    def ask_who_left(self) -> None:
        for status in ("unsubscribed", "cleaned"):
            offset = 0
            while True:
                since = self.audience.polled_at - ASKED_AGAIN if self.audience.polled_at else None
                ask = partial(self.mailchimp.gone, self.list_id, status, since=since, offset=offset)
                page = self.called(What.POLL, 1, ask)
                when = {one.email: moment_of(one.at) for one in page}
                if status == "unsubscribed":
                    note_left(self.audience.store, when, actor=ACTOR)
                else:
                    self.note_cleaned(list(when))
                offset += len(page)
                if len(page) < PAGE:
                    break

    def note_cleaned(self, emails: Sequence[str]) -> None:
        for start in range(0, len(emails), MOST_AT_ONCE):
            some = [email.lower() for email in emails[start : start + MOST_AT_ONCE]]
            gone = self.members.filter(email_canonical__in=some, status=Status.SUBSCRIBED)
            gone.update(status=Status.CLEANED, is_tagged=False, since=timezone.now())

    def tell_who_left(self) -> None:
        """By a link of ours; Mailchimp learns of it, so that nothing else there writes to them either."""
        left = Departure.objects.filter(store=self.audience.store, source=Departure.Source.LINK)
        rows = self.members.filter(Exists(left.filter(contact=OuterRef("contact"))), status=Status.SUBSCRIBED)
        for member in _each(rows):
            self.called(What.LEAVE, 1, partial(self.mailchimp.unsubscribe, self.list_id, member.email))
            self.members.filter(pk=member.pk).update(
                status=Status.LEFT, is_tagged=False, since=timezone.now()
            )

    def move_addresses(self) -> None:
        wanted = wanted_in(self.audience.store).filter(pk=OuterRef("contact"))
        rows = self.members.filter(Exists(wanted), status=Status.SUBSCRIBED).exclude(
            email_canonical=F("contact__email_canonical")
        )
        for member in _each(rows.select_related("contact")):
            contact = member.contact
            try:
                move = partial(self.mailchimp.move, self.list_id, member.email, contact.email)
                self.called(What.MOVE, 1, move)
            except Refused:
                # The new address is there already, or the former is gone: then it is put in as a new one is.
                self.leave_behind(member)
                self.members.filter(pk=member.pk).delete()
                continue
            self.members.filter(pk=member.pk).update(
                email=contact.email, email_canonical=contact.email_canonical
            )

    def put_in(self) -> None:
        known = self.members.filter(contact=OuterRef("pk"))
        # One who was refused, or whose mail came back, is tried again once the address is another.
        elsewhere = known.filter(status__in=[Status.REFUSED, Status.CLEANED]).exclude(
            email_canonical=OuterRef("email_canonical")
        )
        new = wanted_in(self.audience.store).filter(~Exists(known) | Exists(elsewhere)).order_by("pk")
        while batch := list(new[:MOST_AT_ONCE]):
            people = {row.email_canonical: _person(row) for row in batch}
            put = self.called(
                What.SUBSCRIBE,
                len(people),
                partial(self.mailchimp.subscribe, self.list_id, list(people.values())),
                lambda answer: len(answer.problems),
            )
            self.keep_put(batch, put)

    @transaction.atomic
    def keep_put(self, batch: Sequence[Contact], put: Put) -> None:
        self.members.filter(contact__in=[row.pk for row in batch]).delete()
        now = timezone.now()
        rows = []
        for row in batch:
            problem = put.problems.get(row.email.lower(), "")
            status = Status.REFUSED if problem else Status.SUBSCRIBED
            rows.append(
                (
                    self.audience.pk,
                    row.pk,
                    row.version,
                    row.email,
                    row.email_canonical,
                    _name(row),
                    status,
                    problem[:300],
                    now,
                )
            )
        insert_many(Member, MEMBER_COLUMNS, rows)

    def change_names(self) -> None:
        rows = self.members.exclude(contact_version=F("contact__version")).select_related("contact")
        for member in _each(rows):
            contact = member.contact
            name = _name(contact)
            if name != member.name and member.status == Status.SUBSCRIBED:
                try:
                    change = partial(self.mailchimp.update, self.list_id, _person(contact, member.email))
                    self.called(What.UPDATE, 1, change)
                except Refused as trouble:
                    self.members.filter(pk=member.pk).update(problem=trouble.sentence[:300])
            self.members.filter(pk=member.pk).update(name=name, contact_version=contact.version)

    def set_tags(self) -> None:
        subscribed = self.members.filter(status=Status.SUBSCRIBED).order_by("pk")
        add = subscribed.filter(is_tagged=False, contact__receive_mail_out=True)
        remove = subscribed.filter(is_tagged=True, contact__receive_mail_out=False)
        while True:
            given, taken = list(add[:MOST_AT_ONCE]), list(remove[:MOST_AT_ONCE])
            if not given and not taken:
                return
            put = self.called(
                What.TAG,
                len(given) + len(taken),
                partial(
                    self.mailchimp.set_tag,
                    self.list_id,
                    self.tag_id(),
                    add=[member.email for member in given],
                    remove=self.tagged_by_nobody_else(taken),
                ),
                lambda answer: len(answer.problems),
            )
            self.members.filter(pk__in=[one.pk for one in taken]).update(is_tagged=False)
            # An address the tag is refused to has left in this moment; the next run asks who did.
            self.members.filter(pk__in=[one.pk for one in given]).update(is_tagged=True)
            for email, problem in put.problems.items():
                self.members.filter(email__iexact=email).update(problem=problem[:300])

    def tagged_by_nobody_else(self, taken: Sequence[Member]) -> list[str]:
        """The addresses that no other contact with the same one still wants the tag for."""
        others = self.members.filter(
            email_canonical__in=[one.email_canonical for one in taken], contact__receive_mail_out=True
        )
        kept = set(others.values_list("email_canonical", flat=True))
        return [one.email for one in taken if one.email_canonical not in kept]

    def tag_id(self) -> int:
        if self.audience.tag_id is None:
            self.audience.tag_id = self.mailchimp.tag_id(self.list_id, self.audience.tag)
            Audience.objects.filter(pk=self.audience.pk).update(tag_id=self.audience.tag_id)
        return self.audience.tag_id

    def take_out(self) -> None:
        wanted = wanted_in(self.audience.store).filter(pk=OuterRef("contact"))
        rows = self.members.filter(~Exists(wanted)).exclude(status=Status.LEFT)
        for member in _each(rows):
            if member.status == Status.SUBSCRIBED:
                self.leave_behind(member)
            self.members.filter(pk=member.pk).delete()

    def leave_behind(self, member: Member) -> None:
        """Take the member's address out, unless another contact is there by the same."""
        others = self.members.filter(email_canonical=member.email_canonical, status=Status.SUBSCRIBED)
        if not others.exclude(pk=member.pk).exists():
            self.called(What.ARCHIVE, 1, partial(self.mailchimp.archive, self.list_id, member.email))

    def called(
        self,
        what: What,
        number: int,
        call: Callable[[], Answer],
        failed: Callable[[Answer], int] = lambda _answer: 0,
    ) -> Answer:
        """Make the call while the audience is still ours, and write down what became of it."""
        if not Audience.objects.filter(pk=self.audience.pk, held_by=self.holder, is_on=True).update(
            held_until=timezone.now() + HELD
        ):
            raise NotOurs
        row = Delivery(audience=self.audience, what=what, at=timezone.now())
        try:
            answer = call()
        except Trouble as trouble:
            row.failed, row.status, row.problem = number, trouble.status, trouble.sentence[:300]
            row.save()
            raise
        row.failed = failed(answer)
        row.done, row.status = number - row.failed, getattr(answer, "status", 200)
        # Asking who left, with nobody, happens every few minutes and says nothing.
        if what is not What.POLL or answer:
            row.save()
        return answer


def _each(rows: QuerySet[Member]) -> Iterator[Member]:
    """The rows one by one, a page in memory; those that change meanwhile come as they were."""
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk")[:MOST_AT_ONCE]):
        yield from page
        last = page[-1].pk


def _person(contact: Contact, email: str = "") -> Person:
    return Person(email or contact.email, contact.first_name, contact.last_name)


def _name(contact: Contact) -> str:
    return f"{contact.first_name} {contact.last_name}".strip()


def due_audiences() -> list[int]:
    """The audiences to be brought up to date, if there is an account to do it with."""
    if not settings.TRADEDOOR_MAILCHIMP_KEY:
        return []
    return list(Audience.objects.filter(is_on=True).order_by("pk").values_list("pk", flat=True))
