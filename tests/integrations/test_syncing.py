"""The audience at Mailchimp follows the CRM, against a server that behaves as their documents say."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests import make
from tests.integrations.people import edit, subscribe
from tests.mailchimp import FakeMailchimp
from tradedoor.access.models import State
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.contact_sets import archive_contacts
from tradedoor.crm.models import Contact, Customer
from tradedoor.integrations.actions.audiences import sync_now
from tradedoor.integrations.actions.leaving import leave_by_link, unsubscribe_token
from tradedoor.integrations.actions.syncing import sync_audience
from tradedoor.integrations.mailchimp import Gone, Mailchimp
from tradedoor.integrations.models import Audience, Delivery, Departure, Member
from tradedoor.stores.models import Store


def test_the_subscribed_are_put_in_and_those_for_mail_outs_tagged(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, nils: Contact
) -> None:
    assert sync_audience(audience.pk)

    assert mailchimp.subscribed() == {bea.email, nils.email}
    assert mailchimp.tagged() == {bea.email}
    person = next(one for one in mailchimp.people.values() if one.email == bea.email)
    assert person.names == {"FNAME": "Bea", "LNAME": "Buyer"}
    audience.refresh_from_db()
    assert (audience.problem, audience.held_until) == ("", None)
    assert audience.synced_at is not None


def test_nobody_else_is_put_in(
    mailchimp: FakeMailchimp, audience: Audience, acme: Customer, harbour: Store, meadow: Store
) -> None:
    unsubscribed = make.contact(acme, "un@acme.example")
    make.access(unsubscribed, harbour)
    elsewhere = subscribe(make.contact(acme, "else@acme.example"))
    make.access(elsewhere, meadow)
    off = subscribe(make.contact(acme, "off@acme.example"))
    make.access(off, harbour, state=State.DEACTIVATED)
    nowhere = subscribe(make.contact(acme, "nowhere@acme.example"))
    assert nowhere.pk

    sync_audience(audience.pk)

    assert mailchimp.people == {}


def test_a_second_run_has_nothing_to_say(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, nils: Contact
) -> None:
    assert bea.pk
    assert nils.pk
    sync_audience(audience.pk)
    told, rows = len(mailchimp.calls), Delivery.objects.count()

    sync_audience(audience.pk)

    assert [method for method, _path in mailchimp.calls[told:]] == ["GET", "GET"]  # who left, and who bounced
    assert Delivery.objects.count() == rows


def test_a_name_an_email_and_the_tag_follow(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, nils: Contact, sam: Actor
) -> None:
    sync_audience(audience.pk)
    edit(bea, actor=sam, first_name="Beate", receive_mail_out=False)
    edit(nils, actor=sam, email="nils.nord@borealis.example", receive_mail_out=True)

    sync_audience(audience.pk)

    assert mailchimp.subscribed() == {bea.email, "nils.nord@borealis.example"}
    assert mailchimp.status_of(nils.email) is None  # moved, not left behind
    assert mailchimp.tagged() == {"nils.nord@borealis.example"}
    person = next(one for one in mailchimp.people.values() if one.email == bea.email)
    assert person.names["FNAME"] == "Beate"


def test_an_address_that_is_there_already_takes_over(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, sam: Actor
) -> None:
    sync_audience(audience.pk)
    mailchimp.put("beate@acme.example")
    edit(bea, actor=sam, email="beate@acme.example")

    sync_audience(audience.pk)

    assert mailchimp.subscribed() == {"beate@acme.example"}
    assert mailchimp.status_of("bea@acme.example") == "archived"
    assert mailchimp.tagged() == {"beate@acme.example"}


@pytest.mark.parametrize("how", ["unticked", "archived", "access ended"])
def test_whoever_is_subscribed_no_more_is_taken_out_and_may_come_back(
    how: str, mailchimp: FakeMailchimp, audience: Audience, bea: Contact, sam: Actor, harbour: Store
) -> None:
    sync_audience(audience.pk)
    if how == "unticked":
        edit(bea, actor=sam, subscribed=False)
    elif how == "archived":
        archive_contacts([bea], actor=sam)
    else:
        bea.accesses.all().delete()

    sync_audience(audience.pk)
    assert mailchimp.status_of(bea.email) == "archived"
    assert not Member.objects.exists()

    if how == "unticked":
        edit(bea, actor=sam, subscribed=True)
        sync_audience(audience.pk)
        assert mailchimp.subscribed() == {bea.email}
    assert harbour.pk


def test_two_contacts_with_one_address_are_one_member_until_the_last_goes(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, borealis: Customer, harbour: Store, sam: Actor
) -> None:
    twin = subscribe(make.contact(borealis, "bea@acme.example", first_name="Bea"))
    make.access(twin, harbour)
    sync_audience(audience.pk)
    edit(twin, actor=sam, subscribed=False)
    sync_audience(audience.pk)
    assert mailchimp.subscribed() == {bea.email}
    assert mailchimp.tagged() == {bea.email}

    edit(bea, actor=sam, subscribed=False)
    sync_audience(audience.pk)
    assert mailchimp.subscribed() == set()


def test_who_left_there_is_dated_in_the_crm_and_never_put_in_again(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, sam: Actor
) -> None:
    sync_audience(audience.pk)
    left = mailchimp.people[next(iter(mailchimp.people))]
    left.status, left.changed = "unsubscribed", "2030-03-01T09:30:00+00:00"

    sync_audience(audience.pk)

    bea.refresh_from_db()
    assert (bea.subscribed, bea.receive_mail_out) == (False, False)
    assert bea.consent_at is not None
    assert bea.consent_at.isoformat() == "2030-03-01T09:30:00+00:00"
    assert bea.consent_source == "mailchimp"
    row = AuditRow.objects.get(event="contact.left_mailings")
    assert (row.contact_id, row.data) == (bea.pk, {"source": "mailchimp"})

    # Ticked again by staff, and even under another address, they stay away.
    edit(bea, actor=sam, subscribed=True, receive_mail_out=True)
    sync_audience(audience.pk)
    edit(bea, actor=sam, email="bea.buyer@acme.example")
    sync_audience(audience.pk)
    assert mailchimp.subscribed() == set()
    assert mailchimp.status_of("bea.buyer@acme.example") is None


def test_who_had_left_before_the_store_was_connected_is_not_put_in(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, nils: Contact
) -> None:
    for number in range(1001):
        mailchimp.put(
            f"former{number}@else.example", "unsubscribed", changed=f"2026-01-05T10:{number:05}+00:00"
        )
    mailchimp.put(bea.email, "unsubscribed", changed="2027-01-01T00:00:00+00:00")

    sync_audience(audience.pk)

    assert mailchimp.subscribed() == {nils.email}
    assert Departure.objects.count() == 1002
    bea.refresh_from_db()
    assert not bea.subscribed


def test_one_who_leaves_in_the_moment_of_the_call_stays_away(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, nils: Contact
) -> None:
    def leave(method: str, path: str) -> None:
        if method == "POST" and path.endswith("/lists/a1b2c3d4e5"):
            mailchimp.put(bea.email, "unsubscribed", changed=timezone.now().isoformat())

    mailchimp.before = leave
    sync_audience(audience.pk)
    mailchimp.before = None

    assert mailchimp.subscribed() == {nils.email}
    member = Member.objects.get(contact=bea)
    assert (member.status, "compliance" in member.problem) == (Member.Status.REFUSED, True)
    sync_audience(audience.pk)
    bea.refresh_from_db()
    assert not bea.subscribed


def test_a_link_of_ours_tells_mailchimp_too(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, harbour: Store, meadow: Store
) -> None:
    sync_audience(audience.pk)
    leave_by_link(unsubscribe_token(harbour, bea), store=harbour, actor=Actor.nobody())
    leave_by_link(unsubscribe_token(harbour, bea), store=harbour, actor=Actor.nobody())

    sync_audience(audience.pk)

    assert mailchimp.status_of(bea.email) == "unsubscribed"
    assert Departure.objects.count() == 1
    assert meadow.pk


def test_mail_that_came_back_is_tried_again_with_another_address(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, sam: Actor
) -> None:
    sync_audience(audience.pk)
    someone = mailchimp.people[next(iter(mailchimp.people))]
    someone.status, someone.changed = "cleaned", timezone.now().isoformat()
    sync_audience(audience.pk)
    assert Member.objects.get().status == Member.Status.CLEANED
    bea.refresh_from_db()
    assert bea.subscribed

    edit(bea, actor=sam, email="bea.new@acme.example")
    sync_audience(audience.pk)
    assert mailchimp.subscribed() == {"bea.new@acme.example"}


def test_a_refused_address_is_named_and_does_not_keep_the_others_out(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, nils: Contact, harbour: Store, ada: Actor
) -> None:
    mailchimp.refused[bea.email] = (
        "bea@acme.example looks fake or invalid, please enter a real email address."
    )
    sync_audience(audience.pk)

    assert mailchimp.subscribed() == {nils.email}
    assert "looks fake" in Member.objects.get(contact=bea).problem
    delivery = Delivery.objects.get(what=Delivery.What.SUBSCRIBE)
    assert (delivery.done, delivery.failed) == (1, 1)

    sync_audience(audience.pk)  # asks nothing again by itself
    assert Delivery.objects.filter(what=Delivery.What.SUBSCRIBE).count() == 1
    mailchimp.refused.clear()
    sync_now(harbour, actor=ada)
    sync_audience(audience.pk)
    assert mailchimp.subscribed() == {bea.email, nils.email}


def test_no_call_holds_more_than_500(
    mailchimp: FakeMailchimp, audience: Audience, acme: Customer, harbour: Store
) -> None:
    for number in range(501):
        make.access(subscribe(make.contact(acme, f"p{number}@acme.example"), mail_out=True), harbour)

    sync_audience(audience.pk)

    assert mailchimp.sizes == [500, 1]
    assert len(mailchimp.tagged()) == 501


@pytest.mark.parametrize(("status", "headers", "wait"), [(429, {"Retry-After": "120"}, 120), (503, {}, 60)])
def test_trouble_ends_the_run_and_the_next_goes_on_from_there(
    status: int,
    headers: dict[str, str],
    wait: int,
    mailchimp: FakeMailchimp,
    audience: Audience,
    acme: Customer,
    harbour: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tradedoor.integrations.actions.syncing.MOST_AT_ONCE", 2)
    for number in range(3):
        make.access(subscribe(make.contact(acme, f"p{number}@acme.example")), harbour)
    # Both questions who left, and the first two people, go through.
    mailchimp.troubles.extend([(0, {})] * 3 + [(status, headers)])

    sync_audience(audience.pk)

    assert len(mailchimp.subscribed()) == 2
    audience.refresh_from_db()
    assert audience.problem
    assert audience.retry_at is not None
    assert abs((audience.retry_at - timezone.now()).total_seconds() - wait) < 30
    assert not sync_audience(audience.pk)  # not before its time
    with time_machine.travel(timezone.now() + timedelta(seconds=wait + 60), tick=False):
        assert sync_audience(audience.pk)
    assert len(mailchimp.subscribed()) == 3
    audience.refresh_from_db()
    assert audience.problem == ""


def test_nobody_answers(mailchimp: FakeMailchimp, audience: Audience, bea: Contact) -> None:
    mailchimp.close()

    assert sync_audience(audience.pk)

    audience.refresh_from_db()
    assert audience.problem == "Mailchimp does not answer."
    assert bea.pk


def test_a_wrong_key_says_what_mailchimp_says(
    mailchimp: FakeMailchimp, audience: Audience, settings: Any
) -> None:
    assert mailchimp.url
    settings.TRADEDOOR_MAILCHIMP_KEY = "wrong-us6"

    sync_audience(audience.pk)

    audience.refresh_from_db()
    assert audience.problem.startswith("API Key Invalid: Your API key may be invalid")


def test_a_redirect_is_not_followed_sec_05(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact
) -> None:
    other = FakeMailchimp()
    try:
        mailchimp.troubles.append((302, {"Location": other.url + "/lists/a1b2c3d4e5"}))
        sync_audience(audience.pk)
        assert other.calls == []
    finally:
        other.close()
    audience.refresh_from_db()
    assert audience.problem
    assert bea.pk


def test_of_two_at_once_one_steps_back(mailchimp: FakeMailchimp, audience: Audience, bea: Contact) -> None:
    answers: list[bool] = []
    mailchimp.before = lambda _method, _path: setattr(mailchimp, "before", None)
    Audience.objects.filter(pk=audience.pk).update(
        held_until=timezone.now() + timedelta(minutes=1), held_by="another"
    )
    answers.append(sync_audience(audience.pk))
    # One who died lets go in time.
    Audience.objects.filter(pk=audience.pk).update(held_until=timezone.now() - timedelta(seconds=1))
    answers.append(sync_audience(audience.pk))

    assert answers == [False, True]
    assert mailchimp.subscribed() == {bea.email}


def test_one_who_lost_its_hold_makes_no_further_call(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Mailchimp.gone

    def taken_over_meanwhile(*given: Any, **named: Any) -> list[Gone]:
        Audience.objects.filter(pk=audience.pk).update(held_by="another")
        return ask(*given, **named)

    monkeypatch.setattr(Mailchimp, "gone", taken_over_meanwhile)
    assert not sync_audience(audience.pk)

    assert len(mailchimp.calls) == 2  # connecting asked for the name; then the one call under way
    assert mailchimp.subscribed() == set()
    assert bea.pk
