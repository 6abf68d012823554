"""Rows of the upper app."""

from comments.models.comment import BlogComment, BlogCommentQuerySet
from comments.models.event import ModerationEvent
from comments.models.guest import Guest
from comments.models.mail import OutgoingMail

__all__ = ["BlogComment", "BlogCommentQuerySet", "Guest", "ModerationEvent", "OutgoingMail"]
