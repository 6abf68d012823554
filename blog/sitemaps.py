"""What search engines are told: every public address, and where not to look."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from itertools import islice
from urllib.parse import urljoin

from django.db.models import Max
from django.db.models.functions import Greatest
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import conditional_page, require_safe

from blog import addresses, markup, pagecache
from blog.models import Label, Post, SiteProfile
from blog.models.post import LINK_FIELDS

PATH = "/sitemap.xml"
MAX_ADDRESSES = 50_000  # in one sitemap, says the protocol; more are parted and get an index
MAX_PAGE_DIGITS = 4
MAX_IMAGES = 1_000  # of one page, says the extension

# Forms, what they lead to, and pages that differ for each asker; none is worth a robot's visit.
CLOSED_PATHS = (
    *("/admin/", "/accounts/", "/comments/", "/drafts/", "/proof/", "/shared/", "/unlock/"),
    "/search?",
)


@dataclass(frozen=True, slots=True)
class PublicPage:
    """An address any reader may open, when what it shows changed last, and what belongs to it."""

    path: str
    changed_at: datetime | None  # None: it shows nothing yet
    images: tuple[str, ...] = ()  # absolute addresses
    translations: tuple[tuple[str, str], ...] = ()  # language and path of each, its own among them


def public_pages() -> list[PublicPage]:
    """Home, live posts and pages newest first, the months that have posts, the labels in use.

    Years and days show nothing that the months do not. Two queries; the memory of the addresses.
    """
    posts = (
        Post.objects.live()
        .searchable()
        .newest_first()
        .only(*LINK_FIELDS, "body_html", "published_on", "updated_at")
    )
    found: list[PublicPage] = []
    changed_by_month: dict[str, datetime] = {}
    family: dict[int, list[tuple[str, str]]] = defaultdict(list)
    roots: list[int] = []
    # A few texts at a time: all of them would not fit into the memory of a small machine.
    for post in posts.iterator(chunk_size=200):
        assert post.publish_at is not None
        path, changed_at = post.get_absolute_url(), max(post.updated_at, post.publish_at)
        url = addresses.absolute(path)
        images = (urljoin(url, source) for source in markup.image_sources(post.body_html))
        found.append(PublicPage(path, changed_at, tuple(islice(images, MAX_IMAGES))))
        roots.append(post.original_id or post.pk)
        family[roots[-1]].append((post.language_code, path))
        if not post.is_page and post.published_on is not None:
            month = addresses.month(post.published_on)
            changed_by_month[month] = max(changed_at, changed_by_month.get(month, changed_at))
    found = [
        replace(page, translations=tuple(family[root])) if len(family[root]) > 1 else page
        for page, root in zip(found, roots, strict=True)
    ]
    home = PublicPage("/", max(changed_by_month.values(), default=None))
    months = [PublicPage(path, moment) for path, moment in changed_by_month.items()]
    labels = (
        Label.objects.filter(posts__in=Post.objects.live().posts())
        .order_by("name")
        .values_list("name")
        .annotate(changed_at=Max(Greatest("posts__updated_at", "posts__publish_at")))
    )
    return [
        home,
        *found,
        *months,
        *(PublicPage(addresses.label(name), changed_at) for name, changed_at in labels),
    ]


@require_safe
@pagecache.cached_page("page")
@conditional_page
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every public address with its last change; beyond MAX_ADDRESSES an index of `?page=`s. At
    most three queries.

    Source: sitemaps.org protocol 0.9 with the extensions for images and for languages.
    """
    pagecache.shows(request, pagecache.keys.TEXTS)  # of any post the time of its last edit
    pages = public_pages()
    parts = [pages[at : at + MAX_ADDRESSES] for at in range(0, len(pages), MAX_ADDRESSES)]
    wanted = request.GET.get("page", "")
    if wanted:
        is_number = wanted.isascii() and wanted.isdigit() and len(wanted) <= MAX_PAGE_DIGITS
        if not (is_number and 1 <= int(wanted) <= len(parts)):
            raise Http404
        return _document("urlset", "url", parts[int(wanted) - 1])
    if len(parts) == 1:
        return _document("urlset", "url", pages)
    index = [
        PublicPage(
            f"{PATH}?page={number}",
            max((page.changed_at for page in part if page.changed_at), default=None),
        )
        for number, part in enumerate(parts, start=1)
    ]
    return _document("sitemapindex", "sitemap", index)


def _document(root: str, element: str, pages: Iterable[PublicPage]) -> HttpResponse:
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" '
        'xmlns:xhtml="http://www.w3.org/1999/xhtml">',
    ]
    for page in pages:
        changed = ""
        if page.changed_at is not None:
            moment = page.changed_at.astimezone(UTC).isoformat(timespec="seconds")
            changed = f"<lastmod>{moment.replace('+00:00', 'Z')}</lastmod>"
        address = escape(addresses.absolute(page.path))
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{escape(language)}" '
            f'href="{escape(addresses.absolute(path))}"/>'
            for language, path in page.translations
        )
        images = "".join(
            f"<image:image><image:loc>{escape(image)}</image:loc></image:image>"
            for image in page.images
        )
        lines.append(f"<{element}><loc>{address}</loc>{changed}{others}{images}</{element}>")
    lines.append(f"</{root}>\n")
    return HttpResponse("\n".join(lines), content_type="application/xml; charset=utf-8")


@require_safe
@pagecache.cached_page()
def robots(request: HttpRequest) -> HttpResponse:
    """What robots may read: all but forms and searches, or nothing when the owner says so."""
    pagecache.shows(request, pagecache.keys.EVERYTHING)
    lines = ["User-agent: *"]
    if SiteProfile.current().is_searchable:
        lines += [f"Disallow: {path}" for path in CLOSED_PATHS]
        lines += ["", f"Sitemap: {addresses.absolute(PATH)}"]
    else:
        lines += ["Disallow: /"]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
