"""The one writer of a comment's status, and of everything that follows from it: the package's
flags, the post's counters, the audit log, the mails. Each act is one transaction.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone

from blog import pagecache
from blog.models import Post, SiteProfile
from comments import engine, notifications, subscriptions
from comments.choices import Act, RemovedBy, Status
from comments.models import BlogComment, Guest, ModerationEvent, Report
from comments.models.comment import VISIBLE
from comments.models.guest import normal_address
from comments.signals import comment_published, comment_taken_down
from comments.spam import Clue, Refused, Submission, Verdict, clues, is_staff, judge, ratelimit

# What the package's own columns say of a status, so that its in_moderation() stays meaningful.
PACKAGE_FLAGS = {
    Status.UNCONFIRMED: (False, False),
    Status.HELD: (False, False),
    Status.PUBLISHED: (True, False),
    Status.SPAM: (False, True),
    Status.REMOVED: (True, True),
}
# Which comments an act is for, where it is not for all; the others it leaves as they are.
FITTING = {
    Act.APPROVED: frozenset({Status.UNCONFIRMED, Status.HELD, Status.SPAM}),
    Act.RESTORED: frozenset({Status.SPAM, Status.REMOVED}),
    Act.REPORTED: frozenset({Status.PUBLISHED}),
    Act.CHANGED: frozenset({Status.PUBLISHED}),
}
# By these a moderator has answered the readers who reported a comment, one way or the other.
SETTLING = frozenset({Act.APPROVED, Act.RESTORED, Act.MARKED_SPAM, Act.REMOVED})
# By these a comment that waited goes public: its writer is told, once.
LETTING_THROUGH = frozenset({Act.APPROVED, Act.RESTORED})
UNDO_WITHIN = timedelta(minutes=1)
# Readers are told later still: an undo that began in time may be at work on many comments.
TELL_AFTER = UNDO_WITHIN + timedelta(seconds=10)
# Of one transaction: a lock on a few hundred rows is over before a reader notices it.
BATCH_SIZE = 500


def fingerprint(submission: Submission) -> str:
    """Who says what where, as a hash: equal for a form that is sent twice."""
    if submission.user is not None:
        who = f"user:{submission.user.pk}"
    elif submission.email:
        who = f"mail:{normal_address(submission.email)}"
    else:
        who = f"name:{submission.name}:{submission.client_key}"
    parent = submission.reply_to.pk if submission.reply_to else 0
    parts = (str(submission.post.pk), str(parent), who, submission.text.strip())
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def receive(
    submission: Submission,
    *,
    request: HttpRequest | None = None,
    can_mail: bool,
    is_undoable: bool = False,
) -> BlogComment:
    """Keeps what a visitor sent and says where it stands; the same form twice is one comment.
    With `is_undoable` its writer may take it back as he may an act: nobody is told of it before.

    One transaction: the row with its status, the audit event, the mail that asks a new guest to
    confirm his address. At most 15 queries.

    Raises:
        ratelimit.TooFast: this network has to wait. The same form again never has to, nor do the
            blog's own people.
        spam.Refused: a block rule refuses it.
        engine.Vetoed: a receiver of the package's signal refused it.
    """
    mark = fingerprint(submission)
    try:
        verdict = judge(submission)
        with transaction.atomic():
            if not is_staff(submission):
                ratelimit.check(submission.client_key)
            comment = _new(submission, verdict, mark, can_mail=can_mail)
            if is_undoable:
                comment.announce_from = timezone.now() + TELL_AFTER
            return _insert(comment, submission, request=request, can_mail=can_mail)
    except (IntegrityError, ratelimit.TooFast):
        # Its fingerprint is unique: looked for only now, so that the usual case needs no query.
        first = BlogComment.objects.filter(fingerprint=mark).select_related("post").first()
        if first is None:
            raise
        return first


def _new(submission: Submission, verdict: Verdict, mark: str, *, can_mail: bool) -> BlogComment:
    """The row of `submission`, not saved yet."""
    guest = submission.guest
    status = verdict.status
    if submission.user is None and guest is None:
        if can_mail and submission.email and status != Status.SPAM:
            status = Status.UNCONFIRMED
        elif status == Status.PUBLISHED:
            status = Status.HELD
            verdict = Verdict(status, [*verdict.clues, clues.unconfirmed_address()])
    comment = BlogComment(
        post=submission.post,
        user=submission.user,
        guest=guest,
        user_name="" if submission.user else submission.name,
        user_email="" if submission.user else submission.email,
        user_url=submission.url,
        comment=submission.text,
        client_key=submission.client_key,
        fingerprint=mark,
        status=status,
        reasons=[clue.as_json() for clue in verdict.clues],
    )
    comment.is_public, comment.is_removed = PACKAGE_FLAGS[status]
    if status == Status.PUBLISHED:
        comment.published_at = timezone.now()
    return comment


def _insert(
    comment: BlogComment, submission: Submission, *, request: HttpRequest | None, can_mail: bool
) -> BlogComment:
    status = Status(comment.status)
    with pagecache.touches(*_shown_change([comment], status)):
        engine.insert(comment, reply_to=submission.reply_to, request=request)
        if status == Status.PUBLISHED:
            _count(published=[comment], taken_down=[])
    ModerationEvent.objects.create(
        comment=comment, act=Act.RECEIVED, by=submission.user, status_after=status
    )
    if status == Status.PUBLISHED:
        _announce([comment.pk], comment_published)
    elif status == Status.UNCONFIRMED:
        notifications.ask_to_confirm(comment)
    if can_mail and submission.follow:
        subscriptions.follow_with(comment, submission.follow)
    return comment


def confirm(comment: BlogComment) -> BlogComment:
    """The writer has shown that the address is his: from now on this guest is known, and the
    comment, if it still waited for that, goes where the blog's policy sends it.

    Twice is as good as once. One transaction. The post may have closed meanwhile: then the comment
    waits for a moderator.
    """
    with transaction.atomic():
        comment = _locked([comment.pk])[0]
        email = normal_address(comment.user_email)
        if not email or comment.guest is not None:
            return comment
        guest, _created = Guest.objects.get_or_create(email=email)
        guest.verified_at = guest.verified_at or timezone.now()
        guest.name = comment.user_name
        guest.language = SiteProfile.current().language
        guest.save(update_fields=["verified_at", "name", "language"])
        comment.guest = guest
        with pagecache.touches():  # no page says who it was
            BlogComment.objects.filter(pk=comment.pk).update(guest=guest)
        subscriptions.confirm_made_with(comment)
        if comment.status == Status.UNCONFIRMED:
            verdict = judge_again(comment)
            comment.reasons = [clue.as_json() for clue in verdict.clues]
            with pagecache.touches():
                BlogComment.objects.filter(pk=comment.pk).update(reasons=comment.reasons)
            _set_status([comment], verdict.status, act=Act.CONFIRMED, by=None)
        return comment


def judge_again(comment: BlogComment) -> Verdict:
    """The verdict on a stored comment; what was odd about its sending still counts."""
    submission = Submission(
        post=comment.post,
        reply_to=None,
        name=comment.user_name,
        email=comment.user_email,
        url=comment.user_url,
        text=comment.comment,
        client_key=comment.client_key,
        user=comment.user,
        guest=comment.guest,
        stored_key=comment.pk,
        noticed=tuple(Clue.from_json(reason) for reason in comment.reasons),
    )
    try:
        verdict = judge(submission)
    except Refused as refused:  # it was kept already, so it goes where spam goes
        return Verdict(Status.SPAM, refused.clues)
    if verdict.status != Status.PUBLISHED:
        return verdict
    if not comment.post.is_open_for_comments:
        return Verdict(Status.HELD, [*verdict.clues, clues.closed_meanwhile()])
    if comment.user_id is None and comment.guest_id is None:
        return Verdict(Status.HELD, [*verdict.clues, clues.unconfirmed_address()])
    return verdict


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
    _log([comment], act=act, by=by, note="", at=timezone.now())


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
        kept = _locked([comment.pk for comment in comments], Exists(open_reports))
        if kept:
            _settle_reports(kept, at=now)
            _log(kept, act=Act.KEPT, by=by, note=note, at=now)
    return len(kept)


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
            _lockable()
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
                _log(group, act=Act.UNDONE, by=by, note="", at=timezone.now())
                continue
            _set_status(
                group,
                status,
                act=Act.UNDONE,
                by=by,
                removed_by=RemovedBy.MODERATOR if status == Status.REMOVED else None,
                undone_at=at,
            )
    return len(comments), found[-1].pk if len(found) == BATCH_SIZE else None


def _settle_reports(comments: Iterable[BlogComment], *, at: datetime) -> None:
    keys = [comment.pk for comment in comments]
    Report.objects.filter(comment__in=keys, settled_at=None).update(settled_at=at)


def _open_reports(comments: Iterable[BlogComment], *, settled_at: datetime) -> None:
    keys = [comment.pk for comment in comments]
    Report.objects.filter(comment__in=keys, settled_at=settled_at).update(settled_at=None)


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
            for comment in _locked(keys)
            if comment.status in fitting and comment.removed_by != RemovedBy.AUTHOR
        ]
        return _set_status(
            changing, status, act=act, by=by, note=note, removed_by=removed_by, at=at
        )


def _locked(keys: Collection[int], *conditions: Exists) -> list[BlogComment]:
    """The rows of those comments, locked."""
    return list(_lockable().filter(*conditions, pk__in=keys))


def _lockable() -> "QuerySet[Any]":
    """All comments, to be locked in one order so that two moderators never wait for each other in
    a ring.
    """
    return (
        BlogComment.objects.select_for_update(of=("self",))
        .select_related("post", "guest")
        .defer("post__body", "post__body_html", "post__search_text")  # hundreds of times, unread
        .order_by("pk")
    )


def _set_status(
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
    touched = _shown_change(changing, status)
    with pagecache.touches(*touched):
        BlogComment.objects.filter(pk__in=keys).update(**columns)
    if act in SETTLING and by is not None:
        _settle_reports(changing, at=now)
    _log(changing, act=act, by=by, note=note, at=now, status=status)
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
        _count(published=shown_now, taken_down=shown_before)
    if status == Status.PUBLISHED:
        _announce(keys, comment_published)
    else:
        _announce([comment.pk for comment in shown_before], comment_taken_down)
    return len(changing)


def _shown_change(comments: Iterable[BlogComment], status: Status) -> set[str]:
    """What pages show that changes when these comments, as they are now, get `status`."""
    changed = {
        comment.post_id for comment in comments if comment.status in VISIBLE or status in VISIBLE
    }
    discussions = {pagecache.keys.discussion(post_id) for post_id in changed}
    return discussions | {pagecache.keys.COMMENTS} if changed else set()


def _log(
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


def _count(*, published: Collection[BlogComment], taken_down: Collection[BlogComment]) -> None:
    """Keeps comment_count and last_comment_at of the posts of comments that all are published, or
    all taken down. One query; none without comments.
    """
    change = Counter(comment.post_id for comment in published)
    change.subtract(comment.post_id for comment in taken_down)
    if not change:
        return
    steps = [When(pk=post_id, then=Value(step)) for post_id, step in change.items()]
    newest: dict[int, datetime] = {}
    for comment in published:
        newest[comment.post_id] = max(
            comment.submit_date, newest.get(comment.post_id, comment.submit_date)
        )
    later = [
        When(pk=post_id, then=Greatest(Coalesce("last_comment_at", moment), moment))
        for post_id, at in newest.items()
        for moment in [Value(at, output_field=DateTimeField())]
    ]
    left = (
        BlogComment.objects.filter(post=OuterRef("pk"), status=Status.PUBLISHED)
        .order_by("-submit_date")
        .values("submit_date")[:1]
    )
    Post.objects.filter(pk__in=change).update(
        comment_count=F("comment_count") + Case(*steps, default=Value(0)),
        last_comment_at=Subquery(left) if taken_down else Case(*later),
    )


def _announce(keys: Collection[int], signal: Signal) -> None:
    """Sends `signal` for each of `keys` once the transaction is on disk."""
    if not keys:
        return

    def send() -> None:
        comments = BlogComment.objects.filter(pk__in=keys).select_related("post", "user", "guest")
        for comment in comments:
            signal.send(BlogComment, comment=comment)

    transaction.on_commit(send)


def rebuild_counts() -> int:
    """Makes every post's comment count and last comment anew; how many posts were wrong."""
    wrong = 0
    with transaction.atomic():
        truth = {
            post_id: (count, last)
            for post_id, count, last in BlogComment.objects.order_by()
            .filter(status=Status.PUBLISHED)
            .values_list("post")
            .annotate(count=Count("pk"), last=Max("submit_date"))
        }
        nothing: tuple[int, datetime | None] = (0, None)
        for post in Post.objects.only("pk", "comment_count", "last_comment_at").iterator():
            if (post.comment_count, post.last_comment_at) != truth.get(post.pk, nothing):
                count, last = truth.get(post.pk, nothing)
                Post.objects.filter(pk=post.pk).update(comment_count=count, last_comment_at=last)
                wrong += 1
    return wrong


def counts_by_status() -> dict[str, int]:
    """How many comments each status has; statuses without one are there with 0. One query."""
    found = dict(BlogComment.objects.order_by().values_list("status").annotate(Count("pk")))
    return {status.value: found.get(status.value, 0) for status in Status}
