"""Rows of the upper app."""

from comments.models.comment import BlogComment, BlogCommentQuerySet
from comments.models.event import ModerationEvent
from comments.models.guest import Guest
from comments.models.mail import OutgoingMail
from comments.models.newsletter import NewsletterSubscription
from comments.models.reaction import Reaction
from comments.models.report import Report
from comments.models.revision import CommentRevision
from comments.models.rule import BlockRule
from comments.models.subscription import Notice, Subscription

__all__ = [
    "BlockRule",
    "BlogComment",
    "BlogCommentQuerySet",
    "CommentRevision",
    "Guest",
    "ModerationEvent",
    "NewsletterSubscription",
    "Notice",
    "OutgoingMail",
    "Reaction",
    "Report",
    "Subscription",
]
