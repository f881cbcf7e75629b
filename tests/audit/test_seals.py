"""The chain: what was written stays, or the check says where not."""

from datetime import timedelta
from threading import Thread

import pytest
import time_machine
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from tradedoor.audit import seals
from tradedoor.audit.models import AuditDetail, AuditRow, AuditSeal, AuditSealedRow
from tradedoor.audit.record import Entry, record, record_many
from tradedoor.audit.seals import seal_new_rows, verify
from tradedoor.core.actor import Actor, ActorKind

pytestmark = pytest.mark.django_db(transaction=True)

SAM = Actor(ActorKind.STAFF, login_id=7, ip="192.0.2.7", agent="Browser/1")


def write(count: int) -> list[int]:
    return [
        record("x", actor=SAM, data={"n": number, "s": "é☃"}, personal={"email": f"{number}@a.example"})
        for number in range(count)
    ]


def test_what_was_not_touched_verifies() -> None:
    assert verify().is_sound
    write(3)
    assert seal_new_rows() == 3
    write(2)
    assert seal_new_rows() == 2
    assert seal_new_rows() == 0
    write(1)

    verdict = verify()
    assert verdict.is_sound
    assert (verdict.seals, verdict.rows, verdict.unsealed, verdict.erased) == (2, 5, 1, 0)
    assert verdict.unsealed_since is not None
    assert verdict.head == AuditSeal.objects.get(number=2).mac
    assert "5 rows in 2 seals" in verdict.sentence


@pytest.mark.parametrize(
    "change",
    [
        {"event": "y"},
        {"actor_id": 8},
        {"data": {"n": 9}},
        {"result": "refused"},
        {"store_id": 3},
        {"detail_digest": ""},
    ],
)
def test_a_changed_row_is_named(change: dict[str, object]) -> None:
    ids = write(4)
    seal_new_rows()
    AuditRow.objects.filter(pk=ids[2]).update(**change)
    verdict = verify()
    assert (verdict.problem, verdict.bad_row, verdict.bad_seal) == ("row_changed", ids[2], 1)
    assert str(ids[2]) in verdict.sentence


def test_a_changed_moment_is_found() -> None:
    ids = write(2)
    seal_new_rows()
    AuditRow.objects.filter(pk=ids[0]).update(at=timezone.now() - timedelta(microseconds=1))
    assert verify().bad_row == ids[0]


def test_a_missing_row_is_named() -> None:
    ids = write(3)
    seal_new_rows()
    AuditDetail.objects.filter(pk=ids[1]).delete()
    AuditRow.objects.filter(pk=ids[1]).delete()
    assert (verify().problem, verify().bad_row) == ("row_missing", ids[1])


def test_a_row_taken_out_together_with_its_membership_is_found() -> None:
    ids = write(3)
    seal_new_rows()
    AuditDetail.objects.filter(pk=ids[2]).delete()
    AuditRow.objects.filter(pk=ids[2]).delete()
    AuditSealedRow.objects.filter(pk=ids[2]).delete()
    assert (verify().problem, verify().bad_seal) == ("seal_changed", 1)


def test_a_missing_seal_and_an_altered_one_are_found() -> None:
    for _number in range(3):
        write(1)
        seal_new_rows()
    AuditSeal.objects.filter(number=2).update(at=timezone.now())
    assert (verify().problem, verify().bad_seal) == ("seal_changed", 2)
    AuditSeal.objects.filter(number=2).delete()
    assert (verify().problem, verify().bad_seal) == ("seal_missing", 2)


def test_another_key_is_said_to_be_one() -> None:
    write(1)
    seal_new_rows()
    with override_settings(TRADEDOOR_AUDIT_KEY="z" * 64):
        assert verify().problem == "other_key"


def test_erasing_details_leaves_the_chain_sound() -> None:
    ids = write(3)
    seal_new_rows()
    AuditDetail.objects.filter(pk=ids[0]).delete()
    AuditDetail.objects.filter(pk=ids[1]).update(ip="", agent="")
    verdict = verify()
    assert verdict.is_sound
    assert verdict.erased == 2


@pytest.mark.parametrize(
    "change", [{"values": {"email": "z@a.example"}}, {"ip": "192.0.2.8"}, {"salt": "0" * 32}]
)
def test_a_changed_detail_is_named(change: dict[str, object]) -> None:
    ids = write(2)
    seal_new_rows()
    AuditDetail.objects.filter(pk=ids[1]).update(**change)
    assert (verify().problem, verify().bad_row) == ("detail_changed", ids[1])


def test_rows_that_are_late_with_lower_ids_go_into_a_later_seal() -> None:
    ids = write(3)
    late = AuditRow.objects.filter(pk=ids[1])
    values = late.values().get()
    AuditDetail.objects.filter(pk=ids[1]).delete()
    late.delete()
    seal_new_rows()
    AuditRow.objects.create(**{**values, "detail_digest": ""})

    assert seal_new_rows() == 1
    assert AuditSealedRow.objects.get(pk=ids[1]).seal_id == 2
    assert verify().is_sound


def test_a_row_later_than_any_transaction_is_sealed_on_the_next_day() -> None:
    with time_machine.travel("2025-03-01T10:00:00Z", tick=False) as clock:
        ids = write(2)
        seal_new_rows()
        clock.shift(timedelta(hours=2))
        write(1)
        seal_new_rows()
        AuditRow.objects.create(id=ids[0] - 1, at=timezone.now(), event="late", actor_kind="job", result="ok")
        assert seal_new_rows() == 0
        assert verify().unsealed == 1
        clock.shift(timedelta(days=1))
        assert seal_new_rows() == 1
        assert verify().is_sound


def test_many_rows_make_several_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "BATCH", 10)
    with transaction.atomic():
        record_many("x", actor=SAM, entries=[Entry(contact_id=number) for number in range(35)])
    assert seal_new_rows() == 35
    assert AuditSeal.objects.count() == 4
    assert verify().is_sound


def test_sealers_in_parallel_never_fork_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "BATCH", 5)
    write(40)

    def work() -> None:
        try:
            seal_new_rows()
        finally:
            connection.close()

    threads = [Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal_new_rows()

    verdict = verify()
    assert verdict.is_sound
    assert (verdict.rows, verdict.unsealed) == (40, 0)
