"""The words for what a post can be."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """A dated text in the stream, or an undated one in the menu."""

    POST = "post", _("Post")
    PAGE = "page", _("Page")


class State(models.TextChoices):
    """Where a post stands. Scheduled is PUBLISHED with a time ahead: a comparison, not a state."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Markup(models.TextChoices):
    """What the source of a post is written in."""

    MARKDOWN = "markdown", _("Markdown")
    HTML = "html", _("HTML")


class CommentPolicy(models.TextChoices):
    """What readers can do below one post."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed, existing comments are shown")
    HIDDEN = "hidden", _("Hidden: no comments, no form, no feed")


class FeedContent(models.TextChoices):
    """How much of a post its feeds carry."""

    FULL = "full", _("The whole post")
    SHORT = "short", _("An excerpt")


class GuestAccess(models.TextChoices):
    """Who may write a comment."""

    ANYONE = "anyone", _("Anyone, with or without an e-mail address")
    ADDRESS = "address", _("Anyone with an e-mail address")
    MEMBERS = "members", _("Only people with an account")


class Moderation(models.TextChoices):
    """Which comments wait for a moderator."""

    NONE = "none", _("None: only doubtful ones are held")
    FIRST = "first", _("The first comment of a person")
    ALL = "all", _("Every comment")


class MailRhythm(models.TextChoices):
    """How often a digest goes out."""

    NEVER = "never", _("Never")
    HOURLY = "hourly", _("At most once an hour")
    DAILY = "daily", _("Once a day")
