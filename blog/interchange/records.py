"""What passes between the formats of other systems and the tables of this one.

A reader (`Reader`) turns a file into records and never touches a row; what writes rows takes
records and never sees a file. Between them a `Ledger` keeps the fate of every item. Nothing here
holds an e-mail address, an IP address or a script.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Protocol, Self

from blog import addresses
from blog.choices import CommentPolicy, Kind, State


class Refused(Exception):
    """The file can't be imported as a whole; nothing was written.

    `str()` of it is one translated sentence for the person who ran the import.
    """


class ItemKind(StrEnum):
    """What a line of the ledger is about."""

    POST = "post"
    PAGE = "page"
    COMMENT = "comment"
    LABEL = "label"
    SETTING = "setting"
    REDIRECT = "redirect"
    MEDIA = "media"
    OTHER = "other"


class Fate(StrEnum):
    """What became of an item."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REFUSED = "refused"


class CommentState(StrEnum):
    """Where a comment stood in the system it comes from."""

    PUBLISHED = "published"
    HELD = "held"
    SPAM = "spam"
    REMOVED = "removed"


class AuthorKind(StrEnum):
    """How much the source knew about a writer."""

    PROFILE = "profile"  # had an account there; `url` is the profile, when it was public
    NAMED = "named"  # typed a name, perhaps an address of a site
    ANONYMOUS = "anonymous"  # gave no name; `name` is then empty


@dataclass(frozen=True, slots=True)
class AuthorRecord:
    """Who wrote a post or comment. `url` is http(s) or empty; there is no e-mail address."""

    name: str
    url: str
    kind: AuthorKind

    @property
    def source_id(self) -> str:
        """The same text for the same writer in every export; empty for an anonymous one.

        A profile's address without its scheme, because old exports mix http and https; else the
        name. Fits `Author.source_id`.
        """
        if self.kind == AuthorKind.PROFILE and self.url:
            return self.url.split("://", 1)[1].removeprefix("www.").rstrip("/")
        return f"name:{self.name}" if self.name else ""


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """Where a post was written. Latitude and longitude are both there or both None."""

    name: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class SettingRecord:
    """One setting of the source that has a counterpart here.

    `field` names the column of `SiteProfile`, `value` is ready for it (a choice, number, flag or
    text, not cut to the column's length). `source_id` is the setting's name in the source.
    """

    source_id: str
    field: str
    value: str | int | bool


@dataclass(frozen=True, slots=True)
class BlogRecord:
    """The blog as a whole.

    `settings` holds only what the file says; a column that no setting names stays as it is.
    `language` is the language of the texts as a Django code (`nl`, `zh-hans`), None when unknown;
    the setting of the same name is there only when the interface speaks it, so each post of a
    Dutch blog can be marked as Dutch although the interface stays English. `blogger_id` is digits
    or empty. `is_private` says that not everybody could read it: whoever writes rows must not
    publish its posts unasked. `hosts` are the names the blog answered under, without scheme.
    `warnings` are translated sentences for the person who runs the import.
    """

    source_id: str
    blogger_id: str
    language: str | None
    is_private: bool
    hosts: tuple[str, ...]
    settings: tuple[SettingRecord, ...]
    warnings: tuple[str, ...]

    def value(self, field: str) -> str | int | bool | None:
        """What the file says for that column of `SiteProfile`; None when it says nothing."""
        for setting in self.settings:
            if setting.field == field:
                return setting.value
        return None

    @property
    def title(self) -> str | None:
        """The blog's name, None when the file has none."""
        value = self.value("title")
        return None if value is None else str(value)

    @property
    def tagline(self) -> str | None:
        """The line under the name, None when the file has none."""
        value = self.value("tagline")
        return None if value is None else str(value)

    @property
    def time_zone(self) -> str | None:
        """An IANA name that this machine knows, None when the file has none such."""
        value = self.value("time_zone")
        return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class PostRecord:
    """A post or page.

    `source_id` is the entry's id and the same in every export. `number` is Blogger's, None when
    the id has none that fits the column. `body` is HTML as it was in the source, not cleaned.
    `state` is DRAFT or PUBLISHED; scheduled is PUBLISHED with a time ahead. `published_at` is in
    UTC, None for drafts only. `slug` and `address_month` (`2015/12`, empty for pages) fit the
    columns of `Post`; both are empty when the source has no address that could be kept. No two
    posts of the file have the same; a draft's are a wish. `comment_policy` is None when the source
    doesn't say. `line_breaks`: bare line ends of the body are new lines. `note` is a translated
    sentence when something was changed or dropped on the way; it belongs into the ledger.
    """

    source_id: str
    number: int | None
    kind: Kind
    title: str
    body: str
    line_breaks: bool
    state: State
    published_at: datetime | None
    updated_at: datetime | None
    created_at: datetime | None
    slug: str
    address_month: str
    labels: tuple[str, ...]
    author: AuthorRecord
    description: str
    place: PlaceRecord | None
    comment_policy: CommentPolicy | None
    note: str

    @property
    def item_kind(self) -> ItemKind:
        """The kind of its line in the ledger."""
        return ItemKind.PAGE if self.kind == Kind.PAGE else ItemKind.POST

    @property
    def is_draft(self) -> bool:
        """Whether it was not published."""
        return self.state == State.DRAFT

    @property
    def address(self) -> str | None:
        """`/2015/12/slug.html` or `/p/slug.html`, percent-encoded; None when it has none."""
        if not self.slug:
            return None
        if self.kind == Kind.PAGE:
            return addresses.page(self.slug)
        return addresses.post(self.address_month, self.slug)


@dataclass(frozen=True, slots=True)
class CommentRecord:
    """A comment.

    `post_source_id` is the id of a post or page that `Reader.posts()` gives.
    `parent_source_id` is the id of a comment on the same post that comes before this one, None at
    the top level. `body` is HTML, not cleaned, and empty when `state` is REMOVED: such a comment
    only keeps its place. `order` counts from 0 within the post, in the order in which its threads
    read. `note` as in `PostRecord`.
    """

    source_id: str
    number: int | None
    post_source_id: str
    parent_source_id: str | None
    author: AuthorRecord
    body: str
    published_at: datetime
    updated_at: datetime | None
    state: CommentState
    order: int
    note: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item of the file that becomes no record; `reason` is a translated sentence."""

    kind: ItemKind
    source_id: str
    title: str
    reason: str


class Reader(Protocol):
    """A file that was read to its end and found good: nothing can be refused any more.

    Use it in a `with`: it keeps a temporary file on disk, so that memory stays small however long
    the texts are together. Each method may be called more than once.
    """

    format: str  # as the ledger names it

    def blog(self) -> BlogRecord:
        """The blog itself."""

    def posts(self) -> Iterator[PostRecord]:
        """Posts and pages, the oldest first, drafts without a time last."""

    def comments(self) -> Iterator[CommentRecord]:
        """Comments on what `posts()` gives, post by post, parents before their replies."""

    def skipped(self) -> Iterator[Skipped]:
        """Everything else that was in the file, in its order."""

    def count(self, kind: ItemKind) -> int:
        """How many records of that kind will come: posts, pages or comments."""

    def __enter__(self) -> Self:
        """The reader itself."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Lets the file and the temporary file go."""


@dataclass(frozen=True, slots=True)
class LedgerItem:
    """One item of the source and its fate. `draft` is True for a post that was not published."""

    kind: ItemKind
    source_id: str
    title: str
    fate: Fate
    draft: bool = False
    address: str | None = None
    reason: str = ""


@dataclass(slots=True)
class Ledger:
    """The fate of every item, in the order in which they were dealt with."""

    format: str
    dry_run: bool
    items: list[LedgerItem] = field(default_factory=list)

    def add(self, item: LedgerItem) -> None:
        """Writes one line."""
        self.items.append(item)

    def skip(self, skipped: Skipped) -> None:
        """Writes the line of an item that the reader left out."""
        self.add(
            LedgerItem(
                skipped.kind,
                skipped.source_id,
                skipped.title,
                Fate.SKIPPED,
                reason=skipped.reason,
            )
        )

    def counts(self) -> dict[str, dict[str, int]]:
        """Items by kind and fate, in the order of the enumerations, without zeros."""
        found: dict[tuple[ItemKind, Fate], int] = {}
        for item in self.items:
            found[item.kind, item.fate] = found.get((item.kind, item.fate), 0) + 1
        counts: dict[str, dict[str, int]] = {}
        for kind in ItemKind:
            by_fate = {str(fate): found[kind, fate] for fate in Fate if (kind, fate) in found}
            if by_fate:
                counts[str(kind)] = by_fate
        return counts

    def as_json(self) -> dict[str, Any]:
        """The object that `import_blog --json` prints, of plain types only."""
        return {
            "format": self.format,
            "dry_run": self.dry_run,
            "counts": self.counts(),
            "items": [
                {
                    "kind": str(item.kind),
                    "source_id": item.source_id,
                    "title": item.title,
                    "fate": str(item.fate),
                    "draft": item.draft,
                    "address": item.address,
                    "reason": item.reason,
                }
                for item in self.items
            ],
        }
