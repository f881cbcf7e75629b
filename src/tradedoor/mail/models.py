"""The outbox: every mail is a row, written in the transaction that causes it and sent by a worker."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce


class MailMessage(models.Model):
    """One mail to one person. Never holds a link or a password (TOK-02), only the id of the link.

    `sealed` is the exception: a temporary password, encrypted, until the mail is handed over or called back.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        CAPTURED = "captured"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid4, unique=True)
    template = models.CharField(max_length=80)
    context = models.JSONField(default=dict)
    sealed = models.TextField(blank=True, default="")
    to_email = models.CharField(max_length=254)
    to_name = models.CharField(max_length=200, blank=True)
    store_id = models.BigIntegerField(null=True)
    link_id = models.BigIntegerField(null=True)
    access_id = models.BigIntegerField(null=True)
    contact_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    login_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=300, blank=True)  # known once rendered
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    run_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=80, blank=True)
    handed_at = models.DateTimeField(null=True)  # last taken for sending; the pace is counted by it
    error_code = models.CharField(max_length=40, blank=True)
    error_reply = models.CharField(max_length=300, blank=True)
    message_id = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "mail_message"
        indexes = [
            models.Index(fields=["run_at", "id"], name="mail_message_due", condition=Q(state="queued")),
            models.Index(fields=["leased_until"], name="mail_message_leased", condition=Q(state="sending")),
            models.Index(
                fields=["handed_at"], name="mail_message_pace", condition=Q(handed_at__isnull=False)
            ),
            models.Index(
                fields=["access_id", "id"], name="mail_message_access", condition=Q(access_id__isnull=False)
            ),
            models.Index(
                fields=["contact_id", "id"],
                name="mail_message_contact",
                condition=Q(contact_id__isnull=False),
            ),
            models.Index(
                fields=["link_id"], name="mail_message_link", condition=Q(state__in=("queued", "sending"))
            ),
            models.Index(fields=["store_id", "id"], name="mail_message_store"),
            models.Index(fields=["id"], name="mail_message_captured", condition=Q(state="captured")),
            models.Index(fields=["to_email", "id"], name="mail_message_to"),
            models.Index(fields=["login_id"], name="mail_message_sealed", condition=Q(sealed__gt="")),
        ]
        constraints = [
            models.CheckConstraint(
                name="mail_message_state",
                condition=Q(state__in=("queued", "sending", "sent", "captured", "failed", "cancelled")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.public_id}"


class MailBody(models.Model):
    """A whole mail, kept in capture mode only: elsewhere a body would hold a living link."""

    message = models.OneToOneField(MailMessage, models.CASCADE, primary_key=True, related_name="body")
    headers = models.JSONField(default=list)  # [[name, value], …] in order
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)

    class Meta:
        db_table = "mail_body"

    def __str__(self) -> str:
        return f"body of {self.message_id}"


class MailPause(models.Model):
    """That outgoing mail waits: of one store, or of all where no store is named."""

    id = models.BigAutoField(primary_key=True)
    store_id = models.BigIntegerField(null=True)
    since = models.DateTimeField()

    class Meta:
        db_table = "mail_pause"
        constraints = [
            # Over a constant for "all", since NULLs are distinct from each other in a unique index.
            models.UniqueConstraint(Coalesce("store_id", 0), name="mail_pause_once"),
        ]

    def __str__(self) -> str:
        return f"pause {self.store_id}"


class MailRelay(models.Model):
    """What we know of the mail server: one row, number 1. Its lock also keeps the pace over all workers."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    trouble_code = models.CharField(max_length=40, blank=True)
    trouble_reply = models.CharField(max_length=300, blank=True)
    trouble_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "mail_relay"

    def __str__(self) -> str:
        return self.trouble_code or "no trouble"
