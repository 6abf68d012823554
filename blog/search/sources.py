"""The plug of this package: where the upper app adds what else can be found.

`blog` knows its posts and pages. Whoever has other texts registers a source when Django is ready;
each has its own words in a table of its own, and its own tab on the page of results.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from blog.search.words import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Where the words of some texts stand. The database keeps its index of them by itself."""

    name: str
    key: str  # a column of integers, larger for newer texts
    text: str  # the column with the key of the text; that of the row itself may be it
    columns: tuple[str, ...]  # of words: titles first, then labels; or the text alone
    status: tuple[str, str] | None = None  # a column and its value in rows that count; None: all do


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One text that was found, as the page shows it."""

    url: str
    title_html: SafeString
    snippet_html: SafeString
    at: datetime | None  # None: it has no date
    byline: str = ""
    language: str = ""  # of title and snippet, as HTML says it; "": the page's own
    kind: str = ""  # what it is, if that is not plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Texts of one kind."""

    name: str  # as an address says it; "" for what is searched unless something else is said
    label: str | Promise
    table: Table
    # The texts that any reader may read now. Asked at every search: words that have outlived their
    # text's publication find nothing.
    visible: Callable[[], QuerySet[Any]]
    # Every text that may have words, published or not.
    texts: Callable[[], QuerySet[Any]]
    # Makes the words of the texts with these keys true; how many were wrong.
    refresh: Callable[[Sequence[int]], int]
    # Whether some text has no words yet.
    lacks_words: Callable[[], bool]
    # Results for the texts with these keys that a reader may read, in their order.
    results: Callable[[Sequence[int], Query], list[Result]]
    # The page keys under which changes of these texts are told.
    page_keys: Collection[str] = ()


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Adds a kind of texts to the search, once however often it is called."""
    _sources.setdefault(source.name, source)


def registered() -> list[Source]:
    """All kinds, in the order of their tabs."""
    return list(_sources.values())


def named(name: str) -> Source:
    """The source of that name; the first one when there is none."""
    return _sources.get(name) or registered()[0]
