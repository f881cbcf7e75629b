"""Who can sign in, what is open for them, and what was tried.

Keys of higher apps (stores, accesses, customers, contacts) are plain numbers here, because imports
and foreign keys only point down.
"""

from datetime import datetime
from typing import ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from tradedoor.accounts.roles import Role


class Realm(models.TextChoices):
    STAFF = "staff"
    BUYER = "buyer"


class LoginQuerySet(models.QuerySet["Login"]):
    def staff(self) -> "LoginQuerySet":
        return self.filter(realm=Realm.STAFF)

    def buyers(self) -> "LoginQuerySet":
        return self.filter(realm=Realm.BUYER)

    def able_owners(self) -> "LoginQuerySet":
        """Owners who can still sign in; there must always be one (STF-02)."""
        return self.staff().filter(role=Role.OWNER, is_active=True, held_at=None)


class Login(AbstractBaseUser):
    """One email address with one password, in one of the two realms."""

    # Kept as `last_sign_in_at`; Django's own field would be written by a signal.
    last_login = None

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    realm = models.CharField(max_length=8, choices=Realm.choices)
    email = models.CharField(max_length=254)
    email_canonical = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=24, choices=Role.choices, blank=True)
    all_stores = models.BooleanField(default=False)
    password_is_temporary_until = models.DateTimeField(null=True, blank=True)
    must_change_password = models.BooleanField(default=False)
    epoch = models.PositiveIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    held_at = models.DateTimeField(null=True, blank=True)
    last_sign_in_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "public_id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    objects = LoginQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["realm", "email_canonical"], name="login_one_per_address"),
            models.CheckConstraint(
                condition=Q(realm=Realm.STAFF) & ~Q(role="")
                | Q(realm=Realm.BUYER, role="", all_stores=False),
                name="login_role_fits_realm",
            ),
        ]
        indexes = [models.Index(fields=["realm", "role", "is_active"], name="login_by_role")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        return self.realm == Realm.STAFF

    @property
    def has_password(self) -> bool:
        """Whether any password is set, temporary or own."""
        return self.has_usable_password()

    @property
    def has_own_password(self) -> bool:
        """Whether the person chose the password; a temporary one from staff is nobody's own."""
        return self.has_usable_password() and self.password_is_temporary_until is None

    @property
    def can_sign_in(self) -> bool:
        """Whether nothing about the login itself forbids it; stores and accesses have their own say."""
        return self.is_active and self.held_at is None


class SessionQuerySet(models.QuerySet["Session"]):
    def living(self, now: datetime) -> "SessionQuerySet":
        """Those not yet past their absolute end; the idle end is judged row by row."""
        return self.filter(expires_at__gt=now)


class Session(models.Model):
    """One signed-in browser, in one realm and, for buyers, one store and one access (SES-06).

    The key is only in the cookie; here stands its SHA-256. The epochs are copies from the moment of
    sign-in, so that a session whose row somebody forgot to delete still fails (SES-05).
    """

    key_hash = models.CharField(max_length=64, unique=True)
    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    # An index below begins with it.
    login = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="sessions", db_index=False)
    realm = models.CharField(max_length=8, choices=Realm.choices)
    store_id = models.BigIntegerField(null=True, blank=True)
    access_id = models.BigIntegerField(null=True, blank=True)
    login_epoch = models.PositiveIntegerField()
    access_epoch = models.PositiveIntegerField(null=True, blank=True)
    born_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    idle_seconds = models.PositiveIntegerField()
    expires_at = models.DateTimeField()
    keep = models.BooleanField(default=False)
    ip = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(realm=Realm.STAFF, store_id=None, access_id=None)
                | Q(realm=Realm.BUYER, store_id__isnull=False),
                name="session_store_fits_realm",
            ),
        ]
        indexes = [
            models.Index(fields=["login", "born_at"], name="session_by_login_age"),
            models.Index(
                fields=["access_id"], name="session_by_access", condition=Q(access_id__isnull=False)
            ),
            models.Index(fields=["store_id", "login"], name="session_by_store"),
            models.Index(fields=["expires_at"], name="session_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.realm} session {self.pk}"


class Purpose(models.TextChoices):
    INVITATION = "invitation"
    RESET = "reset"
    FIRST_PASSWORD = "first_password"  # noqa: S105 a purpose, not a password
    REGISTRATION = "registration"
    STAFF_SIGN_IN = "staff_sign_in"
    STAFF_INVITATION = "staff_invitation"
    EMAIL_REPORT = "email_report"


# Links behind which a password is set (TOK-07); an invitation is its own kind.
PASSWORD_PURPOSES = frozenset({Purpose.RESET, Purpose.FIRST_PASSWORD})


class RevokedWhy(models.TextChoices):
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    DEACTIVATED = "deactivated"
    EMAIL_CHANGED = "email_changed"
    PASSWORD_SET = "password_set"  # noqa: S105 a reason, not a password
    HELD = "held"
    ARCHIVED = "archived"
    CUSTOMER_INACTIVE = "customer_inactive"
    ERASED = "erased"


class LinkStatus(models.TextChoices):
    LIVE = "live"
    USED = "used"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class OneTimeLinkQuerySet(models.QuerySet["OneTimeLink"]):
    def unspent(self) -> "OneTimeLinkQuerySet":
        """Neither used nor revoked; whether the time has run out is judged against the clock."""
        return self.filter(used_at=None, revoked_at=None)

    def live(self, now: datetime) -> "OneTimeLinkQuerySet":
        return self.unspent().filter(expires_at__gt=now)


class OneTimeLink(models.Model):
    """A mailed link that works once. The token itself is derived, never stored (TOK-01, TOK-02)."""

    purpose = models.CharField(max_length=24, choices=Purpose.choices)
    nonce = models.BinaryField(max_length=32)
    token_hash = models.CharField(max_length=64, unique=True)
    login = models.ForeignKey(Login, on_delete=models.CASCADE, null=True, blank=True, related_name="links")
    access_id = models.BigIntegerField(null=True, blank=True)
    store_id = models.BigIntegerField(null=True, blank=True)
    customer_id = models.BigIntegerField(null=True, blank=True)
    contact_id = models.BigIntegerField(null=True, blank=True)
    address = models.CharField(max_length=254)
    issued_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.CharField(max_length=24, choices=RevokedWhy.choices, blank=True)

    objects = OneTimeLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["access_id", "purpose"],
                condition=Q(used_at=None, revoked_at=None, access_id__isnull=False),
                name="link_one_live_per_access",
            ),
            models.UniqueConstraint(
                fields=["login", "purpose"],
                condition=Q(used_at=None, revoked_at=None, access_id=None, login__isnull=False),
                name="link_one_live_per_login",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_why="")
                | Q(revoked_at__isnull=False) & ~Q(revoked_why=""),
                name="link_revoked_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["access_id", "created_at"], name="link_by_access"),
            models.Index(fields=["contact_id"], name="link_by_contact"),
            models.Index(
                fields=["expires_at"], name="link_by_end", condition=Q(used_at=None, revoked_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} link {self.pk}"

    def status(self, now: datetime) -> LinkStatus:
        """What a person who holds the link may be told; a revocation after the end changes nothing."""
        if self.used_at is not None:
            return LinkStatus.USED
        if self.revoked_at is not None and self.revoked_at < self.expires_at:
            superseded = self.revoked_why == RevokedWhy.SUPERSEDED
            return LinkStatus.SUPERSEDED if superseded else LinkStatus.CANCELLED
        return LinkStatus.LIVE if self.revoked_at is None and now < self.expires_at else LinkStatus.EXPIRED


class Throttle(models.Model):
    """How often something was tried in the window that is running.

    One row per key, written by a single atomic upsert. `level` counts windows exhausted one after
    the other, each of which doubles the next wait.
    """

    key_hash = models.CharField(max_length=64, unique=True)
    window_ends_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    level = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["window_ends_at"], name="throttle_by_end")]

    def __str__(self) -> str:
        return f"throttle {self.pk}"
