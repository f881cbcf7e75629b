"""Who may enter which store: dashboards, inviting, switching; and the stores themselves."""

from django.urls import URLPattern, path

from tradedoor.staff.views import (
    access_bulk,
    access_buyer,
    access_errors,
    access_links,
    access_rows,
    access_wider,
    activity,
    dashboard,
    insights,
    invite,
    invite_contacts,
    mail_pause,
    mailouts,
    store_handout,
    store_previews,
    store_settings,
    stores,
    why,
)

urlpatterns: list[URLPattern] = [
    path("access/", dashboard.everywhere, name="access"),
    path("access/why/", why.why, name="access-why"),
    path("access/bulk/", access_bulk.bulk_everywhere, name="access-all-bulk"),
    path("access/export.csv", access_bulk.export_everywhere, name="access-all-export"),
    path("stores/", stores.stores, name="stores"),
    path("stores/add/", stores.add, name="store-add"),
    path("stores/<slug:slug>/mail-outs/", mailouts.people, name="mailouts"),
    path("stores/<slug:slug>/mail-outs/<slug:kind>/", mailouts.people, name="mailouts-kind"),
    path("stores/<slug:slug>/mail-outs/<slug:kind>/export.csv", mailouts.export, name="mailouts-export"),
    path("stores/<slug:slug>/mailchimp/", mailouts.mailchimp, name="mailchimp"),
    path("stores/<slug:slug>/mailchimp/sync/", mailouts.sync, name="mailchimp-sync"),
    path("stores/<slug:slug>/mailchimp/disconnect/", mailouts.disconnect, name="mailchimp-disconnect"),
    path("stores/<slug:slug>/insights/", insights.insights, name="insights"),
    path("stores/<slug:slug>/dashboard/", dashboard.dashboard, name="dashboard"),
    path("stores/<slug:slug>/invite/", invite.picker, name="invite"),
    path("stores/<slug:slug>/invite/send/", invite.send, name="invite-send"),
    path("crm/contacts/invite/", invite_contacts.many, name="invite-contacts"),
    path("crm/contacts/<uuid:public_id>/invite/", invite_contacts.one, name="invite-contact"),
    path("access/links.csv", access_links.of_rows_everywhere, name="access-all-links"),
    path("stores/<slug:slug>/links/", access_links.picker, name="links"),
    path("stores/<slug:slug>/links/file.csv", access_links.of_contacts, name="links-file"),
    path("stores/<slug:slug>/access/links.csv", access_links.of_rows, name="access-links"),
    path("stores/<slug:slug>/access/<uuid:public_id>/link/", access_links.show, name="access-link"),
    path("stores/<slug:slug>/access/<uuid:public_id>/reset/", access_buyer.send_reset, name="access-reset"),
    path(
        "stores/<slug:slug>/access/<uuid:public_id>/sessions/end/",
        access_buyer.end_sessions,
        name="access-end-sessions",
    ),
    path("stores/<slug:slug>/access/<uuid:public_id>/role/", access_buyer.role, name="access-role"),
    path(
        "stores/<slug:slug>/access/<uuid:public_id>/compromised/",
        access_buyer.compromised,
        name="access-compromised",
    ),
    path("stores/<slug:slug>/access/bulk/", access_bulk.bulk, name="access-bulk"),
    path("stores/<slug:slug>/access/export.csv", access_bulk.export, name="access-export"),
    path("stores/<slug:slug>/access/<uuid:public_id>/resend/", access_rows.resend, name="access-resend"),
    path("stores/<slug:slug>/access/<uuid:public_id>/cancel/", access_rows.cancel, name="access-cancel"),
    path(
        "stores/<slug:slug>/access/<uuid:public_id>/deactivate/",
        access_rows.switch_off,
        name="access-deactivate",
    ),
    path("stores/<slug:slug>/access/<uuid:public_id>/undo/", access_rows.undo, name="access-undo"),
    path("stores/<slug:slug>/access/<uuid:public_id>/more/", access_wider.wider, name="access-wider"),
    path(
        "stores/<slug:slug>/access/<uuid:public_id>/undo/<uuid:deed>/",
        access_wider.undo,
        name="access-undo-deed",
    ),
    path(
        "stores/<slug:slug>/access/<uuid:public_id>/dates/cancel/",
        access_wider.dates_cancel,
        name="access-dates-cancel",
    ),
    path(
        "stores/<slug:slug>/access/<uuid:public_id>/reenable/", access_rows.switch_on, name="access-reenable"
    ),
    path("stores/<slug:slug>/access/<uuid:public_id>/clear/", access_errors.clear, name="access-clear"),
    path("stores/<slug:slug>/access/<uuid:public_id>/take/", access_errors.take, name="access-take"),
    path("stores/<slug:slug>/access/<uuid:public_id>/leave/", access_errors.leave, name="access-leave"),
    path("stores/<slug:slug>/access/<uuid:public_id>/assign/", access_errors.assign, name="access-assign"),
    path(
        "stores/<slug:slug>/access/<uuid:public_id>/relink/", access_errors.link_again, name="access-relink"
    ),
    path(
        "stores/<slug:slug>/access/<uuid:public_id>/undo-edit/",
        access_errors.undo_edit,
        name="access-undo-edit",
    ),
    path("stores/<slug:slug>/access/<uuid:public_id>/split/", access_errors.split, name="access-split"),
    path(
        "stores/<slug:slug>/access/<uuid:public_id>/change-all/",
        access_errors.change_all,
        name="access-change-all",
    ),
    path(
        "stores/<slug:slug>/access/<uuid:public_id>/invite-owner/",
        access_errors.invite_that_login,
        name="access-invite-owner",
    ),
    path("stores/<slug:slug>/settings/", store_settings.details, name="store-settings"),
    path("stores/<slug:slug>/settings/look/", store_settings.look, name="store-look"),
    path("stores/<slug:slug>/settings/look/door/", store_previews.door, name="store-door-preview"),
    path("stores/<slug:slug>/settings/look/theme.css", store_previews.theme_css, name="store-theme-preview"),
    path("stores/<slug:slug>/settings/look/art.svg", store_previews.art_svg, name="store-art-preview"),
    path("stores/<slug:slug>/settings/look/mark.svg", store_previews.mark_svg, name="store-mark-preview"),
    path("stores/<slug:slug>/settings/invitation/", store_settings.invitations, name="store-invitations"),
    path("stores/<slug:slug>/mail/pause/", mail_pause.pause_of_store, name="store-mail-pause"),
    path("stores/<slug:slug>/mail/resume/", mail_pause.resume_of_store, name="store-mail-resume"),
    path(
        "stores/<slug:slug>/settings/invitation/preview/",
        store_previews.invitation,
        name="invitation-preview",
    ),
    path(
        "stores/<slug:slug>/settings/invitation/mail/", store_previews.invitation_mail, name="invitation-mail"
    ),
    path("stores/<slug:slug>/settings/handout/", store_handout.handout, name="store-handout"),
    path("stores/<slug:slug>/settings/handout/restore/", store_handout.restore, name="store-handout-restore"),
    path(
        "stores/<slug:slug>/settings/handout/sample.docx", store_handout.sample, name="store-handout-sample"
    ),
    path("stores/<slug:slug>/settings/handout/own.docx", store_handout.own, name="store-handout-own"),
    path(
        "stores/<slug:slug>/settings/handout/example.docx",
        store_handout.example,
        name="store-handout-example",
    ),
    path(
        "stores/<slug:slug>/settings/handout/example.pdf",
        store_handout.example_pdf,
        name="store-handout-example-pdf",
    ),
    path(
        "stores/<slug:slug>/settings/login-details/", store_settings.login_details, name="store-login-details"
    ),
    path("stores/<slug:slug>/settings/kind/", store_settings.kind, name="store-kind"),
    path("stores/<slug:slug>/settings/switch/", store_settings.switch, name="store-switch"),
    path("stores/<slug:slug>/settings/activity/", store_settings.activity, name="store-activity"),
    path(
        "stores/<slug:slug>/settings/activity/export.csv",
        activity.export_of_store,
        name="store-activity-export",
    ),
]
