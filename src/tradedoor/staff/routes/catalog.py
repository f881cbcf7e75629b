"""What the stores sell, as staff see it."""

from django.urls import URLPattern, path

from tradedoor.staff.views.access_soon import soon

urlpatterns: list[URLPattern] = [
    path("catalogue/", soon, name="products"),
    path("catalogue/export.csv", soon, name="products-export"),
    path("catalogue/<uuid:public_id>/", soon, name="product"),
    path("catalogue/<uuid:public_id>/edit/", soon, name="product-edit"),
    path("catalogue/<uuid:public_id>/publish/", soon, name="product-publish"),
    path("catalogue/<uuid:public_id>/unpublish/", soon, name="product-unpublish"),
    path("catalogue/<uuid:public_id>/archive/", soon, name="product-archive"),
    path("catalogue/<uuid:public_id>/restore/", soon, name="product-restore"),
]
