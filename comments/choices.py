"""The words for where a comment stands and what was done to it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Where a comment stands. comments.moderation is its only writer."""

    UNCONFIRMED = "unconfirmed", _("Unconfirmed")
    HELD = "held", _("Held")
    PUBLISHED = "published", _("Published")
    SPAM = "spam", _("Spam")
    REMOVED = "removed", _("Removed")


class RemovedBy(models.TextChoices):
    """Who took a comment away; readers see it in the notice that keeps its place."""

    AUTHOR = "author", _("its author")
    MODERATOR = "moderator", _("a moderator")


class Act(models.TextChoices):
    """What the audit log calls a change."""

    RECEIVED = "received", _("received")
    CONFIRMED = "confirmed", _("confirmed by mail")
    APPROVED = "approved", _("approved")
    HELD = "held", _("held")
    MARKED_SPAM = "spam", _("marked as spam")
    REMOVED = "removed", _("removed")
    RESTORED = "restored", _("restored")
    IMPORTED = "imported", _("imported")
    EDITED = "edited", _("edited by its author")
    REPORTED = "reported", _("held after reports")
    CHANGED = "changed", _("held after a change by its author")
    KEPT = "kept", _("kept in spite of reports")
    UNDONE = "undone", _("last act undone")
    PINNED = "pinned", _("pinned")
    UNPINNED = "unpinned", _("unpinned")
    LOVED = "loved", _("liked by the author")
    UNLOVED = "unloved", _("no longer liked by the author")


class Source(models.TextChoices):
    """What the text of a comment is written in."""

    MARKDOWN = "markdown", _("Markdown")
    HTML = "html", _("HTML, from an import")


class Order(models.TextChoices):
    """In which order a reader wants the threads of a post; within a thread time decides."""

    OLDEST = "oldest", _("Oldest first")
    NEWEST = "newest", _("Newest first")
    LIKED = "liked", _("Most liked first")


class Scope(models.TextChoices):
    """What a subscription tells of."""

    REPLIES = "replies", _("Replies to one comment")
    THREAD = "thread", _("One thread")
    POST = "post", _("All comments of one post")


class Rhythm(models.TextChoices):
    """How often new posts are mailed."""

    EACH = "each", _("Each post when it appears")
    WEEKLY = "weekly", _("Once a week, all together")


class NoticeKind(models.TextChoices):
    """Why somebody is told of a comment."""

    FOLLOW = "follow", _("A subscription")
    AUTHOR = "author", _("New on a post of his own")
    LIVE = "live", _("His own comment is published")
    QUEUE = "queue", _("It waits for a moderator")


class RuleKind(models.TextChoices):
    """What a block rule looks at."""

    WORD = "word", _("A word or a Chinese phrase")
    PHRASE = "phrase", _("Words in this order, anywhere")
    DOMAIN = "domain", _("A domain that is linked to")
    ADDRESS = "address", _("An e-mail address, or @domain")
    NETWORK = "network", _("A network, such as 203.0.113.0/24")
    # Made in the queue only: its pattern is the client_key of a comment.
    SENDER = "sender", _("The network of a comment, this month")


class RuleAction(models.TextChoices):
    """What happens to a comment that a rule meets."""

    HOLD = "hold", _("Hold it for a moderator")
    SPAM = "spam", _("Put it into the spam folder")
    REFUSE = "refuse", _("Refuse it with a sentence")


class ReportReason(models.TextChoices):
    """Why a reader reports a comment."""

    SPAM = "spam", _("It is spam")
    INSULT = "insult", _("It insults or threatens somebody")
    PRIVATE = "private", _("It tells private things of somebody")
    OTHER = "other", _("Something else")
