"""What the stores sell, as staff see it."""

from django.urls import URLPattern, path

from tradedoor.staff.views import products

urlpatterns: list[URLPattern] = [
    path("catalogue/", products.products, name="products"),
    path("catalogue/export.csv", products.export, name="products-export"),
    path("catalogue/<uuid:public_id>/", products.product, name="product"),
    path("catalogue/<uuid:public_id>/edit/", products.edit, name="product-edit"),
    path("catalogue/<uuid:public_id>/publish/", products.publish, name="product-publish"),
    path("catalogue/<uuid:public_id>/unpublish/", products.unpublish, name="product-unpublish"),
    path("catalogue/<uuid:public_id>/archive/", products.archive, name="product-archive"),
    path("catalogue/<uuid:public_id>/restore/", products.restore, name="product-restore"),
]
