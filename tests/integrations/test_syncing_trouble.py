"""What goes wrong at Mailchimp in the middle of a run: it keeps nobody else waiting, and nothing is forgotten."""

from collections import deque
from typing import Any

import pytest

from tests import make
from tests.integrations.people import edit, subscribe
from tests.mailchimp import FakeMailchimp
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.integrations.actions.leaving import leave_by_link, unsubscribe_token
from tradedoor.integrations.actions.syncing import sync_audience
from tradedoor.integrations.models import Audience, Departure, Member
from tradedoor.stores.models import Store


def trouble_at(mailchimp: FakeMailchimp, method: str, status: int) -> None:
    """Have every call of this method answered so."""
    mailchimp.before = lambda called, _path: setattr(
        mailchimp, "troubles", deque([(status, {})] if called == method else [])
    )


def test_a_key_that_is_revoked_half_way_forgets_no_change_of_a_name(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, nils: Contact, sam: Actor
) -> None:
    sync_audience(audience.pk)
    edit(bea, actor=sam, first_name="Beate")
    edit(nils, actor=sam, first_name="Nikolas")
    trouble_at(mailchimp, "PUT", 401)
    sync_audience(audience.pk)
    assert [call for call in mailchimp.calls if call[0] == "PUT"][1:] == []  # one was enough

    mailchimp.before = None
    Audience.objects.update(retry_at=None)
    sync_audience(audience.pk)

    assert {one.names["FNAME"] for one in mailchimp.people.values()} == {"Beate", "Nikolas"}


def test_a_key_that_is_revoked_half_way_forgets_no_change_of_an_address(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, sam: Actor
) -> None:
    sync_audience(audience.pk)
    edit(bea, actor=sam, email="beate@acme.example")
    trouble_at(mailchimp, "PATCH", 403)

    sync_audience(audience.pk)

    assert mailchimp.status_of("bea@acme.example") == "subscribed"
    assert Member.objects.get().email == "bea@acme.example"


@pytest.mark.parametrize("how", ["left by a link", "subscribed no more"])
def test_one_whom_mailchimp_will_not_let_go_keeps_nobody_else_out(
    how: str,
    mailchimp: FakeMailchimp,
    audience: Audience,
    bea: Contact,
    nils: Contact,
    harbour: Store,
    sam: Actor,
) -> None:
    subscribe(nils, mail_out=True)
    Contact.objects.filter(pk=nils.pk).update(subscribed=False)
    sync_audience(audience.pk)
    edit(nils, actor=sam, subscribed=True)
    if how == "left by a link":
        leave_by_link(unsubscribe_token(harbour, bea), store=harbour, actor=Actor.nobody())
        trouble_at(mailchimp, "PATCH", 400)
    else:
        edit(bea, actor=sam, subscribed=False)
        trouble_at(mailchimp, "DELETE", 400)

    sync_audience(audience.pk)

    assert nils.email in mailchimp.subscribed()
    audience.refresh_from_db()
    assert (audience.problem, audience.retry_at) == ("", None)
    assert Member.objects.get(contact=bea).problem.startswith("Trouble: asked for")


def test_one_who_spoils_a_whole_call_is_found_and_named(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, acme: Customer, harbour: Store
) -> None:
    for number in range(4):
        make.access(subscribe(make.contact(acme, f"p{number}@acme.example")), harbour)
    mailchimp.spoiling = "p2@acme.example"

    sync_audience(audience.pk)

    assert mailchimp.subscribed() == {bea.email, *(f"p{number}@acme.example" for number in (0, 1, 3))}
    refused = Member.objects.get(email="p2@acme.example")
    assert (refused.status, refused.problem[:16]) == (Member.Status.REFUSED, "Invalid Resource")


def test_a_tag_that_was_deleted_there_is_made_again(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, nils: Contact, sam: Actor
) -> None:
    sync_audience(audience.pk)
    mailchimp.delete_tags()
    edit(nils, actor=sam, receive_mail_out=True)

    sync_audience(audience.pk)

    assert mailchimp.tagged() == {bea.email, nils.email}


@pytest.mark.parametrize(
    "content",
    [b"<html>Please sign in to the network</html>", b"[]", b'{"members": 7}', b'{"members": [null]}'],
)
def test_an_answer_that_cannot_be_read_ends_the_run_and_is_said(
    content: bytes, mailchimp: FakeMailchimp, audience: Audience, bea: Contact
) -> None:
    mailchimp.gibberish = content

    assert sync_audience(audience.pk)

    audience.refresh_from_db()
    assert audience.problem == "Mailchimp’s answer cannot be read."
    assert (audience.held_until, audience.retry_at is None) == (None, False)
    assert mailchimp.subscribed() == set()
    assert bea.pk


def test_nobody_who_left_is_missed_while_others_change(
    mailchimp: FakeMailchimp, audience: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("integrations.mailchimp", "integrations.actions.syncing"):
        monkeypatch.setattr(f"tradedoor.{module}.PAGE", 2)
    for number in range(5):
        mailchimp.put(
            f"p{number}@acme.example", "unsubscribed", changed=f"2026-01-0{number + 1}T10:00:00+00:00"
        )
    asked: list[Any] = []

    def the_first_changes(_method: str, path: str) -> None:
        asked.append(path)
        if len(asked) == 2:  # between the first page and the second
            mailchimp.put("p0@acme.example", "unsubscribed", changed="2026-02-01T10:00:00+00:00")

    mailchimp.before = the_first_changes
    sync_audience(audience.pk)

    assert Departure.objects.count() == 5
