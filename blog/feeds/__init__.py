"""Feeds at Blogger's addresses: what is asked (`asking`), how it is written (`documents`), and the
feeds of posts. The comment app builds its feeds from the same two modules.
"""

from blog.feeds.stream import posts

__all__ = ["posts"]
