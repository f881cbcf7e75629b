"""Merging a record with others that mean the same: pick, compare, see what comes of it, do it. Once for each kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradedoor.access.actions.merging import Merged
from tradedoor.core.errors import Conflict
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.merging import Merge
from tradedoor.crm.models import Contact, Customer
from tradedoor.staff.merging import WITH, asked_for, choices_of, chosen_of, filled_of, in_order, seen_of
from tradedoor.staff.pages import Crumb, page
from tradedoor.web.formats import number
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

CONFLICT = 409
RowT = TypeVar("RowT", bound=Contact | Customer)
Context = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mergeable(Generic[RowT]):
    """What is particular about merging rows of one kind."""

    name: str  # of the survivor in the templates, which lie in the folder `<name>s`
    record_url: str
    merge_url: str
    row_for: Callable[..., RowT]
    rows_for: Callable[..., Any]
    laid_out: Callable[..., Merge[Any]]
    merge: Callable[..., Merged]
    crumbs: Callable[[RowT, str], list[Crumb]]
    picked_from: Callable[[ActorRequest, RowT, str], Context]  # by what is searched for
    outcome: Callable[[ActorRequest, list[RowT]], Context]  # the survivor first
    moved: Callable[[int], str]  # "%(n)s accesses moved over."


def merge_page(request: ActorRequest, public_id: UUID, *, kind: Mergeable[RowT]) -> HttpResponse:
    """The row of the address survives."""
    require(request.actor, Permission.CRM_EDIT)
    survivor = kind.row_for(public_id, actor=request.actor)
    if survivor.archived_at is not None:
        return redirect(kind.record_url, public_id)
    others: list[RowT] = in_order(kind.rows_for(asked_for(request), actor=request.actor), public_id)
    if not others:
        return _pick(request, survivor, kind)
    refusal: Conflict | None = None
    if "sure" in request.POST:
        found = kind.laid_out([survivor, *others], actor=request.actor)
        chosen, seen = chosen_of(request, found), seen_of(request, found)
        try:
            done = kind.merge(survivor, others, chosen=chosen, seen=seen, actor=request.actor)
        except Conflict as error:
            refusal = error
        else:
            notify(request, _told(survivor, others, done, kind))
            return redirect(kind.record_url, public_id)
    return _compare(request, survivor, others, refusal, kind)


def _pick(request: ActorRequest, survivor: RowT, kind: Mergeable[RowT]) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    context = {
        kind.name: survivor,
        "query": query,
        "crumbs": kind.crumbs(survivor, _("Merge")),
        **kind.picked_from(request, survivor, query),
    }
    return page(request, f"staff/crm/{kind.name}s/merge_pick.html", context, current=f"{kind.name}s")


def _compare(
    request: ActorRequest, survivor: RowT, others: list[RowT], refusal: Conflict | None, kind: Mergeable[RowT]
) -> HttpResponse:
    # Read again: what stood in the way may be that a row has changed since.
    rows = [kind.row_for(row.public_id, actor=request.actor) for row in (survivor, *others)]
    found = kind.laid_out(rows, actor=request.actor)
    context = {
        kind.name: rows[0],
        "others": rows[1:],
        "choices": choices_of(found, chosen_of(request, found)),
        "filled": filled_of(found),
        "swaps": [(row, _swapped(row, rows, kind)) for row in rows[1:]],
        "refusal": refusal,
        "cancel_url": reverse(kind.record_url, args=[rows[0].public_id]),
        "crumbs": kind.crumbs(rows[0], _("Merge")),
        **kind.outcome(request, rows),
    }
    template = f"staff/crm/{kind.name}s/merge.html"
    return page(request, template, context, current=f"{kind.name}s", status=CONFLICT if refusal else 200)


def _swapped(row: RowT, rows: list[RowT], kind: Mergeable[RowT]) -> str:
    others = [str(one.public_id) for one in rows if one.pk != row.pk]
    return reverse(kind.merge_url, args=[row.public_id], query={WITH: others})


def _told(survivor: RowT, others: list[RowT], done: Merged, kind: Mergeable[RowT]) -> str:
    names = ", ".join(row.name for row in others)
    if done.work is not None:
        text = _("%(names)s: being merged into %(name)s, in the background.")
        return text % {"names": names, "name": survivor.name}
    sentences = [_("%(names)s: merged into %(name)s.") % {"names": names, "name": survivor.name}]
    if done.moved:
        sentences.append(kind.moved(len(done.moved)) % {"n": number(len(done.moved))})
    if done.ended:
        n = len(done.ended)
        sentences.append(ngettext("%(n)s access ended.", "%(n)s accesses ended.", n) % {"n": number(n)})
    return " ".join(sentences)
