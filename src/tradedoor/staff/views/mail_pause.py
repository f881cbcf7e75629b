"""“Pause outgoing mail” and its end: for all mail, and for that of one store."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradedoor.mail.outbox import pause_mail, resume_mail
from tradedoor.staff.places import store_here
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest


@require_POST
def pause_all(request: ActorRequest) -> HttpResponse:
    pause_mail(actor=request.actor)
    notify(request, _("Outgoing mail is paused. What is posted from now on waits."))
    return redirect("staff:mail")


@require_POST
def resume_all(request: ActorRequest) -> HttpResponse:
    resume_mail(actor=request.actor)
    notify(request, _("Outgoing mail goes on. What waited leaves now."))
    return redirect("staff:mail")


@require_POST
def pause_of_store(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    pause_mail(actor=request.actor, store_id=store.pk)
    notify(request, _("Outgoing mail of %(store)s is paused.") % {"store": store.name})
    return redirect("staff:store-invitations", store.slug)


@require_POST
def resume_of_store(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    resume_mail(actor=request.actor, store_id=store.pk)
    notify(request, _("Outgoing mail of %(store)s goes on. What waited leaves now.") % {"store": store.name})
    return redirect("staff:store-invitations", store.slug)
