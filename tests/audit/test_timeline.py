"""What is shown of history, and to whom."""

from collections.abc import Collection, Iterator, Mapping

import pytest
from django.utils.translation import gettext_lazy as _

from tradedoor.audit import registry
from tradedoor.audit.models import AuditDetail
from tradedoor.audit.queries import timeline
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor, ActorKind
from tradedoor.core.errors import NotAllowed, NotFound
from tradedoor.core.permissions import Permission

pytestmark = pytest.mark.django_db

RIGHTS = frozenset({Permission.AUDIT_READ.value})
ADA = Actor(ActorKind.STAFF, login_id=1, permissions=RIGHTS, ip="192.0.2.1")
SAM = Actor(ActorKind.STAFF, login_id=2, permissions=RIGHTS, stores=frozenset({10}))
BEA = Actor(ActorKind.BUYER, login_id=3)
JOB = Actor.job("tidy", permissions=frozenset())


@pytest.fixture(autouse=True)
def _sentences() -> Iterator[None]:
    known, resolvers = dict(registry._sentences), list(registry._resolvers)
    registry.register({"t.changed": _("%(actor)s changed %(field)s from %(email_old)s to %(email_new)s")})
    registry.set_name_resolver(_names)
    yield
    registry._sentences.clear()
    registry._sentences.update(known)
    registry._resolvers[:] = resolvers


def _names(login_ids: Collection[int]) -> Mapping[int, str]:
    return {number: f"Login {number}" for number in login_ids}


def test_the_newest_stands_first_with_sentence_and_name() -> None:
    record("t.first", actor=JOB, contact_id=5)
    record(
        "t.changed",
        actor=ADA,
        contact_id=5,
        data={"field": "email"},
        personal={"email": {"old": "a@a.example", "new": "b@a.example"}},
    )
    record("t.other", actor=ADA, contact_id=6)

    changed, first = timeline(ADA, contact_id=5)
    assert changed.sentence == "Login 1 changed email from a@a.example to b@a.example"
    assert (changed.actor_name, changed.ip) == ("Login 1", "192.0.2.1")
    assert (first.sentence, first.actor_name, first.actor_id) == ("t.first", "tidy", None)


def test_an_erased_detail_leaves_a_readable_line() -> None:
    record("t.changed", actor=ADA, contact_id=5, data={"field": "email"}, personal={"email": "x"})
    AuditDetail.objects.all().delete()
    (entry,) = timeline(ADA, contact_id=5)
    assert entry.is_erased
    assert entry.sentence == "Login 1 changed email from (not kept) to (not kept)"


def test_whoever_is_limited_to_a_store_sees_no_other() -> None:
    here = record("t.here", actor=ADA, customer_id=1, store_id=10)
    record("t.elsewhere", actor=ADA, customer_id=1, store_id=20)
    company = record("t.company", actor=ADA, customer_id=1)

    assert [entry.id for entry in timeline(SAM, customer_id=1)] == [company, here]
    assert [entry.id for entry in timeline(SAM)] == [here]
    assert len(timeline(ADA)) == 3
    with pytest.raises(NotFound):
        timeline(SAM, store_id=20)


def test_without_the_right_nothing_is_shown() -> None:
    with pytest.raises(NotAllowed):
        timeline(BEA, contact_id=1)


def test_pages_follow_each_other_without_gap_or_overlap() -> None:
    written = [record("t.page", actor=ADA, access_id=4) for _number in range(7)]
    seen: list[int] = []
    before = None
    while page := timeline(ADA, access_id=4, before=before, limit=3):
        seen += [entry.id for entry in page]
        before = page[-1].id
    assert seen == written[::-1]


def test_events_can_be_chosen() -> None:
    record("t.a", actor=ADA)
    record("t.b", actor=ADA)
    assert [entry.event for entry in timeline(ADA, events=["t.b"])] == ["t.b"]


def test_two_sentences_for_one_event_are_refused() -> None:
    registry.register({"t.same": "One"})
    registry.register({"t.same": "One"})
    with pytest.raises(ValueError, match="two sentences"):
        registry.register({"t.same": "Two"})
    assert "t.same" in registry.registered()


def test_a_timeline_is_one_query_and_one_for_names(django_assert_num_queries: object) -> None:
    for _number in range(5):
        record("t.q", actor=ADA, customer_id=1, personal={"a": "b"})
    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's own
        assert len(timeline(ADA, customer_id=1)) == 5
