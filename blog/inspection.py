"""What is looked at before a text is published. It advises; what blocks is the owner's to say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from django.db.models import Q
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog import addresses, markup
from blog.choices import Check, Kind
from blog.models import Author, Label, OldAddress, OldLabelName, Post, SiteProfile

SHOWN = 5  # of each kind by name: who has more knows what to do
POST_PATH = re.compile(r"/(?P<month>[0-9]{4}/[0-9]{2})/(?P<slug>[^/]+)\.html")
PAGE_PATH = re.compile(r"/p/(?P<slug>[^/]+)\.html")
LABEL_PATH = re.compile(r"/search/label/(?P<name>.+)")
AUTHOR_PATH = re.compile(r"/author/(?P<slug>[^/]+)/")

Place = tuple[str, str, str]  # kind, month, last part of the address


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that somebody should look at."""

    check: Check
    sentence: str
    details: tuple[str, ...] = ()  # file names, headings, addresses; at most SHOWN
    is_blocking: bool = False


def inspect(posts: Sequence[Post]) -> list[list[Finding]]:
    """What is to be said of each of `posts`, in the order of Check. At most seven queries, however
    many posts.

    `body_html` has to be that of the text; nothing else need be saved.
    """
    profile = SiteProfile.current()
    blocking = set(profile.blocking_checks)
    trees = [markup.outline(post.body_html) for post in posts]
    links = [_own_links(post, tree) for post, tree in zip(posts, trees, strict=True)]
    leading = _leading({path for found in links for path in found.values()})
    places = [_place(post, profile) for post in posts]
    rivals = _rivals(places)
    found = []
    for post, tree, own, place in zip(posts, trees, links, places, strict=True):
        one = [
            _title(post),
            _images(tree),
            _headings(tree),
            _links(post, tree, own, leading),
            _address(post, place, rivals),
        ]
        found.append(
            [
                Finding(each.check, each.sentence, each.details, each.check in blocking)
                for each in one
                if each is not None
            ]
        )
    return found


def _title(post: Post) -> Finding | None:
    if post.title.strip():
        return None
    return Finding(Check.TITLE, _("It has no title: lists and searches show its first words."))


def _images(tree: markup.Outline) -> Finding | None:
    bare = [address for address, text in tree.images if not text.strip()]
    if not bare:
        return None
    sentence = ngettext(
        "%(count)d image has no alternative text: who can’t see it learns nothing of it.",
        "%(count)d images have no alternative text: who can’t see them learns nothing of them.",
        len(bare),
    )
    names = tuple(unquote(urlsplit(address).path).rpartition("/")[2] for address in bare[:SHOWN])
    return Finding(Check.IMAGES, sentence % {"count": len(bare)}, names)


def _headings(tree: markup.Outline) -> Finding | None:
    skipped = []
    above = 1
    for level, text in tree.headings:
        if level > above + 1:
            skipped.append(text)
        above = level
    if not skipped:
        return None
    sentence = ngettext(
        "%(count)d heading skips a level: who listens to the page misses one in between.",
        "%(count)d headings skip a level: who listens to the page misses one in between.",
        len(skipped),
    )
    return Finding(Check.HEADINGS, sentence % {"count": len(skipped)}, tuple(skipped[:SHOWN]))


def _own_links(post: Post, tree: markup.Outline) -> dict[str, str]:
    """Each link of the text that stays in this blog, and the unquoted path it leads to."""
    base = addresses.absolute(post.get_absolute_url() if post.pk else "/")
    found = {}
    for address in tree.links:
        if address.startswith("#"):
            continue
        try:
            parts = urlsplit(urljoin(base, address))
        except ValueError:
            continue
        if parts.scheme in {"http", "https"} and parts.netloc == settings.SITE.netloc:
            found[address] = unquote(parts.path) or "/"
    return found


def _leading(paths: set[str]) -> set[str]:
    """Those of `paths` at which readers find something. At most five queries."""
    posts = {path: match for path in paths if (match := POST_PATH.fullmatch(path))}
    pages = {path: match for path in paths if (match := PAGE_PATH.fullmatch(path))}
    labels = {path: match["name"] for path in paths if (match := LABEL_PATH.fullmatch(path))}
    authors = {path: match["slug"] for path in paths if (match := AUTHOR_PATH.fullmatch(path))}
    texts = posts.keys() | pages.keys()
    rest = paths - texts - labels.keys() - authors.keys()
    leading = {path for path in rest if _answers(path)}
    if texts:
        wanted = Q(kind=Kind.PAGE, slug__in={match["slug"] for match in pages.values()})
        for match in posts.values():
            wanted |= Q(kind=Kind.POST, address_month=match["month"], slug=match["slug"])
        live = Post.objects.addressed().filter(wanted).only("kind", "address_month", "slug")
        leading |= {unquote(post.get_absolute_url()) for post in live}
        old = OldAddress.objects.filter(
            path__in={quoted for path in texts for quoted in (path, addresses.quoted(path))},
            post__in=Post.objects.addressed(),
        )
        leading |= {unquote(path) for path in old.values_list("path", flat=True)}
    if labels:
        names = set(labels.values())
        known = set(Label.objects.in_use().filter(name__in=names).values_list("name", flat=True))
        known |= set(OldLabelName.objects.filter(name__in=names).values_list("name", flat=True))
        leading |= {path for path, name in labels.items() if name in known}
    if authors:
        found = Author.objects.with_live_posts().filter(slug__in=authors.values())
        slugs = set(found.values_list("slug", flat=True))
        leading |= {path for path, slug in authors.items() if slug in slugs}
    return leading & paths


def _answers(path: str) -> bool:
    """Whether any view of the blog knows `path`; files are not looked for."""
    if path.startswith((settings.STATIC_URL, settings.MEDIA_URL)):
        return True
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _links(
    post: Post, tree: markup.Outline, own: dict[str, str], leading: set[str]
) -> Finding | None:
    itself = unquote(post.get_absolute_url()) if post.pk else None
    broken = [address for address, path in own.items() if path not in leading and path != itself]
    broken += [
        address
        for address in tree.links
        if address.startswith("#") and unquote(address[1:]) not in {"", *tree.ids}
    ]
    if not broken:
        return None
    sentence = ngettext(
        "%(count)d link within this blog leads nowhere.",
        "%(count)d links within this blog lead nowhere.",
        len(broken),
    )
    return Finding(Check.LINKS, sentence % {"count": len(broken)}, tuple(broken[:SHOWN]))


def _place(post: Post, profile: SiteProfile) -> Place:
    """Where `post` stands or would stand."""
    month = ""
    if not post.is_page:
        at = post.publish_at or timezone.now()
        month = post.address_month or addresses.month_of(profile.day(at))
    return str(post.kind), month, post.slug or markup.slugify(post.title)


def _rivals(places: Sequence[Place]) -> dict[Place, set[int]]:
    """Keys of the texts that stand at `places`. One query."""
    wanted = Q(pk=None)
    for kind, month, slug in places:
        wanted |= Q(kind=kind, address_month=month, slug=slug)
    rivals: dict[Place, set[int]] = {}
    rows = Post.objects.filter(wanted).values_list("kind", "address_month", "slug", "pk")
    for kind, month, slug, key in rows:
        rivals.setdefault((kind, month, slug), set()).add(key)
    return rivals


def _address(post: Post, place: Place, rivals: dict[Place, set[int]]) -> Finding | None:
    if not rivals.get(place, set()) - {post.pk}:
        return None
    sentence = _("Another text has this address already; this one would get a number behind it.")
    _kind, month, slug = place
    path = addresses.page(slug) if post.is_page else addresses.post(month, slug)
    return Finding(Check.ADDRESS, sentence, (unquote(path),))
