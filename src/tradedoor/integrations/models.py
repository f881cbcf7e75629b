"""Who of a store's contacts is in its audience at Mailchimp, and who left and is never put there again."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Audience(models.Model):
    """A store's audience at Mailchimp. Contacts with "Subscribed User" are in it, with "Receive Mail Out" tagged."""

    store = models.OneToOneField("stores.Store", models.PROTECT, related_name="audience")
    list_id = models.CharField(_("Audience ID"), max_length=40)
    list_name = models.CharField(max_length=200, blank=True)
    tag = models.CharField(_("Tag for mail-outs"), max_length=100)
    tag_id = models.PositiveBigIntegerField(null=True, blank=True)
    is_on = models.BooleanField(default=True)
    # Up to when those who left there are known here.
    polled_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    # Whoever brings it up to date holds it until then; one who died loses it.
    held_until = models.DateTimeField(null=True, blank=True)
    held_by = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.list_name or self.list_id


class Member(models.Model):
    """A contact as Mailchimp was last told of it: `email`, `name` and tag as they stand there."""

    class Status(models.TextChoices):
        SUBSCRIBED = "subscribed", _("Subscribed")
        LEFT = "left", _("Left")
        CLEANED = "cleaned", _("Mail came back")
        REFUSED = "refused", _("Refused by Mailchimp")

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="members")
    contact = models.ForeignKey("crm.Contact", models.CASCADE, related_name="+")
    contact_version = models.PositiveIntegerField()
    email = models.CharField(max_length=254)
    email_canonical = models.CharField(max_length=254)
    name = models.CharField(max_length=210, blank=True)
    is_tagged = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status)
    problem = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["audience", "contact"], name="integrations_member_once"),
        ]
        indexes = [
            models.Index(fields=["audience", "email_canonical"], name="integrations_member_email"),
            models.Index(fields=["audience", "status", "id"], name="integrations_member_status"),
        ]

    def __str__(self) -> str:
        return f"member {self.pk}"


class Departure(models.Model):
    """Somebody left a store's mailings: neither the address nor the person is subscribed there again by us."""

    class Source(models.TextChoices):
        MAILCHIMP = "mailchimp", _("at Mailchimp")
        LINK = "link", _("by the link in a mail")

    store = models.ForeignKey("stores.Store", models.CASCADE, related_name="+")
    contact = models.ForeignKey("crm.Contact", models.CASCADE, null=True, blank=True, related_name="+")
    email_canonical = models.CharField(max_length=254)
    source = models.CharField(max_length=10, choices=Source)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["store", "email_canonical"], name="integrations_left_email"),
        ]

    def __str__(self) -> str:
        return f"departure {self.pk}"


class Delivery(models.Model):
    """One call to Mailchimp or from it, and what became of it."""

    class What(models.TextChoices):
        SUBSCRIBE = "subscribe", _("Put in")
        UPDATE = "update", _("Changed")
        MOVE = "move", _("Email changed")
        TAG = "tag", _("Tag set")
        ARCHIVE = "archive", _("Taken out")
        LEAVE = "leave", _("Told of leaving")
        POLL = "poll", _("Asked who left")
        HOOK = "hook", _("Told by Mailchimp")

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="deliveries")
    at = models.DateTimeField(db_default=Now())
    what = models.CharField(max_length=10, choices=What)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(default=0)  # of HTTP; 0 where no answer came
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["audience", "-id"], name="integrations_delivery_new")]

    def __str__(self) -> str:
        return f"delivery {self.pk}"
