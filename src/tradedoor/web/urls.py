"""The style guide. Included only while DEBUG is on, and refusing by itself otherwise."""

from django.urls import path

from tradedoor.web import views

app_name = "web"
urlpatterns = [
    path("dev/ui/", views.style_guide, name="style_guide"),
    path("dev/ui/<str:name>", views.guide_asset, name="guide_asset"),
]
