"""Every address. Staff stand at the root, each store under its own prefix."""

from django.conf import settings
from django.urls import include, path

from tradedoor.config.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("s/<slug:store>/", include("tradedoor.storefront.urls")),
    path("", include("tradedoor.staff.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("", include("tradedoor.web.urls")))

handler400 = "tradedoor.web.errors.bad_request"
handler403 = "tradedoor.web.errors.not_allowed"
handler404 = "tradedoor.web.errors.not_found"
handler500 = "tradedoor.web.errors.server_error"
