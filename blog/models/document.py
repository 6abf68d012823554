"""What search looks through: the words of posts and pages as the index has them.

The rows follow from the posts. `blog.search` writes them, and `manage.py rebuild_search` can make
them anew at any time.
"""

from django.db import models

from blog.models.post import Post


class PostDocument(models.Model):
    """The words of a published post or page; `blog.search.words` says how they look.

    The key is its place in time, so that the newest come first from the index itself.
    """

    id = models.BigIntegerField(primary_key=True, editable=False)
    post = models.OneToOneField(
        Post, on_delete=models.CASCADE, related_name="document", editable=False
    )
    title = models.TextField(editable=False)
    labels = models.TextField(editable=False)
    body = models.TextField(editable=False)
    text = models.TextField(editable=False)  # as it is read: the snippets are cut from it

    def __str__(self) -> str:
        """The words of the title."""
        return self.title
