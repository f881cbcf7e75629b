"""Pages for what went wrong: one function for all, and the handlers Django asks for by name."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

# What cannot be used looks to a person like what cannot be read.
TEMPLATES = {413: 400, 422: 400}


def error_page(
    request: HttpRequest, status: int, *, sentence: str | Promise = "", code: str = ""
) -> HttpResponse:
    """Answer with the page of this status. Asks no query: it must work when nothing else does."""
    context = {
        "home_url": getattr(request, "door", "/"),
        "request_id": getattr(request, "id", ""),
        "sentence": sentence,
        "code": code,
    }
    return render(request, f"web/errors/{TEMPLATES.get(status, status)}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django passes it by this name
    return error_page(request, 400)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django passes it by this name
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django passes it by this name
    """Say nothing about what was looked for: missing and not to be known of look the same (ACC-01)."""
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was not ours, or is older than the sign-in in this browser. `reason` is for developers."""
    del reason
    sentence = _("This form is out of date. Go back, load the page again and repeat what you did.")
    return error_page(request, 403, sentence=sentence, code="csrf")
