"""How many comments a post has, and when the last came: kept with every change, and made anew."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Case, Count, DateTimeField, F, Max, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest

from blog.models import Post
from comments.choices import Status
from comments.models import BlogComment


def count(*, published: Collection[BlogComment], taken_down: Collection[BlogComment]) -> None:
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
    seen = BlogComment.objects.in_sight().order_by()
    found = dict(seen.values_list("status").annotate(Count("pk")))
    return {status.value: found.get(status.value, 0) for status in Status}
