"""What the owner says once about the whole blog."""

import zoneinfo
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blog.choices import FeedContent, GuestAccess, MailRhythm, Moderation
from blog.models.appearance import Appearance

# The profile of the request or command under way, so that asking for it often costs one query.
_current: ContextVar["SiteProfile | None"] = ContextVar("site_profile", default=None)


def known_zone(name: str) -> None:
    """Refuses a name that is no IANA time zone."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValidationError(
            _("“%(name)s” is no time zone. Try a name like Europe/Berlin or Asia/Shanghai."),
            params={"name": name},
        ) from None


class SiteProfile(Appearance):
    """The one row that describes the blog."""

    title = models.CharField(_("title"), max_length=200, default="Postil")
    tagline = models.CharField(_("tagline"), max_length=500, blank=True)
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=settings.LANGUAGES,
        default="en",
        help_text=_("Every word and date that is not part of a post."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[known_zone],
        help_text=_("Decides which day a post belongs to, for example Asia/Shanghai."),
    )
    posts_per_page = models.PositiveSmallIntegerField(
        _("posts per page"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
    )
    shows_day_headings = models.BooleanField(_("day headings above posts"), default=True)
    shows_attribution = models.BooleanField(_("“Powered by Postil” in the footer"), default=True)
    feed_content = models.CharField(
        _("feeds carry"), max_length=10, choices=FeedContent, default=FeedContent.FULL
    )
    has_post_comment_feeds = models.BooleanField(_("a comment feed for each post"), default=True)
    guest_access = models.CharField(
        _("who may comment"), max_length=10, choices=GuestAccess, default=GuestAccess.ADDRESS
    )
    moderation = models.CharField(
        _("comments that wait for a moderator"),
        max_length=10,
        choices=Moderation,
        default=Moderation.FIRST,
    )
    hold_after_days = models.PositiveSmallIntegerField(
        _("hold comments on posts older than … days"),
        default=0,
        help_text=_("0: the age of a post does not matter."),
    )
    close_after_days = models.PositiveSmallIntegerField(
        _("close comments on posts older than … days"),
        default=0,
        help_text=_("0: comments stay open."),
    )
    reports_to_hold = models.PositiveSmallIntegerField(
        _("reports from different networks that hold a comment"),
        default=3,
        validators=[MinValueValidator(1)],
    )
    moderator_mail = models.CharField(
        _("mail to moderators about held comments"),
        max_length=10,
        choices=MailRhythm,
        default=MailRhythm.HOURLY,
    )
    author_mail = models.BooleanField(
        _("mail to the author of a post about comments"), default=True
    )
    comment_message = models.TextField(
        _("message above the comment form"), max_length=1_000, blank=True
    )
    is_searchable = models.BooleanField(_("search engines may list this blog"), default=True)
    description = models.CharField(_("description for search engines"), max_length=500, blank=True)
    # Of blog.choices.Check: what of it keeps a text from being published.
    blocking_checks = models.JSONField(_("checks that block"), default=list, blank=True)
    hub_url = models.CharField(
        _("hub for feeds"),
        max_length=300,
        blank=True,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text=_("The address of a WebSub hub, which is told of each new post."),
    )
    # Posts that appeared until then were told to the hub; when it last failed to listen.
    hub_told_until = models.DateTimeField(null=True, editable=False)
    hub_asked_at = models.DateTimeField(null=True, editable=False)
    # The authority of every entry id (RFC 4151). Fixed once: ids stay when the blog moves.
    tag_authority = models.CharField(max_length=300, editable=False)
    blogger_id = models.CharField(max_length=30, blank=True, editable=False)

    class Meta:
        verbose_name = _("site profile")
        verbose_name_plural = _("site profile")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="site_profile_is_one_row")
        ]

    def __str__(self) -> str:
        """The blog's title."""
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the one row, and fixes the authority of entry ids at the first save."""
        self.pk = 1
        if not self.tag_authority:
            self.tag_authority = f"{settings.SITE.hostname},{timezone.now().year}"
        super().save(*args, **kwargs)
        if _current.get() is not None:
            _current.set(self)

    @classmethod
    def current(cls) -> "SiteProfile":
        """The profile; made with its defaults when the table is empty. At most one query per
        request, none when a request has asked before.
        """
        profile = _current.get()
        if profile is None:
            profile = cls.objects.filter(pk=1).first()
            if profile is None:
                profile = cls(pk=1)
                profile.save()
        return profile

    @classmethod
    def remember(cls, profile: "SiteProfile | None") -> None:
        """Fixes what `current()` answers until it is called again; None forgets."""
        _current.set(profile)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The blog's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    def day(self, moment: datetime) -> date:
        """The day of `moment` in the blog's zone."""
        return moment.astimezone(self.zone).date()
