"""The media library: what is taken, what is kept of it, and how pages show it."""

from blog.images.library import Added, NotKept, add, keep_items_of, remove, replace
from blog.images.problems import Unusable
from blog.images.reading import read, too_large
from blog.images.serving import file_response

__all__ = [
    "Added",
    "NotKept",
    "Unusable",
    "add",
    "file_response",
    "keep_items_of",
    "read",
    "remove",
    "replace",
    "too_large",
]
