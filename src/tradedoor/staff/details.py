"""The box "eStore access" of a contact: what it offers, what was asked for, and the page that shows a password once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from tradedoor.access.actions.details import Given, plan_login_details
from tradedoor.access.actions.one_login import Wanted, has_own_password, password_to_give
from tradedoor.access.models import Access
from tradedoor.accounts.actions.own import is_proved, prove
from tradedoor.accounts.actions.temporary import generated_password
from tradedoor.core.errors import Invalid, Refusal
from tradedoor.core.permissions import Permission
from tradedoor.crm.models import Contact, Customer
from tradedoor.crm.queries import contact_for
from tradedoor.staff import once
from tradedoor.staff.forms.details import GENERATE, PREFIX, DetailsForm, typed_details
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.refusing import add_refusal
from tradedoor.stores.models import Store
from tradedoor.stores.queries import stores
from tradedoor.stores.urls import public_url
from tradedoor.web.formats import span
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE, CONFLICT = 422, 409
SEEN = f"{PREFIX}-seen"
TOLD = "told"  # in the address that a sent form is remembered by: its answer showed a password


@dataclass(frozen=True, slots=True)
class Line:
    """A store in the box, and what stands against it."""

    store: Store
    sentence: str = ""
    is_refused: bool = False
    deactivated: Access | None = None


class DetailsBox:
    """The box on a page. With `data` it came back; `anew` shows what was typed without judging it."""

    def __init__(
        self,
        request: ActorRequest,
        *,
        customer: Customer,
        contact: Contact | None = None,
        data: Mapping[str, str] | None = None,
        anew: bool = False,
    ) -> None:
        self.request, self.contact, self.customer, self.data = request, contact, customer, data
        self.is_generating = data is not None and GENERATE in data
        self.wanted: Wanted | None = None
        self.generated, self.says_existing = "", self.keeps_password
        self.form = self._form(anew=anew or self.is_generating)
        if data is not None and not self.is_generating and _is_marked(data):
            self.generated = data.get(f"{PREFIX}-password", "")

    @property
    def email(self) -> str:
        return self.contact.email if self.contact and self.contact.email_canonical else ""

    @property
    def seen(self) -> str:
        """The email of which the page says that its login has a password already."""
        return self._typed_email if self.says_existing else ""

    @property
    def status(self) -> int:
        if self.form.is_bound and self.form.errors:
            return UNPROCESSABLE
        return CONFLICT if self.must_be_seen else 200

    @property
    def may(self) -> bool:
        return any(not line.is_refused for line in self.lines)

    @cached_property
    def lines(self) -> list[Line]:
        own = [one for one in stores(self.request.actor) if one.customer_id in {None, self.customer.pk}]
        if self.contact is None or not self.contact.email_canonical:
            return [Line(store) for store in own]
        return [self._line(store, self.contact) for store in own]

    @cached_property
    def keeps_password(self) -> bool:
        return bool(self.email) and has_own_password(self.email, actor=self.request.actor)

    @property
    def must_be_seen(self) -> bool:
        """Whether the page has yet to say that the email typed has a login with a password of its own."""
        return self.says_existing and self.data is not None and self.data.get(SEEN) != self._typed_email

    @property
    def is_wanted(self) -> bool:
        return self.form.is_bound and bool(self.form.cleaned_data.get("create"))

    def judge(self, *, email: str, names: tuple[str, ...]) -> bool:
        """Judge what is asked for as far as that can be before saving; `wanted` holds it where all is well.

        Where staff give a password they prove who they are (STF-03). What is wrong stands in the form.
        """
        self._typed_email = email.strip()
        given = self.form.cleaned_data
        chosen = [line.store for line in self.lines if line.store.slug in given["stores"]]
        if not self._typed_email:
            self.form.add_error("create", _("Enter an email first."))
        if not chosen:
            self.form.add_error("stores", _("Choose at least one store."))
        if not given["password"] and not given["mailed"]:
            self.form.add_error("password", _("Give a password, or tick “Email login Info to the user”."))
        if self.form.errors:
            return False
        self.says_existing = has_own_password(self._typed_email, actor=self.request.actor)
        if not self.must_be_seen:
            self.wanted = self._judged(chosen, [*names, self._typed_email, self.customer.name])
        return self.wanted is not None

    def refuse(self, refusal: Refusal) -> None:
        """Put the sentence beside its field, else beside what was ticked."""
        if refusal.field in self.form.fields:
            add_refusal(self.form, refusal)
        else:
            self.form.add_error("create", str(refusal))

    def _judged(self, chosen: list[Store], names: list[str]) -> Wanted | None:
        given, request = self.form.cleaned_data, self.request
        if not given["password"]:
            return Wanted(chosen, None, mailed=given["mailed"])
        try:
            if request.signed_in is not None:
                prove(request.signed_in, self.form.proof, actor=request.actor)
            password = password_to_give(
                given["password"], is_typed=not self.generated, names=names, stores=chosen
            )
        except Invalid as refusal:
            self.refuse(refusal)
            return None
        return Wanted(chosen, password, mailed=given["mailed"])

    _typed_email = ""

    def _form(self, *, anew: bool) -> DetailsForm:
        possible = [line for line in self.lines if not line.is_refused]
        given: dict[str, Any] = {
            "stores": [(line.store.slug, line.store.name) for line in possible],
            "asks_current": self.request.signed_in is not None and not is_proved(self.request.signed_in),
            "hint": _("Temporary: it works for %(hours)s, and the first sign-in asks for one of their own.")
            % {"hours": span(timedelta(hours=settings.TRADEDOOR_TEMPORARY_PASSWORD_HOURS))},
        }
        self._typed_email = self.email
        if self.data is None:
            # The only possible store needs no choosing.
            ticked = [possible[0].store.slug] if len(possible) == 1 else []
            return DetailsForm(initial={"stores": ticked}, **given)
        if not anew:
            return DetailsForm(self.data, **given)
        typed = typed_details(self.data)
        if self.is_generating:
            self.generated = generated_password()
            typed |= {"create": True, "password": self.generated, "mark": _mark(self.generated)}
        return DetailsForm(initial=typed, **given)

    def _line(self, store: Store, contact: Contact) -> Line:
        [candidate] = plan_login_details(store, [contact.pk], actor=self.request.actor)
        may_reenable = candidate.offers_reenable and self.request.actor.can(Permission.ACCESS_SWITCH)
        return Line(
            store,
            candidate.sentence,
            candidate.is_refused,
            deactivated=candidate.access if may_reenable else None,
        )


def box_of(
    request: ActorRequest, *, customer: Customer, contact: Contact | None = None, anew: bool = False
) -> DetailsBox | None:
    """The box on a page of this contact, or of one to be; None for who may not, and where there is no store."""
    if not request.actor.can(Permission.ACCESS_DETAILS):
        return None
    data = request.POST if request.method == "POST" else None
    box = DetailsBox(request, customer=customer, contact=contact, data=data, anew=anew)
    return box if box.lines else None


def answer_given(request: ActorRequest, contact: Contact, wanted: Wanted, given: Given) -> HttpResponse:
    """Show a temporary password, once and in this answer (TMP-02); else go back to the contact and say what was done."""
    here = reverse("staff:contact", args=[contact.public_id])
    if given.emails_applied:
        notify(request, _("The new email counts for signing in from now on."))
    if wanted.password is not None and len(given.kept) < len(given.moved.rows):
        once.remember(request, f"{here}?{TOLD}={_mark(wanted.password.raw)}")
        return _told_page(request, contact, wanted.stores, wanted.password.raw, mailed=wanted.mailed)
    once.remember(request, here)
    name = {"name": contact.name, "email": contact.email}
    if not wanted.mailed:
        notify(request, _("%(name)s signs in with the password they have. No mail was sent.") % name)
    elif given.kept:
        notify(request, _("A mail to %(email)s says to sign in with the existing password.") % name)
    else:
        notify(request, _("Login details are on their way to %(email)s.") % name)
    return redirect(here)


def answered_before(request: ActorRequest, *, may_change: bool = False) -> HttpResponse | None:
    """The same answer to a form that is sent twice, which does nothing more; None where it is new.

    The password it shows is the one that came with it, kept nowhere. Somebody who went back and sends another one
    means that: with `may_change` the form counts as new, else it leads to what was made.
    """
    address = once.led_to(request)
    if address is None or GENERATE in request.POST:
        return None
    path, password = urlsplit(address), request.POST.get(f"{PREFIX}-password", "")
    if path.query != f"{TOLD}={_mark(password)}":
        return None if may_change and password else redirect(path.path)
    contact = contact_for(resolve(path.path).kwargs["public_id"], actor=request.actor)
    slugs = request.POST.getlist(f"{PREFIX}-stores")
    chosen = [store for store in stores(request.actor) if store.slug in slugs]
    return _told_page(request, contact, chosen, password, mailed=f"{PREFIX}-mailed" in request.POST)


def _told_page(
    request: ActorRequest, contact: Contact, chosen: Any, password: str, *, mailed: bool
) -> HttpResponse:
    here = reverse("staff:contact", args=[contact.public_id])
    context = {
        "contact": contact,
        "password": password,
        "doors": [
            (store, public_url(store, "login/"), store.login_details == Store.LoginDetails.PASSWORD)
            for store in chosen
        ],
        "mailed": mailed,
        "life": span(timedelta(hours=settings.TRADEDOOR_TEMPORARY_PASSWORD_HOURS)),
        "crumbs": [
            Crumb(_("Contacts"), reverse("staff:contacts")),
            Crumb(contact.name, here),
            Crumb(_("Login details")),
        ],
    }
    return page(request, "staff/crm/contacts/details_told.html", context, current="contacts")


def _mark(password: str) -> str:
    return salted_hmac("tradedoor.staff.generated", password, algorithm="sha256").hexdigest()


def _is_marked(data: Mapping[str, str]) -> bool:
    password, mark = data.get(f"{PREFIX}-password", ""), data.get(f"{PREFIX}-mark", "")
    return bool(password) and constant_time_compare(mark, _mark(password))
