""" "Update emails from CRM" with 100,000 scheduled changes, of which one in a hundred clashes, while people sign in."""

import time

from django.db import connection, transaction

from bench.figures import Report, forget_peak_memory, peak_memory_mb, report_steps, transactions
from bench.million_rows import CURRENT, HARBOUR, STRIDE, dialect, email_of, people
from bench.rows import World, analyse
from bench.signing_in import going_on, report_sign_ins
from tradedoor.access.actions.email_sync import update_in_background
from tradedoor.access.models import EmailChange, EmailChangeState
from tradedoor.audit.models import AuditRow
from tradedoor.crm.models import Contact
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.mail.models import MailMessage

GROUP = "Updating 100,000 emails from the CRM, one job"
LARGE = True
# Of those who are current, pending and deactivated, by their places in Harbour.
OF_CURRENT, OF_PENDING, OF_DEACTIVATED = 88_000, 8_000, 4_000
CHANGES = OF_CURRENT + OF_PENDING + OF_DEACTIVATED
CLASHES = 1_000
MOST_SECONDS = 60.0


def measure(world: World, report: Report) -> None:
    schedule()
    analyse()
    stay = [email_of(key) for key in people(CURRENT - 20_000, 5_000)]
    rows, mails = AuditRow.objects.count(), MailMessage.objects.count()
    began = time.perf_counter()
    work = update_in_background(world.store, actor=world.actor)
    report.add("starting the job", f"{(time.perf_counter() - began) * 1000:.0f} ms")
    memory: list[float] = []
    forget_peak_memory()
    with going_on(world.store.slug, stay) as sign_ins, transactions() as taken:
        began, computed = time.perf_counter(), time.process_time()
        drive_work(work.pk, lambda _now: memory.append(peak_memory_mb()))
        took, cpu = time.perf_counter() - began, time.process_time() - computed
    check(Work.objects.get(pk=work.pk))
    report.add("in all", f"{took:.1f} s", f"< {MOST_SECONDS:.0f} s", holds=took < MOST_SECONDS)
    report.add("of our CPU", f"{cpu:.1f} s")
    report.add("batches", str(len(memory)))
    report.add(
        "rows of history and mails written",
        f"{AuditRow.objects.count() - rows:,}, {MailMessage.objects.count() - mails:,}",
    )
    report_steps(report, taken, memory)
    report_sign_ins(report, sign_ins)


def check(work: Work) -> None:
    """Nothing but the clashes may be left, and each clash has its reason."""
    if work.state != Work.State.DONE or work.counts != {
        "changed": CHANGES - CLASHES,
        "email_in_use": CLASHES,
    }:
        raise RuntimeError(f"{work.state}: {work.counts} {work.problem}")
    failed = EmailChange.objects.filter(state=EmailChangeState.FAILED).count()
    if failed != CLASHES:
        raise RuntimeError(f"{failed} changes failed")


@transaction.atomic
def schedule() -> None:
    """The CRM has got new emails, as an import would have written them, and their changes wait for their hour."""
    place = f"(id * {STRIDE} % {HARBOUR})"
    chosen = (
        f"id <= {HARBOUR} AND ({place} < {OF_CURRENT} OR ({place} >= {CURRENT} AND {place} < {CURRENT + OF_PENDING})"
        f" OR ({place} >= {CURRENT + 15_000} AND {place} < {CURRENT + 15_000 + OF_DEACTIVATED}))"
    )
    words = dialect()
    columns = (
        "public_id, contact_id, old_email, old_canonical, new_email, new_canonical, state, reason, origin,"
        " requested_at, due_at, late, decision, decided_alone"
    )
    values = (
        f"{words.uuid()}, id, email, email_canonical, 'new' || email, 'new' || email_canonical, 'scheduled', '',"
        f" 'import', {words.ago('600')}, {words.ago('-3000')}, FALSE, '', FALSE"
    )
    taken = people(CURRENT - 50_000, CLASHES)
    given = people(0, CLASHES)
    moved = "email = 'new' || email, email_canonical = 'new' || email_canonical"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO access_emailchange ({columns}) SELECT {values} FROM crm_contact WHERE {chosen}"  # noqa: S608 - ours
        )
        cursor.execute(f"UPDATE crm_contact SET {moved} WHERE {chosen}")  # noqa: S608 - ours
    emails = dict(Contact.objects.filter(pk__in=taken).values_list("pk", "email"))
    for mover, holder in zip(given, taken, strict=True):
        email = emails[holder]
        Contact.objects.filter(pk=mover).update(email=email, email_canonical=email)
        EmailChange.objects.filter(contact_id=mover).update(new_email=email, new_canonical=email)
