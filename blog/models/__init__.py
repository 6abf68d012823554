"""Rows of the lower app."""

from blog.models.author import Author
from blog.models.document import PostDocument
from blog.models.label import Label, OldLabelName
from blog.models.media import MediaItem, Rendition
from blog.models.post import OldAddress, Post, PostQuerySet, ProofLink
from blog.models.site import SiteProfile
from blog.models.working_copy import WorkingCopy

__all__ = [
    "Author",
    "Label",
    "MediaItem",
    "OldAddress",
    "OldLabelName",
    "Post",
    "PostDocument",
    "PostQuerySet",
    "ProofLink",
    "Rendition",
    "SiteProfile",
    "WorkingCopy",
]
