"""Finds posts by their words: plain containment on folded text, the same on both databases."""

from blog import markup
from blog.models import Post, PostQuerySet

MAX_WORDS = 12  # each is one more scan of the text


def found(query: str) -> PostQuerySet:
    """Live posts and pages that contain every word of `query`, whatever its case, width or
    accents; a Chinese phrase counts as one word. None for a query without words.
    """
    words = markup.fold(query).split()[:MAX_WORDS]
    posts = Post.objects.live()
    if not words:
        return posts.none()
    for word in words:
        posts = posts.filter(search_text__contains=word)
    return posts
