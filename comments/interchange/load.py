"""Writes the comments of an import. No mail is sent and no signal: all this happened long ago."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from blog import markup
from blog.choices import State
from blog.interchange.records import (
    AuthorKind,
    CommentRecord,
    CommentState,
    Fate,
    ItemKind,
    LedgerItem,
)
from blog.interchange.sections import Import, fitted, usable
from blog.models import Author, Post
from comments import moderation, threads
from comments.choices import Act, Source, Status
from comments.models import BlogComment, ModerationEvent
from comments.spam import clues

BATCH_SIZE = 200  # comments that are looked up at once; their texts are in memory together
NAME_LENGTH = 50  # the package's column
URL_LENGTH = 200  # the package's column
TITLE_LENGTH = 60  # characters of a text in the ledger

STATUS_BY_STATE = {
    CommentState.PUBLISHED: Status.PUBLISHED,
    CommentState.HELD: Status.HELD,
    CommentState.SPAM: Status.SPAM,
    CommentState.REMOVED: Status.REMOVED,
}

_BOLD_OR_ITALIC = re.compile(r"<(/?)(b|i)(?=[\s>])[^<>]*>", re.IGNORECASE)
_MEANING = {"b": "strong", "i": "em"}
_LINE_MARK = re.compile(r"<(?:br|p|div|ul|ol|blockquote|pre)\b", re.IGNORECASE)
_is_web_address = URLValidator(schemes=["http", "https"])


def load_comments(under_way: Import) -> None:
    """Writes every comment that the reader gives, its thread, and its line of the ledger."""
    loader = _Loader(under_way)
    records = under_way.reader.comments()
    while batch := list(islice(records, BATCH_SIZE)):
        loader.load(batch)
    if loader.has_changed:
        moderation.rebuild_counts()


class _Loader:
    """Brings in the comments of one import, post by post."""

    def __init__(self, under_way: Import) -> None:
        self.has_changed = False
        self._import = under_way
        self._post: Post | None = None
        self._post_source_id = ""
        signing = Author.objects.filter(source_id__isnull=False)
        self._bylines = dict(signing.values_list("source_id", "pk"))
        self._keys: dict[str, int] = {}  # of the comments on this post, by their ids in the source
        with override(under_way.profile.language):
            self._nobody = _("Anonymous")

    def load(self, records: list[CommentRecord]) -> None:
        """Writes a few comments: one look-up for all, and one for each new post and reply."""
        there = _there(records)
        events = []
        for record in records:
            self._turn_to(record.post_source_id)
            comment = there.get(record.source_id) or there.get(str(record.number))
            if self._post is None:
                self._write(record, None, Fate.REFUSED, _("Its post was not imported."))
            elif not usable(record.published_at):
                self._write(record, None, Fate.REFUSED, _("Its date lies outside the calendar."))
            elif event := self._load(record, self._post, comment):
                events.append(event)
        ModerationEvent.objects.bulk_create(events)

    def _turn_to(self, post_source_id: str) -> None:
        """Comments come post by post: looks up the post when another one begins."""
        if post_source_id != self._post_source_id:
            self._post_source_id = post_source_id
            key = self._import.post_keys.get(post_source_id)
            posts = Post.objects.only("kind", "state", "slug", "address_month")
            self._post = posts.get(pk=key) if key is not None else None
            self._keys = {}

    def _load(
        self, record: CommentRecord, post: Post, comment: BlogComment | None
    ) -> ModerationEvent | None:
        """Creates, updates or leaves one comment; the event to log, if it was written."""
        wanted = self._columns(record)
        status = STATUS_BY_STATE[record.state]
        reasons = [record.note] if record.note else []
        before = comment.status if comment else ""
        if comment is None:
            fate = Fate.CREATED
            comment = BlogComment(
                post=post,
                user_name=self._nobody,
                entry_id=record.source_id,
                blogger_id=record.number,
            )
        elif status == comment.status and all(
            getattr(comment, name) == value for name, value in wanted.items()
        ):
            fate = Fate.UNCHANGED
        elif _is_changed_here(comment):
            fate = Fate.SKIPPED
            reasons.append(_("It has been moderated here since it was imported."))
        else:
            fate = Fate.UPDATED
        if fate in {Fate.CREATED, Fate.UPDATED}:
            for name, value in wanted.items():
                setattr(comment, name, value)
            _set_status(comment, status)
            if fate == Fate.CREATED:
                comment.save(reply_to=self._parent(record, reasons))
            else:
                comment.save()
            self.has_changed = True
        self._keys[record.source_id] = comment.pk
        self._write(record, comment, fate, " ".join(reasons))
        if fate not in {Fate.CREATED, Fate.UPDATED}:
            return None
        return ModerationEvent(
            comment=comment, act=Act.IMPORTED, status_before=before, status_after=status
        )

    def _columns(self, record: CommentRecord) -> dict[str, Any]:
        """What the source says of a comment, by column. A nameless one keeps the name it has."""
        has_profile = record.author.kind == AuthorKind.PROFILE  # a name alone proves nothing
        columns: dict[str, Any] = {
            "comment": _text(record.body),
            "source": Source.HTML,
            "user_url": _web_address(record.author.url),
            "submit_date": record.published_at,
            "byline_id": self._bylines.get(record.author.source_id) if has_profile else None,
        }
        if name := fitted(record.author.name, NAME_LENGTH):
            columns["user_name"] = name
        return columns

    def _parent(self, record: CommentRecord, reasons: list[str]) -> BlogComment | None:
        """What it answers. An answer to the deepest possible comment becomes its sibling."""
        if record.parent_source_id is None:
            return None
        key = self._keys.get(record.parent_source_id)
        if key is None:
            reasons.append(_("What it answers was not imported; it stands at the top level."))
            return None
        comments = BlogComment.objects.only("post", "root", "path", "level")
        parent = comments.get(pk=key)
        if parent.level >= threads.MAX_DEPTH:
            above = parent.path[: -threads.STEP_LENGTH]
            parent = comments.get(post=parent.post_id, path=above)
        return parent

    def _write(
        self, record: CommentRecord, comment: BlogComment | None, fate: Fate, reason: str
    ) -> None:
        title = markup.excerpt(comment.body_html, length=TITLE_LENGTH) if comment else ""
        self._import.write(
            LedgerItem(
                ItemKind.COMMENT,
                record.source_id,
                title,
                fate,
                address=_address(self._post, comment),
                reason=reason,
            )
        )


def _there(records: Iterable[CommentRecord]) -> dict[str, BlogComment]:
    """The rows that earlier imports made of `records`, by id in the source and by number."""
    records = list(records)
    numbers = [record.number for record in records if record.number is not None]
    rows = BlogComment.objects.filter(
        Q(entry_id__in=[record.source_id for record in records]) | Q(blogger_id__in=numbers)
    )
    there: dict[str, BlogComment] = {}
    for row in rows:
        there[row.entry_id] = row
        if row.blogger_id is not None:
            there[str(row.blogger_id)] = row
    return there


def _is_changed_here(comment: BlogComment) -> bool:
    """Whether somebody has edited or moderated it since an import wrote it."""
    events = ModerationEvent.objects.filter(comment=comment).exclude(act=Act.IMPORTED)
    return comment.edited_at is not None or events.exists()


def _set_status(comment: BlogComment, status: Status) -> None:
    """The columns of where a comment stands, of a row that is about to be saved."""
    comment.status = status
    comment.is_public, comment.is_removed = moderation.PACKAGE_FLAGS[status]
    comment.published_at = comment.submit_date if status == Status.PUBLISHED else None
    now = timezone.now()
    comment.announced_at = now if status == Status.PUBLISHED else None  # readers know it
    comment.moderators_told_at = now if status == Status.HELD else None
    comment.reasons = []
    if status == Status.HELD:
        comment.reasons = [clues.imported().as_json()]


def _text(body: str) -> str:
    """A body as the cleaner of comments reads it: bold and italic by their meaning; bare line ends
    as marks, because where it comes from people typed plain lines.
    """
    html = _BOLD_OR_ITALIC.sub(lambda tag: f"<{tag[1]}{_MEANING[tag[2].lower()]}>", body.strip())
    return html if _LINE_MARK.search(html) else html.replace("\n", "<br>\n")


def _web_address(url: str) -> str:
    """`url` when a browser and the column can take it, else nothing."""
    if len(url) > URL_LENGTH:
        return ""
    try:
        _is_web_address(url)
    except ValidationError:
        return ""
    return url


def _address(post: Post | None, comment: BlogComment | None) -> str | None:
    """Where readers find a published comment, in the form in which Blogger writes it."""
    if post is None or comment is None or not comment.is_shown or post.state != State.PUBLISHED:
        return None
    milliseconds = round(comment.submit_date.timestamp() * 1_000)
    return f"{post.get_absolute_url()}?showComment={milliseconds}#{comment.anchor}"
