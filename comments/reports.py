"""Reports of readers: enough of them, from different networks, hold a comment."""

from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from blog.access import has
from blog.models import SiteProfile
from comments import moderation
from comments.choices import ReportReason, Status
from comments.models import BlogComment, Report
from comments.spam.ratelimit import TooFast

REPORTS_PER_NETWORK = 10
LIMIT_SPAN = timedelta(minutes=10)


def report(
    comment: BlogComment,
    *,
    reason: ReportReason,
    note: str,
    user: User | None,
    actor_keys: Sequence[str],
    client_key: str,
) -> bool:
    """Keeps that a reader finds something wrong with a published comment; False when he, as one of
    `actor_keys`, has said so before. Comments of the blog's own people are never held by it.

    One transaction that locks the comment.

    Raises:
        BlogComment.DoesNotExist: it is not published any more.
        TooFast: this network reports too much.
    """
    with transaction.atomic():
        locked = BlogComment.objects.select_for_update(of=("self",))
        comment = locked.select_related("post__author", "user").get(
            pk=comment.pk, status=Status.PUBLISHED
        )
        if Report.objects.filter(comment=comment, actor_key__in=actor_keys).exists():
            return False
        since = timezone.now() - LIMIT_SPAN
        recent = Report.objects.filter(client_key=client_key, created_at__gt=since)
        if recent.count() >= REPORTS_PER_NETWORK:
            raise TooFast(int(LIMIT_SPAN.total_seconds()))
        Report.objects.create(
            comment=comment,
            reason=reason,
            note=note,
            user=user,
            actor_key=actor_keys[0],
            client_key=client_key,
        )
        if not is_by_staff(comment):
            unsettled = Report.objects.filter(comment=comment, settled_at=None)
            networks = unsettled.values("client_key").distinct().count()
            if networks >= SiteProfile.current().reports_to_hold:
                moderation.hold_reported(comment, reader_count=networks)
    return True


def is_by_staff(comment: BlogComment) -> bool:
    """Whether one of the blog's own people wrote `comment`."""
    return comment.user is not None and (
        comment.user_id == comment.post.author.user_id or has(comment.user, "comments.moderate")
    )
