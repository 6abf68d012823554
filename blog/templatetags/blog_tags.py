"""What the reader's templates ask for: dates in the page's words, menus, and bodies for lists."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from django import template
from django.conf import settings
from django.db.models import F
from django.http import HttpRequest
from django.template import RequestContext
from django.template.base import FilterExpression, Parser, Token
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext, to_locale

from blog import addresses, appearance, images, markup
from blog.models import Label, Post, SiteProfile
from blog.pagecache import remembered

register = template.Library()

# Formats as readers of a blog know them; other languages take Django's own of that kind.
FORMATS = {
    "DATE_FORMAT": {
        "en": "l, F j, Y",
        "zh-hans": "Y年n月j日l",
        "de": "l, j. F Y",
        "es": r"l, j \d\e F \d\e Y",
        "fr": "l j F Y",
        "ar": "l، j F Y",
    },
    "DATETIME_FORMAT": {"en": r"F j, Y \a\t g:i A", "zh-hans": "Y年n月j日 H:i"},
    "TIME_FORMAT": {"en": "g:i A", "zh-hans": "H:i"},
}

LONG_HTML_CHARS = 1_500  # what is shorter is not long, in any language
LONG_MINUTES = 4
CONTENTS_FROM = 3  # headings; fewer are seen without a list of them
SUGGESTED = 5
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
    return _formatted(day, "", "DATE_FORMAT", _language())


@register.filter(expects_localtime=True)
def moment(at: datetime) -> str:
    """Day and clock time in the blog's zone."""
    return _formatted(at, str(at.tzinfo), "DATETIME_FORMAT", _language())


@register.filter(expects_localtime=True)
def clock(at: datetime) -> str:
    """Clock time in the blog's zone."""
    return _formatted(at, str(at.tzinfo), "TIME_FORMAT", _language())


# Moments of two zones are equal when they are the same instant: so the zone is a part of the key.
@lru_cache(maxsize=4_096)
def _formatted(at: date, zone: str, kind: str, language: str) -> str:
    """`at` in the words of `language`; for moments, `zone` is theirs."""
    return date_format(at, FORMATS[kind].get(language, kind))


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
def post_body(post: Post) -> SafeString:
    """The whole body, with the pictures of the library in the sizes that browsers choose from."""
    html = images.dressed(post.body_html, post.pictures, is_first_eager=True)
    return mark_safe(html)  # noqa: S308 (made of a clean field)


@register.simple_tag(takes_context=True)
def card_body(context: RequestContext, post: Post) -> CardBody:
    """The body up to its read-more mark, fit to stand beside others.

    Its ids go, and its inner links lead to the post's own page: several posts of one list would
    name the same footnote. A picture near the beginning of the first loads at once, the others when
    they are near.
    """
    html, is_cut = markup.split_more(post.body_html)
    request: Any = context.request
    is_first = not getattr(request, "has_shown_card", False)
    request.has_shown_card = True
    if "<img " in html:
        html = images.dressed(html, post.pictures, is_first_eager=is_first)
    inner = f' href="{post.get_absolute_url()}#'

    def settle(tag: re.Match[str]) -> str:
        return _OWN_FRAGMENT.sub(lambda _: inner, _OWN_ID.sub("", tag[0]))

    return CardBody(mark_safe(_TAG.sub(settle, html)), is_cut)  # noqa: S308 (made of a clean field)


@dataclass(frozen=True, slots=True)
class Length:
    """What a long post tells of itself before it begins."""

    minutes: int
    headings: tuple[markup.Heading, ...]  # of the two upper levels; none when they are too few


@register.simple_tag
def length_of(post: Post) -> Length | None:
    """How long a post takes to read, and its contents; None for a short one."""
    return _length(post.body_html) if len(post.body_html) > LONG_HTML_CHARS else None


@lru_cache(maxsize=64)
def _length(html: str) -> Length | None:
    minutes = markup.reading_minutes(html)
    if minutes < LONG_MINUTES:
        return None
    found = markup.headings(html)
    top = min((heading.level for heading in found), default=2)
    shown = tuple(heading for heading in found if heading.level <= top + 1)
    return Length(minutes, shown if len(shown) >= CONTENTS_FROM else ())


@register.simple_tag
def posts_with_an_address_like(path: str) -> list[Post]:
    """Live posts and pages for a reader whose address led nowhere, the nearest first. One query."""
    return Post.objects.live().with_an_address_like(path, limit=SUGGESTED)


@register.simple_tag
def label_links(post: Post) -> SafeString:
    """A link to each label of `post`, in a row; empty without labels. No query with for_cards()."""
    link = '<a href="{}" rel="tag" dir="auto">{}</a>'
    labels = ((label.get_absolute_url(), label.name) for label in post.labels.all())
    return format_html_join(pgettext("between labels", ", "), link, labels)


@register.simple_tag
def place_link(post: Post) -> SafeString:
    """Where `post` was written; a link for maps when the point is known."""
    if post.latitude is None or post.longitude is None:
        return format_html('<span dir="auto">{}</span>', post.place_name)
    point = f"geo:{post.latitude:f},{post.longitude:f}"
    return format_html('<a href="{}" dir="auto">{}</a>', point, post.place_name)


@register.simple_tag
def author_of(post: Post) -> str:
    """The author's name; under a live post, where he has a page, as a link to it."""
    author = post.author
    if post.is_page or not post.is_live or not author.slug:
        return author.name
    return format_html('<a href="{}" rel="author">{}</a>', author.get_absolute_url(), author.name)


@register.simple_tag(takes_context=True)
def may_edit(context: RequestContext, post: Post) -> bool:
    """Whether the person who reads may change `post`. No query for a stranger."""
    return post.is_editable_by(context["user"])


# --- Ways through the blog -----------------------------------------------------------------------


class RememberedNode(template.Node):
    """What `{% remembered %}` becomes."""

    def __init__(self, nodelist: template.NodeList, names: list[FilterExpression]) -> None:
        """`names` tell apart what the block can look like."""
        self.nodelist = nodelist
        self.names = names

    def render(self, context: template.Context) -> SafeString:
        """The block, rendered now or before."""
        name = ("block", *(name.resolve(context) for name in self.names))
        return remembered(context.get("request"), name, lambda: self.nodelist.render(context))


@register.tag("remembered")
def remembered_block(parser: Parser, token: Token) -> RememberedNode:
    """`{% remembered "labels" %}…{% endremembered %}`: a part of the frame, the same for everybody.

    Rendered once for each language and each set of arguments, until the frame changes; it may
    depend on nothing else.
    """
    _tag, *names = token.split_contents()
    nodelist = parser.parse(["endremembered"])
    parser.delete_first_token()
    return RememberedNode(nodelist, [parser.compile_filter(name) for name in names])


@register.filter
def appearance_sheet(profile: SiteProfile) -> str:
    """Where the style sheet of what the owner chose is; empty when the theme says it all."""
    return appearance.sheet_path(profile)


@register.simple_tag(takes_context=True)
def menu_pages(context: template.Context) -> list[Post]:
    """Live pages that have a title and are not left out, in the owner's order, new ones behind by
    title. One query, none when it is remembered.
    """
    profile: SiteProfile = context["site_profile"]
    pages = Post.objects.live().pages().in_menu()
    shown = remembered(context.get("request"), "menu", lambda: list(pages))
    return sorted(
        (page for page in shown if profile.is_in_menu(page.pk)),
        key=lambda page: profile.menu_place(page.pk),
    )


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


@dataclass(frozen=True, slots=True)
class ArchivePlace:
    """Where in the archive a page stands: all that its tree depends on. None: nowhere."""

    year: int | None  # that the page is about: of its post, or its own
    page_year: int | None  # of a page of the archive itself
    page_month: date | None  # its first day, on the page of a month


@register.simple_tag(takes_context=True)
def archive_place(context: template.Context) -> ArchivePlace:
    """Where in the archive this page stands."""
    post: Any = context.get("post")
    day = post.published_on if isinstance(post, Post) else None
    page_year: int | None = context.get("open_year")
    return ArchivePlace(
        page_year or (day.year if day else None), page_year, context.get("open_month")
    )


@register.simple_tag
def archive_years(place: ArchivePlace) -> list[ArchiveYear]:
    """Every year with its months, newest first; empty for a blog without posts. One query.

    Open is the year that the page is about; on a page that is about none, the newest.
    """
    rows = Post.objects.live().posts().months()
    if not rows:
        return []
    open_year = place.year or rows[0][0].year
    return [
        ArchiveYear(
            year=year,
            post_count=sum(count for _month, count in months),
            url=addresses.year(date(year, 1, 1)),
            months=[
                ArchiveMonth(first, count, addresses.month(first), first == place.page_month)
                for first, count in months
            ],
            is_open=year == open_year,
            is_current=year == place.page_year and not place.page_month,
        )
        for year, group in groupby(rows, key=lambda row: row[0].year)
        for months in [list(group)]
    ]
