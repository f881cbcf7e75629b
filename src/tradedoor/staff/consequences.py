"""Which accesses would end, in the words of a page that asks before it happens."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradedoor.access.actions.crm import Consequences, preview_consequences
from tradedoor.access.models import Access, State
from tradedoor.access.queries import dashboard
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.staff.last_admins import before_they_leave
from tradedoor.web.formats import number


@dataclass(frozen=True, slots=True)
class Ending:
    """What a person is told before accesses end: a sentence, the numbers by state, and the first of them."""

    total: int
    sentence: str
    parts: list[str]
    first: tuple[Access, ...]

    @property
    def more(self) -> int:
        return self.total - len(self.first)


def ending_of_customers(actor: Actor, customer_ids: Collection[int]) -> Ending:
    return _told(preview_consequences(actor=actor, customer_ids=customer_ids))


def ending_of_contacts(actor: Actor, contact_ids: Collection[int]) -> Ending:
    ending = _told(preview_consequences(actor=actor, contact_ids=contact_ids))
    if ending.total and actor.can(Permission.ACCESS_READ):
        rows = dashboard(None, tab=None, actor=actor).filter(contact__in=contact_ids)
        if warning := before_they_leave(rows):
            ending.parts.append(warning)
    return ending


def _told(found: Consequences) -> Ending:
    words = {
        State.CURRENT: _("%(n)s can sign in now and will be signed out"),
        State.PENDING: _("%(n)s invited: the invitation is cancelled"),
        State.REQUESTED: _("%(n)s asked for access: declined, without a mail"),
    }
    parts = [words[state] % {"n": number(count)} for state, count in found.counts.items() if state in words]
    sentence = (
        ngettext("%(n)s access to a store ends.", "%(n)s accesses to stores end.", found.total)
        % {"n": number(found.total)}
        if found.total
        else _("No access to a store ends by this.")
    )
    return Ending(found.total, sentence, parts, found.first)
