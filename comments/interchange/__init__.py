"""Comments on their way in: the section that `blog.interchange` calls after the posts."""

from blog.interchange import sections
from comments.interchange.load import load_comments


def connect() -> None:
    """Makes comments a part of every import."""
    sections.register(load_comments)
