"""What programs are told of a page: search engines, and those that show a link as a card."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from blog import addresses, images, markup
from blog.models import Label, Post, SiteProfile
from blog.share_image import HEIGHT_PX, WIDTH_PX

DESCRIPTION_LENGTH = 200  # characters; search engines show fewer
MAX_HEADLINE_CHARS = 110  # of a headline; search engines cut the rest

# What programs that show cards call a language; they want a country where the script says it.
LOCALES = {"zh-hans": "zh_CN", "zh-hant": "zh_TW", "en": "en_US", "ar": "ar_AR"}

# Inside a script element these could end it or open a comment.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@dataclass(frozen=True, slots=True)
class Image:
    """A picture for a card; its address is absolute."""

    url: str
    alternative_text: str
    width_px: int | None
    height_px: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a link to a page looks like where somebody shares it. Every address is absolute."""

    kind: str  # "article" or "website"
    url: str
    title: str
    description: str
    locale: str
    image: Image | None = None  # None: nothing to show but words
    published_at: datetime | None = None
    modified_at: datetime | None = None
    label_names: tuple[str, ...] = ()


def description(post: Post) -> str:
    """What search engines may show of a post: the author's own words, else its beginning."""
    return post.description or _beginning(post.body_html)


# Reading the whole text is most of what a head costs, and a page says its beginning twice.
@lru_cache(maxsize=64)
def _beginning(html: str) -> str:
    return markup.excerpt(html, length=DESCRIPTION_LENGTH)


def image(post: Post) -> Image:
    """The first picture of a live post, else the one that is drawn for it."""
    url = addresses.absolute(post.get_absolute_url())
    picture = markup.first_picture(images.sized(post.body_html, post.pictures))
    if picture is not None:
        return Image(
            urljoin(url, picture.source),
            picture.alternative_text,
            picture.width_px,
            picture.height_px,
        )
    return Image(
        addresses.absolute(addresses.share_image(post.number)),
        str(post),
        WIDTH_PX,
        HEIGHT_PX,
    )


def locale(language: str) -> str:
    """`zh-hans` as `zh_CN`, `de` as `de_DE`: what cards call a language."""
    code = language.lower()
    head, _hyphen, tail = code.partition("-")
    return LOCALES.get(code) or f"{head}_{(tail or head).upper()}"


def card(post: Post) -> Card:
    """The card of a live post or page. No query with for_page()."""
    profile = SiteProfile.current()
    is_page = post.is_page
    return Card(
        kind="website" if is_page else "article",
        url=addresses.absolute(post.get_absolute_url()),
        title=str(post),
        description=description(post),
        locale=locale(post.language or profile.language),
        image=image(post),
        published_at=None if is_page else post.publish_at,
        modified_at=None if is_page else changed_at(post),
        label_names=() if is_page else tuple(label.name for label in post.labels.all()),
    )


def changed_at(post: Post) -> datetime:
    """The last edit that readers can have noticed: an earlier one came with the publication."""
    assert post.publish_at is not None
    return max(post.updated_at, post.publish_at)


def list_card(path: str, *, title: str = "") -> Card:
    """The card of a list of posts at `path`; the blog's own without a `title`."""
    profile = SiteProfile.current()
    return Card(
        kind="website",
        url=addresses.absolute(path),
        title=title or profile.title,
        description=profile.description or profile.tagline,
        locale=locale(profile.language),
    )


# --- Structured data -----------------------------------------------------------------------------


def post_document(post: Post, shown: Card) -> list[dict[str, Any]]:
    """A live post or page, whose card is `shown`, in the words of schema.org, and the way to it
    from the home page.

    No query with for_page().

    Source: schema.org 29, BlogPosting, WebPage and BreadcrumbList.
    """
    profile = SiteProfile.current()
    about: dict[str, Any] = {
        "@type": "WebPage" if post.is_page else "BlogPosting",
        "@id": shown.url,
        "url": shown.url,
        "name" if post.is_page else "headline": shown.title[:MAX_HEADLINE_CHARS],
        "description": shown.description,
        "inLanguage": post.language_code,
        "isPartOf": blog_document(profile),
        "author": {"@type": "Person", "name": post.author.name},
    }
    if shown.image is not None:
        about["image"] = {
            key: value
            for key, value in (
                ("@type", "ImageObject"),
                ("url", shown.image.url),
                ("caption", shown.image.alternative_text),
                ("width", shown.image.width_px),
                ("height", shown.image.height_px),
            )
            if value
        }
    if shown.published_at and shown.modified_at:
        about["datePublished"] = shown.published_at.isoformat(timespec="seconds")
        about["dateModified"] = shown.modified_at.isoformat(timespec="seconds")
        about["mainEntityOfPage"] = shown.url
    if shown.label_names:
        about["keywords"] = list(shown.label_names)
    if post.shows_comments:
        about["commentCount"] = post.comment_count
        about["discussionUrl"] = f"{shown.url}#comments"
    return [about, trail(_steps(post))]


def _steps(post: Post) -> list[tuple[str, str]]:
    if post.is_page or post.published_on is None:
        return [(str(post), post.get_absolute_url())]
    month = post.published_on.replace(day=1)
    return [
        (date_format(month, "YEAR_MONTH_FORMAT"), addresses.month(month)),
        (str(post), post.get_absolute_url()),
    ]


def blog_document(profile: SiteProfile) -> dict[str, Any]:
    """The blog itself."""
    url = addresses.absolute("/")
    return {"@type": "Blog", "@id": url, "name": profile.title, "url": url}


def home_document() -> list[dict[str, Any]]:
    """The blog, and how to search it.

    Source: schema.org 29, Blog, WebSite and SearchAction.
    """
    profile = SiteProfile.current()
    url = addresses.absolute("/")
    return [
        blog_document(profile)
        | {
            "description": profile.description or profile.tagline,
            "inLanguage": profile.language,
        },
        {
            "@type": "WebSite",
            "name": profile.title,
            "url": url,
            "potentialAction": {
                "@type": "SearchAction",
                "target": addresses.absolute("/search?q={words}"),
                "query-input": "required name=words",
            },
        },
    ]


def label_document(label: Label) -> list[dict[str, Any]]:
    """The way to the posts under `label`."""
    return [trail([(label.name, label.get_absolute_url())])]


def trail(steps: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The way from the home page through `steps`: names and paths, the page itself last."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": place,
                "name": name,
                "item": addresses.absolute(path),
            }
            for place, (name, path) in enumerate([(_("Home"), "/"), *steps], start=1)
        ],
    }


def as_script(graph: Sequence[dict[str, Any]]) -> SafeString:
    """`graph` as JSON-LD that can stand inside a script element; Chinese as it is written."""
    document = {"@context": "https://schema.org", "@graph": list(graph)}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # JSON allows every character outside its strings to stay; inside them these are escaped.
    return mark_safe(text.translate(_ESCAPES))  # noqa: S308
