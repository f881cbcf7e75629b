"""Deactivate, with more to say: the page, its receipt, Undo of all of it, and dates taken back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.access.actions.dates import cancel_dates
from tradedoor.access.actions.wider import WideReceipt, Wish, reaches, undo_deed
from tradedoor.access.models import Access, State
from tradedoor.access.queries import access_for
from tradedoor.access.sets import just
from tradedoor.core.errors import Invalid
from tradedoor.registration.actions.leaving import deactivate_wider
from tradedoor.staff.forms.access import WiderForm
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import NEXT, back_to, dashboard_of, store_here
from tradedoor.staff.refusing import add_refusal
from tradedoor.web.formats import day, number
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def wider(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    back = back_to(request, otherwise=dashboard_of(access.store))
    form = WiderForm(
        request.POST if request.method == "POST" else None,
        access=access,
        reaches=reaches(access, actor=request.actor),
        initial={"reason": access.deactivated_reason if not access.ended_from_above else ""},
    )
    if form.is_valid():
        try:
            receipt, stopped = deactivate_wider(access, form.wish(), actor=request.actor)
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            _tell(request, access, form.wish(), receipt, back)
            if stopped:
                told = _("The eStore links of %(customer)s register nobody any more.")
                messages.info(request, told % {"customer": access.customer.name})
            return redirect(back)
    title = _("Deactivate %(name)s") % {"name": access.contact.name}
    context: dict[str, Any] = {
        "access": access,
        "form": form,
        "title": title,
        "is_off": access.state == State.DEACTIVATED,
        "back": back,
        "crumbs": [
            Crumb(access.store.name, dashboard_of(access.store)),
            Crumb(_("B2B Dashboard"), dashboard_of(access.store)),
            Crumb(_("Deactivate")),
        ],
    }
    status = UNPROCESSABLE if form.errors else 200
    return page(
        request,
        "staff/access/wider.html",
        context,
        current="dashboard",
        store=access.store,
        status=status,
    )


@require_POST
def undo(request: ActorRequest, slug: str, public_id: UUID, deed: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    outcome = undo_deed(access, deed, actor=request.actor)
    if outcome.done:
        n = len(outcome.done)
        text = ngettext("%(n)s access is current again.", "%(n)s accesses are current again.", n)
        notify(request, f"{text % {'n': number(n)}} {_('Ended sessions stay ended.')}")
    elif not outcome.refused:
        notify(request, _("The dates are taken back."))
    for sentence in dict.fromkeys(refused.sentence for refused in outcome.refused):
        messages.warning(request, sentence)
    return redirect(back_to(request, otherwise=dashboard_of(access.store)))


@require_POST
def dates_cancel(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    if cancel_dates(just(access), actor=request.actor):
        notify(request, _("%(name)s: no date is set any more.") % {"name": access.contact.name})
    return redirect(back_to(request, otherwise=dashboard_of(access.store)))


def _access(request: ActorRequest, slug: str, public_id: UUID) -> Access:
    return access_for(public_id, actor=request.actor, store=store_here(request, slug))


def _tell(request: ActorRequest, access: Access, wish: Wish, receipt: WideReceipt, back: str) -> None:
    sentences = _told(access, wish, receipt)
    if not sentences:
        messages.warning(request, _("Nobody was left to deactivate."))
        return
    undo_url = reverse(
        "staff:access-undo-deed",
        args=[access.store.slug, access.public_id, receipt.deed],
        query={NEXT: back},
    )
    # Where invitations were cancelled only, there is nothing that could be taken back.
    able = bool(receipt.scheduled or receipt.returning or receipt.into(State.DEACTIVATED))
    notify(request, " ".join(sentences), undo=undo_url if able else None)


def _told(access: Access, wish: Wish, receipt: WideReceipt) -> list[str]:
    """What ended, where, what will, and who else of the customer still gets in."""
    off = receipt.into(State.DEACTIVATED)
    counted = (
        (
            len(off),
            ngettext(
                "%(n)s person can no longer sign in.", "%(n)s people can no longer sign in.", _people(off)
            ),
            _people(off),
        ),
        (
            receipt.sessions_ended,
            ngettext("%(n)s session ended.", "%(n)s sessions ended.", receipt.sessions_ended),
            receipt.sessions_ended,
        ),
        *_counted_others(receipt),
    )
    sentences = [text % {"n": number(n)} for present, text, n in counted if present]
    if receipt.stores > 1:
        sentences.append(_("In %(n)s stores.") % {"n": number(receipt.stores)})
    if receipt.scheduled:
        text = ngettext("%(n)s access ends on %(day)s.", "%(n)s accesses end on %(day)s.", receipt.scheduled)
        sentences.append(text % {"n": number(receipt.scheduled), "day": day(wish.end_on)})
    if wish.return_on and (receipt.returning or receipt.scheduled):
        sentences.append(_("Back on %(day)s.") % {"day": day(wish.return_on)})
    if sentences and receipt.ended:
        sentences.append(_others(access, receipt))
    return sentences or ([_("Noted.")] if access.state == State.DEACTIVATED and wish.reason else [])


def _counted_others(receipt: WideReceipt) -> list[tuple[int, str, int]]:
    cancelled, declined = len(receipt.into(State.CANCELLED)), len(receipt.into(State.DECLINED))
    return [
        (
            cancelled,
            ngettext(
                "%(n)s invitation is cancelled for good.",
                "%(n)s invitations are cancelled for good.",
                cancelled,
            ),
            cancelled,
        ),
        (
            declined,
            ngettext(
                "%(n)s request is declined for good.", "%(n)s requests are declined for good.", declined
            ),
            declined,
        ),
        (
            receipt.outside,
            ngettext(
                "%(n)s access in stores beyond your rights was left alone.",
                "%(n)s accesses in stores beyond your rights were left alone.",
                receipt.outside,
            ),
            receipt.outside,
        ),
    ]


def _people(rows: list[Access]) -> int:
    return len({row.contact_id for row in rows})


def _others(access: Access, receipt: WideReceipt) -> str:
    named = {"customer": access.customer.name, "names": ", ".join(receipt.others)}
    if not receipt.others:
        return _("Nobody else of %(customer)s can sign in to this store.") % named
    more = receipt.others_count - len(receipt.others)
    if more > 0:
        named["names"] = _("%(names)s and %(n)s more") % {"names": named["names"], "n": number(more)}
    return _("Of %(customer)s these still can sign in here: %(names)s.") % named
