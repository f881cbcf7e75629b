"""Every address of the sellers' side (product.md section 19), a module of routes for each part of it.

All of it is behind sign-in, except what stands before it.
"""

from tradedoor.staff.gates import closed
from tradedoor.staff.routes import access, catalog, crm, desk, emails, registration

app_name = "staff"
urlpatterns = [
    *desk.open_urlpatterns,
    *closed(
        [
            *desk.urlpatterns,
            *crm.urlpatterns,
            *emails.urlpatterns,
            *access.urlpatterns,
            *registration.urlpatterns,
            *catalog.urlpatterns,
        ]
    ),
]
