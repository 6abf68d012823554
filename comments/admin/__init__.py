"""Moderation in the admin: the queue, the log of what was done, the guests."""

from comments.admin.comment import BlogCommentAdmin
from comments.admin.event import ModerationEventAdmin
from comments.admin.guest import GuestAdmin

__all__ = ["BlogCommentAdmin", "GuestAdmin", "ModerationEventAdmin"]
