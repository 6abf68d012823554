"""Moderation in the admin: the queue, the rules, the log of what was done, the guests."""

from comments.admin.comment import BlogCommentAdmin
from comments.admin.event import ModerationEventAdmin
from comments.admin.guest import GuestAdmin
from comments.admin.rule import BlockRuleAdmin

__all__ = ["BlockRuleAdmin", "BlogCommentAdmin", "GuestAdmin", "ModerationEventAdmin"]
