"""The seam to django-comments-xtd: all that is used of it outside models, form and admin.

Used: its tables as storage parents, its form's security fields, its signals, its moderator
registry. Not used: its URLs, views, tokens, mails, tree builder, tags, templates and API.
"""

from typing import Any

from django.db.models.signals import pre_save
from django.http import HttpRequest
from django_comments.signals import comment_was_posted, comment_will_be_posted
from django_comments_xtd.models import publish_or_unpublish_on_pre_save

from comments.models import BlogComment


class Vetoed(Exception):
    """A receiver of the package's comment_will_be_posted said no."""


def disconnect_package_handler() -> None:
    """Stops the package from publishing the held replies of every comment that is saved."""
    pre_save.disconnect(publish_or_unpublish_on_pre_save, sender=BlogComment._meta.label)


def insert(
    comment: BlogComment, *, reply_to: BlogComment | None, request: HttpRequest | None
) -> BlogComment:
    """Saves a new comment in its place and sends the package's two signals around it.

    Raises:
        Vetoed: a receiver refused it; nothing is saved.
    """
    if request is not None:
        comment.bind()  # receivers look at the generic relation
        answers: list[tuple[Any, Any]] = comment_will_be_posted.send(
            sender=BlogComment, comment=comment, request=request
        )
        if any(answer is False for _receiver, answer in answers):
            raise Vetoed
    comment.save(reply_to=reply_to)
    if request is not None:
        comment_was_posted.send(sender=BlogComment, comment=comment, request=request)
    return comment
