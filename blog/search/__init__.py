"""Finds texts by their words, in all scripts alike and on both databases.

`words` says what a word is, `index` keeps one line of words for each text, `sqlite` and `postgres`
let the database search in these, `sources` is where the upper app adds its texts, `snippets` cuts
out what is shown. Every word of a query must be in a text, in any form of it; the last one may be
unfinished. Who reads what is decided when somebody asks, by the texts and not by the index.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from blog.models import Post, PostQuerySet
from blog.search.index import backend, forget, install, place, rebuild
from blog.search.posts import POSTS
from blog.search.sources import Result, Source, named, register, registered
from blog.search.words import Query, read

PER_PAGE = 10
# How many of the newest texts that match are ranked: so a word that stands everywhere costs no
# more in a large blog. As many again whose title matches, however old.
RANKED = 200
LAST_PAGE = 2 * RANKED // PER_PAGE
WEIGHED = 20_000  # characters of a line of words in which hits are counted

__all__ = [
    "LAST_PAGE",
    "PER_PAGE",
    "Found",
    "Query",
    "Result",
    "Source",
    "find",
    "forget",
    "install",
    "matching_posts",
    "named",
    "place",
    "read",
    "rebuild",
    "register",
    "registered",
]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found."""

    results: list[Result]
    count: int  # on all pages
    is_cut: bool  # there are more than `count`, and only so many can be seen
    has_more: bool  # behind this page
    start: int = 1  # the number of the first result


def find(source: Source, query: Query, *, page: int = 1, before: int | None = None) -> Found:
    """The texts of `source` that match and that any reader may read: those with all words in the
    title first, then by how much of them is in title, labels and text; comments, which have no
    title, the newest first.

    `before` leaves out documents from that key on. At most three queries, and those of the page.
    """
    if not query.terms:
        return Found([], 0, is_cut=False, has_more=False)
    rows = _ranked(source, query, is_wide=False, before=before)
    # Forms of a word that was typed whole come first; who typed half of one finds that too.
    if len(rows) < PER_PAGE and query.is_open:
        rows = _ranked(source, query, is_wide=True, before=before)
    start = (page - 1) * PER_PAGE
    keys = [row.key for row in rows[start : start + PER_PAGE]]
    return Found(
        source.results(keys, query) if keys else [],
        len(rows),
        is_cut=len(rows) >= RANKED,
        has_more=len(rows) > start + PER_PAGE,
        start=start + 1,
    )


def matching_posts(text: str) -> PostQuerySet:
    """Live posts and pages that match what somebody typed, in no order; none without words."""
    query = read(text)
    if not query.terms:
        return Post.objects.none()
    sql, filling = backend(connection.vendor).matching(POSTS.table, query, is_wide=True)
    keys = RawSQL(f"SELECT d.{POSTS.table.text} {sql}", filling)  # noqa: S611 (our own names)
    return Post.objects.live().filter(pk__in=keys)


@dataclass(frozen=True, slots=True)
class _Row:
    key: int
    weight: tuple[int, float, int]  # all words in the title, how much, how new


def _ranked(source: Source, query: Query, *, is_wide: bool, before: int | None) -> list[_Row]:
    """What matches and may be seen, best first. One query."""
    table = source.table
    has_title = len(table.columns) > 1
    chosen, filling = _chosen(source, query, "", is_wide=is_wide, before=before)
    if has_title:
        # One level more: SQLite takes no ORDER BY in the parts of a union.
        other, more = _chosen(source, query, table.columns[0], is_wide=is_wide, before=before)
        chosen = f"SELECT place FROM ({chosen}) a UNION SELECT place FROM ({other}) b"  # noqa: S608
        filling += more
    columns, weighing = _weighing(table.columns, query, is_wide=is_wide) if has_title else ("", [])
    sql = (
        f"SELECT d.{table.key}, d.{table.text}{columns} FROM {table.name} d "  # noqa: S608
        f"WHERE d.{table.key} IN ({chosen})"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*weighing, *filling])
        rows = [
            _Row(key, (*_weight(numbers, query), place))
            for place, key, *numbers in cursor.fetchall()
        ]
    return sorted(rows, key=lambda row: row.weight, reverse=True)


def _chosen(
    source: Source, query: Query, column: str, *, is_wide: bool, before: int | None
) -> tuple[str, list[Any]]:
    """A SELECT of the newest documents that match and whose texts may be read."""
    database = backend(connection.vendor)
    sql, filling = database.matching(source.table, query, column=column, is_wide=is_wide)
    readable, readers = _exists(source.visible(), f"d.{source.table.text}")
    sql = f"SELECT d.{source.table.key} AS place {sql} AND {readable}"
    filling += readers
    if before is not None:
        sql += f" AND d.{source.table.key} < %s"
        filling.append(before)
    order = database.newest_first(source.table)
    return f"{sql} ORDER BY {order} LIMIT {RANKED}", filling


def _exists(rows: QuerySet[Any], key: str) -> tuple[str, list[Any]]:
    """The condition that `rows` has one of that key, looked up for each document: SQLite would
    rather make a list of all of them first.
    """
    one = rows.order_by().filter(pk=RawSQL(key, ())).values("pk")  # noqa: S611 (our own name)
    sql, filling = one.query.get_compiler(connection=connection).as_sql()
    return f"EXISTS ({sql})", list(filling)


def _weighing(columns: tuple[str, ...], query: Query, *, is_wide: bool) -> tuple[str, list[Any]]:
    """Columns that tell what of the query each document has: for each term whether it is in the
    title, whether in the labels, and how often in the text; then how long the text is.
    """
    has = backend(connection.vendor).HAS
    title, labels, body = (f"d.{name}" for name in columns)
    body = f"substr({body}, 1, {WEIGHED})"
    parts: list[str] = []
    filling: list[Any] = []
    for term in query.terms:
        needle = f" {term.prefix}" if is_wide and term.prefix else term.needle
        counted = f"(length({body}) - length(replace({body}, %s, '')))"
        parts += [f"{has}({title}, %s) > 0", f"{has}({labels}, %s) > 0", counted]
        filling += [needle, needle, term.typed]
    return f", {', '.join(parts)}, length({body})", filling


def _weight(numbers: list[Any], query: Query) -> tuple[int, float]:
    """Whether all terms are in the title, and how much of them is anywhere."""
    if not numbers:
        return 0, 0.0
    *by_term, length = numbers
    in_title, weight = 0, 0.0
    for number, term in enumerate(query.terms):
        title, labels, characters = by_term[3 * number : 3 * number + 3]
        in_title += bool(title)
        # As in BM25: the tenth time says little more than the third, and less in a long text.
        times = characters / len(term.typed)
        weight += 2.0 * bool(title) + 1.0 * bool(labels)
        weight += times / (times + 0.5 + length / 4_000) if times else 0.0
    return int(in_title == len(query.terms)), round(weight, 6)
