"""One audience held by one run, and every call it makes: only while it holds it, and each written down."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from tradedoor.integrations.errors import Trouble
from tradedoor.integrations.mailchimp import Mailchimp
from tradedoor.integrations.models import Audience, Delivery, Member

HELD = timedelta(minutes=5)
Answer = TypeVar("Answer")
What = Delivery.What


class NotOurs(Exception):  # noqa: N818 - nothing is wrong: another took over
    """Somebody else brings this audience up to date by now."""


def conversation() -> Mailchimp:
    """With the account of this installation."""
    return Mailchimp(settings.TRADEDOOR_MAILCHIMP_KEY, settings.TRADEDOOR_MAILCHIMP_URL)


def take(audience_id: int, holder: str) -> Audience | None:
    """Hold the audience; None where another does, or its time has not come."""
    now = timezone.now()
    free = Audience.objects.filter(pk=audience_id, is_on=True).filter(
        Q(held_until=None) | Q(held_until__lt=now), Q(retry_at=None) | Q(retry_at__lte=now)
    )
    if not free.update(held_until=now + HELD, held_by=holder):
        return None
    return Audience.objects.select_related("store").get(pk=audience_id)


@dataclass(slots=True)
class Run:
    """What the steps of bringing an audience up to date have in common."""

    audience: Audience
    mailchimp: Mailchimp
    holder: str

    @property
    def members(self) -> QuerySet[Member]:
        return Member.objects.filter(audience=self.audience)

    @property
    def list_id(self) -> str:
        return self.audience.list_id

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
