"""The media library: what is taken, what is kept of it, and how pages show it."""

from blog.images.library import Added, NotKept, add, describe, remove, replace
from blog.images.problems import Unusable
from blog.images.reading import read, too_large
from blog.images.rendering import dressed, sized
from blog.images.renditions import make_due
from blog.images.serving import file_response
from blog.images.uses import Uses, keep_items_of, uses_of

__all__ = [
    "Added",
    "NotKept",
    "Unusable",
    "Uses",
    "add",
    "describe",
    "dressed",
    "file_response",
    "keep_items_of",
    "make_due",
    "read",
    "remove",
    "replace",
    "sized",
    "too_large",
    "uses_of",
]
