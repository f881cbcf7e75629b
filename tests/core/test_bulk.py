"""Sets of rows, on whichever database the suite runs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from tradedoor.core.bulk import delete_many, insert_many, reserve_ids, update_many
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.mail.models import MailMessage

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2025, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)


def make_works(count: int) -> list[Work]:
    with transaction.atomic():
        insert_many(
            Work,
            ["kind", "title", "run_at", "created_at"],
            [("test", f"Work {number}", NOW, NOW) for number in range(count)],
        )
    return list(Work.objects.order_by("id"))


def test_every_kind_of_value_comes_back_as_it_went_in() -> None:
    public_id = uuid4()
    awkward = "tab\t back\\slash \\N 'quote' \"double\" line\nnext ünï ☃ {1,2} %s"
    with transaction.atomic():
        count = insert_many(
            Work,
            [
                "public_id",
                "kind",
                "title",
                "args",
                "state",
                "total",
                "cursor",
                "stop_requested",
                "run_at",
                "created_at",
            ],
            [
                (
                    public_id,
                    "k",
                    awkward,
                    {"a": [1, None, awkward]},
                    Work.State.STOPPED,
                    None,
                    None,
                    True,
                    NOW,
                    NOW,
                )
            ],
        )

    work = Work.objects.get()
    assert count == 1
    assert work.public_id == public_id
    assert work.title == awkward
    assert work.args == {"a": [1, None, awkward]}
    assert work.state == "stopped"
    assert (work.total, work.cursor, work.stop_requested) == (None, None, True)
    assert work.run_at == NOW


def test_a_column_nobody_names_gets_the_default_of_a_new_instance() -> None:
    one, two = make_works(2)
    assert isinstance(one.public_id, UUID)
    assert one.public_id != two.public_id
    assert (one.state, one.args, one.problem, one.login_id, one.done) == ("queued", {}, "", None, 0)


def test_a_foreign_key_goes_in_by_either_name() -> None:
    (work,) = make_works(1)
    with transaction.atomic():
        insert_many(WorkLine, ["work", "number", "status"], [(work.pk, 1, "ok")])
        insert_many(WorkLine, ["work_id", "number", "status"], [(work.pk, 2, "ok")])
    assert list(work.lines.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_more_rows_than_one_chunk_are_all_written() -> None:
    (work,) = make_works(1)
    with transaction.atomic():
        assert (
            insert_many(
                WorkLine, ["work", "number", "status"], ((work.pk, number, "ok") for number in range(12_001))
            )
            == 12_001
        )
    assert WorkLine.objects.count() == 12_001


def test_no_rows_are_no_error() -> None:
    with transaction.atomic():
        assert insert_many(WorkLine, ["work", "number", "status"], []) == 0
        assert update_many(WorkLine, "id", ["status"], []) == 0
        assert list(reserve_ids(WorkLine, 0)) == []


def test_a_broken_constraint_raises_as_a_save_would() -> None:
    (work,) = make_works(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many(WorkLine, ["work", "number", "status"], [(work.pk, 1, "ok"), (work.pk, 1, "again")])
    assert not WorkLine.objects.exists()


def test_outside_a_transaction_nothing_is_written() -> None:
    for call in (
        lambda: insert_many(WorkLine, ["work"], [(1,)]),
        lambda: reserve_ids(WorkLine, 1),
        lambda: update_many(WorkLine, "id", ["status"], [(1, "x")]),
    ):
        with pytest.raises(TransactionManagementError):
            call()


@pytest.mark.parametrize(
    ("columns", "rows", "message"),
    [
        (["colour"], [(1,)], "no column colour"),
        (["number", "status"], [(1, "ok", "extra")], "columns are named"),
        (["number", "status"], [(1, "ok"), (1,)], "zip"),
        (["number", "status"], [(models.functions.Now(), "ok")], "expression"),
    ],
)
def test_an_unknown_column_and_a_row_of_the_wrong_shape_are_refused(
    columns: list[str], rows: list[tuple[object, ...]], message: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=message), transaction.atomic():
        insert_many(WorkLine, columns, rows)


def test_reserved_ids_are_never_given_twice() -> None:
    (work,) = make_works(1)
    with transaction.atomic():
        first = reserve_ids(WorkLine, 3)
        second = reserve_ids(WorkLine, 2)
        insert_many(
            WorkLine,
            ["id", "work", "number", "status"],
            [(number, work.pk, number, "ok") for number in first],
        )
    third = WorkLine.objects.create(work=work, number=99, status="ok")
    with transaction.atomic():
        fourth = reserve_ids(WorkLine, 1)

    given = [*first, *second, third.pk, *fourth]
    assert len(set(given)) == len(given)
    assert given == sorted(given)


def test_ids_are_reserved_on_an_empty_table() -> None:
    with transaction.atomic():
        assert len(reserve_ids(MailMessage, 2)) == 2


def test_many_rows_are_updated_by_their_key() -> None:
    works = make_works(4)
    later = timezone.now()
    with transaction.atomic():
        changed = update_many(
            Work,
            "id",
            ["title", "args", "total", "finished_at", "state"],
            [
                (works[0].pk, 'it\'s {new}, \\ "so"', {"x": [1]}, 7, later, Work.State.DONE),
                (works[1].pk, "", {}, None, None, Work.State.FAILED),
                (works[2].pk + 1000, "nobody", {}, 1, later, Work.State.DONE),
            ],
        )
    assert changed == 2
    first, second, third, _ = Work.objects.order_by("id")
    assert (first.title, first.args, first.total, first.finished_at, first.state) == (
        'it\'s {new}, \\ "so"',
        {"x": [1]},
        7,
        later,
        "done",
    )
    assert (second.title, second.args, second.total, second.finished_at) == ("", {}, None, None)
    assert (third.title, third.state) == ("Work 2", "queued")


def test_rows_are_updated_by_another_key_than_the_primary_one() -> None:
    works = make_works(2)
    with transaction.atomic():
        assert update_many(Work, "public_id", ["done"], [(work.public_id, 5) for work in works]) == 2
    assert set(Work.objects.values_list("done", flat=True)) == {5}


def test_a_key_that_comes_twice_is_refused() -> None:
    with transaction.atomic(), pytest.raises(ValueError, match="id comes twice"):
        update_many(Work, "id", ["title"], [(1, "a"), (1, "b")])


def test_a_text_too_long_for_its_column_is_refused_not_cut() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite knows no lengths")
    works = make_works(1)
    with pytest.raises(Exception, match="too long"), transaction.atomic():
        update_many(Work, "id", ["kind"], [(works[0].pk, "x" * 81)])


def test_equal_amounts_of_different_spelling_keep_it() -> None:
    with transaction.atomic():
        insert_many(
            Work,
            ["kind", "title", "run_at", "created_at", "cursor"],
            [("k", "t", NOW, NOW, str(amount)) for amount in (Decimal("1.0"), Decimal("1.00"))],
        )
    assert list(Work.objects.order_by("id").values_list("cursor", flat=True)) == ["1.0", "1.00"]


def test_rows_that_ask_while_they_are_copied_are_refused_at_once() -> None:
    """They would wait for ever on the connection they are sent over."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite copies nothing")
    (work,) = make_works(1)

    def asking() -> Iterator[tuple[int, int, str]]:
        yield 1, Work.objects.count(), "ok"

    with pytest.raises(RuntimeError, match="ask no query"), transaction.atomic():
        insert_many(WorkLine, ["work_id", "number", "status"], asking())

    with transaction.atomic():
        insert_many(WorkLine, ["work_id", "number", "status"], [(work.pk, 1, "ok")])
    assert WorkLine.objects.get().number == 1


def test_ids_given_as_texts_and_values_shared_by_all_rows_are_written_as_others() -> None:
    first, second = uuid4(), uuid4()
    shared = {"a": [NOW.isoformat()]}
    with transaction.atomic():
        insert_many(
            Work,
            ["public_id", "kind", "title", "args", "run_at", "created_at"],
            [(str(first), "k", "t", shared, NOW, NOW), (second, "k", "t", shared, NOW, NOW)],
        )

    assert set(Work.objects.values_list("public_id", flat=True)) == {first, second}
    assert list(Work.objects.values_list("args", "run_at")) == [(shared, NOW)] * 2


def test_ten_thousand_rows_are_one_statement_a_chunk(django_assert_max_num_queries: object) -> None:
    (work,) = make_works(1)
    rows = [(work.pk, number, "ok") for number in range(10_000)]
    with transaction.atomic(), django_assert_max_num_queries(2):  # type: ignore[operator]  # pytest-django's own
        insert_many(WorkLine, ["work", "number", "status"], rows)


def test_many_rows_are_deleted_in_chunks_and_the_others_stay() -> None:
    works = make_works(7)
    Work.objects.filter(pk__in=[work.pk for work in works[5:]]).update(title="kept")

    assert delete_many(Work.objects.exclude(title="kept").order_by("-pk"), chunk=2) == 5
    assert delete_many(Work.objects.exclude(title="kept"), chunk=2) == 0
    assert list(Work.objects.order_by("pk")) == works[5:]
