"""What writers do with their own comments: mend them for a while, take them away at any time."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog import markup, pagecache
from blog.access import has
from blog.search.words import NO_WORDS
from comments import moderation
from comments.choices import Act, RemovedBy, Status
from comments.models import BlogComment, CommentRevision
from comments.models.comment import EDIT_WINDOW

RENDER_BATCH = 500  # comments; a reader who sends one meanwhile waits no longer than for these


class TooLate(Exception):
    """The text can't be changed any more; the message says why."""


def check_editable(comment: BlogComment, *, by: User | None) -> None:
    """Does nothing while the writer of `comment` may change its text. The blog's own people may
    always, others for EDIT_WINDOW and until somebody has answered. One query at most.

    Raises:
        TooLate: not any more.
    """
    if comment.status == Status.REMOVED:
        raise TooLate(_("This comment was removed."))
    if by is not None and has(by, "comments.moderate"):
        return
    if not comment.is_in_edit_window:
        minutes = int(EDIT_WINDOW.total_seconds()) // 60
        sentence = ngettext(
            "A comment can be changed within %(count)d minute after it was sent.",
            "A comment can be changed within %(count)d minutes after it was sent.",
            minutes,
        )
        raise TooLate(sentence % {"count": minutes})
    if BlogComment.objects.below(comment).filter(status=Status.PUBLISHED).exists():
        raise TooLate(_("Somebody has answered this comment, so its text stays as it is."))


def change(comment: BlogComment, text: str, *, by: User | None) -> BlogComment:
    """Gives a comment its writer's new text; the old one is kept as a revision.

    One transaction. The new text is judged like a new comment: what was published goes back to the
    queue when it would have been held, and the log says so. What waits goes on waiting.

    Raises:
        TooLate: it was removed or answered meanwhile, or its time is over.
    """
    with transaction.atomic():
        locked = BlogComment.objects.select_for_update(of=("self",))
        comment = locked.select_related("post__author", "user", "guest").get(pk=comment.pk)
        check_editable(comment, by=by)
        if text == comment.comment:
            return comment
        CommentRevision.objects.create(comment=comment, text=comment.comment)
        comment.comment = text
        comment.edited_at = timezone.now()
        verdict = moderation.judge_again(comment)
        comment.reasons = [clue.as_json() for clue in verdict.clues]
        with pagecache.touches(*_pages_with(comment)):
            comment.save(
                update_fields=[
                    "comment",
                    "body_html",
                    "body_format_version",
                    "edited_at",
                    "reasons",
                ]
            )
        moderation.record(comment, Act.EDITED, by=by)
        if comment.status == Status.PUBLISHED and verdict.status != Status.PUBLISHED:
            moderation.hold_changed(comment)
            comment.status = Status.HELD
    return comment


def take_away(comment: BlogComment, *, by: User | None) -> None:
    """Removes a comment for its writer: the text goes, from the row and from every revision; its
    replies stay under a notice. Twice is as good as once. One transaction.
    """
    with transaction.atomic():
        if comment.removed_by != RemovedBy.AUTHOR:
            moderation.remove([comment], by=by, removed_by=RemovedBy.AUTHOR)
        forget_texts([comment.pk])


def forget_texts(keys: Sequence[int]) -> None:
    """Wipes what removed comments said, and what they had said before. Two queries."""
    with pagecache.touches():  # no page shows the text of a removed comment
        BlogComment.objects.filter(pk__in=keys).update(
            comment="", body_html="", words=NO_WORDS, user_url="", pinned_at=None, loved_at=None
        )
    CommentRevision.objects.filter(comment__in=keys).delete()


def render_again() -> int:
    """Makes the HTML of comments anew that an older markup made; how many. Nothing else of them
    changes: no revision, no mark, no mail. A transaction for each RENDER_BATCH.
    """
    older = BlogComment.objects.filter(body_format_version__lt=markup.FORMAT_VERSION)
    count = 0
    last: int | None = 0
    while last is not None:
        with transaction.atomic():
            behind = older.filter(pk__gt=last).order_by("pk")
            rows = list(behind.select_for_update(of=("self",))[:RENDER_BATCH])
            for row in rows:
                row.derive()
            BlogComment.objects.bulk_update(rows, ["body_html", "body_format_version"])
        count += len(rows)
        last = rows[-1].pk if len(rows) == RENDER_BATCH else None
    return count


def _pages_with(comment: BlogComment) -> set[str]:
    if comment.status != Status.PUBLISHED:
        return set()
    return {pagecache.keys.discussion(comment.post_id), pagecache.keys.COMMENTS}
