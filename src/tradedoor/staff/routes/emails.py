"""Email changes on their way from the CRM to the logins."""

from django.urls import URLPattern, path

from tradedoor.staff.views import email_change, email_changes, store_emails

urlpatterns: list[URLPattern] = [
    path("access/email-changes/", email_changes.email_changes_list, name="email-changes"),
    path("access/email-changes/cancel/", email_changes.cancel, name="email-changes-cancel"),
    path(
        "access/email-changes/import/<uuid:public_id>/confirm/",
        email_changes.confirm_import,
        name="email-changes-confirm",
    ),
    path("access/email-changes/<uuid:public_id>/", email_change.email_change, name="email-change"),
    path("access/email-changes/<uuid:public_id>/decide/", email_change.decide, name="email-change-decide"),
    path("stores/<slug:slug>/emails/", store_emails.update_emails, name="store-emails"),
    path("crm/contacts/<uuid:public_id>/email/", email_change.update_now, name="contact-email-now"),
]
