"""The one writer of a comment's status, and of all that follows from it: the package's flags, the
post's counters, the audit log, the mails.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, DateTimeField, Exists, F, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.dispatch import Signal
from django.utils import timezone

from blog import pagecache
from comments import notifications
from comments.choices import Act, RemovedBy, Status
from comments.models import BlogComment, ModerationEvent, Report
from comments.models.comment import VISIBLE
from comments.moderation.counts import count
from comments.signals import comment_published, comment_taken_down

# What the package's own columns say of a status, so that its in_moderation() stays meaningful.
PACKAGE_FLAGS = {
    Status.UNCONFIRMED: (False, False),
    Status.HELD: (False, False),
    Status.PUBLISHED: (True, False),
    Status.SPAM: (False, True),
    Status.REMOVED: (True, True),
}
# By these a moderator has answered the readers who reported a comment, one way or the other.
SETTLING = frozenset({Act.APPROVED, Act.RESTORED, Act.MARKED_SPAM, Act.REMOVED})
# By these a comment that waited goes public: its writer is told, once.
LETTING_THROUGH = frozenset({Act.APPROVED, Act.RESTORED})
UNDO_WITHIN = timedelta(minutes=1)
# Readers are told later still: an undo that began in time may be at work on many comments.
TELL_AFTER = UNDO_WITHIN + timedelta(seconds=10)


def locked(keys: Collection[int], *conditions: Exists) -> list[BlogComment]:
    """The rows of those comments, locked."""
    return list(lockable().filter(*conditions, pk__in=keys))


def lockable() -> "QuerySet[Any]":
    """All comments, to be locked in one order so that two moderators never wait for each other in
    a ring.
    """
    return (
        BlogComment.objects.select_for_update(of=("self",))
        .select_related("post", "guest")
        .defer("post__body", "post__body_html", "post__search_text")  # hundreds of times, unread
        .order_by("pk")
    )


def set_status(
    comments: Collection[BlogComment],
    status: Status,
    *,
    act: Act,
    by: User | None,
    note: str = "",
    removed_by: RemovedBy | None = None,
    at: datetime | None = None,
    undone_at: datetime | None = None,
) -> int:
    """Writes the status of locked rows and all that follows from it. Set-based: the number of
    queries does not grow with the comments. `undone_at` is the moment of an act that is taken back.
    """
    # Its author may take away what a moderator has removed: then nobody brings it back.
    changing = [
        comment
        for comment in comments
        if comment.status != status or removed_by == RemovedBy.AUTHOR
    ]
    if not changing:
        return 0
    keys = [comment.pk for comment in changing]
    before = {comment.pk: comment.status for comment in changing}
    now = at or timezone.now()
    is_public, is_removed = PACKAGE_FLAGS[status]
    columns: dict[str, Any] = {
        "status": status,
        "removed_by": removed_by or "",
        "is_public": is_public,
        "is_removed": is_removed,
    }
    if status == Status.PUBLISHED:
        moment = Value(now, output_field=DateTimeField())
        columns["published_at"] = Coalesce("published_at", moment)
        if by is not None and undone_at is None:  # by a moderator
            columns["announce_from"] = now + TELL_AFTER
    elif undone_at is not None:  # what it published is as if it had never been
        columns["published_at"] = Case(
            When(published_at=undone_at, then=None), default=F("published_at")
        )
    if status == Status.HELD and by is None:  # no moderator knows yet
        columns["moderators_told_at"] = None
    if removed_by == RemovedBy.AUTHOR:
        columns["fingerprint"] = None  # who took it back himself may say it again
    touched = shown_change(changing, status)
    with pagecache.touches(*touched):
        BlogComment.objects.filter(pk__in=keys).update(**columns)
    if act in SETTLING and by is not None:
        settle_reports(changing, at=now)
    log(changing, act=act, by=by, note=note, at=now, status=status)
    if act in LETTING_THROUGH and by is not None:
        waited = {Status.HELD, Status.SPAM}
        notifications.tell_writers(
            (row for row in changing if row.status in waited and row.published_at is None), by=by
        )
    for comment in changing:
        comment.status = status
        comment.removed_by = removed_by or ""
    shown_before = [comment for comment in changing if before[comment.pk] == Status.PUBLISHED]
    shown_now = changing if status == Status.PUBLISHED else []
    with pagecache.touches(*touched):
        count(published=shown_now, taken_down=shown_before)
    if status == Status.PUBLISHED:
        announce(keys, comment_published)
    else:
        announce([comment.pk for comment in shown_before], comment_taken_down)
    return len(changing)


def shown_change(comments: Iterable[BlogComment], status: Status) -> set[str]:
    """What pages show that changes when these comments, as they are now, get `status`."""
    changed = {
        comment.post_id for comment in comments if comment.status in VISIBLE or status in VISIBLE
    }
    discussions = {pagecache.keys.discussion(post_id) for post_id in changed}
    return discussions | {pagecache.keys.COMMENTS} if changed else set()


def log(
    comments: Iterable[BlogComment],
    *,
    act: Act,
    by: User | None,
    note: str,
    at: datetime,
    status: Status | None = None,
) -> None:
    """Writes one event for each of `comments`, which are still as they were; `status` is what they
    become, None when that does not change. One query.
    """
    ModerationEvent.objects.bulk_create(
        ModerationEvent(
            comment=comment,
            act=act,
            by=by,
            status_before=comment.status,
            status_after=status or comment.status,
            note=note,
            at=at,
        )
        for comment in comments
    )


def announce(keys: Collection[int], signal: Signal) -> None:
    """Sends `signal` for each of `keys` once the transaction is on disk."""
    if not keys:
        return

    def send() -> None:
        comments = BlogComment.objects.filter(pk__in=keys).select_related("post", "user", "guest")
        for comment in comments:
            signal.send(BlogComment, comment=comment)

    transaction.on_commit(send)


def settle_reports(comments: Iterable[BlogComment], *, at: datetime) -> None:
    """Notes that a moderator has answered what readers reported of `comments` so far. One query."""
    keys = [comment.pk for comment in comments]
    Report.objects.filter(comment__in=keys, settled_at=None).update(settled_at=at)
