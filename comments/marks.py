"""Marks that a comment wears: pinned by the blog's people, liked by the author of the post."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from blog import pagecache
from blog.access import Person, has
from blog.models import Post
from comments import moderation
from comments.choices import Act, Status
from comments.models import BlogComment

MAX_PINNED = 3  # of one post: more would be a second discussion above the discussion


class TooManyPins(Exception):
    """The post has as many pinned comments as it may; the message says so."""


def may_pin(user: Person, comment: BlogComment) -> bool:
    """Whether `user` may pin what is said below this post: moderators, and its author."""
    return has(user, "comments.moderate") or may_love(user, comment)


def may_love(user: Person, comment: BlogComment) -> bool:
    """Whether `user` is the author of the post: readers see whose liking it is."""
    return user.is_authenticated and user.pk == comment.post.author.user_id


def pin(comment: BlogComment, *, by: User) -> bool:
    """Shows a published top-level comment first; whether that was new.

    Raises:
        TooManyPins: the post has MAX_PINNED already.
    """
    with transaction.atomic():
        # One at a time, so that nobody adds a fourth beside us.
        Post.objects.select_for_update().only("pk").get(pk=comment.post_id)
        published = BlogComment.objects.filter(post=comment.post_id, status=Status.PUBLISHED)
        if published.filter(pinned_at__isnull=False).exclude(pk=comment.pk).count() >= MAX_PINNED:
            sentence = ngettext(
                "Only %(count)d comment can be pinned. Unpin it first.",
                "Only %(count)d comments can be pinned. Unpin one of them first.",
                MAX_PINNED,
            )
            raise TooManyPins(sentence % {"count": MAX_PINNED})
        return _mark(comment, "pinned_at", Act.PINNED, by=by, root=None)


def unpin(comment: BlogComment, *, by: User) -> bool:
    """Lets it be one among others again; whether it was pinned."""
    return _unmark(comment, "pinned_at", Act.UNPINNED, by=by)


def love(comment: BlogComment, *, by: User) -> bool:
    """Shows that the post's author likes a published comment; whether that was new."""
    return _mark(comment, "loved_at", Act.LOVED, by=by)


def unlove(comment: BlogComment, *, by: User) -> bool:
    """Takes that back; whether it was there."""
    return _unmark(comment, "loved_at", Act.UNLOVED, by=by)


def _mark(comment: BlogComment, column: str, act: Act, *, by: User, **only: None) -> bool:
    unmarked = BlogComment.objects.filter(
        pk=comment.pk, status=Status.PUBLISHED, **{column: None}, **only
    )
    with transaction.atomic(), pagecache.touches(pagecache.keys.discussion(comment.post_id)):
        if not unmarked.update(**{column: timezone.now()}):
            return False
        moderation.record(comment, act, by=by)
    return True


def _unmark(comment: BlogComment, column: str, act: Act, *, by: User) -> bool:
    marked = BlogComment.objects.filter(pk=comment.pk, **{f"{column}__isnull": False})
    with transaction.atomic(), pagecache.touches(pagecache.keys.discussion(comment.post_id)):
        if not marked.update(**{column: None}):
            return False
        moderation.record(comment, act, by=by)
    return True
