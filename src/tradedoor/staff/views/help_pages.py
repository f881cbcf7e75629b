"""Shipped help: one page per task, in the words that stand on the screens."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tradedoor.staff.email_words import after_the_edit
from tradedoor.staff.help import HELP
from tradedoor.staff.pages import Crumb
from tradedoor.staff.pages import page as answer
from tradedoor.web.requests import ActorRequest


@require_GET
def pages(request: ActorRequest) -> HttpResponse:
    context = {"topics": HELP, "crumbs": [Crumb(_("Help"))]}
    return answer(request, "staff/desk/help/list.html", context, current="help")


@require_GET
def page(request: ActorRequest, slug: str) -> HttpResponse:
    topic = HELP.get(slug)
    if topic is None:
        raise Http404
    context = {
        "topic": topic,
        "topics": HELP,
        "slug": slug,
        "when": after_the_edit(),
        "crumbs": [Crumb(_("Help"), reverse("staff:help")), Crumb(str(topic.title))],
    }
    return answer(request, f"staff/desk/help/{slug}.html", context, current="help")
