"""Posts and pages: one table, so that search, revisions, comments, redirects, import and export
are written once.
"""

import re
import secrets
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from typing import Any, Self

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Min, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from blog import addresses, markup
from blog.access import may_edit_any, may_publish, may_write
from blog.choices import Audience, CommentPolicy, GuestAccess, Kind, Markup, Moderation, State
from blog.models.author import Author
from blog.models.label import Label
from blog.models.media import MediaItem
from blog.models.site import SiteProfile

# What a link to a post says, and what decides where it leads.
LINK_FIELDS = ("title", "language", "kind", "slug", "address_month", "publish_at", "original")
RELATED_LOOKED_AT = 120  # labels shared with other posts, the newest first
ALIKE_LOOKED_AT = 200  # posts whose address has a word of the one that led nowhere
ALIKE = 0.5  # of 1: how much two names must have in common to be taken for each other
MAX_PATH_CHARS = 300

# Columns that save() makes from others; a revision need not keep them.
DERIVED = (
    "body_html",
    "body_format_version",
    "search_text",
    "word_count",
    "published_on",
    "comment_count",
    "last_comment_at",
    "pictures",
)
# What opens a private text belongs in no revision.
SECRETS = ("password_hash", "link_seed")
# A change of one of these is what a reader would call an edit.
READ_FIELDS = ("title", "body", "markup", "language")


def _is_readable(now: datetime) -> Q:
    return Q(Q(ends_at=None) | Q(ends_at__gt=now)) & Q(
        state=State.PUBLISHED, publish_at__lte=now, trashed_at=None
    )


class PostQuerySet(models.QuerySet["Post"]):
    """Questions about posts and pages. The lookups of state and time stand here only."""

    def posts(self) -> Self:
        """Dated texts in the stream."""
        return self.filter(kind=Kind.POST)

    def pages(self) -> Self:
        """Undated texts in the menu."""
        return self.filter(kind=Kind.PAGE)

    def kept(self) -> Self:
        """What is not in the trash."""
        return self.filter(trashed_at=None)

    def trashed(self) -> Self:
        """What is in the trash."""
        return self.filter(trashed_at__isnull=False)

    def readable(self) -> Self:
        """What somebody may read now: published, not ahead of the clock, its end not reached. Also
        what is private.
        """
        return self.filter(_is_readable(timezone.now()))

    def live(self) -> Self:
        """What any reader may open now, and finds in lists: readable, and for everybody."""
        return self.readable().filter(audience=Audience.EVERYONE)

    def locked(self) -> Self:
        """What readers may open who know its password."""
        return self.readable().filter(audience=Audience.PASSWORD)

    def shared(self) -> Self:
        """What readers may open who have its secret link."""
        return self.readable().filter(audience=Audience.LINK)

    def addressed(self) -> Self:
        """What answers at its own address, if only with a question for a password."""
        return self.readable().exclude(audience=Audience.LINK)

    def gone(self) -> Self:
        """What once answered at its own address and does no longer: ended, or in the trash."""
        now = timezone.now()
        return self.filter(
            Q(ends_at__lte=now) | Q(trashed_at__isnull=False),
            state=State.PUBLISHED,
            publish_at__lte=now,
        ).exclude(audience=Audience.LINK)

    def published(self) -> Self:
        """Live posts, and those that will be by themselves."""
        return self.filter(state=State.PUBLISHED)

    def drafts(self) -> Self:
        """Not published yet."""
        return self.kept().filter(state=State.DRAFT)

    def scheduled(self) -> Self:
        """Published with a time ahead, the next first."""
        return (
            self.kept()
            .filter(state=State.PUBLISHED, publish_at__gt=timezone.now())
            .order_by("publish_at", "pk")
        )

    def ended(self) -> Self:
        """Published until a moment that has passed."""
        now = timezone.now()
        return self.kept().filter(state=State.PUBLISHED, publish_at__lte=now, ends_at__lte=now)

    def withdrawn(self) -> Self:
        """Taken back."""
        return self.kept().filter(state=State.WITHDRAWN)

    def searchable(self) -> Self:
        """What search engines may list."""
        return self.filter(is_searchable=True)

    def pinned(self) -> Self:
        """What stands first on the first page of the blog."""
        return self.filter(is_pinned=True)

    def unpinned(self) -> Self:
        """What stands under its day only."""
        return self.filter(is_pinned=False)

    def front_page(self, *, pinned: int, others: int) -> tuple[list["Post"], list["Post"]]:
        """At most so many pinned posts and so many others, each newest first, with for_cards(). Two
        queries.
        """
        first = self.pinned().newest_first().values("pk")[:pinned]
        newest = self.unpinned().newest_first().values("pk")[:others]
        either = self.filter(Q(pk__in=first) | Q(pk__in=newest))
        rows = list(either.newest_first().for_cards())
        return [row for row in rows if row.is_pinned], [row for row in rows if not row.is_pinned]

    def next_turn(self) -> datetime | None:
        """When one of these appears or ends by itself next; None for never. One query."""
        now = timezone.now()
        ahead = self.kept().filter(state=State.PUBLISHED)
        moments = ahead.aggregate(
            appears=Min("publish_at", filter=Q(publish_at__gt=now)),
            ends=Min("ends_at", filter=Q(ends_at__gt=now)),
        )
        return min(filter(None, moments.values()), default=None)

    def editable_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """What `user` may change: everything for editors, the own for authors, the own drafts for
        contributors, else nothing.
        """
        own = self.managed_by(user)
        return own if may_publish(user) or may_edit_any(user) else own.filter(state=State.DRAFT)

    def managed_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """What stands in the lists of `user`: everything for editors, the own for writers. What is
        in the trash stands in none.
        """
        return self.kept()._of(user)

    def restorable_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """What `user` may take out of the trash, or destroy: what he might change outside it."""
        own = self.trashed()._of(user)
        return own if may_publish(user) or may_edit_any(user) else own.filter(state=State.DRAFT)

    def _of(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        if may_edit_any(user):
            return self
        return self.filter(author__user_id=user.pk) if may_write(user) else self.none()

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """What `user` may read: live posts, and whatever he may change."""
        if may_edit_any(user):
            return self.kept()
        readable = _is_readable(timezone.now()) & Q(audience=Audience.EVERYONE)
        if may_write(user):
            readable |= Q(author__user_id=user.pk, trashed_at=None)
        return self.filter(readable)

    def open_for_comments(self) -> Self:
        """Live posts and pages that take new comments now."""
        now = timezone.now()
        posts = self.live().filter(
            Q(comments_close_at=None) | Q(comments_close_at__gt=now),
            comment_policy=CommentPolicy.OPEN,
        )
        if days := SiteProfile.current().close_after_days:
            posts = posts.filter(Q(kind=Kind.PAGE) | Q(publish_at__gt=now - timedelta(days=days)))
        return posts

    def with_comments(self) -> Self:
        """Live posts and pages whose comments are shown, open or closed."""
        return self.live().exclude(comment_policy=CommentPolicy.HIDDEN)

    def at(self, *, month: str, slug: str) -> Self:
        """The post with that address; at most one."""
        return self.posts().filter(address_month=month, slug=slug)

    def numbered(self, number: int) -> Self:
        """The post whose public number is `number`: Blogger's when imported, else its key."""
        return self.filter(Q(blogger_id=number) | Q(blogger_id=None, pk=number))

    def labelled(self, *labels: Label) -> Self:
        """Posts that carry all of `labels`."""
        posts = self
        for label in labels:
            posts = posts.filter(labels=label)
        return posts

    def labelled_as(self, name: str) -> Self:
        """Posts that carry the label of exactly that name."""
        return self.filter(labels__name=name)

    def published_within(self, first: date, last: date) -> Self:
        """Posts whose local day lies in first..last, both included."""
        return self.filter(published_on__range=(first, last))

    def appeared(self, *, until: datetime, after: datetime | None = None) -> Self:
        """Posts with a publication time later than `after`, and not later than `until`."""
        posts = self.filter(publish_at__lte=until)
        return posts if after is None else posts.filter(publish_at__gt=after)

    def newest_first(self) -> Self:
        """By publication time, ties by key."""
        return self.order_by("-publish_at", "-pk")

    def oldest_first(self) -> Self:
        """By publication time, ties by key."""
        return self.order_by("publish_at", "pk")

    def before(self, moment: datetime, key: int) -> Self:
        """Posts strictly older than the place (moment, key) in newest-first order."""
        return self.filter(Q(publish_at__lt=moment) | Q(publish_at=moment, pk__lt=key))

    def after(self, moment: datetime, key: int) -> Self:
        """Posts strictly newer than the place (moment, key) in newest-first order."""
        return self.filter(Q(publish_at__gt=moment) | Q(publish_at=moment, pk__gt=key))

    def for_cards(self) -> Self:
        """With what a list shows of each: author and labels. Adds one query."""
        return (
            self.select_related("author")
            .prefetch_related("labels")
            .defer("body", "search_text", "author__about")
        )

    def in_menu(self) -> Self:
        """With what a menu shows of each that has a title, by title."""
        shown = self.exclude(title="").order_by("title", "pk")
        return shown.only("kind", "title", "slug", "address_month", "language")

    def for_page(self) -> Self:
        """With what the post's own page shows. Adds one query."""
        return self.select_related("author").prefetch_related("labels").defer("search_text")

    def for_links(self) -> Self:
        """With what a link to each says: title, language, address."""
        return self.only(*LINK_FIELDS)

    def ways_from(self, post: "Post") -> "Ways":
        """The posts beside `post` in the stream, and its translations. One query."""
        root = post.original_id or post.pk
        wanted = Q(pk=root) | Q(original=root)
        if post.publish_at is None or post.is_page:
            found = list(self.filter(wanted).exclude(pk=post.pk).oldest_first().for_links())
            return Ways(newer=None, older=None, translations=found)
        place = (post.publish_at, post.pk)
        wanted |= Q(pk=Subquery(self.posts().after(*place).oldest_first().values("pk")[:1]))
        wanted |= Q(pk=Subquery(self.posts().before(*place).newest_first().values("pk")[:1]))
        found = list(self.filter(wanted).exclude(pk=post.pk).oldest_first().for_links())

        def is_newer(other: "Post") -> bool:
            return other.publish_at is not None and (other.publish_at, other.pk) > place

        # Those beside it are among those found, so they are the nearest of them too.
        return Ways(
            newer=next((each for each in found if is_newer(each)), None),
            older=next((each for each in reversed(found) if not is_newer(each)), None),
            translations=[each for each in found if root in (each.pk, each.original_id)],
        )

    def related_to(self, post: "Post", *, limit: int) -> list["Post"]:
        """At most `limit` titled posts that share the most labels with `post`, of equals the newer.

        Looks at the newest RELATED_LOOKED_AT shared labels only, so that it costs the same for
        10,000 posts. One query, none for a post without labels.
        """
        labels = [label.pk for label in post.labels.all()]
        if not labels:
            return []
        # One row for each shared label.
        shared = self.filter(labels__in=labels).exclude(pk=post.pk).exclude(title="")
        posts = list(shared.newest_first().for_links()[:RELATED_LOOKED_AT])
        counts = Counter(each.pk for each in posts)
        posts_by_key = {each.pk: each for each in posts}  # in the order of the rows
        return sorted(posts_by_key.values(), key=lambda each: -counts[each.pk])[:limit]

    def with_an_address_like(self, path: str, *, limit: int) -> list["Post"]:
        """At most `limit` titled posts and pages whose address is nearest to `path`, which led
        nowhere. One query, none for a path without words.
        """
        parts = [part for part in path[:MAX_PATH_CHARS].split("/") if part]
        name = parts[-1].rpartition(".")[0] or parts[-1] if parts else ""
        words = sorted({*re.findall(r"[^\W_]{2,}", name.replace("\0", ""))}, key=len)[-3:]
        if not words:
            return []
        alike = Q()
        for word in words:
            alike |= Q(slug__icontains=word)
        titled = self.filter(alike).exclude(title="")
        found = titled.newest_first().for_links()[:ALIKE_LOOKED_AT]

        def likeness(post: "Post") -> float:
            return SequenceMatcher(None, name.casefold(), post.slug.casefold()).ratio()

        near = [post for post in found if likeness(post) >= ALIKE]
        return sorted(near, key=likeness, reverse=True)[:limit]

    def months(self) -> list[tuple[date, int]]:
        """First day of each month that has posts with its post count, newest first. One query."""
        # By day in the database and by month here: SQLite would call back into Python for the
        # month of each row.
        days = self.exclude(published_on=None).order_by().values_list("published_on")
        counts: Counter[date] = Counter()
        for day, count in days.annotate(post_count=Count("pk")):
            counts[day.replace(day=1)] += count
        return sorted(counts.items(), reverse=True)


@dataclass(frozen=True, slots=True)
class Ways:
    """Where a reader can go from a post; each with for_links()."""

    newer: "Post | None"
    older: "Post | None"
    translations: "list[Post]"  # the oldest first


class Post(models.Model):
    """A post or page with its source, what was made of it, and where it stands."""

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.POST)
    title = models.CharField(_("title"), max_length=500, blank=True)
    body = models.TextField(_("text"), max_length=markup.MAX_SOURCE_CHARS, blank=True)
    markup = models.CharField(
        _("written in"), max_length=10, choices=Markup, default=Markup.MARKDOWN
    )
    line_breaks = models.BooleanField(
        _("a line end is a new line"),
        default=False,
        help_text=_("For HTML that was typed without paragraph marks."),
    )
    language = models.CharField(
        _("language"),
        max_length=20,
        blank=True,
        help_text=_("Empty means the language of the blog."),
    )
    description = models.CharField(_("description for search engines"), max_length=500, blank=True)
    # The text that this one was translated from; never itself a translation.
    original = models.ForeignKey(
        "self",
        verbose_name=_("translation of"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="translations",
        help_text=_("Readers and search engines find each from the other."),
    )
    is_searchable = models.BooleanField(_("search engines may list this text"), default=True)
    author = models.ForeignKey(
        Author, verbose_name=_("author"), on_delete=models.PROTECT, related_name="posts"
    )
    labels = models.ManyToManyField(
        Label, verbose_name=_("labels"), blank=True, related_name="posts"
    )
    # What the text shows and links, and what a page has to know of it; images.uses keeps both.
    media_items = models.ManyToManyField(
        MediaItem, blank=True, editable=False, related_name="posts"
    )
    pictures = models.JSONField(default=dict, editable=False)

    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT, editable=False
    )
    publish_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    ends_at = models.DateTimeField(
        _("ends at"),
        null=True,
        blank=True,
        help_text=_("From this moment on, readers are told that it is gone."),
    )
    is_pinned = models.BooleanField(
        _("pinned"), default=False, help_text=_("Stands first on the first page of the blog.")
    )
    audience = models.CharField(
        _("who may read it"), max_length=10, choices=Audience, default=Audience.EVERYONE
    )
    password_hash = models.CharField(max_length=128, blank=True, editable=False)
    # What the secret link is made of, see blog.private; another one ends the link.
    link_seed = models.CharField(max_length=32, blank=True, editable=False)
    # Kept with comments and address until blog.publishing.empty_trash.
    trashed_at = models.DateTimeField(null=True, editable=False)
    # Local day of publish_at in the blog's zone: day headings and archives ask for it.
    published_on = models.DateField(null=True, editable=False)
    slug = models.CharField(_("address"), max_length=addresses.SLUG_MAX_LENGTH, blank=True)
    # "2015/12", fixed by the first publication; empty for pages and before that.
    address_month = models.CharField(max_length=7, blank=True, editable=False)

    comment_policy = models.CharField(
        _("comments"), max_length=10, choices=CommentPolicy, default=CommentPolicy.OPEN
    )
    comments_close_at = models.DateTimeField(
        _("comments close at"),
        null=True,
        blank=True,
        help_text=_("From this moment on, existing comments are shown and new ones refused."),
    )
    # Empty: what the site profile says.
    moderation = models.CharField(
        _("comments that wait for a moderator"), max_length=10, choices=Moderation, blank=True
    )
    guest_access = models.CharField(
        _("who may comment"), max_length=10, choices=GuestAccess, blank=True
    )
    # Kept by comments.moderation alone; see its rebuild command.
    comment_count = models.PositiveIntegerField(default=0, editable=False)
    last_comment_at = models.DateTimeField(null=True, editable=False)

    place_name = models.CharField(_("place"), max_length=200, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)

    body_html = models.TextField(editable=False, blank=True)
    body_format_version = models.PositiveSmallIntegerField(default=0, editable=False)
    search_text = models.TextField(editable=False, blank=True)
    word_count = models.PositiveIntegerField(_("words"), default=0, editable=False)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last edited"), default=timezone.now, editable=False)
    # RFC 4151 id of feeds; Blogger's own for imported posts, so that feed readers recognise them.
    entry_id = models.CharField(max_length=300, unique=True, editable=False)
    blogger_id = models.BigIntegerField(null=True, unique=True, editable=False)

    history = HistoricalRecords(excluded_fields=[*DERIVED, *SECRETS], related_name="revisions")
    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        permissions = [
            ("publish_post", "Can publish and withdraw posts"),
            ("edit_any_post", "Can change posts of others"),
        ]
        indexes = [
            # The last columns only say whether a row is live: a text is long, and no row is read
            # to be left out.
            models.Index(
                fields=["kind", "state", "-publish_at", "-id", "ends_at", "trashed_at", "audience"],
                name="post_stream",
            ),
            models.Index(
                fields=[
                    *("kind", "state", "published_on", "publish_at"),
                    *("ends_at", "trashed_at", "audience"),
                ],
                name="post_archive",
            ),
            models.Index(fields=["author", "state"], name="post_author"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["address_month", "slug"],
                condition=~Q(address_month=""),
                name="post_address_is_unique",
            ),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(kind=Kind.PAGE), name="page_address_is_unique"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.PUBLISHED) | Q(publish_at__isnull=False),
                name="published_post_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None)
                | Q(publish_at=None)
                | Q(ends_at__gt=models.F("publish_at")),
                name="post_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        """The title, or the first words of an untitled post."""
        return self.title or markup.excerpt(self.body_html, length=40) or str(_("Untitled"))

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any, **kwargs: Any) -> Self:
        """Remembers what a reader can see, so that save() can tell an edit from a touch."""
        post = super().from_db(db, field_names, values, **kwargs)
        if set(READ_FIELDS) <= set(field_names):
            post._read_before = tuple(getattr(post, name) for name in READ_FIELDS)
        return post

    _read_before: tuple[str, ...] | None = None

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves, and makes every derived column anew."""
        read_now = tuple(getattr(self, name) for name in READ_FIELDS)
        if self._read_before is not None and self._read_before != read_now:
            self.updated_at = timezone.now()
        self._read_before = read_now
        self.derive()
        fields = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields, *DERIVED, "entry_id", "updated_at", "link_seed"} - {
                "comment_count",  # its one writer is comments.moderation
                "last_comment_at",
            }
        super().save(*args, **kwargs)

    def derive(self) -> None:
        """Makes the columns that follow from others; touches no row but may ask for the profile."""
        self.body_html = markup.render(self.body, markup=self.markup, line_breaks=self.line_breaks)
        self.body_format_version = markup.FORMAT_VERSION
        words = f"{self.title}\n{markup.plain_text(self.body_html)}"
        self.search_text = markup.fold(words)
        self.word_count = markup.word_count(words)
        if self.audience == Audience.LINK and not self.link_seed:
            self.renew_link()
        profile = SiteProfile.current()
        self.published_on = profile.day(self.publish_at) if self.publish_at else None
        if not self.entry_id:
            self.entry_id = f"tag:{profile.tag_authority}:{self.kind}-{uuid.uuid4().hex}"

    def clean(self) -> None:
        """Refuses an address that can't be one, and a language that is none."""
        self.title = " ".join(self.title.split())
        if self.slug and not addresses.is_slug(self.slug):
            raise ValidationError(
                {
                    "slug": _(
                        "An address holds letters, digits, hyphens, underscores and full stops."
                    )
                }
            )
        if self.slug and self.address_is_taken(self.slug):
            raise ValidationError({"slug": _("Another post has this address already.")})
        if self.original is not None:
            self._clean_original(self.original)

    def _clean_original(self, chosen: "Post") -> None:
        self.original = root = chosen.original or chosen
        if root.pk == self.pk:
            raise ValidationError({"original": _("This is the original: choose it there.")})
        if root.kind != self.kind:
            raise ValidationError({"original": _("A post translates a post, a page a page.")})
        if not self._state.adding and self.translations.exists():
            raise ValidationError({"original": _("Others are translations of this one.")})
        family = [root, *root.translations.exclude(pk=self.pk)]
        if self.language_code in {each.language_code for each in family}:
            raise ValidationError(
                {"original": _("There is a text in this language already: choose another.")}
            )

    def address_is_taken(self, slug: str) -> bool:
        """Whether another post or page answers at the address that `slug` would give. One query."""
        if self.kind == Kind.POST and not self.address_month:
            return False
        return (
            Post.objects.filter(kind=self.kind, address_month=self.address_month, slug=slug)
            .exclude(pk=self.pk)
            .exists()
        )

    @property
    def number(self) -> int:
        """The public number, in feed addresses and page anchors."""
        return self.blogger_id or self.pk

    @property
    def is_page(self) -> bool:
        """Whether this is an undated text."""
        return self.kind == Kind.PAGE

    def set_password(self, password: str) -> None:
        """Keeps the hash of `password` as what opens a private text. Saves nothing."""
        self.password_hash = make_password(password)

    def is_password(self, password: str) -> bool:
        """Whether `password` opens it. As slow as a log-in, on purpose."""
        return bool(self.password_hash) and check_password(password, self.password_hash)

    def renew_link(self) -> None:
        """Gives it another secret link; the one before ends. Saves nothing."""
        self.link_seed = secrets.token_hex(16)

    @property
    def is_trashed(self) -> bool:
        """Whether it is in the trash."""
        return self.trashed_at is not None

    @property
    def is_private(self) -> bool:
        """Whether readers need a password or a link for it."""
        return self.audience != Audience.EVERYONE

    @property
    def has_ended(self) -> bool:
        """Whether its end has been reached."""
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def is_readable(self) -> bool:
        """Whether somebody may read it now, as `readable` says of many."""
        return (
            self.state == State.PUBLISHED
            and self.publish_at is not None
            and self.publish_at <= timezone.now()
            and not self.has_ended
            and not self.is_trashed
        )

    @property
    def is_live(self) -> bool:
        """Whether any reader may open it now, as `live` says of many."""
        return self.is_readable and not self.is_private

    def is_editable_by(self, user: AbstractBaseUser | AnonymousUser) -> bool:
        """Whether `user` may change it, as `editable_by` says of many. No query for a stranger."""
        if self.is_trashed:
            return False
        if may_edit_any(user):
            return True
        is_own = may_write(user) and self.author.user_id == user.pk
        return is_own and (self.state == State.DRAFT or may_publish(user))

    @property
    def is_scheduled(self) -> bool:
        """Whether it will be live by itself at `publish_at`."""
        return (
            self.state == State.PUBLISHED
            and self.publish_at is not None
            and self.publish_at > timezone.now()
            and not self.is_trashed
        )

    @property
    def shows_comments(self) -> bool:
        """Whether the page has a comment block at all. A private text has none: its comments wait
        until it is for everybody again.
        """
        return self.comment_policy != CommentPolicy.HIDDEN and not self.is_private

    @property
    def is_open_for_comments(self) -> bool:
        """Whether a reader may write a comment now."""
        closing = self.comments_closing_at
        return (
            self.is_live
            and self.comment_policy == CommentPolicy.OPEN
            and (closing is None or closing > timezone.now())
        )

    @property
    def comments_closing_at(self) -> datetime | None:
        """When comments close by themselves: at the post's own moment or by its age, whichever
        comes first. None: never.
        """
        moments = [self.comments_close_at]
        days = SiteProfile.current().close_after_days
        if days and self.publish_at and not self.is_page:
            moments.append(self.publish_at + timedelta(days=days))
        return min((moment for moment in moments if moment), default=None)

    @property
    def is_old_for_comments(self) -> bool:
        """Whether it is so old that the blog holds every new comment on it."""
        days = SiteProfile.current().hold_after_days
        return bool(
            days
            and self.publish_at
            and not self.is_page
            and self.publish_at < timezone.now() - timedelta(days=days)
        )

    @property
    def who_may_comment(self) -> str:
        """A GuestAccess: the post's own, else the blog's."""
        return self.guest_access or SiteProfile.current().guest_access

    @property
    def which_comments_wait(self) -> str:
        """A Moderation: the post's own, else the blog's."""
        return self.moderation or SiteProfile.current().moderation

    @property
    def language_code(self) -> str:
        """The post's language as HTML's `lang` wants it: `zh-Hans`, `en`."""
        from django.utils.translation import to_locale

        code = self.language or SiteProfile.current().language
        return to_locale(code).replace("_", "-")

    @property
    def language_name(self) -> str:
        """The post's language in its own words: `Deutsch`; its code when Django knows no name."""
        code = (self.language or SiteProfile.current().language).lower()
        info = LANG_INFO.get(code) or LANG_INFO.get(code.partition("-")[0]) or {}
        return str(info.get("name_local", code))

    @property
    def feed_path(self) -> str:
        """The address of this post's comment feed."""
        return f"/feeds/{self.number}/comments/default"

    def get_absolute_url(self) -> str:
        """Where readers find it; for what was never published, where its writers do."""
        if self.is_page and self.slug:
            return addresses.page(self.slug)
        if self.address_month and self.slug:
            return addresses.post(self.address_month, self.slug)
        return reverse("blog:draft", kwargs={"key": self.pk})


class OldAddress(models.Model):
    """An address that a post had before; it answers with one redirect, for ever."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="old_addresses")
    path = models.CharField(max_length=300, unique=True)

    class Meta:
        verbose_name = _("old address")
        verbose_name_plural = _("old addresses")

    def __str__(self) -> str:
        """The path."""
        return self.path


class ProofLink(models.Model):
    """A secret address at which one person reads a text before it is published, for some days."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="proof_links")
    # SHA-256 of what stands in the address: who reads this table still can't open it.
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("proof-reader’s link")
        verbose_name_plural = _("proof-readers’ links")
        ordering = ["expires_at", "pk"]

    def __str__(self) -> str:
        """The text and the end."""
        return f"{self.post} · {self.expires_at:%Y-%m-%d}"
