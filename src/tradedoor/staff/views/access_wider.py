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
from tradedoor.access.actions.wide_steps import undo_in_background
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
from tradedoor.staff.wide_receipts import told_of
from tradedoor.web.formats import number
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
            if stopped:
                told = _("The eStore links of %(customer)s register nobody any more.")
                messages.info(request, told % {"customer": access.customer.name})
            if receipt.work is not None:
                return redirect("staff:job", receipt.work.public_id)
            _tell(request, access, form.wish(), receipt, back)
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
    if (work := undo_in_background(access, deed, actor=request.actor)) is not None:
        return redirect("staff:job", work.public_id)
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
    sentences = told_of(access, wish, receipt.tally)
    if not sentences and access.state == State.DEACTIVATED and wish.reason:
        sentences = [_("Noted.")]
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
