"""What the web server calls."""

from typing import Any

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from tradedoor.config.limits import in_utf8

answered = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """Answer a request."""
    return answered(in_utf8(environ), start_response)


from tradedoor.config.schedule import prepare_background  # noqa: E402 - wants the apps to be ready

# A page may do the first moments of a work itself, so that a small file is checked when the next page shows.
prepare_background()

# All views are imported now: a fault in one ends the start instead of answering every request with a 500,
# and the first visitor does not wait for the imports.
get_resolver().url_patterns  # noqa: B018 - read for its effect
