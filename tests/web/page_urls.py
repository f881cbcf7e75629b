"""The addresses of the tests here: the style guide alone, which needs no other app."""

from django.urls import include, path

urlpatterns = [path("", include("tradedoor.web.urls"))]
