"""What readers open: the post and the lists of posts."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from urllib.parse import quote, urlencode

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
)
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from blog import addresses, appearance, images, labelling, pagecache
from blog import search as searching
from blog import share_image as share_images
from blog.models import Author, Label, Post, PostQuerySet, SiteProfile
from blog.pagecache import cached_page
from blog.post_pages import instead, render_post, show_posts

MAX_QUERY_LENGTH = 200  # characters; longer ones are cut by nobody and found by nobody
MAX_PINNED = 10  # beyond it, the first page would be nothing else
ARCHIVE_PAGE = 50  # posts of one archive page

# What the pages of a list listen to: our own places, and Blogger's.
PLACES = ("before", "after", "updated-max")
# What the comments below a post listen to.
THREADS = ("comment", "from", "showComment", "order")


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of a list with its posts."""

    day: date | None
    posts: list[Post]


def by_day(posts: Iterable[Post]) -> list[Day]:
    """`posts` under one heading per local day, in the order they come; pages have no day."""

    def day(post: Post) -> date | None:
        return None if post.is_page else post.published_on

    return [Day(when, list(group)) for when, group in groupby(posts, day)]


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of a list and the addresses of the pages beside it; None where there is none."""

    posts: list[Post]
    newer_url: str | None
    older_url: str | None


@dataclass(frozen=True, slots=True)
class Tab:
    """One kind of texts that can be searched."""

    label: str
    url: str
    is_current: bool


def moment_and_key(post: Post) -> tuple[datetime, int]:
    """Where a published `post` stands in newest-first order."""
    assert post.publish_at is not None
    return post.publish_at, post.pk


def place(post: Post) -> str:
    """Where `post` stands, as an address can carry it."""
    moment, key = moment_and_key(post)
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}_{key}"


def read_place(text: str) -> tuple[datetime, int]:
    """The moment and key that `place` wrote, or Blogger's bare time.

    Raises:
        Http404: it is neither.
    """
    moment_text, _underscore, key = text.partition("_")
    try:
        moment = datetime.fromisoformat(moment_text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
        number = int(key) if key and key.isascii() else 0
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    if not 0 <= number < 2**63:
        raise Http404
    return moment, number


def cut(request: HttpRequest, posts: PostQuerySet, *, size: int) -> Slice:
    """The page of `posts` that `?before=` or `?after=` names, newest first; the first without.

    A keyset: a new post shifts nothing. One query and the labels', two with a parameter.
    """

    def link(name: str, post: Post) -> str:
        return f"{request.path}?{urlencode({name: place(post)})}"

    before = request.GET.get("before") or request.GET.get("updated-max")
    after = request.GET.get("after")
    if after:
        rows = list(posts.after(*read_place(after)).oldest_first().for_cards()[: size + 1])
        is_first = len(rows) <= size
        rows = rows[:size][::-1]
        if is_first:
            rows = list(posts.newest_first().for_cards()[:size])
        has_older = bool(rows) and posts.before(*moment_and_key(rows[-1])).exists()
        newer = None if is_first or not rows else link("after", rows[0])
        older = link("before", rows[-1]) if has_older else None
        return Slice(rows, newer, older)
    if before:
        posts = posts.before(*read_place(before))
    rows = list(posts.newest_first().for_cards()[: size + 1])
    newer = link("after", rows[0]) if before and rows else None
    older = link("before", rows[size - 1]) if len(rows) > size else None
    return Slice(rows[:size], newer, older)


def render_list(
    request: HttpRequest,
    page: Slice,
    *,
    title: str = "",
    status_line: str = "",
    feed_url: str = "",
    canonical: str = "",
    template: str = "blog/post_list.html",
    **extra: object,
) -> TemplateResponse:
    """A list of whole posts under day headings, with the links beside it."""
    show_posts(request, page.posts)
    context = {
        "days": by_day(page.posts),
        "newer_url": page.newer_url,
        "older_url": page.older_url,
        "title": title,
        "status_line": status_line,
        "feed_url": feed_url,
        "canonical": canonical or request.path,
        **extra,
    }
    return TemplateResponse(request, template, context)


@require_safe
@cached_page(*PLACES)
def home(request: HttpRequest) -> HttpResponse:
    """Newest posts; older ones behind `?before=`."""
    size = SiteProfile.current().posts_per_page
    stream = Post.objects.live().posts()
    is_first = not any(request.GET.get(name) for name in PLACES)
    # Not twice: what is pinned stands on the first page, and not under its day.
    if not is_first:
        return render_list(request, cut(request, stream.unpinned(), size=size))
    pinned, rows = stream.front_page(pinned=MAX_PINNED, others=size + 1)
    show_posts(request, pinned)
    older = f"{request.path}?before={quote(place(rows[size - 1]))}" if len(rows) > size else None
    return render_list(request, Slice(rows[:size], None, older), pinned=pinned)


@require_safe
@cached_page(*THREADS)
def post(request: HttpRequest, year: str, month: str, slug: str) -> HttpResponse:
    """One post with its neighbours; an address it had before answers 301, what is over 410."""
    address_month = f"{year}/{month}"
    found = (
        Post.objects.visible_to(request.user).at(month=address_month, slug=slug).for_page().first()
    )
    if found is not None:
        return render_post(request, found)
    there = Post.objects.at(month=address_month, slug=slug)
    return instead(request, there, addresses.post(address_month, slug))


@require_safe
@cached_page(*THREADS)
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One page."""
    found = Post.objects.visible_to(request.user).pages().filter(slug=slug).for_page().first()
    if found is not None:
        return render_post(request, found)
    return instead(request, Post.objects.pages().filter(slug=slug), addresses.page(slug))


@require_safe
def draft(request: HttpRequest, key: int) -> HttpResponse:
    """What was never published, for those who may change it."""
    posts = Post.objects.editable_by(request.user).for_page()
    found = get_object_or_404(posts, pk=key if key < 2**63 else None)
    if found.get_absolute_url() != request.path:
        return redirect(found)
    return render_post(request, found)


def render_archive(request: HttpRequest, first: date, last: date, title: str) -> HttpResponse:
    """The posts of a span of days, newest first; 404 for a span without posts."""
    posts = Post.objects.live().posts().published_within(first, last)
    found = cut(request, posts, size=ARCHIVE_PAGE)
    if not found.posts:
        raise Http404
    show_posts(request, found.posts)
    return TemplateResponse(
        request,
        "blog/archive.html",
        {
            "days": by_day(found.posts),
            "newer_url": found.newer_url,
            "older_url": found.older_url,
            "title": title,
            "status_line": _("Posts from %(period)s.") % {"period": title},
            "canonical": request.path,
            "open_month": first if first.month == last.month else None,
            "open_year": first.year,
        },
    )


def existing_day(year: str, month: str = "1", day: str = "1") -> date:
    """That day, or Http404 when the calendar has none."""
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise Http404 from error


@require_safe
@cached_page(*PLACES)
def year(request: HttpRequest, year: str) -> HttpResponse:
    """The posts of one year."""
    first = existing_day(year)
    return render_archive(request, first, first.replace(month=12, day=31), str(first.year))


@require_safe
@cached_page(*PLACES)
def month(request: HttpRequest, year: str, month: str) -> HttpResponse:
    """The posts of one month."""
    first = existing_day(year, month)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return render_archive(request, first, last, date_format(first, "YEAR_MONTH_FORMAT"))


@require_safe
@cached_page(*PLACES)
def day(request: HttpRequest, year: str, month: str, day: str) -> HttpResponse:
    """The posts of one day."""
    first = existing_day(year, month, day)
    return render_archive(request, first, first, date_format(first, "DATE_FORMAT"))


@require_safe
@cached_page()
def old_archive(request: HttpRequest, year: str, month: str) -> HttpResponse:
    """Blogger's older form of a month's address."""
    return HttpResponsePermanentRedirect(addresses.month(existing_day(year, month)))


@require_safe
@cached_page(*PLACES)
def label(request: HttpRequest, name: str) -> HttpResponse:
    """The posts under one label; another spelling of its case answers 301, as a name it had."""
    posts = Post.objects.live().posts().labelled_as(name)
    listed = cut(request, posts, size=SiteProfile.current().posts_per_page)
    if not listed.posts:  # a label that only drafts carry is as unknown as one that nobody made
        if Label.objects.filter(name=name).exists():
            raise Http404
        alike = Label.objects.in_use().filter(name__iexact=name).order_by("pk").first()
        alike = alike or labelling.named(name)
        if alike is None:
            raise Http404
        return HttpResponsePermanentRedirect(alike.get_absolute_url())
    found = next(label for label in listed.posts[0].labels.all() if label.name == name)
    return render_list(
        request,
        listed,
        title=found.name,
        status_line=_("Showing posts with label %(label)s.") % {"label": found.name},
        feed_url=found.feed_url,
        canonical=found.get_absolute_url(),
        label=found,
    )


@require_safe
@cached_page(*PLACES)
def author(request: HttpRequest, slug: str) -> HttpResponse:
    """Who an author is, and what he wrote; 404 for one without live posts."""
    found = get_object_or_404(Author, slug=slug)
    posts = Post.objects.live().posts().filter(author=found)
    listed = cut(request, posts, size=SiteProfile.current().posts_per_page)
    if not listed.posts:
        raise Http404
    return render_list(
        request,
        listed,
        title=found.name,
        canonical=found.get_absolute_url(),
        feed_url=found.feed_url,
        author=found,
        template="blog/author.html",
    )


@require_safe
@cached_page("q", "in", "page", *PLACES)
def search(request: HttpRequest) -> HttpResponse:
    """What readers may read and has every word of `?q=`, the best first; `?in=` names the kind of
    texts. Without words it is the stream itself, as Blogger's `/search?updated-max=` is.
    """
    words = request.GET.get("q", "").replace("\0", " ").strip()[:MAX_QUERY_LENGTH]
    if not words:
        listed = cut(
            request, Post.objects.live().posts(), size=SiteProfile.current().posts_per_page
        )
        return TemplateResponse(
            request,
            "blog/search.html",
            {
                "query": "",
                "days": by_day(listed.posts),
                "newer_url": listed.newer_url,
                "older_url": listed.older_url,
                "title": _("Search"),
                "canonical": addresses.search(""),
            },
        )
    source = searching.named(request.GET.get("in", ""))
    number = page_number(request.GET.get("page", ""), last=searching.LAST_PAGE)
    place = request.GET.get("before") or request.GET.get("updated-max")
    before = searching.place(*read_place(place)) if place else None
    # What was typed as the last word may be unfinished; a space behind it says that it is not.
    query = searching.read(request.GET.get("q", "")[:MAX_QUERY_LENGTH].replace("\0", " "))
    found = searching.find(source, query, page=number, before=before)
    pagecache.shows(request, pagecache.keys.TEXTS, *source.page_keys)

    def url(name: str, number: int = 1) -> str:
        asked = {"q": words, "in": name, "page": number if number > 1 else ""}
        kept = {"before": place or ""} if name == source.name else {}
        said = {key: value for key, value in {**asked, **kept}.items() if value}
        return f"{request.path}?{urlencode(said)}"

    others = [other for other in searching.registered() if other is not source]
    return TemplateResponse(
        request,
        "blog/search_results.html",
        {
            "query": words,
            "found": found,
            "source": source,
            "has_words": bool(query.terms),
            "tabs": [
                Tab(str(tab.label), url(tab.name), is_current=tab is source)
                for tab in searching.registered()
            ],
            # Whoever finds nothing here learns where there is something.
            "elsewhere": [
                Tab(str(tab.label), url(tab.name), is_current=False)
                for tab in (others if not found.count else [])
                if searching.find(tab, query).count
            ],
            "page_number": number,
            "newer_url": url(source.name, number - 1) if number > 1 else None,
            "older_url": url(source.name, number + 1) if found.has_more else None,
            "title": _("Search"),
            "canonical": addresses.search(words),
        },
    )


def page_number(text: str, *, last: int) -> int:
    """The number of a page, from 1 to `last`; 1 for what is none.

    Raises:
        Http404: there are no such pages.
    """
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= last):
        raise Http404
    return int(text)


@require_safe
@cached_page()
def share_image(request: HttpRequest, number: int) -> HttpResponse:
    """The picture that is drawn for a live post without one, as PNG."""
    posts = Post.objects.live().numbered(number if number < 2**63 else 0)
    post = get_object_or_404(posts.only("title", "body_html"))
    pagecache.shows(request, pagecache.keys.post(post.pk))
    drawn = share_images.draw(title=str(post), blog=SiteProfile.current().title)
    return HttpResponse(drawn, content_type="image/png")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it unasked."""
    icon = SiteProfile.current().icon
    return redirect(icon.url if icon else static("blog/icons/favicon.svg"))


@require_safe
def appearance_sheet(
    request: HttpRequest, light: str, dark: str, typeface: str, width: str
) -> HttpResponse:
    """The owner's colours, typeface and width as a style sheet; its address says all of them."""
    css = appearance.sheet(light=light, dark=dark, typeface=typeface, width=width)
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """An uploaded file, never as something that could run."""
    return images.file_response(request, path)
