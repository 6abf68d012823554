"""Rows of the lower app."""

from blog.models.author import Author
from blog.models.label import Label
from blog.models.media import MediaItem, Rendition
from blog.models.post import OldAddress, Post, PostQuerySet
from blog.models.site import SiteProfile

__all__ = [
    "Author",
    "Label",
    "MediaItem",
    "OldAddress",
    "Post",
    "PostQuerySet",
    "Rendition",
    "SiteProfile",
]
