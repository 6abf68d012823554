"""What is decided on comments: by moderators, by enough readers, by their writers."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from blog import pagecache
from comments.choices import Act, RemovedBy, Status
from comments.models import BlogComment, Report
from comments.moderation.status import locked, log, set_status, settle_reports
from comments.spam import clues

# Which comments an act is for, where it is not for all; the others it leaves as they are.
FITTING = {
    Act.APPROVED: frozenset({Status.UNCONFIRMED, Status.HELD, Status.SPAM}),
    Act.RESTORED: frozenset({Status.SPAM, Status.REMOVED}),
    Act.REPORTED: frozenset({Status.PUBLISHED}),
    Act.CHANGED: frozenset({Status.PUBLISHED}),
}


def approve(
    comments: Iterable[BlogComment], *, by: User, note: str = "", at: datetime | None = None
) -> int:
    """Publishes what was held, spam or unconfirmed; how many changed. At most 15 queries.

    `at`, here and below, is the moment that the log says: acts in several batches share it, and
    `undo` finds them by it. None: now.
    """
    return _act(comments, Status.PUBLISHED, act=Act.APPROVED, by=by, note=note, at=at)


def hold(
    comments: Iterable[BlogComment], *, by: User | None, note: str = "", at: datetime | None = None
) -> int:
    """Takes comments back to the queue; how many changed. At most 15 queries."""
    return _act(comments, Status.HELD, act=Act.HELD, by=by, note=note, at=at)


def hold_reported(comment: BlogComment, *, reader_count: int) -> bool:
    """Takes a published comment back to the queue because readers of so many networks reported it;
    whether it was published. That joins the reasons that were there.
    """
    with transaction.atomic():
        if not _act([comment], Status.HELD, act=Act.REPORTED, by=None, note=""):
            return False
        others = [reason for reason in comment.reasons if reason["name"] != "reported"]
        comment.reasons = [clues.reported(reader_count).as_json(), *others]
        with pagecache.touches():  # no page says why
            BlogComment.objects.filter(pk=comment.pk).update(reasons=comment.reasons)
    return True


def hold_changed(comment: BlogComment) -> None:
    """Takes a published comment back to the queue because its writer gave it a text that would have
    been held.
    """
    _act([comment], Status.HELD, act=Act.CHANGED, by=None, note="")


def record(comment: BlogComment, act: Act, *, by: User | None) -> None:
    """Writes into the log what was done to a comment without moving it. One query."""
    log([comment], act=act, by=by, note="", at=timezone.now())


def mark_spam(
    comments: Iterable[BlogComment], *, by: User, note: str = "", at: datetime | None = None
) -> int:
    """Moves comments to the spam folder; how many changed. At most 15 queries."""
    return _act(comments, Status.SPAM, act=Act.MARKED_SPAM, by=by, note=note, at=at)


def remove(
    comments: Iterable[BlogComment],
    *,
    by: User | None,
    removed_by: RemovedBy = RemovedBy.MODERATOR,
    note: str = "",
    at: datetime | None = None,
) -> int:
    """Takes the text away; replies stay under a nameless notice. How many changed."""
    return _act(
        comments,
        Status.REMOVED,
        act=Act.REMOVED,
        by=by,
        note=note,
        removed_by=removed_by,
        at=at,
    )


def restore(
    comments: Iterable[BlogComment], *, by: User, note: str = "", at: datetime | None = None
) -> int:
    """Publishes removed or spam comments again; how many changed. At most 15 queries."""
    return _act(comments, Status.PUBLISHED, act=Act.RESTORED, by=by, note=note, at=at)


def keep(
    comments: Iterable[BlogComment], *, by: User, note: str = "", at: datetime | None = None
) -> int:
    """Leaves reported comments as they are: the reports so far count no longer. How many comments
    had such reports. At most 10 queries.
    """
    now = at or timezone.now()
    open_reports = Report.objects.filter(comment=OuterRef("pk"), settled_at=None)
    with transaction.atomic():
        kept = locked([comment.pk for comment in comments], Exists(open_reports))
        if kept:
            settle_reports(kept, at=now)
            log(kept, act=Act.KEPT, by=by, note=note, at=now)
    return len(kept)


def _act(
    comments: Iterable[BlogComment],
    status: Status,
    *,
    act: Act,
    by: User | None,
    note: str,
    removed_by: RemovedBy | None = None,
    at: datetime | None = None,
) -> int:
    keys = [comment.pk for comment in comments]
    fitting = FITTING.get(act, frozenset(Status))
    with transaction.atomic():
        # What its author took away stays away, whatever a moderator does.
        changing = [
            comment
            for comment in locked(keys)
            if comment.status in fitting and comment.removed_by != RemovedBy.AUTHOR
        ]
        return set_status(changing, status, act=act, by=by, note=note, removed_by=removed_by, at=at)
