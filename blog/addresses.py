"""The addresses of a blog, in one place. They are Blogger's, because addresses are for ever."""

import re
from datetime import date
from urllib.parse import quote

from django.conf import settings

SLUG_MAX_LENGTH = 150
# Blogger's own slugs may hold a full stop and an underscore; ours any letter of any script.
SLUG_PATTERN = re.compile(r"[\w.\-]+")
MONTH_PATTERN = re.compile(r"[0-9]{4}/(0[1-9]|1[0-2])")


def is_slug(text: str) -> bool:
    """Whether `text` can stand as the last part of an address."""
    return (
        0 < len(text) <= SLUG_MAX_LENGTH
        and SLUG_PATTERN.fullmatch(text) is not None
        and text.strip(".") != ""
    )


def month_of(day: date) -> str:
    """`2015/12`: the part of a post's address that its first publication fixes."""
    return f"{day.year:04d}/{day.month:02d}"


def post(month: str, slug: str) -> str:
    """`/2015/12/slug.html`."""
    return f"/{month}/{quote(slug)}.html"


def page(slug: str) -> str:
    """`/p/slug.html`."""
    return f"/p/{quote(slug)}.html"


def author(slug: str) -> str:
    """`/author/slug/`."""
    return f"/author/{quote(slug)}/"


def year(day: date) -> str:
    """`/2015/`."""
    return f"/{day.year:04d}/"


def month(day: date) -> str:
    """`/2015/12/`."""
    return f"/{month_of(day)}/"


def label(name: str) -> str:
    """`/search/label/NAME`; a slash inside the name is encoded too."""
    return f"/search/label/{quote(name, safe='')}"


def shared(word: str) -> str:
    """`/shared/WORD/`: a private text, for whoever has this link."""
    return f"/shared/{quote(word, safe='')}/"


def proof(token: str) -> str:
    """`/proof/TOKEN/`: a text before it is published, for one proof-reader."""
    return f"/proof/{quote(token, safe='')}/"


def unlock(key: int) -> str:
    """`/unlock/KEY/`: where the password of a private text is sent."""
    return f"/unlock/{key}/"


def quoted(path: str) -> str:
    """`path` as it stands in an address."""
    return quote(path)


def absolute(path: str) -> str:
    """`path` with this site's scheme and host in front, from the settings, never from a request."""
    return f"{settings.SITE_URL}{path}"


def search(query: str) -> str:
    """`/search?q=…`."""
    return f"/search?q={quote(query)}" if query else "/search"


def share_image(number: int) -> str:
    """`/share/NUMBER.png`: the picture that stands for a post where it is shared."""
    return f"/share/{number}.png"
