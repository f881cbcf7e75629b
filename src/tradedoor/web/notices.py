"""Telling a person what happened: after a redirect by Django's messages, after htmx by its events.

Good news is a toast, which leaves by itself; errors and warnings stay on the page as a banner, because what
went wrong must not vanish. Undo is offered only where the server can truly undo.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django_htmx.http import trigger_client_event

UNDO, MORE = "undo=", "more="


@dataclass(frozen=True, slots=True)
class Notice:
    text: str
    tone: str
    undo: str | None = None
    more: str | None = None

    @property
    def is_toast(self) -> bool:
        return self.tone in {"good", "info"}


def notify(request: HttpRequest, text: str, *, undo: str | None = None, more: str | None = None) -> None:
    """Show a toast on the next page; `undo` is the address that its Undo button posts to, `more` a page with more
    to say about what was done."""
    tags = (f"{UNDO}{undo}" if undo else "", f"{MORE}{more}" if more else "")
    messages.success(request, text, extra_tags=" ".join(tag for tag in tags if tag))


def notices(request: HttpRequest) -> list[Notice]:
    """The messages waiting for this person, each of them once."""
    tones = {messages.ERROR: "bad", messages.WARNING: "warn", messages.SUCCESS: "good"}
    return [
        Notice(
            text=str(message.message),
            tone=tones.get(message.level, "info"),
            undo=_address(message.extra_tags, UNDO),
            more=_address(message.extra_tags, MORE),
        )
        for message in messages.get_messages(request)
    ]


def _address(tags: str | None, which: str) -> str | None:
    found = (tag.removeprefix(which) for tag in (tags or "").split() if tag.startswith(which))
    return next(found, None)


def toast_event(response: HttpResponse, text: str, *, undo: str | None = None) -> HttpResponse:
    """Have the page, which htmx leaves standing, show a toast."""
    return trigger_client_event(response, "toast", {"text": text, "undo": undo or ""})


def close_dialog_event(response: HttpResponse) -> HttpResponse:
    """Have the page close the dialog in which the form was sent."""
    return trigger_client_event(response, "dialog-close", {})
