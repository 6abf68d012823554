"""Rows of the lower app."""

from blog.models.author import Author
from blog.models.label import Label
from blog.models.post import OldAddress, Post, PostQuerySet
from blog.models.site import SiteProfile

__all__ = ["Author", "Label", "OldAddress", "Post", "PostQuerySet", "SiteProfile"]
