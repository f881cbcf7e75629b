"""Connecting a store to an audience, and who may."""

from typing import Any

import pytest

from tests.mailchimp import LIST_ID, FakeMailchimp
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid, NotAllowed
from tradedoor.integrations.actions.audiences import connect_audience, disconnect_audience, sync_now
from tradedoor.integrations.errors import AudienceRefused, NoAudience, NoKey
from tradedoor.integrations.models import Audience
from tradedoor.integrations.queries import Kind, mailing_list, standing_of
from tradedoor.jobs.models import Job
from tradedoor.stores.models import Store


def test_an_audience_is_asked_for_before_it_is_connected(
    mailchimp: FakeMailchimp, harbour: Store, ada: Actor
) -> None:
    audience = connect_audience(harbour, f" {LIST_ID} ", tag=" Mail  out ", actor=ada)

    assert (audience.list_name, audience.tag) == ("Harbour customers", "Mail out")
    assert mailchimp.calls == [("GET", f"/lists/{LIST_ID}")]
    assert Job.objects.get(name="integrations.sync").args == {"audience_id": audience.pk}
    assert AuditRow.objects.get(event="mailouts.audience_set").data == {
        "audience": LIST_ID,
        "tag": "Mail out",
    }


def test_one_that_is_not_there_is_refused_with_what_mailchimp_says(
    mailchimp: FakeMailchimp, harbour: Store, ada: Actor
) -> None:
    with pytest.raises(AudienceRefused, match="Resource Not Found"):
        connect_audience(harbour, "unknown", tag="Mail out", actor=ada)
    assert not Audience.objects.exists()
    assert mailchimp.calls


@pytest.mark.parametrize(
    ("list_id", "tag", "code"),
    [("", "x", "bad_audience"), ("../ping", "x", "bad_audience"), ("a b", "x", "bad_audience"),
     (LIST_ID, " ", "bad_tag"), (LIST_ID, "x" * 101, "bad_tag")],
)  # fmt: skip
def test_what_cannot_be_one_is_not_even_asked_for(
    list_id: str, tag: str, code: str, mailchimp: FakeMailchimp, harbour: Store, ada: Actor
) -> None:
    with pytest.raises(Invalid) as refusal:
        connect_audience(harbour, list_id, tag=tag, actor=ada)
    assert refusal.value.code == code
    assert mailchimp.calls == []


def test_without_a_key_there_is_nothing_to_connect_to(settings: Any, harbour: Store, ada: Actor) -> None:
    settings.TRADEDOOR_MAILCHIMP_KEY = ""
    with pytest.raises(NoKey):
        connect_audience(harbour, LIST_ID, tag="x", actor=ada)


def test_who_may_not_edit_the_store_may_do_nothing(
    audience: Audience, harbour: Store, sam: Actor, vic: Actor
) -> None:
    for actor in (sam, vic):
        with pytest.raises(NotAllowed):
            connect_audience(harbour, LIST_ID, tag="x", actor=actor)
        with pytest.raises(NotAllowed):
            disconnect_audience(harbour, actor=actor)
        with pytest.raises(NotAllowed):
            sync_now(harbour, actor=actor)
    with pytest.raises(NotAllowed):
        mailing_list(harbour, Kind.SUBSCRIBED, actor=Actor.nobody())
    assert standing_of(harbour, actor=vic) is not None
    assert audience.pk


def test_disconnecting_forgets_the_audience_and_twice_is_refused(
    audience: Audience, harbour: Store, ada: Actor
) -> None:
    disconnect_audience(harbour, actor=ada)
    assert not Audience.objects.filter(pk=audience.pk).exists()
    with pytest.raises(NoAudience):
        disconnect_audience(harbour, actor=ada)
