"""Where media items are shown, and what posts remember of them, so that a page asks nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Model

from blog import pagecache
from blog.access import may_edit_any
from blog.models import MediaItem, Post


def keep_items_of(post: Post) -> None:
    """Makes `post.media_items` and `post.pictures` what its text shows and links. One query for a
    text without files that had none before.
    """
    with transaction.atomic():
        # Locked until the commit: whoever changes an item meanwhile looks for its posts afterwards.
        items = list(MediaItem.objects.shown_in(post.body_html).select_for_update().order_by("pk"))
        post.media_items.set(items)
        pictures = remembered(items)
        if pictures != post.pictures:
            post.pictures = pictures
            Post.objects.filter(pk=post.pk).update(pictures=pictures)


def refresh_posts(item: MediaItem) -> None:
    """Saves the copies of the locked `item`, and tells the posts that show it. Only pages of those
    posts are made anew; all, when something else shows it too.
    """
    posts = list(item.posts.order_by("pk").prefetch_related("media_items").only("pk"))
    keys = [pagecache.keys.post(post.pk) for post in posts] + [pagecache.keys.TEXTS] * bool(posts)
    if any(use.model is not Post for use in relations_in_use(item)):
        keys = [pagecache.keys.EVERYTHING]
    with pagecache.touches(*keys):
        item.save(update_fields=["renditions"])
        remember(posts)


def remember(posts: Iterable[Post]) -> None:
    """Writes anew what `posts` know of their items. Two queries for each."""
    for post in posts:
        items = MediaItem.objects.filter(posts=post).order_by("pk")
        Post.objects.filter(pk=post.pk).update(pictures=remembered(items))


def remembered(items: Iterable[MediaItem]) -> dict[str, dict[str, Any]]:
    """What a page has to know of `items`, by what stands in texts.

    Shape: {"library/…/river.jpg": {"src", "width", "height", "avif", "webp"}}, the last two as a
    `srcset` says it and only when there are copies.
    """
    return {item.path: _remembered(item) for item in items}


def _remembered(item: MediaItem) -> dict[str, Any]:
    known = {"src": item.versioned_url, "width": item.width_px, "height": item.height_px}
    for kind in ("avif", "webp"):
        copies = [copy for copy in item.made_renditions if copy.content_type == f"image/{kind}"]
        if copies:
            known[kind] = ", ".join(f"{copy.url} {copy.width_px}w" for copy in copies)
    return known


def relations_in_use(item: MediaItem) -> list[Any]:
    """The ways in which something refers to `item`. One query for each way there is."""
    return [
        relation
        for relation in MediaItem.relations()
        if relation.rows.filter(**{relation.column: item.pk}).exists()
    ]


@dataclass(frozen=True, slots=True)
class Uses:
    """What refers to an item, as far as a person may know."""

    shown: list[Model]
    hidden_count: int  # drafts of others, of which not even the title is told

    @property
    def count(self) -> int:
        """All of them."""
        return len(self.shown) + self.hidden_count


def uses_of(item: MediaItem, *, seen_by: AbstractBaseUser | AnonymousUser) -> Uses:
    """Everything that refers to `item`: posts, pages, drafts, whatever else has a relation. At most
    two queries for each kind.
    """
    shown: list[Model] = []
    count = 0
    for relation in MediaItem.relations():
        rows = relation.rows.filter(**{relation.column: item.pk}).order_by(relation.owner)
        keys = list(rows.values_list(relation.owner, flat=True).distinct())
        count += len(keys)
        found: Any = relation.model._default_manager.filter(pk__in=keys)
        if relation.model is Post:
            # A row in the list needs the names only, and a text can be long.
            found = found.visible_to(seen_by).defer("body", "search_text").newest_first()
        elif not may_edit_any(seen_by):
            found = found.none()
        if keys:
            shown += list(found)
    return Uses(shown, count - len(shown))
