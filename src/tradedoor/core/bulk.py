"""Many rows in few statements: COPY on PostgreSQL, executemany on SQLite.

`bulk_create` builds an object a row; measured, that is five to nine times slower than these (docs/dev,
stack note). Everything here wants to be inside a transaction, so that half a set never stands.
"""

# ruff: noqa: SLF001 - Model._meta is Django's documented door to a model's fields

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Any, NoReturn, TypeAlias
from uuid import UUID

from django.db import connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from tradedoor.core.arrays import array_of

AnyField: TypeAlias = "models.Field[Any, Any]"
Adapter: TypeAlias = Callable[[Any], Any]

# Rows adapted and handed over at a time: bounds memory, costs nothing. PostgreSQL takes 65,535 values a statement.
CHUNK = 5000
NOTHING = frozenset({type(None)})
REMEMBERED = (date, datetime, time, Decimal)


def insert_many(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert `rows`, whose values stand in the order of the field names in `columns`; return how many.

    A field that is not named gets what a new instance of the model would have, so defaults hold. Raises
    `IntegrityError` as a save would, and `TransactionManagementError` outside a transaction.
    """
    connection = _connection(model)
    fields = [_field(model, name) for name in columns]
    rest = [field for field in model._meta.concrete_fields if field not in fields and _is_filled(field)]
    chunks = (
        _adapted(connection, [*fields, *rest], [*chunk, *(_defaults(field, size) for field in rest)])
        for chunk, size in _columnwise(rows)
    )
    names = ", ".join(_quoted(connection, field) for field in [*fields, *rest])
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "postgresql":
        return _copy(connection, f"COPY {table} ({names}) FROM STDIN", chunks)
    places = ", ".join(["%s"] * (len(fields) + len(rest)))
    return _execute_chunks(connection, f"INSERT INTO {table} ({names}) VALUES ({places})", chunks)  # noqa: S608 - names of our own models


def reserve_ids(model: type[models.Model], n: int) -> Sequence[int]:
    """Return `n` primary keys, ascending, that no other transaction will be given.

    For writing rows and those that point at them in two statements without reading any back. Reserved and
    not used leaves a gap, as a rollback does.
    """
    connection = _connection(model)
    if n <= 0:
        return range(0)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), _field(model, "pk").column, n],
            )
            return [number for (number,) in cursor.fetchall()]
        # The transaction holds SQLite's only write lock (transaction_mode IMMEDIATE), so nobody is between
        # the reading and the writing. Explicit ids never lower the sequence.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        last = found[0] if found else 0
        if found:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [last + n, table])
        else:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last + n])
    return range(last + 1, last + n + 1)


def update_many(
    model: type[models.Model], key: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Set `columns` of the rows whose `key` is the first value of each given row; return how many there were.

    A key that no row has is passed over. Raises `ValueError` where a key comes twice, because which of the
    two would win is anybody's guess.
    """
    connection = _connection(model)
    fields = [_field(model, name) for name in (key, *columns)]
    table = connection.ops.quote_name(model._meta.db_table)
    seen: set[Any] = set()
    updated = 0
    for chunk, _size in _columnwise(rows):
        before = len(seen)
        seen.update(chunk[0])
        if len(seen) - before != len(chunk[0]):
            raise ValueError(f"a {key} comes twice")
        adapted = _adapted(connection, fields, chunk)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                arrays = [array_of(column) for column in adapted]
                cursor.execute(_update_from_arrays(connection, table, fields), arrays)
                updated += cursor.rowcount
            else:
                sets = ", ".join(f"{_quoted(connection, field)} = %s" for field in fields[1:])
                cursor.executemany(
                    f"UPDATE {table} SET {sets} WHERE {_quoted(connection, fields[0])} = %s",  # noqa: S608 - as above
                    list(zip(*adapted[1:], adapted[0], strict=True)),
                )
                updated += cursor.rowcount
    return updated


def delete_many(rows: "models.QuerySet[Any]", *, chunk: int = CHUNK) -> int:
    """Delete the rows, each chunk in a transaction of its own so that nobody's writing waits for long; how many.

    For housekeeping: safe twice and in parallel, and what an interruption leaves the next run takes. Rows that
    hang on the deleted ones count too. Wants to be outside a transaction.
    """
    deleted = 0
    # Asked anew each time, by whatever index finds them: an order would sort all that is left for every chunk.
    while keys := list(rows.order_by().values_list("pk", flat=True)[:chunk]):
        with transaction.atomic(using=rows.db):
            deleted += rows.order_by().filter(pk__in=keys).delete()[0]
    return deleted


def _update_from_arrays(connection: BaseDatabaseWrapper, table: str, fields: Sequence[AnyField]) -> str:
    types = [_array_type(connection, field) for field in fields]
    sets = ", ".join(
        f"{_quoted(connection, field)} = new.c{number}{'::jsonb' if isinstance(field, models.JSONField) else ''}"
        for number, field in enumerate(fields)
        if number
    )
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    names = ", ".join(f"c{number}" for number in range(len(fields)))
    return (
        f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS new ({names})"  # noqa: S608 - names of our own models
        f" WHERE {table}.{_quoted(connection, fields[0])} = new.c0"
    )


def _array_type(connection: BaseDatabaseWrapper, field: AnyField) -> str:
    # text for every string: a cast to varchar(n) would cut silently where the assignment refuses.
    if isinstance(_target(field), models.CharField | models.TextField | models.JSONField):
        return "text"
    # For a foreign key and for a serial alike, the type of what is stored.
    return str(_target(field).rel_db_type(connection))


def _connection(model: type[models.Model]) -> BaseDatabaseWrapper:
    connection = connections[router.db_for_write(model)]
    if not connection.in_atomic_block:
        raise TransactionManagementError(f"many rows of {model._meta.db_table} need a transaction")
    return connection


def _quoted(connection: BaseDatabaseWrapper, field: AnyField) -> str:
    return connection.ops.quote_name(str(field.column))


def _field(model: type[models.Model], name: str) -> AnyField:
    if name == "pk" and model._meta.pk is not None:
        return model._meta.pk
    for field in model._meta.concrete_fields:
        if name in (field.name, field.attname):
            return field
    raise ValueError(f"{model.__name__} has no column {name}")


def _is_filled(field: AnyField) -> bool:
    """Whether a column nobody named needs a value of ours; the database numbers the others itself."""
    return not isinstance(field, models.AutoField | models.GeneratedField) and (
        not field.has_db_default() or field.has_default()
    )


def _defaults(field: AnyField, size: int) -> Sequence[Any]:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return [timezone.now()] * size
    # A default that is only spelled out and kept by nobody may be the same for all.
    if callable(field.default) and field.has_default() and not isinstance(field, models.JSONField):
        return [field.get_default() for _ in range(size)]
    return [field.get_default()] * size


def _columnwise(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[list[Sequence[Any]], int]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        yield list(zip(*chunk, strict=True)), len(chunk)


def _adapted(
    connection: BaseDatabaseWrapper, fields: Sequence[AnyField], columns: Sequence[Sequence[Any]]
) -> list[Sequence[Any]]:
    if len(fields) != len(columns):
        raise ValueError(f"{len(fields)} columns are named, {len(columns)} were given")
    return [
        column
        if NOTHING.union(map(type, column)) <= _passing(connection, field)
        else _all_adapted(_adapter(connection, field), column)
        for field, column in zip(fields, columns, strict=True)
    ]


def _all_adapted(adapt: Adapter, column: Sequence[Any]) -> list[Any]:
    if len(set(map(id, column))) == 1:  # one moment or one default, shared by all rows
        return [adapt(column[0])] * len(column)
    return list(map(adapt, column))


def _target(field: AnyField) -> AnyField:
    target: AnyField = field
    while isinstance(target, models.ForeignKey):  # its target may be a one-to-one key itself
        target = target.target_field
    return target


def _passing(connection: BaseDatabaseWrapper, field: AnyField) -> frozenset[type]:
    """Exact types the driver itself writes rightly into the field's column: no call a value is spent on them."""
    target = _target(field)
    if isinstance(target, models.IntegerField):
        return frozenset({int}) | NOTHING
    if isinstance(target, models.CharField | models.TextField):
        return frozenset({str}) | NOTHING
    if isinstance(target, models.BooleanField):
        return frozenset({bool}) | NOTHING
    if connection.vendor == "postgresql" and isinstance(target, models.UUIDField):
        return frozenset({UUID}) | NOTHING
    return frozenset()


def _adapter(connection: BaseDatabaseWrapper, field: AnyField) -> Adapter:
    target = _target(field)
    if isinstance(target, models.JSONField):
        return _json_adapter(target)

    def adapt(value: Any) -> Any:
        if hasattr(value, "as_sql"):
            raise TypeError(f"{field.name}: an expression cannot be written row by row")
        adapted = field.get_db_prep_save(value, connection)
        return adapted.value if isinstance(adapted, Enum) else adapted

    if isinstance(target, models.UUIDField) and not connection.features.has_native_uuid_field:
        # What the field itself makes of it, in a tenth of the time.
        return lambda value: value.hex if type(value) is UUID else adapt(value)
    return _remembering(adapt)


def _json_adapter(field: "models.JSONField[Any, Any]") -> Adapter:
    encode = (field.encoder or json.JSONEncoder)().encode
    return lambda value: None if value is None else encode(value)


def _remembering(adapt: Adapter) -> Adapter:
    """Adapt an equal moment or amount once: most rows of a set share theirs."""
    known: dict[tuple[type, Any], Any] = {}

    def adapt_once(value: Any) -> Any:
        if not isinstance(value, REMEMBERED):
            return adapt(value)
        # A Decimal's spelling counts: 1.0 equals 1.00 and is written otherwise.
        key = (type(value), str(value) if isinstance(value, Decimal) else value)
        if key not in known:
            known[key] = adapt(value)
        return known[key]

    return adapt_once


def _execute_chunks(connection: BaseDatabaseWrapper, sql: str, chunks: Iterable[list[Sequence[Any]]]) -> int:
    count = 0
    with connection.cursor() as cursor:
        for columns in chunks:
            rows = list(zip(*columns, strict=True))
            cursor.executemany(sql, rows)
            count += len(rows)
    return count


def _copy(connection: BaseDatabaseWrapper, sql: str, chunks: Iterable[list[Sequence[Any]]]) -> int:
    count = 0
    # The rows are refused as the copy is closed, outside what Django's cursor itself translates.
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        connection.execute_wrapper(_refuse_query),
        cursor.copy(sql) as copy,
    ):
        for columns in chunks:
            for row in zip(*columns, strict=True):
                copy.write_row(row)
                count += 1
    return count


def _refuse_query(*_call: Any) -> NoReturn:
    """A row that asks a query while it is copied would wait for ever on the connection it is sent over."""
    raise RuntimeError("rows to be copied must ask no query; load what they need before")
