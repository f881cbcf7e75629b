"""Several at the same moment, by eStore links."""

from collections import Counter

import pytest

from tests import make
from tests.access.test_races import at_once
from tests.registration.people import CHOSEN, NOBODY, form, link_of, typed
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.accounts.models import Login, Session
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.registration.actions.answering import answer
from tradedoor.registration.actions.applying import register
from tradedoor.registration.actions.confirming import confirm_with_new_password
from tradedoor.registration.actions.deciding import approve, decline
from tradedoor.registration.actions.links import LinkLimits, limit_link, link_for, new_link
from tradedoor.registration.jobs import ACTOR
from tradedoor.registration.models import EstoreLink, Registration
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_who_ask_for_the_first_link_are_given_one(harbour: Store, acme: Customer, sam: Actor) -> None:
    given: Counter[int] = Counter()

    def ask() -> None:
        given[link_for(harbour, acme, actor=sam).pk] += 1

    assert at_once(*[ask] * 8) == {"done": 8}
    assert len(given) == EstoreLink.objects.count() == 1


def test_many_who_press_new_link_leave_one_living(harbour: Store, acme: Customer, sam: Actor) -> None:
    link_for(harbour, acme, actor=sam)

    assert at_once(*[lambda: new_link(harbour, acme, actor=sam)] * 6) == {"done": 6}
    assert EstoreLink.objects.living().count() == 1
    assert EstoreLink.objects.count() == 7


def test_of_twelve_who_confirm_one_link_one_gets_in(harbour: Store, acme: Customer, sam: Actor) -> None:
    link = link_of(typed(harbour, link_for(harbour, acme, actor=sam)))

    def confirm() -> None:
        confirm_with_new_password(link.pk, CHOSEN, store=harbour, actor=NOBODY)

    ended = at_once(*[confirm] * 12)

    assert ended["done"] == 1
    assert set(ended) <= {"done", "link_used", "has_password", "busy"}
    assert (Contact.objects.count(), Access.objects.count(), Session.objects.count()) == (1, 1, 1)
    assert not counts_match()


def test_the_same_person_confirming_two_forms_at_once_is_one_contact(
    harbour: Store, acme: Customer, sam: Actor
) -> None:
    link = link_for(harbour, acme, actor=sam)
    links = [link_of(typed(harbour, link)).pk for _form in range(3)]

    ended = at_once(*[
        lambda key=key: confirm_with_new_password(key, CHOSEN, store=harbour, actor=NOBODY)
        for key in links
    ])  # fmt: skip

    assert ended["done"] == 1
    assert set(ended) <= {"done", "link_used", "link_unknown", "has_password", "busy"}
    assert (Contact.objects.count(), Login.objects.buyers().count()) == (1, 1)


def test_fifty_who_register_at_once_by_a_link_for_twenty(harbour: Store, acme: Customer, sam: Actor) -> None:
    link = limit_link(link_for(harbour, acme, actor=sam), LinkLimits(most_uses=20), actor=sam)

    def come(number: int) -> None:
        # From five networks, ten an hour each; every address twice.
        actor = Actor.nobody(ip=f"198.51.100.{number % 5}")
        register(harbour, link, form(f"n{number // 2}@acme.example"), actor=actor)

    began = Counter[str]()
    for start in range(0, 50, 10):
        began += at_once(*[lambda n=n: come(n) for n in range(start, start + 10)])
    assert began == {"done": 50}
    registrations = [typed_already(row) for row in Registration.objects.order_by("pk")]

    def confirm(key: int) -> None:
        confirm_with_new_password(key, CHOSEN, store=harbour, actor=NOBODY)

    ended = Counter[str]()
    for start in range(0, 50, 10):
        some = registrations[start : start + 10]
        ended += at_once(*[lambda key=key: confirm(key) for key in some])

    # Whoever found the machine busy comes again.
    while ended.pop("busy", 0) and EstoreLink.objects.get(pk=link.pk).uses < 20:
        ended += at_once(*[lambda key=key: confirm(key) for key in registrations])
    link.refresh_from_db()
    assert link.uses == Access.objects.filter(state=State.CURRENT).count() == 20
    emails = list(Contact.objects.values_list("email_canonical", flat=True))
    assert len(emails) == len(set(emails)) == 20
    assert ended["done"] == 20
    assert set(ended) <= {"done", "link_used", "link_unknown", "has_password", "registration_shut"}
    assert not counts_match()


def test_approving_and_declining_at_once_end_one_way(harbour: Store, acme: Customer, sam: Actor) -> None:
    for number in range(4):
        contact = make.contact(acme, f"n{number}@acme.example")
        access = make.access(contact, harbour, state=State.REQUESTED)
        Registration.objects.create(
            store=harbour, access=access, contact=contact, customer=acme, email=contact.email,
            email_canonical=contact.email, created_at=access.created_at, expires_at=access.created_at,
            confirmed_at=access.created_at,
        )  # fmt: skip
        ended = at_once(
            lambda pk=access.pk: approve([pk], actor=sam),  # type: ignore[misc]  # bound to this round
            lambda pk=access.pk: decline([pk], reason="", actor=sam),  # type: ignore[misc]  # the same
        )
        assert ended == {"done": 2}
        access.refresh_from_db()
        mail = MailMessage.objects.get(access_id=access.pk)
        assert (access.state, mail.template) in {
            (State.CURRENT, "registration.welcome"),
            (State.DECLINED, "registration.declined"),
        }
    assert not counts_match()


def typed_already(registration: Registration) -> int:
    """The key of the link in the mail of a registration that was typed, by what the worker does."""
    answer(registration.pk, mail=1, actor=ACTOR)
    return link_of(registration).pk
