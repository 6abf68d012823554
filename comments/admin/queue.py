"""The queue: what a moderator should know of each comment on a page of it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, Count, F, QuerySet, Value
from django.utils.translation import gettext

from blog import markup
from comments.admin import blocking, replying
from comments.admin.acts import ModeratorAct, offered_for
from comments.admin.blocking import Offer
from comments.admin.place import Place
from comments.choices import Act, Status
from comments.models import BlogComment, ModerationEvent, Report
from comments.spam import reasons, trust
from comments.spam.trust import Standing

PER_PAGE = 50
LONG_CHARS = 900  # of a text; what is longer opens by a click
LONG_LINES = 24
EXCERPT_CHARS = 400  # of a long text while it is closed
PARENT_CHARS = 160


def is_long(html: str) -> bool:
    """Whether a text would push the next comments off the screen."""
    if len(html) <= LONG_CHARS and html.count("<") <= LONG_LINES:
        return False
    text = markup.plain_text(html)
    return len(text) > LONG_CHARS or text.count("\n") > LONG_LINES


@dataclass(frozen=True, slots=True)
class Row:
    """One comment with what a moderator should know to decide."""

    comment: BlogComment
    parent: BlogComment | None
    counts: Mapping[str, int]  # all comments of this person by status, this one too
    standing: Standing  # of the person, as the judge sees it
    last_event: ModerationEvent | None  # the latest act of a moderator
    reports: list[Report]  # what readers said of it that nobody has decided on, oldest first
    draft: str = ""  # of a reply that is not sent
    acts: list[ModeratorAct] = field(default_factory=list)

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
    def person_address(self) -> str:
        """Where all comments of this person are; "" for somebody nobody knows."""
        comment = self.comment
        if comment.user_id:
            return Place(status=None, user_id=comment.user_id).address
        return Place(status=None, guest_id=comment.guest_id).address if comment.guest_id else ""

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
        sentences = (reasons.sentence(reason) for reason in self.comment.reasons)
        return [sentence for sentence in sentences if sentence]

    @property
    def blocks(self) -> list[Offer]:
        """What can be kept out together with it."""
        return blocking.offers(self.comment) if self.acts else []

    @property
    def may_be_answered(self) -> bool:
        """Whether a reply can be written here: what is held is approved with it."""
        return self.comment.status in replying.ANSWERABLE


def rows(keys: Collection[int], *, drafts: Mapping[str, str] | None = None) -> list[Row]:
    """The comments with those keys, newest first. At most six queries, however many."""
    comments = list(
        BlogComment.objects.filter(pk__in=keys)
        .select_related("user", "guest", "post")
        .defer(
            "comment",
            "words",
            "user__password",
            "post__body",
            "post__body_html",
            "post__search_text",
        )
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
        .exclude(act__in=(Act.RECEIVED, Act.EDITED))
        .select_related("by")
        .order_by("pk")
    }
    reports: dict[int, list[Report]] = defaultdict(list)
    for report in (
        Report.objects.filter(comment__in=keys, settled_at=None)
        .select_related("user")
        .order_by("pk")
    ):
        reports[report.comment_id].append(report)
    users = {comment.user_id for comment in comments if comment.user_id}
    guests = {comment.guest_id for comment in comments if comment.guest_id and not comment.user_id}
    counts = _counts(users, guests)
    standings = trust.standings(user_ids=users, guest_ids=guests)
    return [
        Row(
            comment=comment,
            parent=parents.get(comment.reply_to_id or 0),
            counts=counts["user", comment.user_id]
            if comment.user_id
            else counts["guest", comment.guest_id],
            standing=standings.of(user_id=comment.user_id, guest_id=comment.guest_id),
            last_event=events.get(comment.pk),
            reports=reports[comment.pk],
            draft=(drafts or {}).get(str(comment.pk), ""),
            acts=offered_for(comment, is_reported=bool(reports[comment.pk])),
        )
        for comment in comments
    ]


def _counts(
    users: Collection[int], guests: Collection[int]
) -> dict[tuple[str, int | None], dict[str, int]]:
    """Comments by person and status. One query: two that are put together, as the two columns stand
    in two tables and one condition on both would read all comments.
    """
    counts: dict[tuple[str, int | None], dict[str, int]] = defaultdict(dict)
    found: Iterable[Any] = ()
    if users and guests:
        found = _count_of("user", users).union(_count_of("guest", guests), all=True)
    elif users or guests:
        found = _count_of("user", users) if users else _count_of("guest", guests)
    for kind, person, status, count in found:
        counts[kind, person][status] = count
    return counts


def _count_of(kind: str, people: Collection[int]) -> "QuerySet[Any, Any]":
    return (
        BlogComment.objects.order_by()
        .filter(**{f"{kind}_id__in": people})
        .annotate(kind=Value(kind, output_field=CharField()), person=F(f"{kind}_id"))
        .values("kind", "person", "status")
        .annotate(count=Count("pk"))
        .values_list("kind", "person", "status", "count")
    )
