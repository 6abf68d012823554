"""The index: made where it is missing, and made anew by a command."""

from collections.abc import Callable, Iterator
from datetime import datetime
from types import ModuleType

from django.db import DEFAULT_DB_ALIAS, connections

from blog.search import postgres, sqlite
from blog.search.sources import Source, registered

BATCH_SIZE = 500  # texts in one transaction of a rebuild
KEY_BITS = 31  # of a post's key in that of its document


def backend(vendor: str) -> ModuleType:
    """The module that knows this database."""
    return postgres if vendor == "postgresql" else sqlite


def place(at: datetime, key: int) -> int:
    """A key for the words of text `key` of that moment: larger for later minutes."""
    return (int(at.timestamp()) // 60 << KEY_BITS) | (key & (1 << KEY_BITS) - 1)


def install(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Makes what the database needs to search, where it is missing; and words, where texts have
    none, as after an update.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        sources = [source for source in registered() if source.table.name in tables]
        database = backend(connection.vendor)
        there = database.there(cursor)
        for source in sources:
            for name, statement in database.statements(source.table):
                if name not in there:
                    cursor.execute(statement)
    for source in sources:
        if source.lacks_words():
            rebuild(source)


def forget(source: Source) -> None:
    """What was taken out of the index lies nowhere any more, where the database left it lying. One
    statement, which takes longer the larger the index is.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    backend(connection.vendor).forget(connection, source.table)


def rebuild(source: Source, *, tell: Callable[[int], None] = lambda count: None) -> int:
    """Makes the words of every text true, BATCH_SIZE texts in a transaction, so that readers and
    writers go on meanwhile; how many were wrong. `tell` gets the number of texts looked at, after
    each batch. An index that does not follow its words is filled anew, at once.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    wrong = int(backend(connection.vendor).repair(connection, source.table))
    count = 0
    for keys in _keys(source):
        wrong += source.refresh(keys)
        count += len(keys)
        tell(count)
    return wrong


def _keys(source: Source) -> Iterator[list[int]]:
    """The keys of all texts in their order, BATCH_SIZE at a time."""
    keys: list[int] = []
    while True:
        texts = source.texts().order_by("pk")
        if keys:
            texts = texts.filter(pk__gt=keys[-1])
        keys = list(texts.values_list("pk", flat=True)[:BATCH_SIZE])
        if not keys:
            return
        yield keys
