"""History: who did what to whom, when and from where.

The tables point at other apps by plain numbers, without foreign keys: history outlives what it speaks of,
nothing below may be deleted because of it, and writing it never locks a row of another table. Rows, seals
and memberships are only ever inserted; details are the one table that erasure and retention may empty.
"""

from django.db import models


class AuditRow(models.Model):
    """One thing that happened. Holds ids and codes, nothing personal."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    event = models.CharField(max_length=80)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=80, blank=True)
    on_behalf_id = models.BigIntegerField(null=True)
    store_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    contact_id = models.BigIntegerField(null=True)
    access_id = models.BigIntegerField(null=True)
    login_id = models.BigIntegerField(null=True)
    result = models.CharField(max_length=40)
    request_id = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict)
    # "<digest of values>:<digest of ip and agent>", each salted; empty halves where there is nothing.
    detail_digest = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "audit_row"
        indexes = [
            models.Index(
                fields=["store_id", "id"], name="audit_row_store", condition=models.Q(store_id__isnull=False)
            ),
            models.Index(
                fields=["customer_id", "id"],
                name="audit_row_customer",
                condition=models.Q(customer_id__isnull=False),
            ),
            models.Index(
                fields=["contact_id", "id"],
                name="audit_row_contact",
                condition=models.Q(contact_id__isnull=False),
            ),
            models.Index(
                fields=["access_id", "id"],
                name="audit_row_access",
                condition=models.Q(access_id__isnull=False),
            ),
            models.Index(
                fields=["login_id", "id"], name="audit_row_login", condition=models.Q(login_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.event}"


class AuditDetail(models.Model):
    """The personal values of a row. May be erased; its digest in the row then says what it was no more."""

    # No database constraint: the pair is written together, and checking it would cost a look-up a row.
    row = models.OneToOneField(
        AuditRow, models.DO_NOTHING, primary_key=True, related_name="detail", db_constraint=False
    )
    values = models.JSONField(default=dict)
    ip = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    salt = models.CharField(max_length=32)

    class Meta:
        db_table = "audit_detail"

    def __str__(self) -> str:
        return f"detail of {self.row_id}"


class AuditSeal(models.Model):
    """A link of the chain. Its number is its key, so that two sealers can never continue from the same link."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    rows = models.PositiveIntegerField()
    key_id = models.CharField(max_length=16)
    mac = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_seal"

    def __str__(self) -> str:
        return f"seal {self.number}"


class AuditSealedRow(models.Model):
    """Which seal holds a row. A table of its own, because a sealed row itself is never written again."""

    row_id = models.BigIntegerField(primary_key=True)
    seal = models.ForeignKey(AuditSeal, models.DO_NOTHING, related_name="members", db_constraint=False)
    mac = models.CharField(max_length=32)  # of this row alone, so that a broken seal can name its bad row

    class Meta:
        db_table = "audit_sealed_row"

    def __str__(self) -> str:
        return f"row {self.row_id}"
