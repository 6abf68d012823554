"""The queue: which comments a page of it shows, and what a moderator should know of each."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Count
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from blog import markup
from blog.models import Post
from comments.admin.acts import ModeratorAct, offered_for
from comments.choices import Act, Status
from comments.models import BlogComment, BlogCommentQuerySet, ModerationEvent

PER_PAGE = 50
ALL = "all"
MAX_PAGE = 100_000
MAX_KEY = 2**31 - 1  # the package's keys have 32 bits
LONG_CHARS = 900  # of a text; what is longer opens by a click
LONG_LINES = 24
EXCERPT_CHARS = 400  # of a long text while it is closed
PARENT_CHARS = 160
POSTS_TO_CHOOSE = 30  # those with the most comments on the tab


def whole_number(text: str, *, limit: int) -> int | None:
    """`text` as a number from 1 to `limit`; None when it is anything else."""
    if text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= limit:
        return int(text)
    return None


def is_long(html: str) -> bool:
    """Whether a text would push the next comments off the screen."""
    if len(html) <= LONG_CHARS and html.count("<") <= LONG_LINES:
        return False
    text = markup.plain_text(html)
    return len(text) > LONG_CHARS or text.count("\n") > LONG_LINES


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the queue a moderator stands: all that the address says."""

    status: Status | None = Status.HELD  # None: whatever the status
    post_id: int | None = None
    words: str = ""
    page: int = 1

    @classmethod
    def from_query(cls, query: QueryDict) -> Self:
        """The place that an address names; what makes no sense in it counts as not said."""
        status: Status | None = Status.HELD
        asked = query.get("status", "")
        if asked == ALL:
            status = None
        elif asked in Status.values:
            status = Status(asked)
        words = "".join(char if char.isprintable() else " " for char in query.get("q", ""))
        return cls(
            status=status,
            post_id=whole_number(query.get("post", ""), limit=2**63 - 1),
            words=" ".join(words.split())[:200],
            page=whole_number(query.get("p", ""), limit=MAX_PAGE) or 1,
        )

    @property
    def query(self) -> str:
        """The place as the end of an address; "" for the first page of what is held."""
        said: dict[str, object] = {}
        if self.status != Status.HELD:
            said["status"] = self.status.value if self.status else ALL
        if self.post_id:
            said["post"] = self.post_id
        if self.words:
            said["q"] = self.words
        if self.page > 1:
            said["p"] = self.page
        return urlencode(said)

    @property
    def address(self) -> str:
        """The address of this place."""
        path = reverse("admin:comments_blogcomment_changelist")
        return f"{path}?{self.query}" if self.query else path

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the tab decides what is shown."""
        return bool(self.words or self.post_id)

    def at(self, **changes: Any) -> "Place":
        """The place with something else, from its first page on."""
        return replace(self, **{"page": 1, **changes})

    def comments(self) -> BlogCommentQuerySet:
        """The comments of the tab and the post, before words are looked for."""
        found = BlogComment.objects.order_by("-pk").select_related(None)
        if self.status is not None:
            found = found.filter(status=self.status)
        return found.filter(post_id=self.post_id) if self.post_id else found


@dataclass(frozen=True, slots=True)
class Tab:
    """One status to look at."""

    label: str
    count: int
    address: str
    is_current: bool


def tabs(place: Place, counts: dict[str, int]) -> list[Tab]:
    """One tab per status, what waits first, and one for all. The post and the words stay."""
    order = (Status.HELD, Status.UNCONFIRMED, Status.PUBLISHED, Status.SPAM, Status.REMOVED)
    by_status = [
        Tab(
            label=str(status.label),
            count=counts[status.value],
            address=place.at(status=status).address,
            is_current=place.status == status,
        )
        for status in order
    ]
    everything = Tab(
        label=gettext("All"),
        count=sum(counts.values()),
        address=place.at(status=None).address,
        is_current=place.status is None,
    )
    return [*by_status, everything]


@dataclass(frozen=True, slots=True)
class Row:
    """One comment with what a moderator should know to decide."""

    comment: BlogComment
    parent: BlogComment | None
    counts: dict[str, int]  # all comments of this person by status, this one too
    last_event: ModerationEvent | None  # the latest act of a moderator
    acts: list[ModeratorAct]

    @property
    def is_known(self) -> bool:
        """Whether the person has an account or an address, so that more is known of him."""
        return bool(self.comment.user_id or self.comment.guest_id)

    @property
    def is_first_time(self) -> bool:
        """Whether no other comment of this person has been published."""
        others = self.counts.get(Status.PUBLISHED, 0) - (self.comment.status == Status.PUBLISHED)
        return self.is_known and others <= 0

    @property
    def others(self) -> list[tuple[str, int]]:
        """How many other comments the person has, by the name of their status."""
        counts = Counter(self.counts)
        counts[self.comment.status] -= 1
        return [(str(status.label), counts[status]) for status in Status if counts[status] > 0]

    @property
    def post_title(self) -> str:
        """The post's title; its text, which would name it when it has none, is not at hand."""
        return self.comment.post.title or gettext("Untitled")

    @property
    def excerpt(self) -> str:
        """The beginning of a text that is too long to be shown at once; "" for the others."""
        if not is_long(self.comment.body_html):
            return ""
        return markup.excerpt(self.comment.body_html, length=EXCERPT_CHARS)

    @property
    def parent_excerpt(self) -> str:
        """The first words of what it answers."""
        return markup.excerpt(self.parent.body_html, length=PARENT_CHARS) if self.parent else ""

    @property
    def reasons(self) -> list[str]:
        """Why it was held, a sentence each."""
        return [reason["sentence"] for reason in self.comment.reasons if reason.get("sentence")]


def rows(keys: Collection[int]) -> list[Row]:
    """The comments with those keys, newest first. At most five queries, however many."""
    comments = list(
        BlogComment.objects.filter(pk__in=keys)
        .select_related("user", "guest", "post")
        .defer("comment", "user__password", "post__body", "post__body_html", "post__search_text")
        .order_by("-pk")
    )
    parents = {
        parent.pk: parent
        for parent in BlogComment.objects.filter(
            pk__in={comment.reply_to_id for comment in comments if comment.reply_to_id}
        ).for_thread()
    }
    events = {
        event.comment_id: event
        for event in ModerationEvent.objects.filter(comment__in=keys, by__isnull=False)
        .exclude(act=Act.RECEIVED)
        .select_related("by")
        .order_by("pk")
    }
    by_user = _counts_by("user", {comment.user_id for comment in comments})
    by_guest = _counts_by(
        "guest", {comment.guest_id for comment in comments if not comment.user_id}
    )
    return [
        Row(
            comment=comment,
            parent=parents.get(comment.reply_to_id or 0),
            counts=by_user[comment.user_id] if comment.user_id else by_guest[comment.guest_id],
            last_event=events.get(comment.pk),
            acts=offered_for(comment),
        )
        for comment in comments
    ]


def _counts_by(column: str, people: Iterable[int | None]) -> dict[int | None, dict[str, int]]:
    """Comments by person and status. One query; one per kind of person, as the two columns stand
    in two tables and one question about both would read all comments.
    """
    counts: dict[int | None, dict[str, int]] = defaultdict(dict)
    found = (
        BlogComment.objects.order_by()
        .filter(**{f"{column}__in": {person for person in people if person}})
        .values_list(f"{column}_id", "status")
        .annotate(Count("pk"))
    )
    for person, status, count in found:
        counts[person][status] = count
    return counts


def posts_to_choose(place: Place) -> list[tuple[int, str, int]]:
    """Key, title and number of comments of the posts with the most comments on the tab; that of
    the place is among them. At most two queries.
    """
    found = list(
        place.at(post_id=None)
        .comments()
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
