"""Signing in: the time of the request less that of the bare password hash."""

from functools import partial

from django.contrib.auth.hashers import check_password
from django.test import Client

from bench.figures import Report, counting, cpu_seconds, median_ms, quantile, seconds
from bench.rows import PASSWORD, World, browser
from tradedoor.access.models import Access, State

GROUP = "Signing in to a store"
PEOPLE = 81
MOST_MS = 15.0


def measure(world: World, report: Report) -> None:
    world.grow(1000)
    rows = Access.objects.filter(store=world.store, state=State.CURRENT).select_related("login")
    emails = [access.login.email for access in rows.order_by("pk")[:PEOPLE] if access.login]
    hashes, requests, ours, statements = [], [], [], 0
    client = browser()
    for number, email in enumerate(emails):
        hash_cpu = cpu_seconds(
            lambda: hashes.append(seconds(partial(check_password, PASSWORD, world.password_hash)))
        )
        client.cookies.clear()
        with counting() as counted:
            sign_in = partial(enter, client, world, email, number)
            whole_cpu = cpu_seconds(lambda: requests.append(seconds(sign_in)))  # noqa: B023 - called at once
        ours.append(whole_cpu - hash_cpu)
        statements = len(counted)
    # Pairs, one after the other, so that a busy moment of the machine weighs on both.
    rest = [whole - bare for whole, bare in zip(requests[1:], hashes[1:], strict=True)]
    typical = median_ms(rest)
    quiet = quantile([time for time in rest if time > 0], 0.1) * 1000
    report.add("bare hash, p50", f"{median_ms(hashes):.1f} ms")
    report.add("whole request, p50", f"{median_ms(requests):.1f} ms")
    report.add(
        "request less hash, p50 of pairs",
        f"{typical:.1f} ms",
        f"< {MOST_MS:.0f} ms",
        holds=typical < MOST_MS,
    )
    report.add("request less hash, quietest tenth", f"{quiet:.1f} ms")
    report.add("request less hash, our CPU, p50", f"{median_ms(ours):.1f} ms")
    report.add("statements", str(statements))


def enter(client: Client, world: World, email: str, number: int) -> None:
    """Each from a network of their own, since one network may only try so often."""
    answer = client.post(
        f"/s/{world.store.slug}/login/",
        {"email": email, "password": PASSWORD},
        REMOTE_ADDR=f"10.{number}.0.1",
    )
    if answer.status_code != 302:
        raise RuntimeError(f"not let in: {answer.status_code}")
