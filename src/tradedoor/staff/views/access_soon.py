"""Stands at the addresses of access until its pages do."""

from typing import Any

from django.http import HttpResponse

from tradedoor.web.requests import ActorRequest


def soon(request: ActorRequest, **_address: Any) -> HttpResponse:  # noqa: ARG001 - a view
    return HttpResponse(status=204)
