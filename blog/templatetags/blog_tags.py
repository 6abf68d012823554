"""What the reader's templates ask for: dates in the page's words, menus, and bodies for lists."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zlib import crc32

from django import template
from django.conf import settings
from django.db.models import F
from django.http import HttpRequest
from django.template import RequestContext
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, to_locale

from blog import addresses, markup
from blog.access import may_edit_any, may_write
from blog.models import Label, Post

register = template.Library()

# Formats as readers of a blog know them; other languages take Django's own of that kind.
DAY_FORMATS = {"en": "l, F j, Y", "zh-hans": "Y年n月j日l"}
MOMENT_FORMATS = {"en": r"F j, Y \a\t g:i A", "zh-hans": "Y年n月j日 H:i"}
CLOCK_FORMATS = {"en": "g:i A", "zh-hans": "H:i"}

HUES = 12  # colours of letters that stand for a face; comments.css has one rule for each
DESCRIPTION_LENGTH = 200  # characters; search engines show fewer
LABELS_SHOWN = 60  # the most used ones: more is no longer a list that anybody reads

_TAG = re.compile(r"<[a-z][^<>]*>")
_OWN_ID = re.compile(r' id="[^"]*"')
_OWN_FRAGMENT = re.compile(r' href="#')


def _language() -> str:
    return get_language() or "en"


# --- Dates ---------------------------------------------------------------------------------------


@register.filter
def day_heading(day: date) -> str:
    """`Thursday, December 3, 2015`, `2015年12月3日星期四`."""
    return date_format(day, DAY_FORMATS.get(_language(), "DATE_FORMAT"))


@register.filter(expects_localtime=True)
def moment(at: datetime) -> str:
    """Day and clock time in the blog's zone."""
    return date_format(at, MOMENT_FORMATS.get(_language(), "DATETIME_FORMAT"))


@register.filter(expects_localtime=True)
def clock(at: datetime) -> str:
    """Clock time in the blog's zone."""
    return date_format(at, CLOCK_FORMATS.get(_language(), "TIME_FORMAT"))


@register.filter(expects_localtime=True)
def iso(at: datetime) -> str:
    """The value of a `datetime` attribute: local, with offset, to the second."""
    return at.isoformat(timespec="seconds")


# --- Words and addresses -------------------------------------------------------------------------


@register.filter
def bcp47(code: str) -> str:
    """A language as HTML's `lang` wants it: `zh-hans` is `zh-Hans`."""
    return to_locale(code).replace("_", "-")


@register.filter
def absolute(path: str) -> str:
    """`path` with the site's scheme and host in front."""
    return addresses.absolute(path)


@register.filter
def initial(name: str) -> str:
    """The first letter or digit of `name`, upper case; its first character when it has none."""
    letter = next((char for char in name if char.isalnum()), name[:1])
    return letter.upper()[:1]


@register.filter
def hue(name: str) -> int:
    """A number from 0 to HUES - 1, the same for a name on every page."""
    return crc32(name.encode()) % HUES


@register.filter
def sends_session(request: HttpRequest) -> bool:
    """Whether this browser has a session, so that its forms need Django's token."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES


# --- Posts ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CardBody:
    """The body of a post as a list shows it."""

    body_html: SafeString
    is_cut: bool  # the rest waits behind "Read more"


@register.simple_tag
def card_body(post: Post) -> CardBody:
    """The body up to its read-more mark, fit to stand beside others.

    Its ids go, and its inner links lead to the post's own page: several posts of one list would
    name the same footnote.
    """
    html, is_cut = markup.split_more(post.body_html)
    inner = f' href="{post.get_absolute_url()}#'

    def settle(tag: re.Match[str]) -> str:
        return _OWN_FRAGMENT.sub(lambda _: inner, _OWN_ID.sub("", tag[0]))

    return CardBody(mark_safe(_TAG.sub(settle, html)), is_cut)  # noqa: S308 (made of a clean field)


@register.simple_tag
def description(post: Post) -> str:
    """What search engines may show of a post: the author's own words, else its beginning."""
    return post.description or markup.excerpt(post.body_html, length=DESCRIPTION_LENGTH)


@register.simple_tag(takes_context=True)
def may_edit(context: RequestContext, post: Post) -> bool:
    """Whether the person who reads may change `post`. No query for a stranger."""
    user = context["user"]
    return may_edit_any(user) or (may_write(user) and post.author.user_id == user.pk)


# --- Ways through the blog -----------------------------------------------------------------------


@register.simple_tag
def menu_pages() -> list[Post]:
    """Live pages that have a title, by title. One query."""
    pages = Post.objects.live().pages().exclude(title="").order_by("title", "pk")
    return list(pages.only("kind", "title", "slug", "address_month", "language"))


@register.simple_tag
def used_labels() -> list[Label]:
    """The most used labels by name, each with `post_count`. One query."""
    most_used = Label.objects.in_use().order_by(F("post_count").desc(), "name")[:LABELS_SHOWN]
    return sorted(most_used, key=lambda label: label.name.casefold())


@dataclass(frozen=True, slots=True)
class ArchiveMonth:
    """A month with posts."""

    first_day: date
    post_count: int
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ArchiveYear:
    """A year with posts, and its months, newest first."""

    year: int
    post_count: int
    url: str
    months: list[ArchiveMonth]
    is_open: bool
    is_current: bool


@register.simple_tag(takes_context=True)
def archive_years(context: RequestContext) -> list[ArchiveYear]:
    """Every year with its months, newest first; empty for a blog without posts. One query.

    Open is the year that the page is about; on a page that is about none, the newest.
    """
    rows = Post.objects.live().posts().months()
    if not rows:
        return []
    post: Any = context.get("post")
    day = post.published_on if isinstance(post, Post) else None
    shown: int | None = context.get("open_year")
    open_year = shown or (day or rows[0][0]).year
    return [
        ArchiveYear(
            year=year,
            post_count=sum(count for _month, count in months),
            url=addresses.year(date(year, 1, 1)),
            months=[
                ArchiveMonth(
                    first, count, addresses.month(first), first == context.get("open_month")
                )
                for first, count in months
            ],
            is_open=year == open_year,
            is_current=year == shown and not context.get("open_month"),
        )
        for year, group in groupby(rows, key=lambda row: row[0].year)
        for months in [list(group)]
    ]
