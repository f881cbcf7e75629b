"""The mails to people who register, and the one to the store that says somebody waits.

What a stranger typed stands in none that goes to an address that has not been proven: else this page would send
anybody's words to anybody. Links are derived when the mail is made (TOK-01).
"""

from zoneinfo import ZoneInfo

from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.formats import date_format

from tradedoor.access.company_queries import admins_of
from tradedoor.access.emails import look_of
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login, OneTimeLink
from tradedoor.accounts.tokens import token_of
from tradedoor.mail.outbox import Letter
from tradedoor.mail.rendering import MessageRow, Rendered, template
from tradedoor.registration.models import Registration
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url, staff_url

CONFIRM = "registration.confirm"
KNOWN = "registration.known"
WELCOME = "registration.welcome"
DECLINED = "registration.declined"
WAITING = "registration.waiting"
COLLEAGUE_WAITING = "registration.colleague_waiting"


def letter_to(registration: Registration, code: str, *, link_id: int | None = None) -> Letter:
    """A mail to the person who registered."""
    return Letter(
        template=code,
        to_email=registration.email,
        context={"registration": registration.pk},
        to_name="" if registration.confirmed_at is None else registration.name,
        link_id=link_id,
        store_id=registration.store_id,
        access_id=registration.access_id,
        contact_id=registration.contact_id,
        customer_id=registration.customer_id,
    )


def waiting_letter(registration: Registration, *, store: Store) -> Letter:
    """The mail to the store's notify address."""
    return Letter(
        template=WAITING,
        to_email=store.notify_address,
        context={"registration": registration.pk},
        store_id=store.pk,
        access_id=registration.access_id,
        contact_id=registration.contact_id,
        customer_id=registration.customer_id,
    )


def colleague_waiting_letter(registration: Registration, admin: Access) -> Letter:
    """The mail to an admin of the customer, who answers the request. The admin comes with login and contact."""
    return Letter(
        template=COLLEAGUE_WAITING,
        to_email=admin.login.email if admin.login else "",
        to_name=admin.contact.name,
        context={"registration": registration.pk},
        store_id=admin.store_id,
        access_id=admin.pk,
        contact_id=admin.contact_id,
        customer_id=admin.customer_id,
        login_id=admin.login_id,
    )


@template(CONFIRM)
def confirm(row: MessageRow) -> Rendered | None:
    """The link that proves the mailbox, or None once it is dead or the registration gone."""
    registration, link = _registration(row), _living(row)
    if registration is None or link is None or link.address != registration.email_canonical:
        return None
    store = registration.store
    login = Login.objects.buyers().filter(email_canonical=registration.email_canonical).first()
    with translation.override(store.language):
        return _worded(
            "confirm",
            store,
            customer=registration.customer.name if registration.customer else "",
            address=registration.email,
            has_password=bool(login and login.has_own_password),
            confirm_url=public_url(store, f"register/confirm/{token_of(link)}/"),
            ends=_when(link, store),
        )


@template(KNOWN)
def known(row: MessageRow) -> Rendered | None:
    """To somebody who has an access here already: what to do instead."""
    registration = _registration(row)
    if registration is None:
        return None
    store = registration.store
    state = str(row.context.get("state", State.CURRENT))
    with translation.override(store.language):
        return _worded(
            "known",
            store,
            state=state,
            address=registration.email,
            sign_in_url=public_url(store, "login/"),
            forgot_url=public_url(store, "password/forgot/"),
        )


@template(WELCOME)
def welcome(row: MessageRow) -> Rendered | None:
    """To somebody who is in; None where that is not so any more when the mail is made."""
    registration = _registration(row)
    if registration is None or registration.access is None or registration.access.state != State.CURRENT:
        return None
    store = registration.store
    with translation.override(store.language):
        return _worded(
            "welcome",
            store,
            first_name=registration.first_name,
            customer=registration.access.customer.name,
            address=registration.email,
            approved=bool(registration.decision),
            sign_in_url=public_url(store, "login/"),
        )


@template(DECLINED)
def declined(row: MessageRow) -> Rendered | None:
    """To somebody who was declined, with the reason, and the way to try once more where there is one."""
    registration = _registration(row)
    if registration is None or registration.access is None or registration.access.state != State.DECLINED:
        return None
    store, link = registration.store, _living(row)
    if row.link_id is not None and link is None:
        return None
    with translation.override(store.language):
        return _worded(
            "declined",
            store,
            first_name=registration.first_name,
            customer=registration.access.customer.name,
            reason=registration.reason,
            again_url=public_url(store, f"register/confirm/{token_of(link)}/") if link else "",
            ends=_when(link, store) if link else "",
        )


@template(WAITING)
def waiting(row: MessageRow) -> Rendered | None:
    """To the store: somebody waits for an answer. None where somebody has answered already."""
    registration = _registration(row)
    if registration is None or registration.access is None or registration.access.state != State.REQUESTED:
        return None
    store = registration.store
    with translation.override(store.language):
        return _worded(
            "waiting",
            store,
            who=registration.name,
            address=registration.email,
            customer=registration.access.customer.name,
            is_new=bool(registration.company),
            requests_url=staff_url(f"stores/{store.slug}/dashboard/?tab=requests"),
        )


@template(COLLEAGUE_WAITING)
def colleague_waiting(row: MessageRow) -> Rendered | None:
    """To an admin: a colleague asks for access. None where somebody has answered already, or the admin is none any
    more."""
    registration = _registration(row)
    if registration is None or registration.access is None or registration.access.state != State.REQUESTED:
        return None
    asked, store = registration.access, registration.store
    admin = admins_of(asked.customer_id, asked.store_id).filter(pk__in=[row.access_id]).first()
    if admin is None:
        return None
    with translation.override(store.language):
        return _worded(
            "colleague_waiting",
            store,
            first_name=admin.contact.first_name,
            who=registration.name,
            address=registration.email,
            customer=asked.customer.name,
            request_url=public_url(store, f"company/people/{asked.public_id}/request/"),
        )


def _registration(row: MessageRow) -> Registration | None:
    found = Registration.objects.filter(pk=row.context.get("registration", 0))
    return found.select_related("store", "customer", "access__customer").first()


def _living(row: MessageRow) -> OneTimeLink | None:
    return OneTimeLink.objects.live(timezone.now()).filter(pk__in=[row.link_id]).first()


def _when(link: OneTimeLink, store: Store) -> str:
    ends = link.expires_at.astimezone(ZoneInfo(store.time_zone))
    return f"{date_format(ends, 'l j F Y, H:i')} ({store.time_zone})"


def _worded(name: str, store: Store, **context: object) -> Rendered:
    """The mail `name` in the store's look."""
    words = {"look": look_of(store), **context}
    subject = _words(name, "subject.txt", words).strip()
    return Rendered(
        subject=subject,
        text=_words(name, "body.txt", words).strip() + "\n",
        html=_words(name, "body.html", words | {"title": subject}),
        from_name=store.sender_name or store.name,
        reply_to=store.reply_to or store.email,
    )


def _words(name: str, part: str, context: dict[str, object]) -> str:
    return str(get_template(f"registration/email/{name}/{part}").render(context))
