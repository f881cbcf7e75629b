"""What deactivating with more to say came to, in sentences: for the receipt, and for the page of long work."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradedoor.access.actions.wide_steps import story_of
from tradedoor.access.actions.wider import Tally, Wish
from tradedoor.access.models import Access
from tradedoor.core.actor import Actor
from tradedoor.jobs.models import Work
from tradedoor.staff.last_admins import after_leaving
from tradedoor.web.formats import day, number


@dataclass(frozen=True, slots=True)
class LongReceipt:
    """What the page of long work says of it so far, and the address of its Undo while there is one."""

    sentences: list[str]
    undo: str | None


def long_receipt(work: Work, *, actor: Actor) -> LongReceipt | None:
    """None where the work is no such deactivation, or the actor may not know."""
    story = story_of(work, actor=actor)
    if story is None:
        return None
    access = story.access
    undo = reverse("staff:access-undo-deed", args=[access.store.slug, access.public_id, story.deed])
    sentences = told_of(access, story.wish, story.tally)
    return LongReceipt(sentences, undo if story.may_undo else None)


def told_of(access: Access, wish: Wish, tally: Tally) -> list[str]:
    """What ended, where, what will, and who else of the customer still gets in."""
    people, sessions = tally.people, tally.sessions_ended
    counted = (
        (
            people,
            ngettext("%(n)s person can no longer sign in.", "%(n)s people can no longer sign in.", people),
        ),
        (sessions, ngettext("%(n)s session ended.", "%(n)s sessions ended.", sessions)),
        *_counted_others(tally),
    )
    sentences = [text % {"n": number(n)} for n, text in counted if n]
    if tally.stores > 1:
        sentences.append(_("In %(n)s stores.") % {"n": number(tally.stores)})
    if tally.scheduled:
        text = ngettext("%(n)s access ends on %(day)s.", "%(n)s accesses end on %(day)s.", tally.scheduled)
        sentences.append(text % {"n": number(tally.scheduled), "day": day(wish.end_on)})
    if wish.return_on and (tally.returning or tally.scheduled):
        sentences.append(_("Back on %(day)s.") % {"day": day(wish.return_on)})
    if sentences and (tally.people or tally.cancelled or tally.declined):
        sentences.append(_others(access, tally))
    if tally.people and tally.others and (warning := after_leaving(access)):
        sentences.append(warning)
    return sentences


def _counted_others(tally: Tally) -> list[tuple[int, str]]:
    return [
        (
            tally.cancelled,
            ngettext(
                "%(n)s invitation is cancelled for good.",
                "%(n)s invitations are cancelled for good.",
                tally.cancelled,
            ),
        ),
        (
            tally.declined,
            ngettext(
                "%(n)s request is declined for good.", "%(n)s requests are declined for good.", tally.declined
            ),
        ),
        (
            tally.outside,
            ngettext(
                "%(n)s access in stores beyond your rights was left alone.",
                "%(n)s accesses in stores beyond your rights were left alone.",
                tally.outside,
            ),
        ),
    ]


def _others(access: Access, tally: Tally) -> str:
    named = {"customer": access.customer.name, "names": ", ".join(tally.others)}
    if not tally.others:
        return _("Nobody else of %(customer)s can sign in to this store.") % named
    more = tally.others_count - len(tally.others)
    if more > 0:
        named["names"] = _("%(names)s and %(n)s more") % {"names": named["names"], "n": number(more)}
    return _("Of %(customer)s these still can sign in here: %(names)s.") % named
