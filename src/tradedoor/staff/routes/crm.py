"""Customers, departments, contacts, and imports of them."""

from django.urls import URLPattern, path

from tradedoor.staff.views import (
    activity,
    contact_form,
    contact_merge,
    contact_move,
    contact_record,
    contacts,
    customer_bulk,
    customer_form,
    customer_merge,
    customer_record,
    customer_state,
    customers,
    departments,
    imports,
)

CUSTOMER = "crm/customers/<uuid:public_id>/"
CONTACT = "crm/contacts/<uuid:public_id>/"
IMPORT = "crm/import/<uuid:public_id>/"

urlpatterns: list[URLPattern] = [
    path("crm/customers/", customers.customer_list, name="customers"),
    path("crm/customers/add/", customer_form.add, name="customer-add"),
    path("crm/customers/bulk/", customer_bulk.customers_bulk, name="customers-bulk"),
    path("crm/customers/export.csv", customers.customer_export, name="customers-export"),
    path("crm/price-tiers/add/", customers.price_tier_add, name="price-tier-add"),
    path(CUSTOMER, customer_record.customer, name="customer"),
    path(f"{CUSTOMER}details/", customer_record.details, name="customer-details"),
    path(f"{CUSTOMER}edit/", customer_form.edit, name="customer-edit"),
    path(f"{CUSTOMER}departments/", customer_record.departments, name="customer-departments"),
    path(f"{CUSTOMER}departments/add/", departments.add, name="department-add"),
    path(f"{CUSTOMER}contacts/", contacts.customer_contacts, name="customer-contacts"),
    path(f"{CUSTOMER}contacts/add/", contact_form.add, name="customer-contact-add"),
    path(f"{CUSTOMER}estore/", customer_record.estore, name="customer-estore"),
    path(f"{CUSTOMER}orders/", customer_record.orders, name="customer-orders"),
    path(f"{CUSTOMER}activity/", customer_record.activity, name="customer-activity"),
    path(f"{CUSTOMER}activity/export.csv", activity.export_of_customer, name="customer-activity-export"),
    path(f"{CUSTOMER}status/", customer_state.set_status, name="customer-status"),
    path(f"{CUSTOMER}reenable/", customer_state.reenable_ended, name="customer-reenable"),
    path(f"{CUSTOMER}merge/", customer_merge.merge, name="customer-merge"),
    path(f"{CUSTOMER}archive/", customer_state.archive, name="customer-archive"),
    path(f"{CUSTOMER}restore/", customer_state.restore, name="customer-restore"),
    path("crm/departments/<uuid:public_id>/edit/", departments.edit, name="department-edit"),
    path("crm/departments/<uuid:public_id>/archive/", departments.archive, name="department-archive"),
    path("crm/departments/<uuid:public_id>/restore/", departments.restore, name="department-restore"),
    path("crm/contacts/", contacts.contact_list, name="contacts"),
    path("crm/contacts/add/", contact_form.choose_customer, name="contact-add"),
    path("crm/contacts/bulk/", contacts.contacts_bulk, name="contacts-bulk"),
    path("crm/contacts/export.csv", contacts.contacts_export, name="contacts-export"),
    path(CONTACT, contact_record.contact, name="contact"),
    path(f"{CONTACT}edit/", contact_form.edit, name="contact-edit"),
    path(f"{CONTACT}move/", contact_move.move, name="contact-move"),
    path(f"{CONTACT}merge/", contact_merge.merge, name="contact-merge"),
    path(f"{CONTACT}activity/", contact_record.activity, name="contact-activity"),
    path(f"{CONTACT}activity/export.csv", activity.export_of_contact, name="contact-activity-export"),
    path(f"{CONTACT}archive/", contact_record.archive, name="contact-archive"),
    path(f"{CONTACT}restore/", contact_record.restore, name="contact-restore"),
    path("crm/import/", imports.choose, name="import"),
    path(IMPORT, imports.mapping, name="import-map"),
    path(f"{IMPORT}preview/", imports.preview, name="import-preview"),
    path(f"{IMPORT}apply/", imports.apply, name="import-apply"),
    path(f"{IMPORT}result.csv", imports.result, name="import-result"),
]
