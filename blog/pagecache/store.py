"""Finished pages, and the memory they may take."""

import gzip
import hashlib
import importlib
import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from blog.pagecache.stamps import Mark

Headers = list[tuple[str, str]]

OVERHEAD_BYTES = 2_048  # of a page beside its bodies: headers, names, slots
MIN_BYTES = 512  # shorter bodies hardly shrink
GZIP_LEVEL = 6
BROTLI_QUALITY = 5
# A page asked for once stays among the newcomers; only they make room for each other. So a flood of
# addresses that nobody asks for again can't push out what readers read.
NEWCOMERS_SHARE = 0.25

COMPRESSED_TYPES = (
    "text/",
    "application/json",
    "application/feed+json",
    "application/manifest+json",
    "image/svg+xml",
)


def is_compressible(content_type: str) -> bool:
    """Whether bodies of this type shrink; XML is `application/…+xml` in many ways."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith(COMPRESSED_TYPES) or kind.endswith("xml")


def _brotli() -> Any:
    try:
        return importlib.import_module("brotli")  # only larger installations have it
    except ImportError:
        return None


brotli = _brotli()


@dataclass(frozen=True, slots=True)
class Variant:
    """One encoding of a page, ready to be sent."""

    etag: str
    headers: Headers
    body: bytes
    headers_304: Headers


@dataclass(frozen=True, slots=True)
class Page:
    """A finished answer, what it shows and how long."""

    status: str
    variants: dict[str, Variant]
    mark: Mark
    slots: tuple[int, ...]
    made_at: float
    ends_at: float
    modified_at: int | None = None  # seconds since 1970, of an answer that says so

    @property
    def size_bytes(self) -> int:
        """What it takes of the memory."""
        bodies = sum(len(variant.body) for variant in self.variants.values())
        return OVERHEAD_BYTES * len(self.variants) + bodies + 8 * len(self.slots)


def variants(headers: Headers, body: bytes, *, as_files: bool = False) -> dict[str, Variant]:
    """`body` as it is, and in each encoding that makes it smaller. With `as_files`, tagged as a
    web server tags files, which takes the tag from the time and the size of one.
    """
    content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    bodies = {"identity": body}
    if len(body) >= MIN_BYTES and is_compressible(content_type):
        bodies["gzip"] = gzip.compress(body, GZIP_LEVEL, mtime=0)
        if brotli is not None:
            bodies["br"] = brotli.compress(body, quality=BROTLI_QUALITY)
    digest = hashlib.sha256(body).hexdigest()[:32]
    # A strong tag names bytes: each encoding has its own.
    tagged = _file_tag if as_files else _tag
    return {
        name: _variant(name, headers, encoded, tagged(name, encoded, digest))
        for name, encoded in bodies.items()
        if name == "identity" or len(encoded) < len(body)
    }


def _tag(name: str, body: bytes, digest: str) -> str:
    return f'"{digest}"' if name == "identity" else f'"{digest}-{name}"'


def _file_tag(name: str, body: bytes, digest: str) -> str:
    """The tag that nginx gives to a file of this size with this time, which is none: 31 bits that
    stand for the bytes. A clock would give two pages of one second and one size the same tag.
    """
    named = hashlib.sha256(f"{digest}-{name}".encode()).digest()
    return f'"{(int.from_bytes(named[:4], "big") >> 1) or 1:x}-{len(body):x}"'


def _variant(name: str, headers: Headers, body: bytes, etag: str) -> Variant:
    own = [("ETag", etag), ("Vary", "Accept-Encoding, Cookie")]
    kept = [pair for pair in headers if pair[0].lower() == "cache-control"]
    encoding = [] if name == "identity" else [("Content-Encoding", name)]
    length = ("Content-Length", str(len(body)))
    return Variant(etag, [*headers, *own, *encoding, length], body, [*kept, *own])


class Store:
    """Pages by address, least recently used out first, never more than `limit_bytes`."""

    def __init__(self, limit_bytes: int) -> None:
        """Holds nothing yet."""
        self.limit_bytes = limit_bytes
        self.page_limit_bytes = limit_bytes // 8
        self._lock = threading.Lock()
        self._newcomers: OrderedDict[Hashable, Page] = OrderedDict()
        self._known: OrderedDict[Hashable, Page] = OrderedDict()
        self._newcomers_bytes = 0
        self._known_bytes = 0

    @property
    def size_bytes(self) -> int:
        """What all pages take."""
        return self._newcomers_bytes + self._known_bytes

    def __len__(self) -> int:
        """How many pages there are."""
        return len(self._newcomers) + len(self._known)

    def find(self, address: Hashable) -> Page | None:
        """The page, fresh or not; None when there is none. Asked for again, it is no newcomer."""
        with self._lock:
            page = self._known.get(address)
            if page is not None:
                self._known.move_to_end(address)
                return page
            page = self._newcomers.pop(address, None)
            if page is not None:
                self._newcomers_bytes -= page.size_bytes
                self._known[address] = page
                self._known_bytes += page.size_bytes
                self._make_room()
            return page

    def keep(self, address: Hashable, page: Page) -> None:
        """Puts `page` in the place of an older one. One that is too large is not kept."""
        with self._lock:
            is_known = self._known.pop(address, None)
            if is_known is not None:
                self._known_bytes -= is_known.size_bytes
            before = self._newcomers.pop(address, None)
            if before is not None:
                self._newcomers_bytes -= before.size_bytes
            if page.size_bytes > self.page_limit_bytes:
                return
            if is_known is not None:
                self._known[address] = page
                self._known_bytes += page.size_bytes
            else:
                self._newcomers[address] = page
                self._newcomers_bytes += page.size_bytes
            self._make_room()

    def _make_room(self) -> None:
        newcomers_limit = self.limit_bytes * NEWCOMERS_SHARE
        while self._known_bytes > self.limit_bytes - newcomers_limit:
            address, page = self._known.popitem(last=False)
            self._known_bytes -= page.size_bytes
            self._newcomers[address] = page
            self._newcomers_bytes += page.size_bytes
        while self._newcomers_bytes > newcomers_limit:
            _address, page = self._newcomers.popitem(last=False)
            self._newcomers_bytes -= page.size_bytes

    def clear(self) -> None:
        """Forgets every page."""
        with self._lock:
            self._newcomers.clear()
            self._known.clear()
            self._newcomers_bytes = self._known_bytes = 0


def acceptable(header: str) -> tuple[str, ...]:
    """Codings that `Accept-Encoding` allows, ours first, identity always last.

    Source: RFC 9110, section 12.5.3.
    """
    weights: dict[str, float] = {}
    for part in header.lower().split(",")[:20]:
        name, _semicolon, parameter = part.partition(";")
        key, _equals, value = parameter.partition("=")
        weights[name.strip()] = _weight(value) if key.strip() == "q" else 1.0
    wanted = [name for name in ("br", "gzip") if weights.get(name, weights.get("*", 0.0)) > 0]
    return (*wanted, "identity")


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def names_tag(header: str, tags: Sequence[str]) -> bool:
    """Whether `If-None-Match` names one of `tags`.

    Source: RFC 9110, section 13.1.2: compared weakly.
    """
    given = {part.strip().removeprefix("W/") for part in header[:4_096].split(",")}
    return "*" in given or not given.isdisjoint(tags)
