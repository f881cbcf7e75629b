"""Registering: 1,000 people by one eStore link, 50 at once, at real web and worker processes; caps; and no telling times.

Everybody comes from an address of their own on loopback, since one network may only register so often: what is
limited by network is set as installations have it, but for the run that measures that limit.
"""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from django.utils import timezone

from bench.figures import Report, seconds
from bench.people import Person, reached
from bench.rows import World
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.accounts.models import Login, OneTimeLink, Realm
from tradedoor.accounts.passwords import hash_password
from tradedoor.accounts.tokens import token_of
from tradedoor.crm.models import Contact, Customer
from tradedoor.registration.actions.links import LinkLimits, limit_link, link_for
from tradedoor.registration.models import EstoreLink, Registration
from tradedoor.stores.models import Store

GROUP = "Registering by one link, 50 at once"
PEOPLE, AT_ONCE, EVERY_TWICE = 1000, 50, 10
HASHES = 60
FROM_ONE_NETWORK, CAP = 200, 60
BY_CAPPED_LINK, MOST_USES = 60, 25
EACH_KIND = 50
KINDS = ("unknown", "current", "deactivated", "held", "a contact elsewhere")
LONGEST_ANSWERING = 300.0


def measure(world: World, report: Report) -> None:
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        hashed = seconds(lambda: list(pool.map(hash_password, ["nine copper lanterns"] * HASHES)))
    report.add("bare hashes a second, all cores", f"{HASHES / hashed:.0f}")
    with running() as port:
        _thousand(world, report, port)
        _capped_link(world, report, port)
        _times(world, report, port)
    with running(TRADEDOOR_REGISTRATIONS_PER_HOUR=str(CAP)) as port:
        _capped_network(world, report, port)


def _thousand(world: World, report: Report, port: int) -> None:
    store, customer, link = _place(world, "Registering")
    people = [Person(port, number, link) for number in range(PEOPLE)]
    # Every tenth sends the form twice at once, as by a double click, and opens both mails.
    forms = [*people, *(person.again() for person in people[::EVERY_TWICE])]
    answers: list[int] = []
    typed = seconds(lambda: answers.extend(_at_once(person.fill_in for person in forms)))
    if wrong := Counter(answers) - Counter({302: len(forms)}):
        raise RuntimeError(f"forms were answered {dict(wrong)}")
    links = _mailed(store)
    tasks = [partial(person.confirm, token) for person in people for token in links[person.email]]
    came: list[int] = []
    confirmed = seconds(lambda: came.extend(_at_once(tasks)))
    errors = sum(status >= 500 for status in came)
    contacts = Contact.objects.filter(customer=customer).count()
    accesses = Access.objects.filter(store=store, state=State.CURRENT, customer=customer).count()
    uses = EstoreLink.objects.get(pk=link.pk).uses
    counted = (contacts, accesses, uses, len(counts_match()))
    report.add(
        f"forms a second ({len(forms)} by {PEOPLE} people, {AT_ONCE} at once)", f"{len(forms) / typed:.0f}"
    )
    report.add(
        f"people let in a second, with a first password ({AT_ONCE} at once)", f"{PEOPLE / confirmed:.0f}"
    )
    report.add("errors", str(errors), "0", holds=not errors)
    report.add(
        "contacts / accesses / uses of the link / counters that are wrong",
        " / ".join(str(number) for number in counted),
        f"{PEOPLE}, {PEOPLE}, {PEOPLE}, 0",
        holds=counted == (PEOPLE, PEOPLE, PEOPLE, 0),
    )
    waits = sum(person.waits for person in people)
    report.add("answers that asked to come back (503 with Retry-After), and were obeyed", str(waits))


def _capped_link(world: World, report: Report, port: int) -> None:
    """More confirm at once than the link lets in."""
    store, _customer, link = _place(world, "Capped")
    limit_link(link, LinkLimits(most_uses=MOST_USES), actor=world.actor)
    people = [Person(port, PEOPLE + number, link) for number in range(BY_CAPPED_LINK)]
    _at_once(person.fill_in for person in people)
    links = _mailed(store)
    statuses = Counter(_at_once(partial(person.confirm, links[person.email][0]) for person in people))
    found = (
        statuses[302],
        Access.objects.filter(store=store).count(),
        EstoreLink.objects.get(pk=link.pk).uses,
    )
    report.add(
        f"{BY_CAPPED_LINK} by a link that lets in {MOST_USES}: let in",
        str(found[0]),
        str(MOST_USES),
        holds=found == (MOST_USES,) * 3 and set(statuses) == {302, 410},
    )


def _capped_network(world: World, report: Report, port: int) -> None:
    """More from one network than it may register in an hour."""
    store, _customer, link = _place(world, "Network")
    first = Person(port, 5 * PEOPLE, link)
    first.fetch_form()
    everybody = [first.beside(number) for number in range(FROM_ONE_NETWORK)]
    statuses = Counter(_at_once(person.send_form for person in everybody))
    kept = Registration.objects.filter(store=store).count()
    report.add(
        f"{FROM_ONE_NETWORK} from one network, of which {CAP} an hour may: let through, told to wait",
        f"{statuses[302]}, {statuses[429]}",
        f"{CAP}, {FROM_ONE_NETWORK - CAP}",
        holds=(statuses[302], statuses[429], kept) == (CAP, FROM_ONE_NETWORK - CAP, CAP),
    )


def _times(world: World, report: Report, port: int) -> None:
    """What the form takes by what is known of the address, by turns, one after the other (ENU-02)."""
    store, customer, link = _place(world, "Telling")
    elsewhere = world.make_customers(1)
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    people = []
    for number in range(EACH_KIND):
        for place, kind in enumerate(KINDS):
            person = Person(port, 2 * PEOPLE + number * len(KINDS) + place, link)
            person.fetch_form()
            people.append((kind, person))
    for kind in KINDS[1:]:
        addresses = [person.email for of, person in people if of == kind]
        _make_known(world, store, elsewhere if kind == KINDS[-1] else [customer], addresses, kind)
    for start in range(0, len(people), len(KINDS)):
        # Each kind is first as often as any other, in turns so short that a busy machine weighs on all alike.
        turn = people[start : start + len(KINDS)]
        shift = start // len(KINDS) % len(KINDS)
        for kind, person in turn[shift:] + turn[:shift]:
            times[kind].append(seconds(person.send_form) * 1000)
    medians = {kind: statistics.median(taken) for kind, taken in times.items()}
    apart = max(
        abs(statistics.median(one - other for one, other in zip(times[kind], times[KINDS[0]], strict=True)))
        for kind in KINDS[1:]
    )
    most = max(5.0, 0.05 * medians[KINDS[0]])
    report.add("the form, p50 by address: " + ", ".join(KINDS), _each(medians))
    report.add(
        "the known ones from the unknown, p50 of each turn's difference, the most of them",
        f"{apart:.1f} ms",
        f"< {most:.0f} ms",
        holds=apart < most,
    )


def _make_known(
    world: World, store: Store, customers: Sequence[Customer], addresses: Sequence[str], kind: str
) -> None:
    contacts = world.make_contacts(customers, len(addresses))
    for contact, address in zip(contacts, addresses, strict=True):
        contact.email = contact.email_canonical = address
    Contact.objects.bulk_update(contacts, ["email", "email_canonical"])
    if kind == KINDS[-1]:
        return
    now = timezone.now()
    held = now if kind == "held" else None
    logins = [
        Login(
            realm=Realm.BUYER,
            email=address,
            email_canonical=address,
            password=world.password_hash,
            held_at=held,
        )
        for address in addresses
    ]
    Login.objects.bulk_create(logins)
    state = State.DEACTIVATED if kind == "deactivated" else State.CURRENT
    Access.objects.bulk_create(
        Access(
            store=store, customer=customers[0], contact=contact, login=login, state=state, tab=state, state_since=now
        )
        for contact, login in zip(contacts, logins, strict=True)
    )  # fmt: skip


def _place(world: World, name: str) -> tuple[Store, Customer, EstoreLink]:
    store, [customer] = world.new_store(world.actor, name), world.make_customers(1)
    return store, customer, link_for(store, customer, actor=world.actor)


def _mailed(store: Store) -> Mapping[str, list[str]]:
    """The tokens that the worker has mailed, by address, once all are."""
    last = time.monotonic() + LONGEST_ANSWERING
    while Registration.objects.filter(store=store, link_id=None).exists():
        if time.monotonic() > last:
            raise RuntimeError("the worker did not answer everybody")
        time.sleep(0.2)
    ids = [row.link_id for row in Registration.objects.filter(store=store) if row.link_id is not None]
    found: dict[str, list[str]] = {}
    for link in OneTimeLink.objects.filter(pk__in=ids):
        found.setdefault(link.address, []).append(token_of(link))
    return found


def _at_once(acts: Iterable[Callable[[], int]]) -> list[int]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda act: act(), acts))


def _each(medians: Mapping[str, float]) -> str:
    return ", ".join(f"{median:.1f}" for median in medians.values()) + " ms"


@contextmanager
def running(**more: str) -> Iterator[int]:
    """A web server with its defaults, as many processes as there are cores, and a worker; the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = {**os.environ, "TRADEDOOR_HOST": "127.0.0.1", "TRADEDOOR_PORT": str(port), **more}
    with ExitStack() as held:
        for name in ("web", "worker"):
            process = subprocess.Popen(
                [Path(sys.executable).with_name("tradedoor"), name],
                env=environment,
                stdout=subprocess.DEVNULL,
            )
            held.callback(process.wait, timeout=60)
            held.callback(process.terminate)
        reached(port)
        yield port
