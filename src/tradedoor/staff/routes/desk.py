"""Sign-in, home, account, search, captured mail, jobs, activity, staff and help."""

from django.urls import URLPattern, path

from tradedoor.staff.views import (
    access_links,
    account,
    activity,
    help_pages,
    home,
    jobs,
    mail,
    mail_pause,
    search,
    sign_in,
    staff,
)

# Before the door: whoever stands here is nobody yet.
open_urlpatterns: list[URLPattern] = [
    path("login/", sign_in.sign_in, name="sign-in"),
    path("login/link/", sign_in.link_page, name="sign-in-link-page"),
    path("login/link/<str:token>/", sign_in.open_link, name="sign-in-link"),
    path("logout/", sign_in.sign_out, name="sign-out"),
]
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="account-password"),
    path("account/sessions/end/", account.end_sessions, name="account-sessions-end"),
    path("search/", search.search, name="search"),
    path("mail/", mail.messages, name="mail"),
    path("mail/pause/", mail_pause.pause_all, name="mail-pause"),
    path("mail/resume/", mail_pause.resume_all, name="mail-resume"),
    path("mail/<uuid:public_id>/", mail.message, name="mail-message"),
    path("mail/<uuid:public_id>/preview/", mail.preview, name="mail-preview"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<uuid:public_id>/", jobs.job, name="job"),
    path("jobs/<uuid:public_id>/stop/", jobs.stop, name="job-stop"),
    path("jobs/<uuid:public_id>/resume/", jobs.resume, name="job-resume"),
    path("jobs/<uuid:public_id>/result.csv", jobs.result, name="job-result"),
    path("jobs/<uuid:public_id>/links.csv", access_links.of_work, name="job-links"),
    path("activity/", activity.activity, name="activity"),
    path("activity/export.csv", activity.export, name="activity-export"),
    path("staff/", staff.staff, name="staff"),
    path("staff/add/", staff.add, name="staff-add"),
    path("staff/<uuid:public_id>/", staff.edit, name="staff-edit"),
    path("staff/<uuid:public_id>/deactivate/", staff.deactivate, name="staff-deactivate"),
    path("staff/<uuid:public_id>/reenable/", staff.reenable, name="staff-reenable"),
    path("staff/<uuid:public_id>/link/", staff.send_link, name="staff-link"),
    path("help/", help_pages.pages, name="help"),
    path("help/<slug:slug>/", help_pages.page, name="help-page"),
]
