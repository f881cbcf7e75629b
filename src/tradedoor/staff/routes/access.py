"""Who may enter which store: dashboards, inviting, switching; and the stores themselves."""

from django.urls import URLPattern, path

from tradedoor.staff.views.access_soon import soon

urlpatterns: list[URLPattern] = [
    path("access/", soon, name="access"),
    path("access/bulk/", soon, name="access-all-bulk"),
    path("access/export.csv", soon, name="access-all-export"),
    path("stores/", soon, name="stores"),
    path("stores/add/", soon, name="store-add"),
    path("stores/<slug:slug>/dashboard/", soon, name="dashboard"),
    path("stores/<slug:slug>/invite/", soon, name="invite"),
    path("stores/<slug:slug>/invite/send/", soon, name="invite-send"),
    path("crm/contacts/invite/", soon, name="invite-contacts"),
    path("crm/contacts/<uuid:public_id>/invite/", soon, name="invite-contact"),
    path("stores/<slug:slug>/access/bulk/", soon, name="access-bulk"),
    path("stores/<slug:slug>/access/export.csv", soon, name="access-export"),
    path("stores/<slug:slug>/access/<uuid:public_id>/resend/", soon, name="access-resend"),
    path("stores/<slug:slug>/access/<uuid:public_id>/cancel/", soon, name="access-cancel"),
    path("stores/<slug:slug>/access/<uuid:public_id>/deactivate/", soon, name="access-deactivate"),
    path("stores/<slug:slug>/access/<uuid:public_id>/undo/", soon, name="access-undo"),
    path("stores/<slug:slug>/access/<uuid:public_id>/reenable/", soon, name="access-reenable"),
    path("stores/<slug:slug>/settings/", soon, name="store-settings"),
    path("stores/<slug:slug>/settings/look/", soon, name="store-look"),
    path("stores/<slug:slug>/settings/look/door/", soon, name="store-door-preview"),
    path("stores/<slug:slug>/settings/look/theme.css", soon, name="store-theme-preview"),
    path("stores/<slug:slug>/settings/invitation/", soon, name="store-invitations"),
    path("stores/<slug:slug>/settings/invitation/preview/", soon, name="invitation-preview"),
    path("stores/<slug:slug>/settings/invitation/mail/", soon, name="invitation-mail"),
    path("stores/<slug:slug>/settings/kind/", soon, name="store-kind"),
    path("stores/<slug:slug>/settings/switch/", soon, name="store-switch"),
    path("stores/<slug:slug>/settings/activity/", soon, name="store-activity"),
]
