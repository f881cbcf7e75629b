"""What is to be done later, by whom it is being done, and how far long work has come."""

from uuid import uuid4

from django.db import models
from django.db.models import Q


class Job(models.Model):
    """One call of a task by name. Short; may run twice, late and in parallel."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    args = models.JSONField(default=dict)
    run_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=80, blank=True)
    dedupe_key = models.CharField(max_length=200, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "jobs_job"
        indexes = [
            models.Index(fields=["run_at", "id"], name="jobs_job_due", condition=Q(state="queued")),
            models.Index(fields=["leased_until"], name="jobs_job_leased", condition=Q(state="running")),
            models.Index(
                fields=["finished_at"], name="jobs_job_finished", condition=Q(state__in=("done", "failed"))
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"],
                name="jobs_job_once_queued",
                condition=Q(state="queued") & ~Q(dedupe_key=""),
            ),
            models.CheckConstraint(
                name="jobs_job_state", condition=Q(state__in=("queued", "running", "done", "failed"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class Periodic(models.Model):
    """When a periodic task is due next: the one row over which all workers compete."""

    name = models.CharField(max_length=80, primary_key=True)
    due_at = models.DateTimeField()

    class Meta:
        db_table = "jobs_periodic"

    def __str__(self) -> str:
        return self.name


class WorkerPulse(models.Model):
    """That a worker is alive."""

    name = models.CharField(max_length=80, primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "jobs_worker_pulse"
        indexes = [models.Index(fields=["seen_at"], name="jobs_worker_pulse_seen")]

    def __str__(self) -> str:
        return self.name


class Work(models.Model):
    """Long work in many small transactions, with progress, stop, resume and a line per thing done."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        STOPPED = "stopped"
        DONE = "done"
        FAILED = "failed"

    UNFINISHED = (State.QUEUED, State.RUNNING, State.STOPPED)

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid4, unique=True)
    kind = models.CharField(max_length=80)
    title = models.CharField(max_length=300)
    args = models.JSONField(default=dict)
    actor = models.JSONField(default=dict)
    login_id = models.BigIntegerField(null=True)  # of the starter, who may always look
    store_id = models.BigIntegerField(null=True)
    dedupe_key = models.CharField(max_length=200, blank=True)
    total = models.PositiveBigIntegerField(null=True)
    done = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    cursor = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    stop_requested = models.BooleanField(default=False)
    problem = models.TextField(blank=True)
    failures = models.PositiveSmallIntegerField(default=0)  # of the present step, one after the other
    run_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "jobs_work"
        indexes = [
            models.Index(
                fields=["run_at", "id"], name="jobs_work_due", condition=Q(state__in=("queued", "running"))
            ),
            models.Index(fields=["store_id", "id"], name="jobs_work_store"),
            models.Index(fields=["login_id", "id"], name="jobs_work_starter"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"],
                name="jobs_work_once_active",
                condition=Q(state__in=("queued", "running")) & ~Q(dedupe_key=""),
            ),
            models.CheckConstraint(
                name="jobs_work_state",
                condition=Q(state__in=("queued", "running", "stopped", "done", "failed")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def is_finished(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED}

    @property
    def percent(self) -> int | None:
        """How much is done, rounded down; None while the total is not known."""
        if self.total is None:
            return None
        return 100 if not self.total else min(100, 100 * self.done // self.total)


class WorkLine(models.Model):
    """What became of one thing (a row of a file, a contact): a line of the result file."""

    id = models.BigAutoField(primary_key=True)
    # Looked up by the constraint's index.
    work = models.ForeignKey(Work, models.CASCADE, related_name="lines", db_index=False)
    number = models.PositiveBigIntegerField()
    status = models.CharField(max_length=40)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "jobs_work_line"
        constraints = [models.UniqueConstraint(fields=["work", "number"], name="jobs_work_line_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.status}"
