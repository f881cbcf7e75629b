"""Deactivating 100,000 accesses as one job: how long, and that each batch's sessions are refused from its commit on."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.test import Client

from bench.figures import Report, forget_peak_memory, peak_memory_mb, report_steps, transactions
from bench.million_rows import APPROVERS, APPROVERS_FROM, dialect, email_of, people
from bench.rows import PASSWORD, World, browser
from bench.signing_in import going_on, report_sign_ins
from tradedoor.access.actions.bulk import Deed, Rows, change_in_background
from tradedoor.access.models import Access, Role, Tab
from tradedoor.access.queries import counts_match
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work

GROUP = "Deactivating 100,000 accesses, one job"
LARGE = True
WATCHED = 40
MOST_SECONDS = 20.0


@dataclass(slots=True)
class Watched:
    """Somebody who is signed in, and may be deactivated at any moment."""

    access_id: int
    client: Client
    home: str

    def is_in(self) -> bool:
        return bool(self.client.get(self.home).status_code == 200)


@dataclass(slots=True)
class Watch:
    """Looks after each batch whether exactly those who are behind its cursor are out."""

    people: Sequence[Watched]
    work_id: int
    spent: float = 0.0
    seen: int = 0

    def look(self, now: Work) -> None:
        began = time.perf_counter()
        cursor = now.cursor or 0
        ended = [one for one in self.people[self.seen :] if one.access_id <= cursor]
        for one in ended:
            if one.is_in():
                raise RuntimeError("a session goes on after its access was deactivated")
        self.seen += len(ended)
        if ended and self.seen < len(self.people) and not self.people[self.seen].is_in():
            raise RuntimeError("a session ended before its access was deactivated")
        self.spent += time.perf_counter() - began


def measure(world: World, report: Report) -> None:
    open_sessions()
    watched = signed_in(world)
    stay = [email_of(key) for key in people(APPROVERS_FROM + APPROVERS + 20_000, 3_000)]
    rows = Rows(tab=Tab.CURRENT.value, role=Role.APPROVER.value)
    began = time.perf_counter()
    work = change_in_background(world.store, rows, Deed.DEACTIVATE, actor=world.actor, reason="Measured")
    report.add("finding them, and how many", f"{(time.perf_counter() - began) * 1000:.0f} ms")
    watch = Watch(watched, work.pk)
    memory: list[float] = []
    forget_peak_memory()

    def look(now: Work) -> None:
        memory.append(peak_memory_mb())
        watch.look(now)

    with going_on(world.store.slug, stay) as sign_ins, transactions() as taken:
        began, computed = time.perf_counter(), time.process_time()
        drive_work(work.pk, look)
        took, cpu = time.perf_counter() - began - watch.spent, time.process_time() - computed
    done = Work.objects.get(pk=work.pk)
    if done.counts != {"done": APPROVERS} or watch.seen != len(watched) or counts_match():
        raise RuntimeError(f"{done.state}: {done.counts} {done.problem} {counts_match()}")
    report.add("in all", f"{took:.1f} s", f"< {MOST_SECONDS:.0f} s", holds=took < MOST_SECONDS)
    report.add("of our CPU, with looking whether they are out", f"{cpu:.1f} s")
    report.add("signed in and refused from their batch's commit on", f"{watch.seen} of {len(watched)}", "all")
    report_steps(report, taken, memory)
    report_sign_ins(report, sign_ins)


@transaction.atomic
def open_sessions() -> None:
    """Every fifth of those to be deactivated is signed in somewhere."""
    words = dialect()
    key = "lower(hex(randomblob(32)))" if words.is_sqlite else "md5(id::text) || md5(login_id::text)"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_session (key_hash, public_id, login_id, realm, store_id, access_id, login_epoch,"  # noqa: S608 - ours
            " access_epoch, born_at, seen_at, idle_seconds, expires_at, keep, ip, agent, data)"
            f" SELECT {key}, {words.uuid()}, login_id, 'buyer', store_id, id, 1, epoch, {words.ago('60')},"
            f" {words.ago('60')}, 3600, {words.ago('-36000')}, FALSE, '', '', '{{}}'"
            " FROM access_access WHERE role = 'approver' AND id % 5 = 0"
        )


def signed_in(world: World) -> list[Watched]:
    """Some who will be deactivated, in the order in which they will be."""
    step = APPROVERS // WATCHED
    keys = people(APPROVERS_FROM, APPROVERS)[::step]
    rows = Access.objects.filter(store=world.store, contact__in=keys).select_related("login").order_by("pk")
    found = []
    for number, row in enumerate(rows):
        client = browser()
        answer = client.post(
            f"/s/{world.store.slug}/login/",
            {"email": row.login.email if row.login else "", "password": PASSWORD},
            REMOTE_ADDR=f"10.99.{number}.1",
        )
        if answer.status_code != 302:
            raise RuntimeError(f"not let in: {answer.status_code}")
        found.append(Watched(row.pk, client, f"/s/{world.store.slug}/"))
        if not found[-1].is_in():
            raise RuntimeError("not in")
    return found
