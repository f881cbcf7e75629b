"""One row a change, in its transaction, without secrets and without forged lines."""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from tradedoor.audit.models import AuditDetail, AuditRow
from tradedoor.audit.record import Entry, record, record_many
from tradedoor.audit.values import plain, visible
from tradedoor.core.actor import Actor, ActorKind

SAM = Actor(
    ActorKind.STAFF, login_id=7, label="Sam Sales", ip="192.0.2.7", agent="Browser/1", request_id="req-1"
)
JOB = Actor.job("expire", permissions=frozenset())


class Event(StrEnum):
    CHANGED = "crm.contact_changed"


@pytest.mark.django_db
def test_a_row_says_who_what_whom_when_and_where_from() -> None:
    number = record(
        Event.CHANGED,
        actor=SAM,
        store_id=1,
        customer_id=2,
        contact_id=3,
        access_id=4,
        login_id=5,
        data={"reason": "left"},
        personal={"email": {"old": "a@acme.example", "new": "b@acme.example"}},
    )

    row = AuditRow.objects.select_related("detail").get(pk=number)
    assert (row.event, row.actor_kind, row.actor_id, row.result) == ("crm.contact_changed", "staff", 7, "ok")
    assert (row.store_id, row.customer_id, row.contact_id, row.access_id, row.login_id) == (1, 2, 3, 4, 5)
    assert (row.data, row.request_id) == ({"reason": "left"}, "req-1")
    assert row.detail.values == {"email": {"old": "a@acme.example", "new": "b@acme.example"}}
    assert (row.detail.ip, row.detail.agent) == ("192.0.2.7", "Browser/1")


@pytest.mark.django_db
def test_nothing_personal_stands_in_the_row_itself() -> None:
    number = record("x", actor=SAM, personal={"email": "bea@acme.example"})
    row = AuditRow.objects.values().get(pk=number)
    assert not any(personal in str(row) for personal in ("bea@acme", "192.0.2.7", "Browser", "Sam Sales"))


@pytest.mark.django_db
def test_a_job_is_named_and_leaves_no_detail() -> None:
    number = record("x", actor=JOB)
    row = AuditRow.objects.get(pk=number)
    assert (row.actor_kind, row.actor_label, row.detail_digest) == ("job", "expire", "")
    assert not AuditDetail.objects.exists()


@pytest.mark.django_db
def test_many_rows_are_the_same_as_one_by_one() -> None:
    entries = [Entry(contact_id=number, personal={"email": f"{number}@acme.example"}) for number in range(3)]
    with transaction.atomic():
        assert record_many("crm.contact_added", actor=SAM, entries=[*entries, Entry(contact_id=9)]) == 4
        assert record_many("crm.contact_added", actor=JOB, entries=iter(())) == 0
    record("crm.contact_added", actor=SAM, contact_id=0, personal={"email": "0@acme.example"})

    rows = list(AuditRow.objects.select_related("detail").order_by("pk"))
    assert [row.contact_id for row in rows] == [0, 1, 2, 9, 0]
    assert [row.detail.values for row in rows] == [
        {"email": "0@acme.example"},
        {"email": "1@acme.example"},
        {"email": "2@acme.example"},
        {},
        {"email": "0@acme.example"},
    ]
    assert len({row.detail.salt for row in rows}) == 5


@pytest.mark.django_db(transaction=True)
def test_the_row_goes_with_the_change_that_failed() -> None:
    @transaction.atomic
    def fail() -> None:
        record("x", actor=SAM)
        record_many("x", actor=SAM, entries=[Entry()])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not AuditRow.objects.exists()
    assert not AuditDetail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_rows_outside_a_transaction_are_refused() -> None:
    with pytest.raises(TransactionManagementError):
        record_many("x", actor=SAM, entries=[Entry()])


@pytest.mark.django_db
@pytest.mark.parametrize("count", [2, 2000])
def test_the_number_of_statements_does_not_grow_with_the_rows(
    count: int, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    with transaction.atomic(), django_assert_max_num_queries(6):  # type: ignore[attr-defined]  # a context manager
        record_many("x", actor=SAM, entries=[Entry(contact_id=number) for number in range(count)])


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["password", "reset_token", "link", "client_secret", "url"])
def test_what_is_named_like_a_secret_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        record("x", actor=SAM, data={name: "hush"})
    with pytest.raises(ValueError, match="secret"):
        record("x", actor=SAM, personal={name: "hush"})
    assert not AuditRow.objects.exists()


@pytest.mark.django_db
def test_the_id_of_a_link_is_no_secret() -> None:
    assert record("x", actor=SAM, data={"link_id": 5})


@pytest.mark.django_db
def test_an_event_without_a_code_is_refused() -> None:
    for code in ("", "x" * 81):
        with pytest.raises(ValueError, match="no code"):
            record(code, actor=SAM)


@pytest.mark.django_db
def test_no_value_can_forge_a_line() -> None:
    forged = "Bea\r\n2025-01-01 owner signed in\x1b[2J\u2028\x00\u202e"
    actor = Actor(ActorKind.NOBODY, ip=forged, agent=forged, request_id=forged)
    number = record("x", actor=actor, data={forged: [forged]}, personal={"name": forged})

    row = AuditRow.objects.select_related("detail").get(pk=number)
    for text in (str(row.data), str(row.detail.values), row.detail.ip, row.detail.agent, row.request_id):
        assert text.isprintable()
    assert row.detail.values["name"].startswith("Bea\\r\\n2025")


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("Zoë Müller-Łukasz", "O'Brien & Søn", "山田 太郎", "no\u00a0break"):
        assert visible(name) == name


def test_values_become_plain_and_objects_are_refused() -> None:
    public_id = UUID(int=1)
    assert plain(
        {"a": Decimal("1.50"), "b": public_id, "c": {3, 1}, 4: 1.5, "e": Event.CHANGED, "f": (True, None)}
    ) == {
        "a": "1.50",
        "b": str(public_id),
        "c": [1, 3],
        "4": "1.5",
        "e": "crm.contact_changed",
        "f": [True, None],
    }
    with pytest.raises(TypeError, match="object"):
        plain(object())
