"""People who register themselves: a store's rules, and the requests that wait."""

from django.urls import URLPattern, path

from tradedoor.staff.views import registration_rules

urlpatterns: list[URLPattern] = [
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
