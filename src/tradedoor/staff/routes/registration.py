"""People who register themselves: a store's rules, and the requests that wait."""

from django.urls import URLPattern, path

from tradedoor.staff.views import registration_rules, requests

urlpatterns: list[URLPattern] = [
    path("access/requests/", requests.bulk_everywhere, name="requests-all-bulk"),
    path("stores/<slug:slug>/requests/", requests.bulk, name="requests-bulk"),
    path("stores/<slug:slug>/requests/<uuid:public_id>/", requests.request_page, name="access-request"),
    path(
        "stores/<slug:slug>/requests/<uuid:public_id>/approve/", requests.approve_one, name="access-approve"
    ),
    path("stores/<slug:slug>/settings/registration/", registration_rules.rules, name="store-registration"),
    path(
        "stores/<slug:slug>/settings/registration/try/",
        registration_rules.try_out,
        name="store-registration-try",
    ),
    path(
        "stores/<slug:slug>/settings/registration/preview/<slug:what>/",
        registration_rules.preview,
        name="store-registration-preview",
    ),
]
