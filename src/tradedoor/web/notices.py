"""Telling a person what happened: after a redirect by Django's messages, after htmx by its events.

Good news is a toast, which leaves by itself; errors and warnings stay on the page as a banner, because what
went wrong must not vanish. Undo is offered only where the server can truly undo.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django_htmx.http import trigger_client_event

UNDO = "undo="


@dataclass(frozen=True, slots=True)
class Notice:
    text: str
    tone: str
    undo: str | None = None

    @property
    def is_toast(self) -> bool:
        return self.tone in {"good", "info"}


def notify(request: HttpRequest, text: str, *, undo: str | None = None) -> None:
    """Show a toast on the next page; `undo` is the address that its Undo button posts to."""
    messages.success(request, text, extra_tags=f"{UNDO}{undo}" if undo else "")


def notices(request: HttpRequest) -> list[Notice]:
    """The messages waiting for this person, each of them once."""
    tones = {messages.ERROR: "bad", messages.WARNING: "warn", messages.SUCCESS: "good"}
    return [
        Notice(
            text=str(message.message),
            tone=tones.get(message.level, "info"),
            undo=message.extra_tags.removeprefix(UNDO)
            if message.extra_tags and message.extra_tags.startswith(UNDO)
            else None,
        )
        for message in messages.get_messages(request)
    ]


def toast_event(response: HttpResponse, text: str, *, undo: str | None = None) -> HttpResponse:
    """Have the page, which htmx leaves standing, show a toast."""
    return trigger_client_event(response, "toast", {"text": text, "undo": undo or ""})


def close_dialog_event(response: HttpResponse) -> HttpResponse:
    """Have the page close the dialog in which the form was sent."""
    return trigger_client_event(response, "dialog-close", {})
