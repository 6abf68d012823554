"""The index on PostgreSQL: GIN over the words as a tsvector.

No parser of PostgreSQL sees a text: the words are lexemes as they are. So it needs no dictionary,
no extension, and no particular locale.
"""

from collections.abc import Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from blog.search.sources import Table
from blog.search.words import Query, Term

HAS = "strpos"  # where a piece of text stands in another one


def there(cursor: CursorWrapper) -> set[str]:
    """The names of all indexes that the database has. One query."""
    cursor.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = ANY (current_schemas(false))"
    )
    return {name for (name,) in cursor.fetchall()}


def forget(connection: BaseDatabaseWrapper, table: Table) -> None:
    """Nothing: a word that was taken out goes with its row, when the database tidies up."""


def statements(table: Table) -> Iterator[tuple[str, str]]:
    """What makes the indexes, each with its name: one for all words, one for titles."""
    condition = f" WHERE {_counts(table, '')}" if table.status else ""
    indexed = {"words": table.columns}
    if len(table.columns) > 1:
        indexed[table.columns[0]] = table.columns[:1]
    for what, columns in indexed.items():
        name = f"{table.name}_{what}"
        yield (
            name,
            f"CREATE INDEX {name} ON {table.name} USING gin ({_vector(columns)}){condition}",
        )


def _vector(columns: tuple[str, ...], row: str = "") -> str:
    """The expression that is indexed; `row` is the table's name with a full stop, in a query."""
    words = " || ".join(f"{row}{name}" for name in columns)
    return f"array_to_tsvector(array_remove(string_to_array({words}, ' '), ''))"


def _counts(table: Table, row: str) -> str:
    assert table.status is not None
    column, value = table.status
    return f"{row}{column} = '{value}'"


def repair(connection: BaseDatabaseWrapper, table: Table) -> bool:
    """Nothing: an index of PostgreSQL follows always."""
    return False


def matching(
    table: Table, query: Query, *, column: str = "", is_wide: bool = False
) -> tuple[str, list[Any]]:
    """A FROM and WHERE that gives the rows, called `d`, that have every term, in `column` or
    anywhere; and what fills it.
    """
    columns = (column,) if column else table.columns
    wanted = " & ".join(_expression(term, is_wide=is_wide) for term in query.terms)
    sql = f"FROM {table.name} d WHERE {_vector(columns, 'd.')} @@ %s::tsquery"
    if table.status:
        sql += f" AND {_counts(table, 'd.')}"
    filling: list[Any] = [wanted]
    # The index knows which words a text has; whether they stand in a row, the words say.
    for term in query.terms:
        if len(term.tokens) > 1:
            sql += f" AND ({' OR '.join(f'{HAS}(d.{name}, %s) > 0' for name in columns)})"
            filling += [term.needle] * len(columns)
    return sql, filling


def newest_first(table: Table) -> str:
    """The ORDER BY for the newest. A word that stands everywhere is found by going back through
    the keys, a rare one by the index: the planner knows how rare each is.
    """
    return f"d.{table.key} DESC"


def _expression(term: Term, *, is_wide: bool) -> str:
    # Words have letters, digits and `_` only: nothing in them can be an operator or end a string.
    row = " & ".join(f"'{token}'" for token in term.tokens)
    return f"({row} | '{term.prefix}':*)" if is_wide and term.prefix else f"({row})"
