"""One page of a discussion: where it begins, which replies it shows, what waits behind "more"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value, Window
from django.db.models.functions import Coalesce, RowNumber

from comments import threads
from comments.choices import Order, Status

if TYPE_CHECKING:
    from comments.models.comment import BlogComment, BlogCommentQuerySet

THREADS_PER_PAGE = 20
THREADS_ABOVE = 10  # the one that an address names, when it is not on the first page anyway
FIRST_REPLIES = 4  # of each thread; with 20 threads a page stays under 80 kB
FOCUS_REPLIES = 25  # of the thread that an address points into; the others then make room:
FIRST_REPLIES_BESIDE = 2


@dataclass(frozen=True, slots=True)
class _Sorting:
    """One order of threads: how the database sorts, and the same for rows in hand."""

    by: tuple[str, ...]
    place: Callable[[BlogComment], tuple[int, int]]
    from_here: Callable[[tuple[int, int], str], Q]
    before: Callable[[tuple[int, int], str], Q]

    @property
    def backwards(self) -> list[str]:
        """The opposite order."""
        return [name.removeprefix("-") if name[0] == "-" else f"-{name}" for name in self.by]


SORTINGS = {
    Order.OLDEST: _Sorting(
        by=("path",),
        place=lambda row: (0, _root_key(row)),
        from_here=lambda _place, path: Q(path__gte=path),
        before=lambda _place, path: Q(path__lt=path),
    ),
    Order.NEWEST: _Sorting(
        by=("-path",),
        place=lambda row: (0, -_root_key(row)),
        from_here=lambda _place, path: Q(path__lte=path),
        before=lambda _place, path: Q(path__gt=path),
    ),
    Order.LIKED: _Sorting(
        by=("-like_count", "path"),
        place=lambda row: (-_root_likes(row), _root_key(row)),
        # The first comparison is where the index begins, the second settles who has equally many.
        from_here=lambda place, path: (
            Q(like_count__lte=-place[0]) & (Q(like_count__lt=-place[0]) | Q(path__gte=path))
        ),
        before=lambda place, path: (
            Q(like_count__gte=-place[0]) & (Q(like_count__gt=-place[0]) | Q(path__lt=path))
        ),
    ),
}


def _root_key(row: BlogComment) -> int:
    return row.root_id or row.pk


def _root_likes(row: BlogComment) -> int:
    return int(getattr(row, "root_likes", row.like_count))


def read(
    comments: BlogCommentQuerySet,
    *,
    at: int | None,
    start: int | None,
    order: Order,
    waiting: Sequence[BlogComment],
    actor_keys: Sequence[str],
) -> threads.Page:
    """A page of `comments`, all of one post: one that shows comment `at` among the threads around
    it, or the one that begins at the thread of comment `start`; the first page when that comment
    is not shown, or on it.

    What only this reader sees: rows that are `waiting`, in their places; and with `actor_keys`,
    `is_liked` on each row. Two queries; four when `at` or `start` is given.
    """
    return _Reading(comments, SORTINGS[order], waiting, actor_keys).page(at, start, order)


class _Reading:
    """What the steps of reading one page share."""

    def __init__(
        self,
        comments: BlogCommentQuerySet,
        sorting: _Sorting,
        waiting: Sequence[BlogComment],
        actor_keys: Sequence[str],
    ) -> None:
        self.comments = comments
        self.shown = comments.shown()
        self.sorting = sorting
        self.waiting = waiting
        self.actor_keys = actor_keys

    def _drawn(self, comments: BlogCommentQuerySet) -> BlogCommentQuerySet:
        """`comments` with what is drawn of each."""
        drawn = comments.for_thread()
        if self.actor_keys:
            liked = self.comments.model.objects.filter(
                pk=OuterRef("pk"), reactions__actor_key__in=self.actor_keys
            )
            drawn = drawn.annotate(is_liked=Exists(liked))
        return drawn

    def page(self, at: int | None, start: int | None, order: Order) -> threads.Page:
        focus = self._shown(at) if at is not None else None
        first = self._shown(start) if focus is None and start is not None else None
        earlier = None
        if focus is not None:
            first, earlier = self._around(focus)
        elif first is not None:
            earlier = next(reversed(self._before(first, THREADS_PER_PAGE)), None)
        roots, later = self._roots(first if earlier is not None else None, focus)
        pinned: list[BlogComment] = []
        rows = {row.pk: row for row in roots}
        for row in self._replies(roots, focus, with_pinned=earlier is None):
            if row.root_id is None:
                pinned.append(row)
            else:
                rows[row.pk] = row
        pinned.sort(key=lambda row: (row.pinned_at, row.pk), reverse=True)
        hidden = self._hidden(roots, list(rows.values()), focus)
        rows |= {row.pk: row for row in self.waiting if row.root_id in rows}
        return threads.Page(
            lines=threads.arrange(rows.values(), hidden=hidden, roots=roots),
            earlier=earlier,
            later=later,
            pinned=pinned,
            order="" if order == Order.OLDEST else order.value,
        )

    def _shown(self, at: int) -> BlogComment | None:
        """The comment that the address names; its root's likes are with it. One query at most."""
        for row in self.waiting:
            if row.pk == at:
                return row
        likes = Coalesce(F("root__like_count"), F("like_count"))
        return self.shown.filter(pk=at).annotate(root_likes=likes).first()

    def _around(self, focus: BlogComment) -> tuple[BlogComment | None, BlogComment | None]:
        """Where the page begins that shows `focus` as a reader expects it, with what was said
        before, and where the page before that begins; None for both when it is the first. One
        query.
        """
        above = self._before(focus, THREADS_ABOVE + THREADS_PER_PAGE)
        if len(above) < THREADS_PER_PAGE:
            return None, None
        return above[THREADS_ABOVE - 1], above[-1]

    def _before(self, row: BlogComment, count: int) -> list[BlogComment]:
        """The first comments of so many threads before that of `row`, the nearest first. One
        query.
        """
        place, path = self.sorting.place(row), row.path[: threads.STEP_LENGTH]
        before = self.shown.top_level().filter(self.sorting.before(place, path))
        nearest = before.order_by(*self.sorting.backwards)[:count]
        return list(nearest.only("blogger_id", "path", "like_count", "root"))

    def _roots(
        self, first: BlogComment | None, focus: BlogComment | None
    ) -> tuple[list[BlogComment], BlogComment | None]:
        """The first comment of each thread of the page, which begins at that of `first`, and that
        of the next page. One query.
        """
        place = self.sorting.place
        found = self._drawn(self.shown.top_level()).annotate(reply_count=self._replies_from(""))
        if first is not None:
            found = found.filter(
                self.sorting.from_here(place(first), first.path[: threads.STEP_LENGTH])
            )
        if focus is not None:
            found = found.annotate(late_count=self._replies_from(focus.path))
        *roots, later = [*found.order_by(*self.sorting.by)[: THREADS_PER_PAGE + 1], None]
        if len(roots) > THREADS_PER_PAGE:
            later = roots.pop()
        roots += [
            row
            for row in self.waiting
            if row.root_id is None
            and (later is None or place(row) < place(later))
            and (first is None or place(row) >= place(first))
        ]
        return sorted(roots, key=place), later

    def _replies_from(self, path: str) -> Any:
        """How many shown replies of a thread stand at `path` or behind it."""
        replies = self.shown.filter(root=OuterRef("pk"), path__gte=path).order_by().values("root")
        return Coalesce(Subquery(replies.annotate(n=Count("pk")).values("n")), Value(0))

    def _replies(
        self, roots: list[BlogComment], focus: BlogComment | None, *, with_pinned: bool
    ) -> BlogCommentQuerySet:
        """The first replies of each thread, those around `focus`, and what is pinned. One query."""
        above = threads.ancestors(focus.path) if focus is not None else []
        replies = self.shown.exclude(path__in=above)
        beside = replies.filter(root__in=[root.pk for root in roots if _is_beside(root, focus)])
        first = replies.filter(root__in=[root.pk for root in roots if not _is_beside(root, focus)])
        wanted = [
            _first(first, FIRST_REPLIES + 1, of_each="root"),
            _first(beside, FIRST_REPLIES_BESIDE + 1, of_each="root"),
        ]
        if focus is not None and focus.root_id is not None:
            thread = self.shown.filter(root=focus.root_id)
            wanted.append(thread.filter(path__in=above).values("pk"))
            wanted.append(_first(thread.filter(path__gte=focus.path), FOCUS_REPLIES + 1))
        if with_pinned:
            published = self.comments.filter(root=None, status=Status.PUBLISHED)
            wanted.append(published.filter(pinned_at__isnull=False).values("pk"))
        first_keys, *more = [keys.order_by() for keys in wanted]
        keys = first_keys.union(*more, all=True)
        return self._drawn(self.comments.model.objects.filter(pk__in=keys)).order_by("path")

    def _hidden(
        self, roots: list[BlogComment], rows: list[BlogComment], focus: BlogComment | None
    ) -> dict[int, int]:
        """Rows that are one too many: they stand for so many that are not shown."""
        hidden: dict[int, int] = {}
        above = set(threads.ancestors(focus.path)) if focus is not None else set()
        above_count = sum(row.path in above for row in rows if row.root_id is not None)
        replies_by_root: dict[int, list[BlogComment]] = {root.pk: [] for root in roots}
        for row in sorted(rows, key=lambda row: row.path):
            if row.root_id is not None and row.path not in above:
                replies_by_root[row.root_id].append(row)
        for root in roots:
            replies = replies_by_root[root.pk]
            early_count: int = getattr(root, "reply_count", 0)
            late_count: int = getattr(root, "late_count", 0)
            if focus is not None and focus.root_id == root.pk:
                late = [row for row in replies if row.path >= focus.path]
                if len(late) > FOCUS_REPLIES:
                    hidden[late[FOCUS_REPLIES].pk] = late_count - FOCUS_REPLIES
                early_count -= late_count + above_count
                replies = [row for row in replies if row.path < focus.path]
            first = FIRST_REPLIES_BESIDE if _is_beside(root, focus) else FIRST_REPLIES
            if len(replies) > first:
                hidden[replies[first].pk] = early_count - first
        return hidden


def _is_beside(root: BlogComment, focus: BlogComment | None) -> bool:
    """Whether the thread of `root` makes room for another one, into which the address points."""
    return focus is not None and focus.root_id not in {None, root.pk}


def _first(replies: BlogCommentQuerySet, count: int, *, of_each: str = "") -> Any:
    """Keys of at most `count` replies in reading order, `of_each` thread or altogether.

    Keys only: a thread of thousands is numbered without its texts.
    """
    place = Window(
        RowNumber(), partition_by=F(of_each) if of_each else None, order_by=F("path").asc()
    )
    return replies.order_by().annotate(place=place).filter(place__lte=count).values("pk")
