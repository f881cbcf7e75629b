"""What Mailchimp tells by itself, and the link to leave mailings."""

import pytest

from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.integrations.actions.hooks import hook_token, take_hook
from tradedoor.integrations.actions.leaving import leave_by_link, look_at_leaving, unsubscribe_token
from tradedoor.integrations.errors import LinkUnknown
from tradedoor.integrations.models import Audience, Delivery, Departure, Member
from tradedoor.integrations.queries import wanted_in
from tradedoor.stores.models import Store


def told(kind: str, email: str = "bea@acme.example", **more: str) -> dict[str, str]:
    return {
        "type": kind,
        "fired_at": "2026-03-26 21:40:57",
        "data[email]": email,
        "data[list_id]": "a1b2c3d4e5",
        **more,
    }


def test_an_unsubscribe_is_dated_and_twice_is_as_once(
    audience: Audience, bea: Contact, harbour: Store
) -> None:
    for _time in range(2):
        take_hook(harbour, hook_token(harbour), told("unsubscribe", "Bea@ACME.example"))

    bea.refresh_from_db()
    assert not bea.subscribed
    assert str(bea.consent_at) == "2026-03-26 21:40:57+00:00"
    assert Departure.objects.get().contact_id == bea.pk
    assert not wanted_in(harbour).exists()
    assert list(Delivery.objects.values_list("what", "done")) == [("hook", 1), ("hook", 0)]
    assert audience.pk


def test_whoever_subscribes_there_again_is_subscribed_here(
    audience: Audience, bea: Contact, harbour: Store
) -> None:
    take_hook(harbour, hook_token(harbour), told("unsubscribe"))
    take_hook(harbour, hook_token(harbour), told("subscribe"))

    bea.refresh_from_db()
    assert (bea.subscribed, bea.receive_mail_out) == (True, False)
    assert list(wanted_in(harbour)) == [bea]
    assert not Departure.objects.exists()
    assert audience.pk


def test_a_subscribe_that_is_told_late_brings_nobody_back_who_left_since(
    audience: Audience, bea: Contact, harbour: Store
) -> None:
    take_hook(harbour, hook_token(harbour), told("unsubscribe", fired_at="2026-03-26 21:40:57"))
    take_hook(harbour, hook_token(harbour), told("subscribe", fired_at="2026-03-26 21:40:56"))

    bea.refresh_from_db()
    assert not bea.subscribed
    assert not wanted_in(harbour).exists()
    assert audience.pk


def test_a_subscribe_told_again_after_leaving_by_a_link_brings_nobody_back(
    audience: Audience, bea: Contact, harbour: Store
) -> None:
    leave_by_link(unsubscribe_token(harbour, bea), store=harbour, actor=Actor.nobody())
    take_hook(harbour, hook_token(harbour), told("subscribe"))

    bea.refresh_from_db()
    assert not bea.subscribed
    assert not wanted_in(harbour).exists()
    assert audience.pk


def test_an_unsubscribe_that_is_told_late_takes_nobody_out_who_came_back_since(
    audience: Audience, bea: Contact, harbour: Store
) -> None:
    take_hook(harbour, hook_token(harbour), told("unsubscribe"))
    take_hook(harbour, hook_token(harbour), told("subscribe", fired_at="2026-03-27 08:00:00"))
    take_hook(harbour, hook_token(harbour), told("unsubscribe"))

    bea.refresh_from_db()
    assert bea.subscribed
    assert list(wanted_in(harbour)) == [bea]
    assert audience.pk


@pytest.mark.parametrize(
    "call",
    [
        told("unsubscribe", **{"data[list_id]": "another"}),
        told("unsubscribe", "nobody"),
        told("unsubscribe", "x\0@acme.example"),
        told("upemail"),
        told("cleaned"),
        {"type": "unsubscribe"},
        {},
    ],
)
def test_a_call_that_means_nothing_changes_nothing(
    call: dict[str, str], audience: Audience, bea: Contact, harbour: Store
) -> None:
    take_hook(harbour, hook_token(harbour), call)

    assert list(wanted_in(harbour)) == [bea]
    assert not Member.objects.exists()
    assert audience.pk


def test_a_call_without_the_secret_is_nobodys(audience: Audience, harbour: Store, meadow: Store) -> None:
    for token in ("", "0" * 64, hook_token(meadow), "é"):
        with pytest.raises(LinkUnknown):
            take_hook(harbour, token, told("unsubscribe"))
    assert audience.pk


def test_a_call_from_the_future_is_dated_now(audience: Audience, bea: Contact, harbour: Store) -> None:
    take_hook(harbour, hook_token(harbour), told("unsubscribe", fired_at="2999-01-01 00:00:00"))
    bea.refresh_from_db()
    assert bea.consent_at is not None
    assert bea.consent_at.year < 2999
    assert audience.pk


def test_the_link_shows_and_only_its_press_leaves(bea: Contact, harbour: Store) -> None:
    token = unsubscribe_token(harbour, bea)
    assert not look_at_leaving(token, store=harbour).has_left
    leave_by_link(token, store=harbour, actor=Actor.nobody())
    assert look_at_leaving(token, store=harbour).has_left
    bea.refresh_from_db()
    assert (bea.subscribed, bea.receive_mail_out, bea.consent_source) == (False, False, "unsubscribe link")


def test_a_link_that_was_altered_or_is_another_stores_is_refused(
    bea: Contact, harbour: Store, meadow: Store
) -> None:
    token = unsubscribe_token(harbour, bea)
    for wrong, store in ((token[:-1], harbour), (token, meadow), ("", harbour), ("a:b:c", harbour)):
        with pytest.raises(LinkUnknown):
            leave_by_link(wrong, store=store, actor=Actor.nobody())
    assert list(wanted_in(harbour)) == [bea]


def test_a_link_of_before_a_merge_leaves_for_whom_they_are_now(
    bea: Contact, nils_contact: Contact, harbour: Store
) -> None:
    token = unsubscribe_token(harbour, nils_contact)
    Contact.objects.filter(pk=nils_contact.pk).update(merged_into=bea)

    assert look_at_leaving(token, store=harbour).address == "b***@acme.example"
    leave_by_link(token, store=harbour, actor=Actor.nobody())

    bea.refresh_from_db()
    assert not bea.subscribed
    assert look_at_leaving(token, store=harbour).has_left
