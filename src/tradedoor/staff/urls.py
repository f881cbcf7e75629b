"""Every address of the sellers' side (product.md section 19), a module of routes for each part of it."""

from tradedoor.staff.routes import access, catalog, crm, desk

app_name = "staff"
urlpatterns = [*desk.urlpatterns, *crm.urlpatterns, *access.urlpatterns, *catalog.urlpatterns]
