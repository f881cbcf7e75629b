"""One's own login: name, password, sessions."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.accounts.actions.own import (
    came_by_link,
    change_own_password,
    end_own_sessions,
    is_proved,
    prove,
    rename_oneself,
)
from tradedoor.accounts.models import Login, Session
from tradedoor.accounts.queries import sessions_of
from tradedoor.core.errors import Invalid
from tradedoor.staff.browsers import browser_of
from tradedoor.staff.forms.account import EndSessionsForm, NameForm, PasswordForm
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.refusing import add_refusal
from tradedoor.web.doors import change_key
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: ActorRequest) -> HttpResponse:
    login, _session = _own(request)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": login.name})
    if form.is_valid():
        try:
            rename_oneself(form.cleaned_data["name"], actor=request.actor)
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            notify(request, _("Saved."))
            return redirect("staff:account")
    return _page(request, form, status=UNPROCESSABLE if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def password(request: ActorRequest) -> HttpResponse:
    """Choose a password; also the first page of whoever came in by a link and has none."""
    login, session = _own(request)
    form = PasswordForm(
        request.POST if request.method == "POST" else None,
        asks_current=not came_by_link(session),
        asks_name=not login.name,
    )
    if form.is_valid():
        try:
            done = change_own_password(
                session,
                current=form.cleaned_data.get("current", ""),
                new=form.cleaned_data["password"],
                actor=request.actor,
            )
            if "name" in form.fields:
                rename_oneself(form.cleaned_data["name"], actor=request.actor)
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            notify(request, _("Your password is set. Other sessions of yours have ended."))
            response = redirect("staff:home" if not login.has_own_password else "staff:account")
            return change_key(request, response, done.kept_key) if done.kept_key else response
    context = {
        "form": form,
        "is_first": not login.has_own_password,
        "crumbs": [Crumb(_("Your account"), reverse("staff:account")), Crumb(_("Password"))],
    }
    status = UNPROCESSABLE if form.errors else 200
    return page(request, "staff/desk/password.html", context, current="account", status=status)


@require_POST
def end_sessions(request: ActorRequest) -> HttpResponse:
    """End one session of one's own, or all but this; the password is asked for unless it was just given (SES-08)."""
    login, session = _own(request)
    form = EndSessionsForm(request.POST)
    if form.is_valid():
        try:
            prove(session, form.cleaned_data["current"], actor=request.actor)
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            ended = end_own_sessions(session, only=form.cleaned_data["session"], actor=request.actor)
            text = ngettext("%(n)s session ended.", "%(n)s sessions ended.", ended) % {"n": ended}
            notify(request, text)
            return redirect("staff:account")
    return _page(request, NameForm(initial={"name": login.name}), ending=form, status=UNPROCESSABLE)


def _own(request: ActorRequest) -> tuple[Login, Session]:
    assert request.login is not None  # noqa: S101 - the gate let only the signed-in through
    assert request.signed_in is not None  # noqa: S101 - the same
    return request.login, request.signed_in


def _page(
    request: ActorRequest, form: NameForm, *, ending: EndSessionsForm | None = None, status: int = 200
) -> HttpResponse:
    login, session = _own(request)
    context = {
        "form": form,
        "ending": ending or EndSessionsForm(),
        "login": login,
        "session": session,
        "sessions": [(one, browser_of(one.agent)) for one in sessions_of(actor=request.actor)],
        "asks_current": not is_proved(session),
        "crumbs": [Crumb(_("Your account"))],
    }
    return page(request, "staff/desk/account.html", context, current="account", status=status)
