"""How much a person has earned: from verified history only, with its inputs for moderators."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.choices import RemovedBy, Status
from comments.models import BlogComment

HISTORY = 50  # newest comments that count
TRUSTED_AFTER = timedelta(days=7)
TRUSTED_COMMENTS = 2
RECENT = 10  # comments in which refusals are counted
RECENT_ENOUGH = 3  # fewer say nothing
REFUSED_SHARE = 0.3


class Level(models.TextChoices):
    """What a person is to the judge."""

    NEW = "new", _("new")
    KNOWN = "known", _("known")
    TRUSTED = "trusted", _("trusted")


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's level and what it rests on."""

    published_count: int = 0
    refused_count: int = 0
    first_published_at: datetime | None = None
    recent_count: int = 0
    recent_refused_count: int = 0

    @property
    def is_often_refused(self) -> bool:
        """Whether more than a third of the latest comments were judged spam or removed."""
        return (
            self.recent_count >= RECENT_ENOUGH
            and self.recent_refused_count > REFUSED_SHARE * self.recent_count
        )

    @property
    def level(self) -> Level:
        """New without a published comment; trusted after two and a week; else known."""
        if not self.published_count or self.first_published_at is None:
            return Level.NEW
        since = timezone.now() - self.first_published_at
        if (
            self.published_count >= TRUSTED_COMMENTS
            and since >= TRUSTED_AFTER
            and not self.is_often_refused
        ):
            return Level.TRUSTED
        return Level.KNOWN


def standing(*, user_id: int | None, guest_id: int | None) -> Standing:
    """What the comments of one account, or of one confirmed address, have earned it.

    One query; none for a person nobody knows. What its author removed himself counts for nothing.
    """
    if user_id is None and guest_id is None:
        return Standing()
    rows = list(
        BlogComment.objects.by_person(user_id=user_id, guest_id=guest_id)
        .exclude(status=Status.UNCONFIRMED)
        .order_by("-pk")
        .values_list("status", "removed_by", "published_at")[:HISTORY]
    )
    refused = [
        status == Status.SPAM or (status == Status.REMOVED and removed_by == RemovedBy.MODERATOR)
        for status, removed_by, _published_at in rows
    ]
    published = [moment for status, _by, moment in rows if status == Status.PUBLISHED]
    return Standing(
        published_count=len(published),
        refused_count=sum(refused),
        first_published_at=min((moment for moment in published if moment), default=None),
        recent_count=len(rows[:RECENT]),
        recent_refused_count=sum(refused[:RECENT]),
    )
