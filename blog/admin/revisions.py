"""The revisions of a post as a list: who saved it when, and what changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator

from blog.models import Post

PER_PAGE = 30  # each is a whole text in memory while the page is made


@dataclass(frozen=True, slots=True)
class Revision:
    """One saved state of a post."""

    key: int
    at: datetime
    by: User | None
    title: str
    changed: list[Any]  # names of fields in words; empty for the first revision


def page_of_revisions(post: Post, number: str) -> tuple[list[Revision], Page[Any]]:
    """The revisions of page `number`, newest first, and the page itself. Three queries."""
    rows = post.revisions.select_related("history_user").order_by("-history_date", "-history_id")  # type: ignore[attr-defined]
    paginator = Paginator(rows, PER_PAGE)
    page = paginator.get_page(number)
    start = page.start_index() - 1 if paginator.count else 0
    # One more than shown: the last one is compared with what was before it.
    return list(_compared(list(rows[start : start + PER_PAGE + 1])))[:PER_PAGE], page


def _compared(rows: list[Any]) -> Iterator[Revision]:
    for row, before in pairwise([*rows, None]):
        changed = [
            field.verbose_name
            for field in (row.tracked_fields if before is not None else ())
            if getattr(row, field.attname) != getattr(before, field.attname)
            and field.attname != "updated_at"
        ]
        yield Revision(row.history_id, row.history_date, row.history_user, row.title, changed)
