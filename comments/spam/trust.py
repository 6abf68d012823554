"""How much a person has earned: from verified history only, with its inputs for moderators."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models.functions import RowNumber
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

# Place in somebody's history (1 is the newest), status, who removed it, when it was published.
Row = tuple[int, str, str, datetime | None]


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


@dataclass(frozen=True, slots=True)
class Standings:
    """The standings of several people; a new one's for those of whom nothing is known."""

    by_user: dict[int, Standing]
    by_guest: dict[int, Standing]

    def of(self, *, user_id: int | None, guest_id: int | None) -> Standing:
        """That of one account, else of one confirmed address."""
        if user_id is not None:
            return self.by_user.get(user_id, Standing())
        return self.by_guest.get(guest_id or 0, Standing())


def standing(
    *, user_id: int | None, guest_id: int | None, leaving_out: int | None = None
) -> Standing:
    """What the comments of one account, or of one confirmed address, have earned it; the one with
    the key `leaving_out` counts for nothing.

    One query; none for a person nobody knows. What its author removed himself counts for nothing.
    """
    if user_id is not None:
        guest_id = None
    found = standings(
        user_ids=[] if user_id is None else [user_id],
        guest_ids=[] if guest_id is None else [guest_id],
        leaving_out=leaving_out,
    )
    return found.of(user_id=user_id, guest_id=guest_id)


def standings(
    *, user_ids: Collection[int], guest_ids: Collection[int], leaving_out: int | None = None
) -> Standings:
    """What the comments of these accounts and of these confirmed addresses have earned each.

    One query, none for nobody. It reads the HISTORY newest comments of each, from the index of that
    person: the two columns stand in two tables, so one condition on both would read all comments.
    """
    by_user = _histories("user", set(user_ids), leaving_out)
    by_guest = _histories("guest", set(guest_ids), leaving_out)
    if user_ids and guest_ids:
        rows = by_user.union(by_guest, all=True)
    else:
        rows = by_user if user_ids else by_guest
    histories: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for kind, person, place, status, removed_by, published_at in rows:
        histories[kind, person].append((place, status, removed_by, published_at))
    earned = {who: _earned(sorted(history)) for who, history in histories.items()}
    return Standings(
        by_user={person: each for (kind, person), each in earned.items() if kind == "user"},
        by_guest={person: each for (kind, person), each in earned.items() if kind == "guest"},
    )


def _histories(
    kind: str, people: Collection[int], leaving_out: int | None
) -> "models.QuerySet[Any, Any]":
    """Kind, person, place (1 is the newest), status, who removed it and when it was published."""
    place = models.Window(
        RowNumber(), partition_by=models.F(f"{kind}_id"), order_by=models.F("pk").desc()
    )
    return (
        BlogComment.objects.order_by()
        .filter(**{f"{kind}_id__in": people})
        .exclude(status=Status.UNCONFIRMED)
        .exclude(pk=leaving_out or 0)
        .annotate(
            kind=models.Value(kind, output_field=models.CharField()),
            person=models.F(f"{kind}_id"),
            place=place,
        )
        .filter(place__lte=HISTORY)
        .values_list("kind", "person", "place", "status", "removed_by", "published_at")
    )


def _earned(history: Sequence[Row]) -> Standing:
    """The standing that follows from somebody's comments, newest first."""
    refused = [
        status == Status.SPAM or (status == Status.REMOVED and removed_by == RemovedBy.MODERATOR)
        for _place, status, removed_by, _published_at in history
    ]
    published = [moment for _place, status, _by, moment in history if status == Status.PUBLISHED]
    return Standing(
        published_count=len(published),
        refused_count=sum(refused),
        first_published_at=min((moment for moment in published if moment), default=None),
        recent_count=len(history[:RECENT]),
        recent_refused_count=sum(refused[:RECENT]),
    )
