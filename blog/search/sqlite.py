"""The index on SQLite: an FTS5 table over the columns of words, kept by triggers."""

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from blog.search.sources import Table
from blog.search.words import Query, Term

HAS = "instr"  # where a piece of text stands in another one


def index_name(table: Table) -> str:
    """The FTS5 table of `table`."""
    return f"{table.name}_words"


def there(cursor: CursorWrapper) -> set[str]:
    """The names of all that the database has. One query."""
    cursor.execute("SELECT name FROM sqlite_master")
    return {name for (name,) in cursor.fetchall()}


def statements(table: Table) -> Iterator[tuple[str, str]]:
    """What makes the index and its triggers, each with the name of what it makes.

    The words are made by us, so the tokenizer has nothing to decide: it cuts at spaces, and beyond
    ASCII every character belongs to a word. Triggers see every change, whoever makes it.
    """
    index, columns = index_name(table), ", ".join(table.columns)
    yield (
        index,
        f"CREATE VIRTUAL TABLE {index} USING fts5({columns}, content='{table.name}', "
        f"content_rowid='{table.key}', tokenize=\"ascii tokenchars '_'\")",
    )
    watched = ", ".join([table.key, *table.columns, *([table.status[0]] if table.status else [])])
    # An update is two triggers, for either half may be of a row that does not count.
    for name, event, row, act in (
        ("insert", "INSERT", "new", _add(table)),
        ("delete", "DELETE", "old", _take(table)),
        ("before", f"UPDATE OF {watched}", "old", _take(table)),
        ("after", f"UPDATE OF {watched}", "new", _add(table)),
    ):
        when = f"WHEN {_counts(table, row)}" if table.status else ""
        moment = "BEFORE" if name == "before" else "AFTER"
        yield (
            f"{index}_{name}",
            f"CREATE TRIGGER {index}_{name} {moment} {event} ON {table.name} {when} "
            f"BEGIN {act}; END",
        )


def _counts(table: Table, row: str) -> str:
    assert table.status is not None
    column, value = table.status
    return f"{row}.{column} = '{value}'"


def _add(table: Table) -> str:
    values = ", ".join(f"new.{name}" for name in (table.key, *table.columns))
    names = ", ".join(("rowid", *table.columns))
    return f"INSERT INTO {index_name(table)}({names}) VALUES ({values})"  # noqa: S608 (our names)


def _take(table: Table) -> str:
    index = index_name(table)
    values = ", ".join(f"old.{name}" for name in (table.key, *table.columns))
    names = ", ".join((index, "rowid", *table.columns))
    return f"INSERT INTO {index}({names}) VALUES ('delete', {values})"  # noqa: S608


def forget(connection: BaseDatabaseWrapper, table: Table) -> None:
    """Makes words that were taken out leave the file: until then they lie in it, marked as gone."""
    index = index_name(table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {index}({index}) VALUES ('optimize')")  # noqa: S608


def repair(connection: BaseDatabaseWrapper, table: Table) -> bool:
    """Makes the index follow the words again, all at once; False when it did already."""
    index = index_name(table)
    columns = ", ".join(table.columns)
    rows = f"FROM {table.name} r" + (f" WHERE {_counts(table, 'r')}" if table.status else "")
    indexed = f"SELECT id FROM {index}_docsize"  # noqa: S608
    there = f"SELECT r.{table.key} {rows}"
    with transaction.atomic(), connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(f"INSERT INTO {index}({index}) VALUES ('integrity-check')")  # noqa: S608
            cursor.execute(
                f"SELECT EXISTS ({indexed} EXCEPT {there}) OR EXISTS ({there} EXCEPT {indexed})"
            )
            if not cursor.fetchone()[0]:
                return False
        except DatabaseError:
            pass  # not even in order with itself
        cursor.execute(f"INSERT INTO {index}({index}) VALUES ('delete-all')")  # noqa: S608
        cursor.execute(
            f"INSERT INTO {index}(rowid, {columns}) SELECT r.{table.key}, {columns} {rows}"
        )
    return True


def matching(
    table: Table, query: Query, *, column: str = "", is_wide: bool = False
) -> tuple[str, list[Any]]:
    """A FROM and WHERE that gives the rows, called `d`, that have every term, in `column` or
    anywhere; and what fills it.
    """
    index = index_name(table)
    wanted = " AND ".join(_expression(term, is_wide=is_wide) for term in query.terms)
    if column:
        wanted = f"{column} : ({wanted})"
    # CROSS: the index leads. Asked the other way round it would look at each row.
    sql = (
        f"FROM {index} CROSS JOIN {table.name} d ON d.{table.key} = {index}.rowid "
        f"WHERE {index} MATCH %s"
    )
    return sql, [wanted]


def newest_first(table: Table) -> str:
    """The ORDER BY that the index itself follows, so that a LIMIT ends the reading."""
    return f"{index_name(table)}.rowid DESC"


def _expression(term: Term, *, is_wide: bool) -> str:
    # Words have letters, digits and `_` only: nothing in them can be an operator or end a string.
    row = f'"{" ".join(term.tokens)}"'
    return f'({row} OR "{term.prefix}" *)' if is_wide and term.prefix else row
