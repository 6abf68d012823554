"""Sees to it that no change of what pages show goes untold.

Three rings, from the inside out:

1. Every statement of Django's connections passes `guard`, whoever wrote it: `save()`, `update()`,
   `bulk_create()`, raw SQL, in a request, a command or a shell. One that changes a watched table is
   told on commit. Inside `touches(…)` it touches those keys; anywhere else it touches everything,
   so forgetting to name keys costs a rendering, never a stale page.
2. A process that dies between commit and telling has left a note before: see `Stamps.begin`.
3. Programs that know nothing of us (`psql`, `sqlite3`) leave a mark by a trigger of the database,
   which `marks` reads. Sessions of ours are exempt, as long as they can tell by themselves.
"""

import contextlib
import logging
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary, ref

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import Model

from blog.pagecache import stamps
from blog.pagecache.keys import EVERYTHING

logger = logging.getLogger(__name__)

MARKS_TABLE = "blog_foreign_write"
MANY_MARKS = 1_000  # rows of that table on PostgreSQL, before old ones are swept out

_READS = re.compile(
    r"[\s(]*(?:SELECT|PRAGMA|EXPLAIN|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|SET|SHOW|DECLARE|FETCH|CLOSE)\b",
    re.IGNORECASE,
)
_RETURNS = re.compile(r"\bRETURNING\b", re.IGNORECASE)
_UPDATES = re.compile(r"\s*UPDATE\b", re.IGNORECASE)
_CONDITION = re.compile(r"\bWHERE\b", re.IGNORECASE)

# Watched tables with the columns whose update matters; None: any change of the table does.
_watched: dict[str, frozenset[str] | None] = {}
_names = re.compile(r"(?!)")

_explained: ContextVar[tuple[str, ...] | None] = ContextVar("explained", default=None)
_pending: WeakKeyDictionary[BaseDatabaseWrapper, "ref[_Change]"] = WeakKeyDictionary()


def watch(model: type[Model], *, updates_of: Collection[str] = ()) -> None:
    """From now on a change of the model's own table is a change of pages.

    With `updates_of`, names of fields, only their update is: such a row shows by another row that
    names it, and that one is watched.
    """
    global _names
    fields = [field for field in model._meta.concrete_fields if field.name in updates_of]
    columns = frozenset(field.column for field in fields if field.column)
    _watched[model._meta.db_table.lower()] = columns or None
    _names = re.compile(rf"\b(?:{'|'.join(map(re.escape, _watched))})\b", re.IGNORECASE)


@contextmanager
def touches(*keys: str) -> Iterator[None]:
    """What is written inside changes only pages that show one of `keys`; none for no keys.

    Reaches this thread only. Keep it close around the writing: what a receiver of a signal writes
    inside counts too.
    """
    token = _explained.set(keys)
    try:
        yield
    finally:
        _explained.reset(token)


class _Change:
    """What one transaction touches; told when it is on disk.

    When it is undone, Django drops its callbacks: then nothing refers to this object any more, and
    it tells too. That is needless but harmless, and right if a callback before this one failed.
    """

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.is_told = False
        self._stamps = stamps.current()
        self._token = self._stamps.begin()

    def __call__(self) -> None:
        if self.is_told:
            return
        self.is_told = True
        try:
            self._stamps.finish(self._token, self.keys)
        except stamps.Unreachable as error:
            logger.error("A change could not be told: pages may be a minute old. %s", error)

    def __del__(self) -> None:
        # The token is missing when begin() failed.
        if hasattr(self, "_token"):
            self()


def is_change(sql: str) -> bool:
    """Whether `sql` may change what a page shows; in doubt, yes."""
    if _READS.match(sql):
        return False
    tables = {name.lower() for name in _names.findall(sql)}
    if not tables:
        return False
    for table in tables:
        columns = _watched[table]
        if columns is None:
            return True
        if _UPDATES.match(sql):
            written = _CONDITION.split(sql, maxsplit=1)[0]
            if any(re.search(rf"\b{re.escape(column)}\b", written) for column in columns):
                return True
        elif not re.match(r"\s*(?:INSERT|DELETE)\b", sql, re.IGNORECASE):
            return True
    return False


def guard(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Passes a statement on; tells on commit when it changes what pages show."""
    if not is_change(sql if isinstance(sql, str) else str(sql)):
        return execute(sql, params, many, context)
    connection: BaseDatabaseWrapper = context["connection"]
    change = _change_of(connection)
    if change is None:
        return execute(sql, params, many, context)
    explained = _explained.get()
    change.keys.update((EVERYTHING,) if explained is None else explained)
    if connection.in_atomic_block:
        return execute(sql, params, many, context)
    try:
        result = execute(sql, params, many, context)
        if connection.vendor == "sqlite" and _RETURNS.search(str(sql)):
            context["cursor"].cursor = _Fetched(context["cursor"].cursor)
        return result
    finally:
        change()


class _Fetched:
    """A cursor whose rows are all fetched.

    SQLite ends a statement that returns rows, and commits it when it stands alone, with its last
    row: told before, a change would be one that nobody can see yet.
    """

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self._rows: Iterator[Any] | None = iter(cursor.fetchall())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor) if self._rows is None else self._rows

    def execute(self, *arguments: Any) -> Any:
        self._rows = None
        return self._cursor.execute(*arguments)

    def executemany(self, *arguments: Any) -> Any:
        self._rows = None
        return self._cursor.executemany(*arguments)

    def fetchone(self) -> Any:
        return self._cursor.fetchone() if self._rows is None else next(self._rows, None)

    def fetchmany(self, size: int = 1) -> Any:
        return self._cursor.fetchmany(size) if self._rows is None else [*islice(self._rows, size)]

    def fetchall(self) -> Any:
        return self._cursor.fetchall() if self._rows is None else [*self._rows]


def _change_of(connection: BaseDatabaseWrapper) -> _Change | None:
    """The change that the connection's transaction makes; None when nobody could be told, and the
    database itself has to mark it.
    """
    known = _pending.get(connection)
    change = known() if known is not None and connection.in_atomic_block else None
    # A savepoint that was rolled back took its hook along; the change itself may live on in the
    # traceback of what went wrong.
    hooks = (entry[1] for entry in connection.run_on_commit)
    if change is not None and not change.is_told and any(hook is change for hook in hooks):
        return change
    try:
        change = _Change()
    except stamps.Unreachable as error:
        logger.error("The database marks a change instead: %s", error)
        mind(connection, can_tell=False)
        return None
    mind(connection, can_tell=True)
    if connection.in_atomic_block:
        _pending[connection] = ref(change)
        transaction.on_commit(change, using=connection.alias)
    return change


# --- Marks of others -----------------------------------------------------------------------------

_unminded: WeakKeyDictionary[BaseDatabaseWrapper, bool] = WeakKeyDictionary()


def mind(connection: BaseDatabaseWrapper, *, can_tell: bool) -> None:
    """Exempts the session from the marks of the triggers, or ends that.

    Goes round Django's cursor: it belongs to the connection, not to the work that is measured.
    """
    if can_tell and not _unminded.get(connection, True):
        return
    raw: Any = connection.connection
    # Where it can't be set, the session is marked like a stranger's: pages are dropped needlessly.
    # So it is before the first migration, when there is no table, and nothing to show either.
    with contextlib.suppress(connection.Database.Error), contextlib.closing(raw.cursor()) as cursor:  # type: ignore[attr-defined]
        if connection.vendor == "postgresql":
            cursor.execute(f"SET postil.tells_changes = '{'on' if can_tell else 'off'}'")
        elif can_tell:
            cursor.execute(
                "CREATE TEMP TRIGGER IF NOT EXISTS tells_changes "
                f"BEFORE UPDATE ON main.{MARKS_TABLE} BEGIN SELECT RAISE(IGNORE); END"
            )
        else:
            cursor.execute("DROP TRIGGER IF EXISTS temp.tells_changes")
    # What is set inside a transaction goes with it: only a setting outside is remembered.
    _unminded[connection] = not can_tell or connection.in_atomic_block


def greet(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Guards a connection that was just made."""
    if connection.alias != DEFAULT_DB_ALIAS:
        return
    if guard not in connection.execute_wrappers:
        connection.execute_wrappers.append(guard)
    _unminded.pop(connection, None)
    mind(connection, can_tell=True)


def install_triggers(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Makes the triggers of all watched tables anew: a migration may have dropped some, since
    SQLite makes a table anew to alter it.
    """
    connection = connections[using]
    statements = _POSTGRES if connection.vendor == "postgresql" else _SQLITE
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        existing = set(connection.introspection.table_names(cursor))
        for table in existing & set(_watched):
            for statement in _triggers(connection, table, _watched[table]):
                cursor.execute(statement)
    _unminded.pop(connection, None)
    mind(connection, can_tell=True)


_SQLITE = (
    f"CREATE TABLE IF NOT EXISTS {MARKS_TABLE} (id INTEGER PRIMARY KEY, number INTEGER NOT NULL)",
    f"INSERT OR IGNORE INTO {MARKS_TABLE} VALUES (1, 0)",  # noqa: S608 (our own name)
)
_POSTGRES = (
    f"CREATE TABLE IF NOT EXISTS {MARKS_TABLE} "
    "(id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())",
    # With the rights of its owner: whoever may write a post need not know of this table.
    f"""
    CREATE OR REPLACE FUNCTION {MARKS_TABLE}() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
    BEGIN
      IF current_setting('postil.tells_changes', true) IS DISTINCT FROM 'on' THEN
        INSERT INTO {MARKS_TABLE} DEFAULT VALUES;
      END IF;
      RETURN NULL;
    END $$
    """,
)


def _triggers(
    connection: BaseDatabaseWrapper, table: str, columns: Collection[str] | None
) -> Iterator[str]:
    quote = connection.ops.quote_name
    of = f" OF {', '.join(map(quote, sorted(columns)))}" if columns else ""
    if connection.vendor == "postgresql":
        events = f"UPDATE{of}" if columns else "INSERT OR UPDATE OR DELETE OR TRUNCATE"
        yield (
            f"CREATE OR REPLACE TRIGGER foreign_write AFTER {events} ON {quote(table)} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {MARKS_TABLE}()"
        )
        return
    for event in ("UPDATE",) if columns else ("INSERT", "UPDATE", "DELETE"):
        name = quote(f"foreign_write_{table}_{event.lower()}")
        yield f"DROP TRIGGER IF EXISTS {name}"
        count = f"UPDATE {MARKS_TABLE} SET number = number + 1"  # noqa: S608 (our own name)
        yield f"CREATE TRIGGER {name} AFTER {event}{of} ON {quote(table)} BEGIN {count}; END"


def marks(connection: BaseDatabaseWrapper) -> tuple[int, int]:
    """Two numbers that are others as soon as somebody else has changed a watched table. One query.

    Raises:
        DatabaseError: the database can't be asked.
    """
    # A key is given before its row can be seen; only the count tells of a row that came late.
    columns = "COUNT(*), COALESCE(MAX(id), 0)" if connection.vendor == "postgresql" else "number, 0"
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"SELECT {columns} FROM {MARKS_TABLE}")  # noqa: S608 (our own names)
        except DatabaseError as error:
            if MARKS_TABLE in str(error):
                return 0, 0  # not migrated yet
            raise
        first, second = cursor.fetchone()
        if connection.vendor == "postgresql" and first > MANY_MARKS:
            cursor.execute(f"DELETE FROM {MARKS_TABLE} WHERE at < now() - interval '1 hour'")  # noqa: S608
    return first, second


def connect() -> None:
    """Guards every connection from now on."""
    connection_created.connect(greet, dispatch_uid="blog.pagecache")
