"""Customers, departments, contacts, and imports of them."""

from django.urls import URLPattern, path

from tradedoor.staff.views.crm_soon import soon

urlpatterns: list[URLPattern] = [
    path("crm/customers/", soon, name="customers"),
    path("crm/customers/add/", soon, name="customer-add"),
    path("crm/customers/bulk/", soon, name="customers-bulk"),
    path("crm/customers/export.csv", soon, name="customers-export"),
    path("crm/customers/<uuid:public_id>/", soon, name="customer"),
    path("crm/customers/<uuid:public_id>/details/", soon, name="customer-details"),
    path("crm/customers/<uuid:public_id>/edit/", soon, name="customer-edit"),
    path("crm/customers/<uuid:public_id>/departments/", soon, name="customer-departments"),
    path("crm/customers/<uuid:public_id>/departments/add/", soon, name="department-add"),
    path("crm/customers/<uuid:public_id>/contacts/", soon, name="customer-contacts"),
    path("crm/customers/<uuid:public_id>/contacts/add/", soon, name="customer-contact-add"),
    path("crm/customers/<uuid:public_id>/estore/", soon, name="customer-estore"),
    path("crm/customers/<uuid:public_id>/orders/", soon, name="customer-orders"),
    path("crm/customers/<uuid:public_id>/activity/", soon, name="customer-activity"),
    path("crm/customers/<uuid:public_id>/status/", soon, name="customer-status"),
    path("crm/customers/<uuid:public_id>/reenable/", soon, name="customer-reenable"),
    path("crm/customers/<uuid:public_id>/archive/", soon, name="customer-archive"),
    path("crm/customers/<uuid:public_id>/restore/", soon, name="customer-restore"),
    path("crm/departments/<uuid:public_id>/edit/", soon, name="department-edit"),
    path("crm/departments/<uuid:public_id>/archive/", soon, name="department-archive"),
    path("crm/departments/<uuid:public_id>/restore/", soon, name="department-restore"),
    path("crm/contacts/", soon, name="contacts"),
    path("crm/contacts/add/", soon, name="contact-add"),
    path("crm/contacts/bulk/", soon, name="contacts-bulk"),
    path("crm/contacts/export.csv", soon, name="contacts-export"),
    path("crm/contacts/<uuid:public_id>/", soon, name="contact"),
    path("crm/contacts/<uuid:public_id>/edit/", soon, name="contact-edit"),
    path("crm/contacts/<uuid:public_id>/activity/", soon, name="contact-activity"),
    path("crm/contacts/<uuid:public_id>/archive/", soon, name="contact-archive"),
    path("crm/contacts/<uuid:public_id>/restore/", soon, name="contact-restore"),
    path("crm/import/", soon, name="import"),
    path("crm/import/<uuid:public_id>/", soon, name="import-map"),
    path("crm/import/<uuid:public_id>/preview/", soon, name="import-preview"),
    path("crm/import/<uuid:public_id>/apply/", soon, name="import-apply"),
    path("crm/import/<uuid:public_id>/result.csv", soon, name="import-result"),
]
