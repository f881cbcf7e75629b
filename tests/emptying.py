"""What a test writes is gone after it.

Tests that commit leave rows behind, which are taken away, and only from where there are any.
Django empties each of our tables after each such test, and makes content types and rights anew, of which nothing
of ours knows. Asking first which tables hold a row is many times quicker.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.test import TransactionTestCase

# What migrating put there; nothing writes to it afterwards.
KEPT = frozenset({"django_content_type", "auth_permission"})


def empty_as_django_does_only_quicker() -> None:
    """From now on a test case that commits ends with `empty`."""
    TransactionTestCase._fixture_teardown = empty  # type: ignore[attr-defined]  # Django's own, not in the stubs


def empty(_case: object = None) -> None:
    """Remove every row of every table of ours, in one transaction: foreign keys are looked at when it ends."""
    quoted = [connection.ops.quote_name(name) for name in _tables()]
    held = " UNION ALL ".join(
        f"SELECT '{number}' WHERE EXISTS (SELECT 1 FROM {name})"  # noqa: S608 - names of our own tables
        for number, name in enumerate(quoted)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(held)
        for (number,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {quoted[int(number)]}")  # noqa: S608 - the same


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens in here to the database has not happened afterwards."""
    block: Any = transaction.atomic()
    vars(block)["_from_testcase"] = True  # as Django marks its own, for what must be outermost
    with block:
        try:
            yield
        finally:
            transaction.set_rollback(True)


@cache
def _tables() -> tuple[str, ...]:
    models = apps.get_models(include_auto_created=True)
    names = {model._meta.db_table for model in models if model._meta.managed and not model._meta.proxy}
    return tuple(sorted(names - KEPT))
