"""Searching by any part of a name, an address or a company, at a million rows.

A searchable table keeps one folded `search_text` column. PostgreSQL finds substrings in it by a trigram
index (pg_trgm), SQLite by an external-content FTS5 table with the trigram tokenizer, kept in step by
triggers (stack.md, search). Folding is ours, because SQLite's tokenizer knows no accents.
"""

import unicodedata
from typing import Any, TypeVar

from django.db import connections, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

Row = TypeVar("Row", bound=models.Model)

TRIGRAM = 3
"""Fewer characters than this make no trigram; they are matched at the start of a word."""


def fold(*texts: str) -> str:
    """Return the texts as one line without case, accents or doubled blanks, for storing and for asking."""
    joined = " ".join(text for text in texts if text)
    if joined.isascii():  # most are, and need no table of all characters
        return " ".join(joined.lower().replace("\0", " ").split())
    decomposed = unicodedata.normalize("NFKD", joined)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(plain.casefold().replace("\0", " ").split())


def matching(rows: models.QuerySet[Row], asked: str, *, column: str = "search_text") -> models.QuerySet[Row]:
    """Keep the rows whose `column` holds every word of `asked` somewhere; all rows if it holds no word."""
    for word in _words(asked):
        rows = rows.filter(_holds(rows, word, column))
    return rows


def matching_few(
    rows: models.QuerySet[Row], asked: str, *, column: str = "search_text"
) -> models.QuerySet[Row]:
    """The same, of rows that are few already: each is looked at, and no search index is asked."""
    # No index has the expression, so that PostgreSQL cannot find all matches of the whole table first.
    looked: models.QuerySet[Any] = rows.alias(looked_at=Coalesce(column, column))
    for word in _words(asked):
        looked = looked.filter(
            _begins(word, "looked_at") if len(word) < TRIGRAM else Q(looked_at__contains=word)
        )
    return looked


def matching_along(rows: models.QuerySet[Row], asked: str) -> models.QuerySet[Row]:
    """For a walk along an order of the whole table: the rows that may match, as far as their keys alone tell.

    On SQLite those that do, without a look at the rows; on PostgreSQL all of them.
    """
    if connections[rows.db].vendor == "sqlite":
        for word in _words(asked):
            if len(word) >= TRIGRAM:
                rows = rows.filter(_KeyFound(word, _fts_table(rows.model._meta.db_table)))  # noqa: SLF001 - as below
    return rows


class _KeyFound(models.Func):
    """Whether a row's key is among those that the search index has for a word.

    The plus keeps SQLite from beginning with them, and so from reading and sorting all their rows.
    """

    output_field = models.BooleanField()

    def __init__(self, word: str, table: str) -> None:
        keys = RawSQL(f"SELECT rowid FROM {table} WHERE {table} MATCH %s", [_phrase(word)])  # noqa: S608, S611 - as below
        super().__init__(models.F("pk"), keys, template="+%(expressions)s", arg_joiner=" IN ")


def _phrase(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _words(asked: str) -> list[str]:
    return fold(asked).split()[:8]


def _begins(word: str, column: str) -> Q:
    return Q(**{f"{column}__startswith": word}) | Q(**{f"{column}__contains": f" {word}"})


def _holds(rows: models.QuerySet[Row], word: str, column: str) -> Q:
    if len(word) < TRIGRAM:
        return _begins(word, column)
    if connections[rows.db].vendor != "sqlite":
        return Q(**{f"{column}__contains": word})
    table = _fts_table(rows.model._meta.db_table)  # noqa: SLF001 - the table's name has no other door
    phrase = _phrase(word)
    # The table's name is ours and the phrase is a parameter.
    return Q(pk__in=RawSQL(f"SELECT rowid FROM {table} WHERE {table} MATCH %s", [phrase]))  # noqa: S608, S611


def _fts_table(table: str) -> str:
    return f"{table}_fts"


class AddTrigramSearch(Operation):
    """Give a model's text column an index that finds substrings, on SQLite and on PostgreSQL."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str, column: str = "search_text") -> None:
        self.model_name = model_name
        self.column = column

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing: models do not know of the index."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,  # noqa: ARG002 - Django passes both
        to_state: Any,
    ) -> None:
        for statement in self._statements(app_label, schema_editor, to_state)[0]:
            schema_editor.execute(statement)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,  # noqa: ARG002 - Django passes both
    ) -> None:
        for statement in self._statements(app_label, schema_editor, from_state)[1]:
            schema_editor.execute(statement)

    def describe(self) -> str:
        return f"Find substrings of {self.model_name}.{self.column}"

    def _statements(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: Any
    ) -> tuple[list[str], list[str]]:
        table = state.apps.get_model(app_label, self.model_name)._meta.db_table  # noqa: SLF001 - as above
        column, fts = self.column, _fts_table(table)
        if schema_editor.connection.vendor == "postgresql":
            return (
                [
                    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
                    f"CREATE INDEX {fts}_idx ON {table} USING gin ({column} gin_trgm_ops)",
                ],
                [f"DROP INDEX {fts}_idx"],
            )
        add = f"INSERT INTO {fts}(rowid, {column}) VALUES (new.id, new.{column});"  # noqa: S608 - names of ours only
        drop = f"INSERT INTO {fts}({fts}, rowid, {column}) VALUES ('delete', old.id, old.{column});"  # noqa: S608 - the same
        return (
            [
                (
                    f"CREATE VIRTUAL TABLE {fts} USING fts5({column}, content='{table}', content_rowid='id', "
                    "tokenize='trigram', detail='full')"
                ),
                f"CREATE TRIGGER {fts}_ai AFTER INSERT ON {table} BEGIN {add} END",
                f"CREATE TRIGGER {fts}_ad AFTER DELETE ON {table} BEGIN {drop} END",
                (
                    f"CREATE TRIGGER {fts}_au AFTER UPDATE OF {column} ON {table} "
                    f"WHEN old.{column} IS NOT new.{column} BEGIN {drop} {add} END"
                ),
                f"INSERT INTO {fts}({fts}) VALUES ('rebuild')",  # noqa: S608 - the same
            ],
            [
                f"DROP TRIGGER {fts}_ai",
                f"DROP TRIGGER {fts}_ad",
                f"DROP TRIGGER {fts}_au",
                f"DROP TABLE {fts}",
            ],
        )
