"""Access: the right of one contact to enter one store, and the counters of its tabs."""

import uuid
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """The states of product.md section 2."""

    PENDING = "pending", _("Pending")
    CURRENT = "current", _("Current")
    DEACTIVATED = "deactivated", _("Deactivated")
    REQUESTED = "requested", _("Requested")
    CANCELLED = "cancelled", _("Cancelled")
    DECLINED = "declined", _("Declined")


class Tab(models.TextChoices):
    """The dashboard's tabs. An access stands on exactly one; `HISTORY` holds what only search shows."""

    CURRENT = "current", _("Current Customers")
    PENDING = "pending", _("Pending Customers")
    DEACTIVATED = "deactivated", _("Deactivated Customers")
    ERROR = "error", _("Error")
    REQUESTS = "requests", _("Requests")
    HISTORY = "history", _("Cancelled and declined")


class Role(models.TextChoices):
    """What a buyer may do in a store (product.md section 12)."""

    BUYER = "buyer", _("Buyer")
    APPROVER = "approver", _("Approver")
    COMPANY_ADMIN = "company_admin", _("Company admin")


TAB_OF_STATE = {
    State.PENDING: Tab.PENDING,
    State.CURRENT: Tab.CURRENT,
    State.DEACTIVATED: Tab.DEACTIVATED,
    State.REQUESTED: Tab.REQUESTS,
    State.CANCELLED: Tab.HISTORY,
    State.DECLINED: Tab.HISTORY,
}


class AccessQuerySet(models.QuerySet["Access"]):
    def within(self, stores: frozenset[int] | None) -> Self:
        """Those in stores an actor's scope covers; None covers all."""
        return self.all() if stores is None else self.filter(store_id__in=stores)

    def in_state(self, *states: State) -> Self:
        return self.filter(state__in=states)

    def of_contacts(self, contact_ids: Iterable[int]) -> Self:
        return self.filter(contact_id__in=list(contact_ids))


class Access(models.Model):
    """The right of one contact to enter one store: the central record.

    Only `access.actions.states` writes `state`, `tab` and `epoch`; the tab is that of the state, or Error while an
    error is open. `sort_name`, `sort_customer` and
    `search_text` repeat what the CRM says, so that a dashboard of a million rows is one index scan;
    `access.actions.documents` keeps them in step.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # The indexes below begin with these; one more of each would only be written.
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="accesses", db_index=False)
    customer = models.ForeignKey("crm.Customer", models.PROTECT, related_name="accesses", db_index=False)
    contact = models.ForeignKey("crm.Contact", models.PROTECT, related_name="accesses", db_index=False)
    login = models.ForeignKey(
        "accounts.Login", models.PROTECT, null=True, blank=True, related_name="accesses", db_index=False
    )
    state = models.CharField(max_length=12, choices=State)
    tab = models.CharField(max_length=12, choices=Tab)
    role = models.CharField(max_length=14, choices=Role, default=Role.BUYER)
    epoch = models.PositiveIntegerField(default=1)

    state_since = models.DateTimeField()
    invited_by = models.ForeignKey("accounts.Login", models.SET_NULL, null=True, blank=True, related_name="+")
    invited_at = models.DateTimeField(null=True, blank=True)
    invitation_expires_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    deactivated_by = models.ForeignKey(
        "accounts.Login", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    deactivated_reason = models.CharField(max_length=300, blank=True)
    ended_from_above = models.BooleanField(default=False)
    # By the store's own calendar. Who set the first, and why, stands where it will stand once it is deactivated.
    end_on = models.DateField(null=True, blank=True)
    return_on = models.DateField(null=True, blank=True)
    # What was deactivated, or given a date, by one press shares this; Undo takes it back together.
    deed = models.UUIDField(null=True, blank=True, editable=False)
    last_sign_in_at = models.DateTimeField(null=True, blank=True)

    sort_name = models.CharField(max_length=210)
    sort_customer = models.CharField(max_length=200)
    search_text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    objects = AccessQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "contact"], name="access_one_a_contact_and_store")
        ]
        indexes = [
            models.Index(fields=["store", "tab", "sort_name", "id"], name="access_by_name"),
            models.Index(fields=["store", "tab", "sort_customer", "id"], name="access_by_customer"),
            models.Index(fields=["store", "tab", "state_since", "id"], name="access_by_since"),
            models.Index(fields=["tab", "sort_name", "id"], name="access_by_tab"),
            models.Index(fields=["sort_name", "id"], name="access_by_all"),
            models.Index(fields=["customer", "store", "state"], name="access_of_customer"),
            models.Index(fields=["login", "store"], name="access_of_login"),
            models.Index(fields=["contact"], name="access_of_contact"),
            models.Index(fields=["end_on"], name="access_by_end", condition=models.Q(end_on__isnull=False)),
            models.Index(
                fields=["return_on"], name="access_by_return", condition=models.Q(return_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.store_id}: {self.state}"


class EmailChangeState(models.TextChoices):
    """What becomes of a change of a contact's email that reaches a login."""

    SCHEDULED = "scheduled", _("Scheduled")
    UNCONFIRMED = "unconfirmed", _("Waiting to be confirmed")
    APPLIED = "applied", _("Applied")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Could not be applied")


class EmailChangeOrigin(models.TextChoices):
    """Where the CRM's email was changed."""

    FORM = "form", _("Form")
    IMPORT = "import", _("Import")
    API = "api", _("API")
    REVERSAL = "reversal", _("Reversal of a reported change")


class ReportDecision(models.TextChoices):
    """What staff decided about a change that the old address reported with "This wasn't me"."""

    CONFIRMED = "confirmed", _("Confirmed")
    REVERSED = "reversed", _("Reversed")


# One that failed stays open: it is tried again once what stood in its way is gone.
OPEN_EMAIL_CHANGES = (EmailChangeState.SCHEDULED, EmailChangeState.UNCONFIRMED, EmailChangeState.FAILED)


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    def open(self) -> Self:
        """Those that have yet to happen, or could not.

        By their end, which a constraint ties to the state: a database without figures takes the state for narrow,
        and would read all that wait where a few contacts are asked for.
        """
        return self.filter(ended_at__isnull=True)

    def waiting(self) -> Self:
        """Those that happen once their time has come."""
        return self.filter(state=EmailChangeState.SCHEDULED)


class EmailChange(models.Model):
    """A new email of a contact in the CRM, on its way to the login (product.md section 8).

    `old_email` is the address that signs in until the change is applied, whatever the CRM said in between.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # An index below begins with it, as with the login.
    contact = models.ForeignKey("crm.Contact", models.CASCADE, related_name="email_changes", db_index=False)
    old_email = models.CharField(max_length=254)
    old_canonical = models.CharField(max_length=254)
    new_email = models.CharField(max_length=254, blank=True)
    new_canonical = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=12, choices=EmailChangeState)
    reason = models.CharField(max_length=40, blank=True)

    origin = models.CharField(max_length=8, choices=EmailChangeOrigin)
    work = models.ForeignKey("jobs.Work", models.SET_NULL, null=True, blank=True, related_name="+")
    requested_by = models.ForeignKey(
        "accounts.Login", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()

    login = models.ForeignKey(
        "accounts.Login", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    late = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    # The link of "This wasn't me". It hangs on no login, so that a further change does not kill it.
    report_link_id = models.BigIntegerField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=12, choices=ReportDecision, blank=True)
    decided_by = models.ForeignKey("accounts.Login", models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_alone = models.BooleanField(default=False)

    objects = EmailChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact"],
                condition=models.Q(state__in=OPEN_EMAIL_CHANGES),
                name="email_change_one_open_a_contact",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=OPEN_EMAIL_CHANGES, ended_at__isnull=True)
                | ~models.Q(state__in=OPEN_EMAIL_CHANGES) & models.Q(ended_at__isnull=False),
                name="email_change_open_until_end",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="email_change_by_due"),
            models.Index(fields=["contact", "id"], name="email_change_of_contact"),
            models.Index(fields=["login"], name="email_change_of_login"),
            models.Index(
                fields=["report_link_id"],
                name="email_change_by_report",
                condition=models.Q(report_link_id__isnull=False),
            ),
            models.Index(
                fields=["new_canonical"],
                name="email_change_open_by_target",
                condition=models.Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_EMAIL_CHANGES

    @property
    def lifts_hold(self) -> bool:
        """Whether it takes a reported change back, and so happens although the login is on hold."""
        return self.origin == EmailChangeOrigin.REVERSAL

    @property
    def is_reported(self) -> bool:
        """Whether the old address reported it and nobody has decided yet."""
        return self.reported_at is not None and not self.decision


class ErrorReason(models.TextChoices):
    """Why an access stands on the Error tab, in the order in which a row shows them (product.md section 10)."""

    REPORTED = "reported", _("Email change reported")
    CONTACT_GONE = "contact_gone", _("Contact gone")
    NO_EMAIL = "no_email", _("No email")
    BAD_EMAIL = "bad_email", _("Malformed email")
    EMAIL_IN_USE = "email_in_use", _("Email in use")
    DUPLICATE_CONTACT = "duplicate_contact", _("Two contacts, one email")
    LOGIN_SHARED = "login_shared", _("Login shared")
    UNDELIVERABLE = "undeliverable", _("Mail refused")
    STORE_INCOMPLETE = "store_incomplete", _("Store incomplete")


class ErrorClosedWhy(models.TextChoices):
    """What ended an error."""

    FIXED = "fixed"  # it was looked at again and is no more
    STATE = "state"  # its access left the states that errors are raised in
    DECIDED = "decided"  # staff decided what the error asked


class AccessErrorQuerySet(models.QuerySet["AccessError"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def on(self, access_ids: Iterable[int]) -> Self:
        return self.filter(access_id__in=list(access_ids))


class AccessError(models.Model):
    """Something about an access that a person must put right. It changes nothing about who gets in.

    `data` holds what the reason is about: the address that was refused, the keys of other rows. Only
    `access.actions.errors` and `access.actions.states` open and close errors, because the tab goes with them.
    """

    # An index below begins with it.
    access = models.ForeignKey(Access, models.CASCADE, related_name="errors", db_index=False)
    reason = models.CharField(max_length=20, choices=ErrorReason)
    since = models.DateTimeField()
    data = models.JSONField(default=dict)
    assigned_to = models.ForeignKey(
        "accounts.Login", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_why = models.CharField(max_length=10, choices=ErrorClosedWhy, blank=True)

    objects = AccessErrorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["access", "reason"],
                condition=models.Q(closed_at=None),
                name="access_error_one_open_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_why="")
                | models.Q(closed_at__isnull=False) & ~models.Q(closed_why=""),
                name="access_error_closed_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["access", "reason", "id"], name="access_error_of_access"),
            models.Index(
                fields=["reason", "access"], name="access_error_open", condition=models.Q(closed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} of {self.access_id}"


class FeedPlace(models.Model):
    """How far a reader of the history has come: what lower apps cause up here travels that way."""

    reader = models.CharField(max_length=40, unique=True)
    row_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.reader} at {self.row_id}"


class TabCount(models.Model):
    """How many accesses stand on one tab of one store, moved in the transaction that moves them."""

    store = models.ForeignKey("stores.Store", models.CASCADE, related_name="tab_counts")
    tab = models.CharField(max_length=12, choices=Tab)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "tab"], name="access_tab_count_once")]

    def __str__(self) -> str:
        return f"{self.store_id} {self.tab}: {self.count}"
