"""The addresses of a store, below `/s/<store>/`; those of product.md section 19 are promised for good."""

from django.urls import path, re_path

from tradedoor.storefront.views import (
    account,
    catalogue,
    confirming,
    doors,
    estore,
    first_passwords,
    joining,
    look,
    mailings,
    passwords,
    registering,
    reports,
)

app_name = "storefront"
urlpatterns = [
    path("", catalogue.home, name="home"),
    path("login/", doors.sign_in, name="sign-in"),
    path("login/choose/", doors.choose, name="choose"),
    path("go/<uuid:public_id>/", doors.go, name="go"),
    path("logout/", doors.sign_out, name="sign-out"),
    path("join/", joining.join, name="join"),
    path("join/again/", joining.ask_again, name="join-again"),
    path("join/<str:token>/", joining.open_link, name="join-link"),
    path("link/<str:code>/", estore.open_link, name="estore-link"),
    path("register/", registering.form, name="register"),
    path("register/waiting/", registering.waiting, name="register-waiting"),
    path("register/confirm/", confirming.confirm, name="register-confirm"),
    path("register/confirm/<str:token>/", confirming.open_link, name="register-link"),
    path("password/forgot/", passwords.forgot, name="forgot"),
    path("password/reset/", passwords.reset, name="reset"),
    path("password/reset/<str:token>/", passwords.open_link, name="reset-link"),
    path("password/first/", first_passwords.first_password, name="first-password"),
    path("password/first/<str:token>/", first_passwords.open_link, name="first-password-link"),
    path("email/report/", reports.report, name="report"),
    path("email/report/<str:token>/", reports.open_link, name="report-link"),
    path("unsubscribe/<str:token>/", mailings.unsubscribe, name="unsubscribe"),
    path("hooks/mailchimp/<str:token>/", mailings.mailchimp, name="mailchimp-hook"),
    path("catalogue/", catalogue.shelf, name="catalogue"),
    path("catalogue/<uuid:public_id>/", catalogue.product, name="product"),
    path("catalogue/<uuid:public_id>/image/<int:number>/", catalogue.image, name="image"),
    path("account/", account.account, name="account"),
    path("account/password/", account.change_password, name="change-password"),
    path("account/sessions/<uuid:public_id>/end/", account.end_one_session, name="end-session"),
    path("theme.<str:version>.css", look.theme, name="theme"),
    path("mark.svg", look.mark, name="mark"),
    path("art.svg", look.art, name="art"),
    path("logo.png", look.logo, name="logo"),
    path("banner.webp", look.banner, name="banner"),
    # Only with a slash at the end: without one Django first tries whether there is something with it.
    re_path(r"^.+/$", doors.nothing_here, name="nothing"),
]
