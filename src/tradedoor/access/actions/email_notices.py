"""One mail to the old and one to the new address of a login that moved, naming the stores it opens."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.utils import timezone

from tradedoor.access.actions.email_plan import Planned
from tradedoor.access.email_change_emails import moved_letters
from tradedoor.access.models import Access, State
from tradedoor.accounts.actions.links import LinkRequest, issue_links
from tradedoor.accounts.models import Login, OneTimeLink, Purpose
from tradedoor.core.actor import Actor
from tradedoor.mail.outbox import post_many

REPORT_LIFE = timedelta(days=14)


def post_notices(done: Sequence[Planned], before: Mapping[int, Login], *, actor: Actor) -> dict[int, int]:
    """Post them for each login that moved and opens a store; the key of the link "This wasn't me" by login.

    `before` holds the logins as they were. Nobody is mailed of a login with nothing but deactivated accesses, and
    nobody is offered to report that a reported change was taken back.
    """
    current = _current(done)
    moved = {login_id: row for row in done for login_id in row.movers if login_id in current}
    reporting = [login_id for login_id, row in moved.items() if not row.change.lifts_hold]
    links = dict(zip(reporting, _links(reporting, moved, current, before, actor=actor), strict=True))
    post_many(
        letter
        for login_id, row in moved.items()
        for letter in moved_letters(
            before[login_id],
            row.contact,
            links.get(login_id),
            store_ids=current[login_id],
            reversal=row.change.lifts_hold,
        )
    )
    return {login_id: link.pk for login_id, link in links.items()}


def _current(done: Sequence[Planned]) -> dict[int, list[int]]:
    """The stores that the moved logins open, the one last used first.

    Also those of contacts whose own change was not needed: no login moves without its owner being told.
    """
    movers = {login_id for row in done for login_id in row.movers}
    rows = Access.objects.filter(login_id__in=list(movers), state=State.CURRENT)
    found: dict[int, list[tuple[float, int, int]]] = {}
    for login_id, store_id, pk, seen in rows.values_list("login_id", "store_id", "pk", "last_sign_in_at"):
        found.setdefault(login_id or 0, []).append((-seen.timestamp() if seen else 0.0, pk, store_id))
    return {login_id: [store_id for _seen, _pk, store_id in sorted(rows)] for login_id, rows in found.items()}


def _links(
    login_ids: Sequence[int],
    moved: Mapping[int, Planned],
    current: Mapping[int, Sequence[int]],
    before: Mapping[int, Login],
    *,
    actor: Actor,
) -> list[OneTimeLink]:
    """Links that hang on no login: the next change ends all links of the login, and must not end this one."""
    expires_at = timezone.now() + REPORT_LIFE
    return issue_links(
        [
            LinkRequest(
                purpose=Purpose.EMAIL_REPORT,
                address=before[login_id].email_canonical,
                expires_at=expires_at,
                store_id=current[login_id][0],
                customer_id=moved[login_id].contact.customer_id,
                contact_id=moved[login_id].contact.pk,
            )
            for login_id in login_ids
        ],
        actor=actor,
    )
