"""What Home says needs a person, and the first steps of a new installation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradedoor.access.email_change_queries import reported_changes, waiting_changes
from tradedoor.access.models import Tab
from tradedoor.access.queries import dashboard, tab_counts
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.crm.queries import customer_counts
from tradedoor.mail.queries import captured_count, mail_trouble, waiting_count
from tradedoor.staff.email_words import after_the_edit
from tradedoor.stores.models import Store
from tradedoor.web.formats import number

MOST = 1000
MOST_NAMED = 5
EXPIRES_SOON = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the checklist; `href` and `verb` only for those who may take it."""

    title: str
    lead: str
    done: bool
    href: str = ""
    verb: str = ""
    in_new_window: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Something that waits for a person."""

    title: str
    lead: str
    href: str
    verb: str
    icon: str
    tone: str = "warn"


@dataclass(frozen=True, slots=True)
class Counted:
    """What the first steps and the matters are read from, each number by one query."""

    customers: int
    accesses: dict[Tab, int]
    captured: int
    stores: Sequence[Store]

    @property
    def is_empty(self) -> bool:
        return not self.stores and not self.customers

    @property
    def has_invited(self) -> bool:
        return any(self.accesses.values())

    @property
    def is_set_up(self) -> bool:
        return bool(self.stores and self.customers and self.has_invited)


def counted(actor: Actor, mine: Sequence[Store]) -> Counted:
    return Counted(
        customers=customer_counts(actor)["all"] if actor.can(Permission.CRM_READ) else 0,
        accesses=tab_counts(None, actor=actor) if actor.can(Permission.ACCESS_READ) else {},
        captured=captured_count(actor=actor) if actor.can(Permission.MAIL_READ) else 0,
        stores=mine,
    )


def first_steps(actor: Actor, now: Counted) -> list[Step]:
    """The checklist that sets a new installation up (product.md section 17)."""
    store = now.stores[0] if now.stores else None
    slug = [store.slug] if store else []
    may_invite = store is not None and actor.can(Permission.ACCESS_INVITE, store.pk)
    return [
        _store_step(actor, store),
        Step(
            title=_("Import customers and contacts"),
            lead=_(
                "From a CSV or Excel file of your CRM or shop; columns are guessed, and nothing is written before you say so."
            ),
            done=now.customers > 0,
            href=reverse("staff:import") if actor.can(Permission.CRM_IMPORT) else "",
            verb=_("Import"),
        ),
        Step(
            title=_("Check how mail is sent"),
            lead=_("Mail is captured: it stays here, to be looked at. Set TRADEDOOR_MAIL_URL to send it.")
            if settings.TRADEDOOR_MAIL_CAPTURED
            else _("Mail leaves by the server that TRADEDOOR_MAIL_URL names."),
            done=now.captured > 0 or not settings.TRADEDOOR_MAIL_CAPTURED,
            href=reverse("staff:mail") if actor.can(Permission.MAIL_READ) else "",
            verb=_("Look at the mail"),
        ),
        Step(
            title=_("Preview the invitation"),
            lead=_("The mail your customers get, in your colours and with your words."),
            done=now.has_invited,
            href=reverse("staff:invitation-preview", args=slug) if store else "",
            verb=_("Preview"),
        ),
        Step(
            title=_("Invite the first contact"),
            lead=_("They choose a password behind the link and are in."),
            done=now.has_invited,
            href=reverse("staff:invite", args=slug) if may_invite else "",
            verb=_("Invite"),
        ),
        Step(
            title=_("Open the store as your customers see it"),
            lead=_("In another browser, or a private window, by the link in the invitation."),
            done=now.accesses.get(Tab.CURRENT, 0) > 0,
            href=reverse("storefront:home", args=slug) if store else "",
            verb=_("Open the store"),
            in_new_window=True,
        ),
    ]


def matters(actor: Actor, now: Counted) -> list[Matter]:
    """What needs a person, the most pressing first."""
    found: list[Matter | None] = []
    if actor.can(Permission.MAIL_READ):
        found += [_mail_trouble(), _mail_waiting(actor)]
    if actor.can(Permission.ACCESS_READ):
        found += [*_reported(actor), _errors(now), _requests(now), _expiring(actor), _email_changes(actor)]
    return [matter for matter in found if matter is not None]


def _store_step(actor: Actor, store: Store | None) -> Step:
    href = ""
    if store is None and actor.can(Permission.STORE_CREATE):
        href = reverse("staff:store-add")
    elif store is not None and actor.can(Permission.STORE_EDIT, store.pk):
        href = reverse("staff:store-settings", args=[store.slug])
    return Step(
        title=_("Name the store and its look"),
        lead=_("A name, an address, a logo and two colours: what buyers see at the door and in every mail."),
        done=store is not None,
        href=href,
        verb=_("Add a store") if store is None else _("Open settings"),
    )


def _mail_trouble() -> Matter | None:
    trouble = mail_trouble()
    if trouble is None:
        return None
    return Matter(
        title=_("The mail server cannot be used"),
        lead=trouble.trouble_reply or trouble.trouble_code,
        href=reverse("staff:mail"),
        verb=_("Look at the mail"),
        icon="mail-x",
        tone="bad",
    )


def _mail_waiting(actor: Actor) -> Matter | None:
    waiting = waiting_count(actor=actor)
    if not waiting:
        return None
    return Matter(
        title=ngettext("%(n)s mail waits", "%(n)s mails wait", waiting) % {"n": number(waiting)},
        lead=_("They should have left more than 5 minutes ago."),
        href=reverse("staff:mail", query={"state": "queued"}),
        verb=_("Show them"),
        icon="clock",
    )


def _errors(now: Counted) -> Matter | None:
    errors = now.accesses.get(Tab.ERROR, 0)
    if not errors:
        return None
    return Matter(
        title=ngettext("%(n)s access is on Error", "%(n)s accesses are on Error", errors)
        % {"n": number(errors)},
        lead=_("Something about the contact or the login has to be put right."),
        href=reverse("staff:access", query={"tab": Tab.ERROR}),
        verb=_("Show them"),
        icon="circle-alert",
        tone="bad",
    )


def _reported(actor: Actor) -> list[Matter | None]:
    return [
        Matter(
            title=_("%(name)s is on hold: “This wasn't me”") % {"name": change.contact.name},
            lead=_("The old email reported the change to %(email)s. Confirm or reverse it.")
            % {"email": change.new_email},
            href=reverse("staff:email-change", args=[change.public_id]),
            verb=_("Decide"),
            icon="circle-alert",
            tone="bad",
        )
        for change in reported_changes(actor=actor)[:MOST_NAMED]
    ]


def _email_changes(actor: Actor) -> Matter | None:
    waiting = waiting_changes(actor=actor)
    if not waiting:
        return None
    return Matter(
        title=ngettext("%(n)s email change is due", "%(n)s email changes are due", waiting)
        % {"n": number(waiting)},
        lead=_("Each becomes the sign-in email %(when)s, unless you cancel it.") % {"when": after_the_edit()},
        href=reverse("staff:email-changes"),
        verb=_("Email changes"),
        icon="clock",
    )


def _requests(now: Counted) -> Matter | None:
    requests = now.accesses.get(Tab.REQUESTS, 0)
    if not requests:
        return None
    return Matter(
        title=ngettext("%(n)s person asks for access", "%(n)s people ask for access", requests)
        % {"n": number(requests)},
        lead=_("They registered and wait for a decision."),
        href=reverse("staff:access", query={"tab": Tab.REQUESTS}),
        verb=_("Show them"),
        icon="user-plus",
    )


def _expiring(actor: Actor) -> Matter | None:
    now = timezone.now()
    rows = dashboard(None, tab=Tab.PENDING, actor=actor)
    soon = rows.filter(invitation_expires_at__gt=now, invitation_expires_at__lte=now + EXPIRES_SOON)
    count = soon.order_by().values("pk")[:MOST].count()
    if not count:
        return None
    return Matter(
        title=ngettext(
            "%(n)s invitation runs out within 2 days", "%(n)s invitations run out within 2 days", count
        )
        % {"n": number(count)},
        lead=_("Not accepted yet. Resending makes a new link."),
        href=reverse("staff:access", query={"tab": Tab.PENDING}),
        verb=_("Show them"),
        icon="hourglass",
    )
