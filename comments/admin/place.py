"""Where in the queue a moderator stands: the tab and the filters that its address names."""

import re
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Count, TextField
from django.db.models.functions import Cast
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blog.models import Post
from comments.choices import Status
from comments.models import BlockRule, BlogComment, BlogCommentQuerySet, Guest, Report

ALL, REPORTED = "all", "reported"
MAX_PAGE = 100_000
MAX_KEY = 2**31 - 1  # the package's keys have 32 bits
MAX_BIG_KEY = 2**63 - 1
POSTS_TO_CHOOSE = 30  # those with the most comments on the tab
REASON = re.compile(r"[a-z-]{1,30}(:[0-9]{1,18})?")

# What a clue is called; a test looks for missing ones.
REASONS: dict[str, Any] = {
    "first": _("First comment"),
    "rule": _("A block rule"),
    "links": _("Links"),
    "reported": _("Reports"),
    "often-refused": _("Often refused before"),
    "honeypot": _("Hidden field filled in"),
    "haste": _("Sent in haste"),
    "forum-markup": _("Markup of forums"),
    "address": _("Address not confirmed"),
    "all": _("Every comment waits"),
    "old-post": _("Old post"),
    "closed": _("Closed meanwhile"),
    "imported": _("Imported"),
}


def whole_number(text: str, *, limit: int) -> int | None:
    """`text` as a number from 1 to `limit`; None when it is anything else."""
    if text.isascii() and text.isdigit() and len(text) <= 19 and 1 <= int(text) <= limit:
        return int(text)
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the queue a moderator stands: all that the address says."""

    status: Status | None = Status.HELD  # None: whatever the status
    is_reported: bool = False  # only what readers reported and nobody has decided on
    post_id: int | None = None
    user_id: int | None = None
    guest_id: int | None = None
    reason: str = ""  # the name of a clue; `rule:7` is one rule
    words: str = ""
    page: int = 1

    @classmethod
    def from_query(cls, query: QueryDict) -> Self:
        """The place that an address names; what makes no sense in it counts as not said."""
        status: Status | None = Status.HELD
        asked = query.get("status", "")
        if asked in {ALL, REPORTED}:
            status = None
        elif asked in Status.values:
            status = Status(asked)
        words = "".join(char if char.isprintable() else " " for char in query.get("q", ""))
        reason = query.get("reason", "")
        user_id = whole_number(query.get("user", ""), limit=MAX_KEY)
        return cls(
            status=status,
            is_reported=asked == REPORTED,
            post_id=whole_number(query.get("post", ""), limit=MAX_BIG_KEY),
            user_id=user_id,
            guest_id=None if user_id else whole_number(query.get("guest", ""), limit=MAX_BIG_KEY),
            reason=reason if REASON.fullmatch(reason) else "",
            words=" ".join(words.split())[:200],
            page=whole_number(query.get("p", ""), limit=MAX_PAGE) or 1,
        )

    @property
    def tab(self) -> str:
        """What the address calls the tab."""
        if self.is_reported:
            return REPORTED
        return self.status.value if self.status else ALL

    @property
    def fields(self) -> dict[str, object]:
        """What the address says; nothing for the first page of what is held."""
        said = {
            "status": self.tab if self.tab != Status.HELD else "",
            "post": self.post_id,
            "user": self.user_id,
            "guest": self.guest_id,
            "reason": self.reason,
            "q": self.words,
            "p": self.page if self.page > 1 else None,
        }
        return {name: value for name, value in said.items() if value}

    @property
    def fixed(self) -> list[tuple[str, object]]:
        """What the search form passes on without asking for it."""
        said = self.fields
        return [(name, said[name]) for name in ("status", "user", "guest") if name in said]

    @property
    def query(self) -> str:
        """The place as the end of an address; "" for the first page of what is held."""
        return urlencode(self.fields)

    @property
    def address(self) -> str:
        """The address of this place."""
        path = reverse("admin:comments_blogcomment_changelist")
        return f"{path}?{self.query}" if self.query else path

    @property
    def whole_tab(self) -> "Place":
        """The tab without any filter."""
        return Place(status=self.status, is_reported=self.is_reported)

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the tab decides what is shown."""
        return self.at() != self.whole_tab

    def at(self, **changes: Any) -> "Place":
        """The place with something else, from its first page on."""
        return replace(self, **{"page": 1, **changes})

    def comments(self) -> BlogCommentQuerySet:
        """The comments of the place, before words are looked for."""
        found = BlogComment.objects.in_sight().order_by("-pk").select_related(None)
        if self.status is not None:
            found = found.filter(status=self.status)
        if self.is_reported:
            found = found.filter(pk__in=Report.objects.filter(settled_at=None).values("comment"))
        if self.post_id:
            found = found.filter(post_id=self.post_id)
        if self.user_id or self.guest_id:
            found = found.by_person(user_id=self.user_id, guest_id=self.guest_id)
        if self.reason:
            # SQLite has no question for "a list with such an object"; as text, both databases write
            # the list alike, and a quotation mark inside a sentence is written with a backslash.
            end = ":" if self.reason == "rule" else '"'
            found = found.alias(reasons_text=Cast("reasons", TextField())).filter(
                reasons_text__contains=f'"name": "{self.reason}{end}'
            )
        return found


@dataclass(frozen=True, slots=True)
class Tab:
    """One status to look at."""

    label: str
    count: int
    address: str
    is_current: bool


def tabs(place: Place, counts: dict[str, int]) -> list[Tab]:
    """One tab per status, what waits first, one for what readers reported, and one for all. The
    filters stay. One query.
    """
    reported = Report.objects.filter(settled_at=None).aggregate(
        count=Count("comment", distinct=True)
    )["count"]
    everything = sum(counts.values())
    return [
        Tab(
            label=str(label),
            count=count,
            address=place.at(status=status, is_reported=is_reported).address,
            is_current=(place.status, place.is_reported) == (status, is_reported),
        )
        for label, count, status, is_reported in (
            (Status.HELD.label, counts[Status.HELD], Status.HELD, False),
            (gettext("Reported"), reported, None, True),
            (Status.UNCONFIRMED.label, counts[Status.UNCONFIRMED], Status.UNCONFIRMED, False),
            (Status.PUBLISHED.label, counts[Status.PUBLISHED], Status.PUBLISHED, False),
            (Status.SPAM.label, counts[Status.SPAM], Status.SPAM, False),
            (Status.REMOVED.label, counts[Status.REMOVED], Status.REMOVED, False),
            (gettext("All"), everything, None, False),
        )
    ]


def posts_to_choose(place: Place) -> list[tuple[int, str, int]]:
    """Key, title and number of comments of the posts with the most comments on the tab; that of
    the place is among them. At most two queries.
    """
    found = list(
        place.whole_tab.comments()
        .order_by()
        .values_list("post", "post__title")
        .annotate(count=Count("pk"))
        .order_by("-count", "post")[:POSTS_TO_CHOOSE]
    )
    if place.post_id and place.post_id not in {key for key, _title, _count in found}:
        chosen = Post.objects.filter(pk=place.post_id).values_list("pk", "title").first()
        if chosen:
            found.append((*chosen, 0))
    return [(key, title or gettext("Untitled"), count) for key, title, count in found]


def reasons_to_choose(place: Place) -> list[tuple[str, str]]:
    """Name and label of what a comment can have been held for; that of the place is among them.
    One query when the place names one rule, else none.
    """
    found = [(name, str(label)) for name, label in REASONS.items()]
    name, _colon, key = place.reason.partition(":")
    if key:
        rule = BlockRule.objects.filter(pk=int(key)).first() if name == "rule" else None
        found.append((place.reason, str(rule) if rule else gettext("A rule that is gone")))
    elif name and name not in REASONS:
        found.append((name, name))
    return found


def person_of(place: Place) -> str:
    """The name of the person whose comments alone the place shows, never the address; "" when it
    shows those of everybody. One query, none for everybody.
    """
    if place.user_id:
        user = User.objects.filter(pk=place.user_id).first()
        return (user.get_full_name() or user.get_username()) if user else gettext("Nobody")
    if place.guest_id:
        guest = Guest.objects.filter(pk=place.guest_id).first()
        return guest.name if guest else gettext("Nobody")
    return ""
