"""A comment on a post: the package's row, plus what it lacks."""

import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_comments.managers import CommentManager
from django_comments.models import Comment
from django_comments_xtd.models import XtdComment

from blog import markup
from blog.markup.clean import clean_comment
from blog.models import Author, Post, SiteProfile
from blog.search.words import line_of
from comments import threads
from comments.choices import Order, RemovedBy, Source, Status
from comments.models import paging
from comments.models.guest import Guest

VISIBLE = (Status.PUBLISHED, Status.REMOVED)

# From its sending on, while nobody has answered: later, readers would have read something else.
EDIT_WINDOW = timedelta(minutes=15)


class PathField(models.CharField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Text compared byte by byte, so that string order is depth-first order on both databases."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """The column's type, with PostgreSQL's "C" collation; SQLite compares bytes by itself."""
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class BlogCommentQuerySet(models.QuerySet["BlogComment"]):
    """Questions about comments."""

    def on_post(self, post: Post) -> Self:
        """All comments of one post, whatever their status."""
        return self.filter(post=post)

    def published(self) -> Self:
        """What every reader may read, on posts that every reader may open."""
        # Looked up for each comment: as a list of posts it would be read whole first.
        readable = Post.objects.with_comments().filter(pk=OuterRef("post"))
        return self.filter(Exists(readable), status=Status.PUBLISHED)

    def shown(self) -> Self:
        """What a thread draws: published comments, and removed ones that still hold a place.

        A removed comment holds its place while a published reply stands somewhere below it.
        """
        below = BlogComment.objects.filter(
            post=OuterRef("post"),
            status=Status.PUBLISHED,
            path__gt=OuterRef("path"),
            path__lt=Concat(OuterRef("path"), Value(threads.PATH_END)),
        )
        seen = Q(status=Status.PUBLISHED) | Q(Q(status=Status.REMOVED), Exists(below))
        # The first condition follows from the second; by it the indexes for threads are found.
        return self.filter(Q(status__in=VISIBLE), seen)

    def top_level(self) -> Self:
        """Comments that answer the post itself."""
        return self.filter(root=None)

    def below(self, comment: "BlogComment") -> Self:
        """Every reply under `comment`, at any depth."""
        return self.filter(
            post_id=comment.post_id,
            path__gt=comment.path,
            path__lt=comment.path + threads.PATH_END,
        )

    def page_of_threads(
        self,
        *,
        at: int | None = None,
        start: int | None = None,
        order: Order = Order.OLDEST,
        waiting: Sequence["BlogComment"] = (),
        actor_keys: Sequence[str] = (),
    ) -> threads.Page:
        """The page of threads that shows comment `at` with what was said before and after it, or
        that begins at the thread of comment `start`; the first page when that comment is not
        shown. For one reader alone: rows that are `waiting`, in their places, and
        whether he, as one of `actor_keys`, likes each comment (`is_liked`).

        Shape: THREADS_PER_PAGE threads, each with its first replies; the thread of `at` also with
        its ancestors and what follows it. Two queries, four when `at` or `start` is given.
        """
        return paging.read(
            self, at=at, start=start, order=order, waiting=waiting, actor_keys=actor_keys
        )

    def in_reading_order(self) -> Self:
        """Depth first: each reply under what it answers."""
        return self.order_by("path")

    def newest_first(self) -> Self:
        """By the time of sending, ties by key."""
        return self.order_by("-submit_date", "-pk")

    def in_sight(self) -> Self:
        """Whatever does not lie in the trash with its post."""
        return self.filter(post__trashed_at=None)

    def waiting(self) -> Self:
        """What a moderator should look at."""
        return self.in_sight().filter(status=Status.HELD)

    def unannounced(self) -> Self:
        """Published comments that subscribers have not been told of yet and may be told of."""
        is_time = Q(announce_from=None) | Q(announce_from__lte=timezone.now())
        return self.in_sight().filter(is_time, status=Status.PUBLISHED, announced_at=None)

    def new_to_moderators(self) -> Self:
        """Held comments that moderators have not been told of yet."""
        return self.waiting().filter(moderators_told_at=None)

    def by_person(self, *, user_id: int | None, guest_id: int | None) -> Self:
        """Comments of one account, or of one guest address; of nobody when both are None."""
        if user_id is not None:
            return self.filter(user_id=user_id)
        return self.filter(guest_id=guest_id) if guest_id is not None else self.none()

    def own(self, *, user_id: int | None, guest_id: int | None, keys: Collection[int]) -> Self:
        """What somebody wrote: by account; else as a guest, or by the keys his browser keeps."""
        if user_id is not None:
            return self.filter(user_id=user_id)
        theirs = Q(pk__in=keys)
        if guest_id is not None:
            theirs |= Q(guest_id=guest_id)
        return self.filter(theirs)

    def not_seen_yet(self) -> Self:
        """What only its writer sees: unconfirmed, held, or taken for spam, which he is not told."""
        return self.filter(status__in=(Status.UNCONFIRMED, Status.HELD, Status.SPAM))

    def for_thread(self) -> Self:
        """With what a thread draws of each. Adds no query."""
        return self.select_related("user").defer(
            "comment",
            "words",
            "user__password",
            "user__email",
            "reasons",
            "user_email",
            "ip_address",
        )

    def for_feed(self) -> Self:
        """With what a feed says of each. Adds no query."""
        return self.select_related("user", "post").defer(
            "words", "post__body", "post__body_html", "post__search_text", "user__password"
        )


class BlogComment(XtdComment):
    """A comment. The package's columns hold the text and the person; these hold the rest.

    `order` and `nested_count` of the package are left alone: `path` says everything they said, and
    no insert has to renumber other rows for it.
    """

    post = models.ForeignKey(
        Post, verbose_name=_("post"), on_delete=models.CASCADE, related_name="comments"
    )
    root = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.CASCADE,
        related_name="thread",
        editable=False,
        # Its index is below, without the top level: SQLite takes "no root" for as rare as any one
        # root, and would look through the threads of all posts for those of one.
        db_index=False,
    )
    path = PathField(max_length=threads.PATH_MAX_LENGTH, editable=False, default="")
    status = models.CharField(
        _("status"), max_length=20, choices=Status, default=Status.HELD, editable=False
    )
    removed_by = models.CharField(max_length=20, choices=RemovedBy, blank=True, editable=False)
    # What the judgement rests on: [{"name", "points", "values"}], made sentences by spam.reasons.
    reasons = models.JSONField(_("why"), default=list, editable=False)
    source = models.CharField(
        max_length=10, choices=Source, default=Source.MARKDOWN, editable=False
    )
    body_html = models.TextField(editable=False, blank=True)
    body_format_version = models.PositiveSmallIntegerField(default=0, editable=False)
    # What search looks through; a trigger or index of the database follows it. "": not made yet.
    words = models.TextField(db_default="", default="", editable=False)
    guest = models.ForeignKey(
        Guest,
        verbose_name=_("guest"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="comments",
    )
    # Who signs posts here under the profile that wrote it where it was imported from.
    byline = models.ForeignKey(
        Author, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    # Whose network it came from, as a keyed hash that changes every month.
    client_key = models.CharField(max_length=32, blank=True, editable=False)
    # One per person, place and text: the second sending of a form finds the first.
    # Null, not empty, when nothing is to be found: several rows may have none.
    fingerprint = models.CharField(  # noqa: DJ001
        max_length=64, null=True, unique=True, editable=False
    )
    published_at = models.DateTimeField(null=True, editable=False)
    edited_at = models.DateTimeField(null=True, editable=False)
    # Subscribers have been told, or need not be; the background part looks for empty ones.
    announced_at = models.DateTimeField(null=True, editable=False)
    # Nobody is told before: until then the moderator who published it may take that back.
    announce_from = models.DateTimeField(null=True, editable=False)
    # Moderators have been told that it waits, or need not be.
    moderators_told_at = models.DateTimeField(null=True, editable=False)
    like_count = models.PositiveIntegerField(default=0, editable=False)
    pinned_at = models.DateTimeField(null=True, editable=False)
    loved_at = models.DateTimeField(null=True, editable=False)  # by the post's author
    entry_id = models.CharField(max_length=300, unique=True, editable=False)
    blogger_id = models.BigIntegerField(null=True, unique=True, editable=False)

    # Deliberately not the package's manager, which joins and sorts on every question.
    objects = CommentManager.from_queryset(BlogCommentQuerySet)()  # type: ignore[assignment,misc]

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        permissions = [("moderate", "Can moderate comments")]
        indexes = [
            models.Index(
                fields=["post", "path"],
                name="comment_top_level",
                condition=Q(root=None, status__in=VISIBLE),
            ),
            models.Index(
                fields=["root", "path"],
                name="comment_thread",
                condition=Q(root__isnull=False, status__in=VISIBLE),
            ),
            models.Index(fields=["root"], name="comment_root", condition=Q(root__isnull=False)),
            models.Index(fields=["post", "path"], name="comment_subtree"),
            models.Index(fields=["status", "-xtdcomment_ptr"], name="comment_queue"),
            models.Index(fields=["client_key"], name="comment_client"),
            models.Index(
                fields=["xtdcomment_ptr"],
                name="comment_unannounced",
                condition=Q(status=Status.PUBLISHED, announced_at=None),
            ),
            models.Index(
                fields=["xtdcomment_ptr"],
                name="comment_moderators_untold",
                condition=Q(status=Status.HELD, moderators_told_at=None),
            ),
            models.Index(
                fields=["post", "-like_count", "path"],
                name="comment_most_liked",
                condition=Q(root=None, status__in=VISIBLE),
            ),
            models.Index(
                fields=["post"], name="comment_pinned", condition=Q(pinned_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        """Name and first words."""
        return f"{self.author_name}: {markup.excerpt(self.body_html, length=60)}"

    _answered: Self | None = None

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves this row only. A new one gets its place below `reply_to`, a saved comment of the
        same post, or at the top level.

        The package's own save() numbers whole threads anew; it is passed over on purpose.
        """
        self._answered = kwargs.pop("reply_to", None)
        self.derive()
        if "body_html" in (fields := kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = {*fields, "words"}
        if self._state.adding:
            self.bind()
            if not self.entry_id:
                authority = SiteProfile.current().tag_authority
                self.entry_id = f"tag:{authority}:comment-{uuid.uuid4().hex}"
        Comment.save(self, *args, **kwargs)

    def _save_table(self, *args: Any, **kwargs: Any) -> bool:
        """Gives a new comment its place as soon as its key is known: after the insert into the
        package's first table and before that into the second. No row is written twice.

        Django has had this step of saving a model with parents for as long as it has had them; the
        tests of threads notice if it goes.
        """
        cls = kwargs.get("cls") or args[1]
        if cls is XtdComment and self._state.adding:
            above = self._answered
            self.root_id = (above.root_id or above.pk) if above else None
            self.level = above.level + 1 if above else 0
            self.path = threads.path_below(above.path if above else "", self.id)
            self.thread_id = self.root_id or self.id
            self.parent_id = above.pk if above else self.id  # the package's way to say "nobody"
        saved: bool = super()._save_table(*args, **kwargs)  # type: ignore[misc]
        return saved

    def bind(self) -> None:
        """Fills the package's generic relation from `post`."""
        self.content_type = ContentType.objects.get_for_model(Post)
        self.object_pk = str(self.post_id)
        self.site_id = settings.SITE_ID

    def derive(self) -> None:
        """Makes the columns that follow from others."""
        if "comment" in self.get_deferred_fields():
            return
        self.body_html = (
            clean_comment(self.comment)
            if self.source == Source.HTML
            else markup.render_comment(self.comment)
        )
        self.body_format_version = markup.FORMAT_VERSION
        self.words = line_of(markup.plain_text(self.body_html))

    @property
    def author_name(self) -> str:
        """The name as readers see it. Nobody signs with another name than his account's."""
        if self.user_id and self.user is not None:
            return self.user.get_full_name() or self.user.get_username()
        return self.user_name

    def is_by(self, author: Author) -> bool:
        """Whether who signs a post wrote it: with the account, or where it was imported from."""
        if self.user_id is not None:
            return self.user_id == author.user_id
        return self.byline_id is not None and self.byline_id == author.pk

    @property
    def reply_to_id(self) -> int | None:
        """The key of the comment this one answers; None for the post itself."""
        return None if self.parent_id in {0, self.pk} else self.parent_id

    @property
    def is_shown(self) -> bool:
        """Whether every reader may read its text."""
        return self.status == Status.PUBLISHED

    @property
    def is_in_edit_window(self) -> bool:
        """Whether its writer may still change the text, as far as the clock decides."""
        return self.status != Status.REMOVED and timezone.now() < self.submit_date + EDIT_WINDOW

    @property
    def number(self) -> int:
        """The public number, in feeds and anchors: Blogger's when it was imported."""
        return self.blogger_id or self.pk

    @property
    def anchor(self) -> str:
        """`c41`: the id of the element that shows it."""
        return f"c{self.number}"

    def get_absolute_url(self, anchor_pattern: str = "") -> str:
        """The post's page, opened at the page of threads that shows this comment."""
        return f"{self.post.get_absolute_url()}?comment={self.pk}#{self.anchor}"
