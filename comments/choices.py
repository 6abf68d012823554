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


class Source(models.TextChoices):
    """What the text of a comment is written in."""

    MARKDOWN = "markdown", _("Markdown")
    HTML = "html", _("HTML, from an import")
