"""Links of very many: made by a job, which shows how far it is, and shown in a file only when that is fetched.

The job notes for whom there is a link and never the link itself. Links are derived while the file is read, so none
lies about in the database, a folder or a backup; each that is read is written down (TOK-01, TOK-12).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256

from django.utils.translation import gettext as _

from tradedoor.access.actions.bulk import Rows, Selection
from tradedoor.access.actions.sending import require_complete
from tradedoor.access.actions.sharing import AT_ONCE, links_row, living_links
from tradedoor.access.models import Role
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.core.permissions import Permission, require
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.work import start_work
from tradedoor.stores.models import Store

MAKE_LINKS = "access.make_links"
READY = "link"


def links_in_background(
    store: Store, chosen: Selection | Rows, *, total: int, actor: Actor, role: Role = Role.BUYER
) -> Work:
    """Start making the links of these contacts, or of these accesses; a second click starts no second job.

    Raises `NotAllowed`, and `NotPossible` (`store_incomplete`).
    """
    require(actor, Permission.ACCESS_INVITE, stores=[store.pk])
    require(actor, Permission.ACCESS_LINK, stores=[store.pk])
    require_complete(store)
    which = "rows" if isinstance(chosen, Rows) else "selection"
    args = {"store_id": store.pk, "role": role.value, which: asdict(chosen)}
    made = json.dumps([args, actor.login_id], sort_keys=True).encode()
    return start_work(
        MAKE_LINKS,
        title=_("Generate links to %(store)s") % {"store": store.name},
        args=args,
        actor=actor,
        store_id=store.pk,
        total=total,
        dedupe_key=f"{MAKE_LINKS}:{sha256(made).hexdigest()[:32]}",
    )


def may_read_links(work: Work, *, actor: Actor) -> bool:
    """Whether this job has links to show and this is who started it: nobody else gets them, owners neither."""
    if work.kind != MAKE_LINKS or work.login_id is None or work.login_id != actor.login_id:
        return False
    return actor.can(Permission.ACCESS_LINK, work.store_id)


def links_of_work(work: Work, *, actor: Actor) -> Iterator[Sequence[object]]:
    """The rows of the file, as `links_table`, of what the job has done so far. Raises `NotAllowed`."""
    if not may_read_links(work, actor=actor):
        raise NotAllowed
    return _rows(work, Store.objects.get(pk=work.args["store_id"]), actor=actor)


def _rows(work: Work, store: Store, *, actor: Actor) -> Iterator[Sequence[object]]:
    after = -1
    while lines := list(WorkLine.objects.filter(work=work, number__gt=after).order_by("number")[:AT_ONCE]):
        ids = [line.number for line in lines]
        reasons = {line.number: line.reason for line in lines}
        for shared in living_links(store, ids, actor=actor):
            row = list(links_row(store, shared))
            # Why the job could make none says more than that there is none.
            row[-1] = (not shared.url and reasons[shared.contact.pk]) or row[-1]
            yield row
        after = ids[-1]
