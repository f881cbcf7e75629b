"""eStore links: one a customer and store, readable again, never kept in clear."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import make
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid, NotAllowed
from tradedoor.crm.models import Customer
from tradedoor.registration.actions.links import (
    LinkLimits,
    limit_link,
    link_for,
    links_for,
    new_link,
    set_registering,
    stop_registering,
)
from tradedoor.registration.codes import ALPHABET, code_of, estore_url
from tradedoor.registration.errors import NoLinkHere, NoSuchLink
from tradedoor.registration.events import Event
from tradedoor.registration.models import EstoreLink
from tradedoor.registration.policy import Shut, shut
from tradedoor.registration.queries import estore_links, link_by_code
from tradedoor.stores.models import Store


def told(event: Event) -> int:
    return AuditRow.objects.filter(event=event).count()


def test_the_link_is_made_once_and_reads_the_same_ever_after(
    harbour: Store, acme: Customer, sam: Actor
) -> None:
    first = link_for(harbour, acme, actor=sam)
    again = link_for(harbour, acme, actor=sam)

    assert again.pk == first.pk
    assert estore_url(again) == estore_url(first)
    assert told(Event.LINK_MADE) == 1
    assert link_by_code(code_of(first), store=harbour) == first


def test_the_code_holds_128_bits_and_more_and_stands_nowhere_in_the_database(
    harbour: Store, acme: Customer, sam: Actor
) -> None:
    code = code_of(link_for(harbour, acme, actor=sam))

    assert len(code) * 5 >= 128
    assert set(code) <= set(ALPHABET)
    stored = EstoreLink.objects.values_list().get()
    assert not any(code in str(value) for value in stored)
    assert not any(code in str(row) for row in AuditRow.objects.values_list())


def test_a_code_typed_from_paper_is_found_with_capitals_and_look_alikes(
    harbour: Store, acme: Customer, sam: Actor
) -> None:
    link = link_for(harbour, acme, actor=sam)
    typed = code_of(link).upper().replace("0", "O").replace("1", "l")

    assert link_by_code(typed, store=harbour) == link


@pytest.mark.parametrize("code", ["", "made-up", "0" * 26, "\0", "é" * 300])
def test_what_is_made_up_is_no_link(code: str, harbour: Store, acme: Customer, sam: Actor) -> None:
    link_for(harbour, acme, actor=sam)

    assert link_by_code(code, store=harbour) is None


def test_a_link_is_of_one_store_only(harbour: Store, meadow: Store, acme: Customer, sam: Actor) -> None:
    code = code_of(link_for(harbour, acme, actor=sam))

    assert link_by_code(code, store=meadow) is None


def test_many_links_take_as_many_statements_as_two(harbour: Store, sam: Actor) -> None:
    def statements(customers: list[Customer]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert len(links_for(customers, harbour, actor=sam)) == len(customers)
            [estore_url(link) for link in links_for(customers, harbour, actor=sam).values()]
        return len(seen)

    few = statements([make.customer(f"Few {number}") for number in range(2)])
    many = statements([make.customer(f"Many {number}") for number in range(30)])

    assert many == few
    assert EstoreLink.objects.count() == 32


def test_an_archived_customer_and_a_store_of_somebody_else_have_no_link(
    acme: Customer, borealis: Customer, harbour: Store, sam: Actor
) -> None:
    own = make.store("Own", kind=Store.Kind.DEDICATED, customer=borealis)
    gone = make.customer("Gone", archived_at=timezone.now())

    assert links_for([acme, borealis], own, actor=sam).keys() == {borealis.pk}
    with pytest.raises(NoLinkHere):
        link_for(own, acme, actor=sam)
    with pytest.raises(NoLinkHere):
        link_for(harbour, gone, actor=sam)
    with pytest.raises(NoLinkHere):
        new_link(harbour, gone, actor=sam)


def test_a_new_link_leaves_the_former_one_for_sign_in_only(
    harbour: Store, acme: Customer, sam: Actor
) -> None:
    former = link_for(harbour, acme, actor=sam)
    code = code_of(former)
    EstoreLink.objects.filter(pk=former.pk).update(uses=3, most_uses=3)

    made = new_link(harbour, acme, actor=sam)

    assert code_of(made) != code
    assert (made.uses, made.most_uses, shut(made)) == (0, 3, None)
    found = link_by_code(code, store=harbour)
    assert found is not None
    assert shut(found) is Shut.REPLACED
    assert link_for(harbour, acme, actor=sam) == made
    assert estore_links([acme], [harbour], actor=sam) == {(harbour.pk, acme.pk): made}
    assert told(Event.LINK_REPLACED) == 1


def test_a_first_new_link_is_just_the_link(harbour: Store, acme: Customer, sam: Actor) -> None:
    assert new_link(harbour, acme, actor=sam) == link_for(harbour, acme, actor=sam)
    assert told(Event.LINK_REPLACED) == 0


def test_switched_off_it_registers_nobody_until_it_is_switched_on(
    harbour: Store, acme: Customer, sam: Actor
) -> None:
    link = link_for(harbour, acme, actor=sam)

    set_registering(link, registers=False, actor=sam)
    set_registering(link, registers=False, actor=sam)
    assert shut(link_for(harbour, acme, actor=sam)) is Shut.OFF
    set_registering(link, registers=True, actor=sam)
    assert shut(link_for(harbour, acme, actor=sam)) is None
    assert (told(Event.LINK_SWITCHED_OFF), told(Event.LINK_SWITCHED_ON)) == (1, 1)


def test_a_former_link_is_never_switched_on_again(harbour: Store, acme: Customer, sam: Actor) -> None:
    former = link_for(harbour, acme, actor=sam)
    new_link(harbour, acme, actor=sam)

    with pytest.raises(NoSuchLink):
        set_registering(former, registers=True, actor=sam)
    with pytest.raises(NoSuchLink):
        limit_link(former, LinkLimits(), actor=sam)


def test_all_links_of_a_customer_stop_at_once(
    harbour: Store, meadow: Store, acme: Customer, borealis: Customer, sam: Actor
) -> None:
    for store in (harbour, meadow):
        links_for([acme, borealis], store, actor=sam)

    assert stop_registering(acme.pk, actor=sam) == 2
    assert stop_registering(acme.pk, actor=sam) == 0
    shuts = {
        link.customer_id: shut(link) for link in estore_links([acme, borealis], [harbour], actor=sam).values()
    }
    assert shuts == {acme.pk: Shut.OFF, borealis.pk: None}


def test_limits_of_a_link_are_kept_and_asked(harbour: Store, acme: Customer, sam: Actor) -> None:
    link = link_for(harbour, acme, actor=sam)
    yesterday = (timezone.now() - timedelta(days=1)).date()

    over = limit_link(link, LinkLimits(ends_on=yesterday), actor=sam)
    assert shut(over) is Shut.OVER
    capped = limit_link(link, LinkLimits(most_uses=1, domains=("acme.example",)), actor=sam)
    assert shut(capped) is None
    EstoreLink.objects.filter(pk=link.pk).update(uses=1)
    assert shut(link_for(harbour, acme, actor=sam)) is Shut.USED_UP
    with pytest.raises(Invalid) as refused:
        limit_link(link, LinkLimits(most_uses=0), actor=sam)
    assert (refused.value.code, refused.value.field) == ("fewer_than_used", "most_uses")


def test_a_day_counts_to_its_end_where_the_store_is(harbour: Store, acme: Customer, sam: Actor) -> None:
    link = link_for(harbour, acme, actor=sam)
    link.ends_on = date(2026, 5, 1)

    assert not link.is_over(date(2026, 5, 1))
    assert link.is_over(date(2026, 5, 2))


@pytest.mark.parametrize("status", ["inactive"])
def test_a_customer_who_is_inactive_has_a_link_that_registers_nobody(
    status: str, harbour: Store, acme: Customer, sam: Actor
) -> None:
    link = link_for(harbour, acme, actor=sam)
    link.customer.status = status

    assert shut(link) is Shut.CUSTOMER_GONE


def test_who_may_not_hand_links_out_gets_none(harbour: Store, acme: Customer, vic: Actor, sam: Actor) -> None:
    link = link_for(harbour, acme, actor=sam)

    for act in (
        lambda: link_for(harbour, acme, actor=vic),
        lambda: new_link(harbour, acme, actor=vic),
        lambda: set_registering(link, registers=False, actor=vic),
        lambda: stop_registering(acme.pk, actor=vic),
        lambda: limit_link(link, LinkLimits(), actor=vic),
        lambda: estore_links([acme], [harbour], actor=vic),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_whose_rights_cover_another_store_gets_none_here(
    harbour: Store, meadow: Store, acme: Customer
) -> None:
    elsewhere = make.actor(make.staff("Else Where", stores=(meadow,)))

    assert link_for(meadow, acme, actor=elsewhere).store == meadow
    with pytest.raises(NotAllowed):
        link_for(harbour, acme, actor=elsewhere)
