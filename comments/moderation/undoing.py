"""Taking an act of a moderator back."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from comments.choices import Act, RemovedBy, Status
from comments.models import BlogComment, ModerationEvent, Report
from comments.moderation.status import SETTLING, UNDO_WITHIN, lockable, log, set_status

# Of one transaction: a lock on a few hundred rows is over before a reader notices it.
BATCH_SIZE = 500


def undo(act: Act, *, by: User, at: datetime) -> int:
    """Gives the comments that `by` changed by that act at that moment the status they had before;
    how many. The log keeps the act and says that it was undone.

    Only within UNDO_WITHIN, and only comments to which nothing has happened since. At most 15
    queries per BATCH_SIZE when all had the same status before; about seven more per further status.
    """
    if not timedelta() <= timezone.now() - at <= UNDO_WITHIN:
        return 0
    count = 0
    last: int | None = 0
    while last is not None:
        done, last = _undo(act, by=by, at=at, behind=last)
        count += done
    return count


def _undo(act: Act, *, by: User, at: datetime, behind: int) -> tuple[int, int | None]:
    """Undoes one act on the first BATCH_SIZE comments behind that key: how many, and the last key
    of the batch; None when there are no more.
    """
    events = ModerationEvent.objects.filter(act=act, by=by, at=at)
    since = ModerationEvent.objects.filter(comment=OuterRef("comment"), pk__gt=OuterRef("pk"))
    event = events.filter(comment=OuterRef("pk"))
    with transaction.atomic():
        found = list(
            lockable()
            .filter(pk__gt=behind, pk__in=events.filter(~Exists(since)).values("comment"))
            .annotate(
                before=Subquery(event.values("status_before")[:1]),
                after=Subquery(event.values("status_after")[:1]),
            )[:BATCH_SIZE]
        )
        # Somebody may have been faster while we waited for the lock.
        comments = [comment for comment in found if comment.status == comment.after]
        if act in SETTLING or act == Act.KEPT:
            _open_reports(comments, settled_at=at)
        by_status: dict[Status, list[BlogComment]] = {}
        for comment in comments:
            by_status.setdefault(Status(comment.before), []).append(comment)
        for status, group in by_status.items():
            if group[0].status == status:
                log(group, act=Act.UNDONE, by=by, note="", at=timezone.now())
                continue
            set_status(
                group,
                status,
                act=Act.UNDONE,
                by=by,
                removed_by=RemovedBy.MODERATOR if status == Status.REMOVED else None,
                undone_at=at,
            )
    return len(comments), found[-1].pk if len(found) == BATCH_SIZE else None


def _open_reports(comments: Iterable[BlogComment], *, settled_at: datetime) -> None:
    keys = [comment.pk for comment in comments]
    Report.objects.filter(comment__in=keys, settled_at=settled_at).update(settled_at=None)
