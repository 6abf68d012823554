"""Likes: once per person and comment, counted exactly however many come at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from blog import pagecache
from comments.choices import Status
from comments.models import BlogComment, Reaction
from comments.spam.ratelimit import TooFast

# A second click within this time is the first one's echo, not another thought.
ECHO = timedelta(seconds=10)
LIKES_PER_NETWORK = 60
LIMIT_SPAN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Liking:
    """Where one person and one comment stand after a click."""

    liked: bool
    count: int


def like(
    comment: BlogComment,
    *,
    actor_keys: Sequence[str],
    client_key: str,
    wants: bool | None = None,
) -> Liking:
    """Likes a published comment, or no longer: as `wants` says, and without a wish the opposite of
    before.

    The first of `actor_keys` is kept; the others are who the same person may have been before. One
    transaction that locks the comment, so likes of one comment come one after another; at most
    five queries.

    Raises:
        BlogComment.DoesNotExist: it is not published any more.
        TooFast: this network likes too much.
    """
    with transaction.atomic():
        locked = BlogComment.objects.select_for_update(of=("self",)).only("like_count", "post")
        row = locked.get(pk=comment.pk, status=Status.PUBLISHED)
        there = Reaction.objects.filter(comment=row, actor_key__in=actor_keys).first()
        if there is None:
            if wants is False:
                return Liking(False, row.like_count)
            _check_limit(client_key)
            Reaction.objects.create(comment=row, actor_key=actor_keys[0], client_key=client_key)
            return Liking(True, _count(row, 1))
        if wants or (wants is None and there.created_at > timezone.now() - ECHO):
            return Liking(True, row.like_count)
        there.delete()
        return Liking(False, _count(row, -1))


def _count(comment: BlogComment, step: int) -> int:
    with pagecache.touches(pagecache.keys.discussion(comment.post_id)):
        BlogComment.objects.filter(pk=comment.pk).update(like_count=F("like_count") + step)
    return comment.like_count + step


def _check_limit(client_key: str) -> None:
    since = timezone.now() - LIMIT_SPAN
    recent = Reaction.objects.filter(client_key=client_key, created_at__gt=since)
    if recent.count() >= LIKES_PER_NETWORK:
        raise TooFast(int(LIMIT_SPAN.total_seconds()))


def liked_by(actor_keys: Sequence[str], *, among: Collection[int]) -> set[int]:
    """Which of the comments `among` these that person likes. One query."""
    found = Reaction.objects.filter(comment__in=among, actor_key__in=actor_keys)
    return set(found.values_list("comment", flat=True))


def rebuild_counts() -> int:
    """Makes the like count of every comment anew; how many were wrong."""
    wrong = 0
    with transaction.atomic():
        truth = dict(Reaction.objects.order_by().values_list("comment").annotate(Count("pk")))
        stated = dict(
            BlogComment.objects.order_by().exclude(like_count=0).values_list("pk", "like_count")
        )
        for key in truth.keys() | stated.keys():
            if truth.get(key, 0) != stated.get(key, 0):
                BlogComment.objects.filter(pk=key).update(like_count=truth.get(key, 0))
                wrong += 1
    return wrong
