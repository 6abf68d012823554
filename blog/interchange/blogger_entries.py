"""One entry of a Blogger export, in the old schema, the new one or a mixture: what it says.

Source: exports of real blogs; for states the reference of Blogger's API, version 3.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from blog import addresses
from blog.choices import CommentPolicy, Kind, State
from blog.interchange.records import (
    AuthorKind,
    AuthorRecord,
    CommentState,
    ItemKind,
    PlaceRecord,
    PostRecord,
    Skipped,
)
from blog.interchange.xmlstream import Node
from blog.markup import MAX_SOURCE_CHARS

PREFIX_BY_URI = {
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/atom/app#": "app",
    "http://www.w3.org/2007/app": "app",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://schemas.google.com/g/2005": "gd",
    "http://www.georss.org/georss": "georss",
    "http://schemas.google.com/blogger/2018": "blogger",
}
BLOG_ID = re.compile(r"tag:blogger\.com,1999:blog-(\d{1,30})")
PROFILE_HOSTS = {"www.blogger.com", "blogger.com", "draft.blogger.com", "plus.google.com"}

_KIND_SCHEME = "http://schemas.google.com/g/2005#kind"
_KIND_TERM = "http://schemas.google.com/blogger/2008/kind#"
_ITEM_ID = re.compile(r"\.(post|page|comment)-(\d+)$")
_ID_KIND = re.compile(r"\.(post|page|comment|settings|layout|template)\b")
_SETTING_ID = re.compile(r"\.settings\.([A-Z0-9_]{1,60})$")
_PARENT_LINK = re.compile(r"/comments/default/(\d+)")
_POST_PATH = re.compile(r"/(\d{4})/(0[1-9]|1[0-2])/([^/]+)\.html")
_PAGE_PATH = re.compile(r"/p/([^/]+)\.html")
_INTERNAL_PREFIX = re.compile(r"^/blogspot/[^/]+(?=/)")  # addresses of 2008, on www.blogger.com
_E_MAIL = re.compile(r"([^@\s]+)@[^@\s]+\.[^@\s]+")
_REMOVED_BODY = re.compile(r'\s*<span class="deleted-comment">[^<]*</span>\s*')
_BREAKING_TAG = re.compile(r"<(br|p|div|ul|ol|dl|table|blockquote|pre|h[1-6])\b", re.IGNORECASE)
# What Blogger writes for a name when nobody gave one, in the languages we have seen.
_NOBODY = {"anonymous", "anoniem", "anonym", "anonyme", "anónimo", "anonimo", "匿名", "unknown"}
_MAX_ID = 255  # characters; Blogger's have 70
_MAX_NUMBER = 2**63 - 1
_MAX_TITLE = 120  # characters of a title in the ledger


@dataclass(slots=True)
class Entry:
    """What an entry says, as it says it, in the same words for both schemas."""

    id: str = ""
    kind: str = ""  # post, page, comment, or any other word of the file
    is_bloggers: bool = False
    title: str = ""
    body: str = ""
    is_cut: bool = False
    published: str = ""
    updated: str = ""
    created: str = ""
    status: str = ""  # LIVE, DRAFT, SCHEDULED, SOFT_TRASHED, REMOVED, SPAM, PENDING …
    address: str = ""  # a URL or a path
    post: str = ""
    parent: str = ""
    author_name: str = ""
    author_url: str = ""
    author_type: str = ""
    description: str = ""
    place: str = ""
    point: str = ""  # latitude and longitude
    labels: list[str] = field(default_factory=list)

    def as_plain(self) -> dict[str, Any]:
        """The same as a mapping of plain types."""
        return asdict(self)

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Self:
        """The way back from `as_plain()`."""
        return cls(**data)

    @property
    def number(self) -> int | None:
        """Blogger's number, None when the id has none that a column can hold."""
        found = _ITEM_ID.search(self.id)
        number = int(found.group(2)) if found and len(found.group(2)) < 20 else 0
        return number if 0 < number <= _MAX_NUMBER else None


@dataclass(frozen=True, slots=True)
class Address:
    """Where a post was found: `month` is `2015/12`, empty for a page. All empty: nowhere."""

    month: str = ""
    slug: str = ""

    @property
    def path(self) -> str:
        """The address itself, empty for nowhere."""
        if not self.slug:
            return ""
        return addresses.post(self.month, self.slug) if self.month else addresses.page(self.slug)


def read(node: Node) -> Entry:
    """What the element `atom:entry` says."""
    entry = Entry(id=" ".join(node.text("atom:id").split()), title=_title(node))
    content = node.first("atom:content") or node.first("atom:summary")
    if content and setting_name(entry):
        entry.body = content.content  # no HTML: a word, a number, a title
    elif content:
        entry.body, entry.is_cut = _body(content), content.is_cut or node.is_cut
    entry.published = node.text("atom:published")
    entry.updated = node.text("atom:updated")
    entry.created = node.text("blogger:created")
    entry.description = node.text("blogger:metaDescription")

    kinds = []
    for category in node.all("atom:category"):
        if category.get("scheme") == _KIND_SCHEME:
            kinds.append(category.get("term").removeprefix(_KIND_TERM).lower())
        elif category.get("term"):
            entry.labels.append(category.get("term"))
    guess = _ID_KIND.search(entry.id)
    new_kind = node.text("blogger:type").lower()
    entry.kind = new_kind or next(iter(kinds), guess.group(1) if guess else "")
    entry.is_bloggers = bool(new_kind or kinds or BLOG_ID.match(entry.id))

    author = node.first("atom:author")
    if author:  # its e-mail address is never looked at
        entry.author_name = author.text("atom:name")
        entry.author_url = author.text("atom:uri")
        entry.author_type = author.text("blogger:type").upper()
    _read_links(node, entry)
    _read_state(node, entry)
    _read_place(node, entry)
    if entry.kind == "post" and entry.post:
        entry.kind = "comment"  # without a category, ids of comments look like those of posts
    return entry


def _title(node: Node) -> str:
    title = node.first("atom:title")
    if not title:
        return ""
    text = title.content
    if title.get("type") in {"html", "xhtml"}:
        text = unescape(strip_tags(title.inner_markup() if title.get("type") == "xhtml" else text))
    return " ".join(text.split())


def _body(content: Node) -> str:
    """The body as HTML, whatever its declared type."""
    kind = content.get("type").lower()
    if kind in {"xhtml", "application/xhtml+xml"}:
        return content.inner_markup().strip()
    if kind in {"text", "text/plain"}:
        return escape(content.content, quote=False)
    return content.content


def _read_links(node: Node, entry: Entry) -> None:
    """Addresses and what an entry answers, from links (old) or elements (new)."""
    entry.address = node.text("blogger:filename")
    for link in node.all("atom:link"):
        href = link.get("href")
        if link.get("rel") == "alternate" and not entry.address:
            entry.address = href
        elif link.get("rel") == "related" and (found := _PARENT_LINK.search(href)):
            entry.parent = found.group(1)
    answered = node.first("thr:in-reply-to")
    if answered:
        entry.post = answered.get("ref")
    entry.post = node.text("blogger:parent") or entry.post
    entry.parent = node.text("blogger:inReplyTo") or entry.parent
    if key(entry.parent) == key(entry.post):
        entry.parent = ""  # an answer to the post itself is at the top level


def _read_state(node: Node, entry: Entry) -> None:
    entry.status = node.text("blogger:status").upper()
    control = node.first("app:control")
    if not entry.status and control and control.text("app:draft").lower() == "yes":
        entry.status = "DRAFT"
    if node.text("blogger:trashed"):
        entry.status = "SOFT_TRASHED"
    if any(
        extra.get("name") == "blogger.contentRemoved" and extra.get("value").lower() != "false"
        for extra in node.all("gd:extendedProperty")
    ):
        entry.status = "REMOVED"


def _read_place(node: Node, entry: Entry) -> None:
    location = node.first("blogger:location")
    if location:
        entry.place = location.text("blogger:name")
        entry.point = (
            f"{location.text('blogger:latitude')} {location.text('blogger:longitude')}".strip()
        )
    else:
        entry.place = node.text("georss:featurename") or node.text("georss:featureName")
        entry.point = node.text("georss:point")


def key(source_id: str) -> str:
    """What two references to the same item have in common: Blogger's number, else the id."""
    found = _ITEM_ID.search(source_id)
    return found.group(2) if found else source_id


def setting_name(entry: Entry) -> str:
    """`BLOG_LOCALE` for the entry of that setting; empty for what has no such name."""
    found = _SETTING_ID.search(entry.id)
    return found.group(1) if found else ""


def host(url: str) -> str:
    """The host of a web address in lower case; empty when it is none."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def moment(text: str) -> datetime | None:
    """The instant in UTC; None for an empty or wrong text. A time without zone counts as UTC."""
    try:
        parsed = datetime.fromisoformat(text.strip())
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def objection(entry: Entry) -> str:
    """Why this entry becomes no record, as a sentence; empty when it does."""
    if not entry.id or len(entry.id) > _MAX_ID:
        return _("It has no usable id.")
    if entry.kind in {"template", "layout"}:
        return _("Templates of Blogger are not used here.")
    if entry.kind not in {"post", "page", "comment"}:
        return _("It is of a kind that is not known here.")
    if entry.is_cut or len(entry.body) > MAX_SOURCE_CHARS:
        return _("Its text is longer than %(limit)d characters.") % {"limit": MAX_SOURCE_CHARS}
    if entry.kind == "comment":
        if not entry.post:
            return _("It does not say which post it belongs to.")
        if not (moment(entry.published) or moment(entry.updated)):
            return _("It has no date.")
        if comment_state(entry) != CommentState.REMOVED and not entry.body.strip():
            return _("It has no text.")
    elif entry.status == "SOFT_TRASHED":
        return _("It was in the trash.")
    return ""


def left_out(entry: Entry, reason: str) -> Skipped:
    """The line of the ledger for an entry that becomes no record."""
    known = {"post": ItemKind.POST, "page": ItemKind.PAGE, "comment": ItemKind.COMMENT}
    kind = ItemKind.SETTING if entry.kind == "settings" else known.get(entry.kind, ItemKind.OTHER)
    return Skipped(kind, entry.id[:_MAX_ID], entry.title[:_MAX_TITLE], reason)


def is_draft(entry: Entry) -> bool:
    """Whether a post was not published, or can't be because no time is known."""
    return entry.status not in {"", "LIVE", "SCHEDULED"} or _published_at(entry) is None


def published_at(entry: Entry) -> datetime | None:
    """When a post was or will be published; None for a draft."""
    return None if is_draft(entry) else _published_at(entry)


def _published_at(entry: Entry) -> datetime | None:
    return moment(entry.published) or moment(entry.created) or moment(entry.updated)


def comment_moment(entry: Entry) -> datetime:
    """When a comment was written; for comments without an objection."""
    written = moment(entry.published) or moment(entry.updated)
    assert written is not None, "objection() lets no comment without a date pass"
    return written


def comment_state(entry: Entry) -> CommentState:
    """Where a comment stood. What is not known to be published waits for a moderator."""
    if entry.status in {"REMOVED", "EMPTIED", "SOFT_TRASHED"} or _REMOVED_BODY.fullmatch(
        entry.body
    ):
        return CommentState.REMOVED
    if entry.status == "SPAM":
        return CommentState.SPAM
    return CommentState.PUBLISHED if entry.status in {"", "LIVE"} else CommentState.HELD


def address(entry: Entry) -> Address:
    """The address, when it has one of the two shapes and fits the kind; else nowhere."""
    try:
        path = unquote(urlsplit(entry.address).path, errors="strict")
    except ValueError:
        return Address()
    path = _INTERNAL_PREFIX.sub("", path)
    as_post, as_page = _POST_PATH.fullmatch(path), _PAGE_PATH.fullmatch(path)
    if as_post and entry.kind == "post" and addresses.is_slug(as_post.group(3)):
        return Address(month=f"{as_post.group(1)}/{as_post.group(2)}", slug=as_post.group(3))
    if as_page and entry.kind == "page" and addresses.is_slug(as_page.group(1)):
        return Address(slug=as_page.group(1))
    return Address()


def author(entry: Entry) -> AuthorRecord:
    """Who wrote it. A name that is an e-mail address loses all after the @."""
    name = " ".join(entry.author_name.split())
    if found := _E_MAIL.fullmatch(name):
        name = "" if found.group(1).lower() == "noreply" else found.group(1)
    url = entry.author_url if host(entry.author_url) else ""
    has_profile = host(url) in PROFILE_HOSTS or entry.author_type == "BLOGGER"
    if has_profile:
        return AuthorRecord(name, url, AuthorKind.PROFILE)
    if not url and (not name or name.lower() in _NOBODY):
        return AuthorRecord("", "", AuthorKind.ANONYMOUS)
    return AuthorRecord(name, url, AuthorKind.NAMED)


def place(entry: Entry) -> PlaceRecord | None:
    """Where it was written; None without a name and a point."""
    latitude = longitude = None
    try:
        parts = [float(part) for part in entry.point.replace(",", " ").split()]
    except ValueError:
        parts = []
    # Comparisons with NaN are false, so it is no point either.
    if len(parts) == 2 and abs(parts[0]) <= 90 and abs(parts[1]) <= 180:
        latitude, longitude = parts
    if not entry.place and latitude is None:
        return None
    return PlaceRecord(" ".join(entry.place.split()), latitude, longitude)


def post_record(
    entry: Entry, *, keeps_address: bool, breaks_lines: bool, policy: CommentPolicy | None
) -> PostRecord:
    """The record of a post or page without an objection.

    `keeps_address` is False when another post of the file has the address. `breaks_lines` is the
    blog's setting; it counts only for bodies without any mark of a line or block, because most of
    Blogger's editors wrote those marks themselves.
    """
    found = address(entry)
    notes = []
    if entry.address and not found.path:
        notes.append(
            _("Its address could not be kept: %(address)s.") % {"address": entry.address[:200]}
        )
    elif found.path and not keeps_address:
        notes.append(
            _("Another post of the file has its address %(address)s.") % {"address": found.path}
        )
    if not keeps_address:
        found = Address()
    if entry.status in {"", "LIVE", "SCHEDULED"}:
        if is_draft(entry):
            notes.append(_("It has no date, so it became a draft."))
        elif not moment(entry.published):
            notes.append(_("It has no date of publication; another date of it was taken."))
    elif entry.status != "DRAFT":
        notes.append(_("Its state is not known here, so it became a draft."))
    return PostRecord(
        source_id=entry.id,
        number=entry.number,
        kind=Kind(entry.kind),
        title=entry.title,
        body=entry.body,
        line_breaks=breaks_lines
        and "\n" in entry.body.strip()
        and not _BREAKING_TAG.search(entry.body),
        state=State.DRAFT if is_draft(entry) else State.PUBLISHED,
        published_at=published_at(entry),
        updated_at=moment(entry.updated),
        created_at=moment(entry.created) or moment(entry.published),
        slug=found.slug,
        address_month=found.month,
        labels=tuple(dict.fromkeys(" ".join(label.split()) for label in entry.labels)),
        author=author(entry),
        description=" ".join(entry.description.split()),
        place=place(entry),
        comment_policy=policy,
        note=" ".join(notes),
    )
