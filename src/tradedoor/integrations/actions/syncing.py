"""Bringing a store's audience at Mailchimp up to what the CRM says, in batches, each kept once it is answered.

First who left there is asked for, so that nobody is subscribed again; then addresses follow, new people are put
in, names and tags follow, and whoever is subscribed no more is taken out. Every call may be made twice without harm:
one who dies between an answer and the writing of it makes it again.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many
from tradedoor.crm.models import Contact
from tradedoor.integrations.actions.leaving import note_left
from tradedoor.integrations.actions.running import NotOurs, Run, What, conversation, take
from tradedoor.integrations.actions.tagging import set_tags
from tradedoor.integrations.errors import ComeBack, Refused
from tradedoor.integrations.mailchimp import (
    MOST_AT_ONCE,
    NOT_FOUND,
    PAGE,
    Gone,
    Person,
    Put,
    moment_of,
    read_moment,
)
from tradedoor.integrations.models import Audience, Departure, Member
from tradedoor.integrations.queries import wanted_in

ACTOR = Actor.job("integrations.mailchimp", permissions=frozenset())
# Their clock and ours may differ, and what changes while one asks may be missed.
ASKED_AGAIN = timedelta(days=1)
REFUSED_WAIT = timedelta(hours=1)
Status = Member.Status
MEMBER_COLUMNS = (
    "audience_id", "contact_id", "contact_version", "email", "email_canonical", "name", "is_tagged", "status",
    "problem", "since",
)  # fmt: skip


def sync_audience(audience_id: int) -> bool:
    """Bring one audience up to date; False where another is at it, or its time has not come.

    Trouble with Mailchimp ends the run: what was answered stands, the audience says what went wrong and when it is
    tried again.
    """
    holder = uuid4().hex
    audience = take(audience_id, holder)
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


class _Run(Run):
    def go(self) -> None:
        began = timezone.now()
        self.ask_who_left()
        Audience.objects.filter(pk=self.audience.pk).update(polled_at=began)
        self.tell_who_left()
        self.move_addresses()
        self.put_in()
        self.change_names()
        set_tags(self)
        self.take_out()

    # --- Each of these goes on until there is nothing more to do, and keeps what is done batch by batch.

    def ask_who_left(self) -> None:
        since = self.audience.polled_at - ASKED_AGAIN if self.audience.polled_at else None
        for status in ("unsubscribed", "cleaned"):
            for page in self.pages_of_gone(status, since=since):
                when = {one.email: moment_of(one.at) for one in page}
                if status == "unsubscribed":
                    note_left(self.audience.store, when, actor=ACTOR)
                else:
                    self.note_cleaned(list(when))

    def pages_of_gone(self, status: str, *, since: datetime | None) -> Iterator[list[Gone]]:
        """Page by page, each from the time at which the last one ended.

        By numbers alone somebody would be passed over: whoever changes meanwhile goes to the end, and all move up.
        """
        offset = 0
        while True:
            ask = partial(self.mailchimp.gone, self.list_id, status, since=since, offset=offset)
            page = self.called(What.POLL, 1, ask)
            yield page
            if len(page) < PAGE:
                return
            # A second earlier, since others may have left in the same one.
            end = read_moment(page[-1].at)
            begin = end - timedelta(seconds=1) if end else since
            if begin is not None and (since is None or begin > since):
                since, offset = begin, 0
            else:
                offset += len(page)

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
            problem = ""
            try:
                self.called(What.LEAVE, 1, partial(self.mailchimp.unsubscribe, self.list_id, member.email))
            except Refused as trouble:
                problem = _of_one(trouble)
            self.members.filter(pk=member.pk).update(
                status=Status.LEFT, is_tagged=False, problem=problem, since=timezone.now()
            )

    def move_addresses(self) -> None:
        wanted = wanted_in(self.audience.store).filter(pk=OuterRef("contact"))
        rows = self.members.filter(Exists(wanted), status=Status.SUBSCRIBED).exclude(
            email_canonical=F("contact__email_canonical")
        )
        for member in _each(rows.select_related("contact")):
            contact, problem = member.contact, ""
            if self.is_left_to_others(member):
                # Somebody else is there by the former address: the new one is put in beside it.
                self.members.filter(pk=member.pk).delete()
                continue
            try:
                move = partial(self.mailchimp.move, self.list_id, member.email, contact.email)
                self.called(What.MOVE, 1, move)
            except Refused as trouble:
                problem = _of_one(trouble)
            if not problem:
                self.members.filter(pk=member.pk).update(
                    email=contact.email, email_canonical=contact.email_canonical
                )
            elif self.is_out(member):
                # The new address is there already, or the former is gone: then it is put in as a new one is.
                self.members.filter(pk=member.pk).delete()

    def put_in(self) -> None:
        known = self.members.filter(contact=OuterRef("pk"))
        # One who was refused, or whose mail came back, is tried again once the address is another.
        elsewhere = known.filter(status__in=[Status.REFUSED, Status.CLEANED]).exclude(
            email_canonical=OuterRef("email_canonical")
        )
        new = wanted_in(self.audience.store).filter(~Exists(known) | Exists(elsewhere)).order_by("pk")
        while batch := list(new[:MOST_AT_ONCE]):
            people = {row.email_canonical: _person(row) for row in batch}
            self.keep_put(batch, self.put(list(people.values())))

    def put(self, people: Sequence[Person]) -> Put:
        """Put these in; where Mailchimp takes none of them because of one, find that one."""
        call = partial(self.mailchimp.subscribe, self.list_id, people)
        try:
            return self.called(What.SUBSCRIBE, len(people), call, lambda answer: len(answer.problems))
        except Refused as trouble:
            if trouble.status == NOT_FOUND:
                raise
            problem = _of_one(trouble)
            if len(people) == 1:
                return Put(trouble.status, {people[0].email.lower(): problem})
        half = len(people) // 2
        first, second = self.put(people[:half]), self.put(people[half:])
        return Put(second.status, {**first.problems, **second.problems})

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
                    # What they have there is not known: they may have been there before. So it is told once.
                    not row.receive_mail_out,
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
                    self.members.filter(pk=member.pk).update(problem=_of_one(trouble))
            self.members.filter(pk=member.pk).update(name=name, contact_version=contact.version)

    def take_out(self) -> None:
        wanted = wanted_in(self.audience.store).filter(pk=OuterRef("contact"))
        rows = self.members.filter(~Exists(wanted)).exclude(status=Status.LEFT)
        for member in _each(rows):
            if member.status != Status.SUBSCRIBED or self.is_out(member):
                self.members.filter(pk=member.pk).delete()

    def is_out(self, member: Member) -> bool:
        """Take the member's address out, unless another is there by the same; False where Mailchimp keeps it."""
        if self.is_left_to_others(member):
            return True
        try:
            self.called(What.ARCHIVE, 1, partial(self.mailchimp.archive, self.list_id, member.email))
        except Refused as trouble:
            self.members.filter(pk=member.pk).update(problem=_of_one(trouble))
            return False
        return True

    def is_left_to_others(self, member: Member) -> bool:
        """Whether another contact, or the same one in another store, is here by the same address; they get its tag."""
        here = Member.objects.filter(audience__list_id=self.list_id, status=Status.SUBSCRIBED)
        others = here.filter(email_canonical=member.email_canonical).exclude(pk=member.pk)
        if member.is_tagged:
            return others.update(is_tagged=True) > 0
        return others.exists()


def _of_one(trouble: Refused) -> str:
    """What stands against one person. Raises it again where it stands against all, as a revoked key does."""
    if not trouble.is_of_one:
        raise trouble
    return trouble.sentence[:300]


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
