"""What a feed says, and its three spellings: Atom 1.0, RSS 2.0, JSON Feed 1.1."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from html import escape
from io import StringIO
from urllib.parse import urljoin
from xml.sax.xmlreader import AttributesImpl

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.http import http_date
from django.utils.translation import to_locale
from django.utils.xmlutils import SimplerXMLGenerator

from blog.markup import Picture
from blog.markup.tree import parse, serialise

NAMESPACES = {
    "xmlns": "http://www.w3.org/2005/Atom",
    "xmlns:thr": "http://purl.org/syndication/thread/1.0",
    # Version 1.0 is what Blogger writes and what scripts made for it look for.
    "xmlns:openSearch": "http://a9.com/-/spec/opensearchrss/1.0/",
    "xmlns:media": "http://search.yahoo.com/mrss/",
}
RSS_NAMESPACES = {
    "xmlns:atom": NAMESPACES["xmlns"],
    "xmlns:thr": NAMESPACES["xmlns:thr"],
    "xmlns:openSearch": NAMESPACES["xmlns:openSearch"],
    "xmlns:media": NAMESPACES["xmlns:media"],
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
}

FOR_PEOPLE = "page"  # the value of `?as=`

# An empty feed was never changed; the clock would make it new at every look.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

# XML 1.0, production 2: nothing can write these, so they are left out.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ADDRESS_ATTRIBUTES = ("href", "src", "poster", "cite")


class Format(StrEnum):
    """How a feed can be written; the values are those of `?alt=`."""

    ATOM = "atom"
    RSS = "rss"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Replies:
    """Where the answers to an entry are, how many there are, and when the last one came."""

    url: str
    count: int
    last_at: datetime | None  # None: there is none


@dataclass(frozen=True, slots=True)
class Target:
    """What an entry answers to."""

    id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One post or comment. Every address is absolute; `content_html` is clean."""

    id: str
    url: str
    title: str
    author_name: str
    language: str
    published_at: datetime
    updated_at: datetime
    content_html: str | None = None  # None: the summary is all there is
    summary: str = ""
    labels: tuple[str, ...] = ()
    replies: Replies | None = None  # None: they have no feed
    reply_count: int | None = None  # None: comments are hidden
    in_reply_to: Target | None = None  # None: it answers nothing
    picture: Picture | None = None  # None: it has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One page of a feed. Every address is absolute."""

    id: str
    title: str
    subtitle: str = ""
    language: str
    page_url: str
    url: str
    first_url: str
    last_url: str
    hub_url: str = ""
    previous_url: str | None  # None: this is the first page
    next_url: str | None  # None: this is the last page
    label_scheme: str = ""
    total: int
    start: int
    size: int
    entries: tuple[Entry, ...]

    @property
    def pages(self) -> list[tuple[str, str]]:
        """The addresses of this page and those beside it, each with its relation to this one."""
        relations = {
            "self": self.url,
            "hub": self.hub_url,
            "first": self.first_url,
            "previous": self.previous_url,
            "next": self.next_url,
            "last": self.last_url,
        }
        return [(relation, url) for relation, url in relations.items() if url]

    @property
    def updated_at(self) -> datetime:
        """The latest change among the entries."""
        return max((entry.updated_at for entry in self.entries), default=NEVER)

    @property
    def modified_at(self) -> datetime:
        """When these bytes changed last, as far as the entries tell: a new reply counts too."""
        replies = (entry.replies.last_at for entry in self.entries if entry.replies)
        return max([self.updated_at, *(moment for moment in replies if moment)])


def answer(request: HttpRequest, feed: Feed, format: Format) -> HttpResponseBase:
    """`feed` written as `format`, or 304 without it when the reader has these bytes.

    With `?as=page` it is a page that tells people what a feed is.
    """
    if request.GET.get("as") == FOR_PEOPLE:
        return TemplateResponse(request, "blog/feed.html", {"feed": feed, "title": feed.title})
    content_type, write = WRITERS[format]
    response = HttpResponse(write(feed), content_type=content_type)
    # Kept by anybody, asked about each time: an approved comment is there at the next look.
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    set_response_etag(response)
    changed_at = int(feed.modified_at.timestamp())
    if feed.entries:
        response.headers["Last-Modified"] = http_date(changed_at)
    conditional = get_conditional_response(
        request, etag=response.headers["ETag"], last_modified=changed_at, response=response
    )
    assert conditional is not None
    return conditional


def language_tag(code: str) -> str:
    """A language of Django's as documents name it: `zh-hans` is `zh-Hans`."""
    return to_locale(code).replace("_", "-")


def absolute_html(html: str, *, base: str) -> str:
    """Clean `html` with every address in it made whole, as seen from the page `base`."""
    root = parse(html)
    for element in root.elements():
        for name in ADDRESS_ATTRIBUTES:
            if name in element.attributes:
                element.attributes[name] = joined(base, element.attributes[name])
    return serialise(root)


def joined(base: str, address: str) -> str:
    """`address` made whole, as seen from the page `base`."""
    try:
        return urljoin(base, address)
    except ValueError:  # brackets that are no IPv6 address: nobody can follow it, here or there
        return address


def moment_text(moment: datetime) -> str:
    """`moment` as RFC 3339 in UTC, to the millisecond: a reader can ask on from there."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Writer(SimplerXMLGenerator):
    """Writes elements one by one; characters that XML can't hold are left out."""

    def __init__(self) -> None:
        self.text = StringIO()
        super().__init__(self.text, "utf-8", short_empty_elements=True)
        self.startDocument()

    def open(self, name: str, attributes: dict[str, str] | None = None) -> None:
        """Begins an element; `attributes` with an empty value are left out."""
        kept = {key: UNWRITABLE.sub("", value) for key, value in (attributes or {}).items()}
        self.startElement(name, AttributesImpl({key: kept[key] for key in kept if kept[key]}))

    def close(self, name: str) -> None:
        """Ends an element."""
        self.endElement(name)

    def element(self, name: str, text: str = "", **attributes: str) -> None:
        """A whole element that holds `text`; in names of attributes `_` stands for a colon."""
        self.open(name, {key.replace("_", ":"): value for key, value in attributes.items()})
        self.characters(UNWRITABLE.sub("", text))
        self.close(name)

    def document(self) -> bytes:
        """What was written."""
        return self.text.getvalue().encode()


def atom(feed: Feed) -> bytes:
    """`feed` as Atom 1.0 with threads, pictures and OpenSearch counts.

    Source: RFC 4287 (Atom), RFC 4685 (threads), RFC 5005 section 3 (pages), Media RSS 1.5.1.
    """
    xml = _Writer()
    xml.open("feed", {**NAMESPACES, "xml:lang": feed.language})
    xml.element("id", feed.id)
    xml.element("updated", moment_text(feed.updated_at))
    xml.element("title", feed.title, type="text")
    if feed.subtitle:
        xml.element("subtitle", feed.subtitle, type="text")
    xml.element("link", rel="alternate", type="text/html", href=feed.page_url)
    for relation, url in feed.pages:
        kind = "" if relation == "hub" else "application/atom+xml"
        xml.open("link", {"rel": relation, "type": kind, "href": url})
        xml.close("link")
    _write_counts(xml, feed)
    for entry in feed.entries:
        _write_atom_entry(xml, feed, entry)
    xml.close("feed")
    return xml.document()


def _write_counts(xml: _Writer, feed: Feed) -> None:
    xml.element("openSearch:totalResults", str(feed.total))
    xml.element("openSearch:startIndex", str(feed.start))
    xml.element("openSearch:itemsPerPage", str(feed.size))


def _write_atom_entry(xml: _Writer, feed: Feed, entry: Entry) -> None:
    xml.open("entry", {"xml:lang": entry.language})
    xml.element("id", entry.id)
    xml.element("published", moment_text(entry.published_at))
    xml.element("updated", moment_text(entry.updated_at))
    for label in entry.labels:
        xml.element("category", scheme=feed.label_scheme, term=label)
    xml.element("title", entry.title, type="text")
    if entry.summary:
        xml.element("summary", entry.summary, type="text")
    if entry.content_html is not None:
        xml.element("content", entry.content_html, type="html")
    xml.element("link", rel="alternate", type="text/html", href=entry.url)
    if entry.replies:
        xml.element(
            "link",
            rel="replies",
            type="application/atom+xml",
            href=entry.replies.url,
            thr_count=str(entry.replies.count),
            thr_updated=moment_text(entry.replies.last_at) if entry.replies.last_at else "",
        )
    xml.open("author")
    xml.element("name", entry.author_name)
    xml.close("author")
    _write_picture(xml, entry)
    _write_thread(xml, entry)
    xml.close("entry")


def _write_picture(xml: _Writer, entry: Entry) -> None:
    if picture := entry.picture:
        size = {"width": picture.width_px, "height": picture.height_px}
        given = {name: str(pixels) for name, pixels in size.items() if pixels}
        xml.element("media:thumbnail", url=picture.source, **given)


def _write_thread(xml: _Writer, entry: Entry) -> None:
    if entry.reply_count is not None:
        xml.element("thr:total", str(entry.reply_count))
    if entry.in_reply_to:
        xml.element(
            "thr:in-reply-to",
            ref=entry.in_reply_to.id,
            href=entry.in_reply_to.url,
            type="text/html",
        )


def rss(feed: Feed) -> bytes:
    """`feed` as RSS 2.0, with what RSS lacks in the words of Atom and Dublin Core.

    Source: RSS 2.0.11 (RSS Advisory Board), RSS Best Practices Profile.
    """
    xml = _Writer()
    xml.open("rss", {"version": "2.0", **RSS_NAMESPACES})
    xml.open("channel")
    xml.element("title", feed.title)
    xml.element("link", feed.page_url)
    xml.element("description", feed.subtitle or feed.title)
    xml.element("language", feed.language)
    xml.element("lastBuildDate", format_datetime(feed.updated_at.astimezone(UTC)))
    for relation, url in feed.pages:
        kind = "" if relation == "hub" else "application/rss+xml"
        xml.open("atom:link", {"rel": relation, "type": kind, "href": url})
        xml.close("atom:link")
    _write_counts(xml, feed)
    for entry in feed.entries:
        xml.open("item")
        xml.element("title", entry.title)
        xml.element("link", entry.url)
        # A reader takes the description for HTML, so a plain summary is escaped once more.
        text = entry.content_html
        xml.element("description", escape(entry.summary) if text is None else text)
        xml.element("dc:creator", entry.author_name)
        for label in entry.labels:
            xml.element("category", label)
        xml.element("guid", entry.id, isPermaLink="false")
        xml.element("pubDate", format_datetime(entry.published_at.astimezone(UTC)))
        xml.element("atom:updated", moment_text(entry.updated_at))
        _write_picture(xml, entry)
        _write_thread(xml, entry)
        xml.close("item")
    xml.close("channel")
    xml.close("rss")
    return xml.document()


def json_feed(feed: Feed) -> bytes:
    """`feed` as JSON Feed 1.1.

    Source: jsonfeed.org, version 1.1.
    """
    document: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page_url,
        "feed_url": feed.url,
        "description": feed.subtitle,
        "next_url": feed.next_url,
        "hubs": [{"type": "WebSub", "url": feed.hub_url}] if feed.hub_url else None,
        "language": feed.language,
        "items": [_without_nothing(_json_item(entry)) for entry in feed.entries],
    }
    return json.dumps(_without_nothing(document), ensure_ascii=False).encode()


def _json_item(entry: Entry) -> dict[str, object]:
    text = entry.content_html
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": text,
        "content_text": entry.summary if text is None else None,
        "summary": entry.summary or None,
        "date_published": moment_text(entry.published_at),
        "date_modified": moment_text(entry.updated_at),
        "authors": [{"name": entry.author_name}],
        "image": entry.picture.source if entry.picture else None,
        "tags": list(entry.labels) or None,
        "language": entry.language,
    }


def _without_nothing(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


WRITERS: dict[Format, tuple[str, Callable[[Feed], bytes]]] = {
    Format.ATOM: ("application/atom+xml; charset=utf-8", atom),
    Format.RSS: ("application/rss+xml; charset=utf-8", rss),
    Format.JSON: ("application/feed+json; charset=utf-8", json_feed),
}
