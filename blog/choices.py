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


class Audience(models.TextChoices):
    """Who may read a published text. All but EVERYONE is private: in no list, no feed, no count."""

    EVERYONE = "everyone", _("Everybody")
    PASSWORD = "password", _("Whoever knows a password")
    LINK = "link", _("Whoever has the secret link")


class Check(models.TextChoices):
    """What is looked at before a text is published; an owner may say that some of it blocks."""

    TITLE = "title", _("A title is missing")
    IMAGES = "images", _("Images without alternative text")
    HEADINGS = "headings", _("Skipped heading levels")
    LINKS = "links", _("Links within the blog that lead nowhere")
    ADDRESS = "address", _("An address that another text has")


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


class Theme(models.TextChoices):
    """A look: colours, typefaces and measures that belong together. Each has a style sheet."""

    MARGIN = "margin", _("Margin: warm paper, a book face, days in the margin")
    STUDIO = "studio", _("Studio: white, upright and clear, without a margin")
    GAZETTE = "gazette", _("Gazette: a newspaper’s title page")


class Typeface(models.TextChoices):
    """What the text of posts is set in."""

    THEMES = "", _("That of the theme")
    SERIF = "serif", _("Serif · Songti")
    SANS = "sans", _("Sans serif · Heiti")
    HAND = "hand", _("Old style · Kaiti")


class Width(models.TextChoices):
    """How long a line of text gets on a wide screen."""

    NARROW = "narrow", _("Narrow")
    MEDIUM = "medium", _("Medium")
    WIDE = "wide", _("Wide")


class GadgetKind(models.TextChoices):
    """A small block beside or below the text."""

    ABOUT = "about", _("About this blog")
    SEARCH = "search", _("Search")
    ARCHIVE = "archive", _("Archive")
    LABELS = "labels", _("Labels")
    COMMENTS = "comments", _("Recent comments")
    TEXT = "text", _("A text of your own")
