"""What the web server calls."""

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

application = get_wsgi_application()

# All views are imported now: a fault in one ends the start instead of answering every request with a 500,
# and the first visitor does not wait for the imports.
get_resolver().url_patterns  # noqa: B018 - read for its effect
