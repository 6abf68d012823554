"""Puts finished pages on disk for a web server in front; `files.py` says how they stay right."""

import hashlib
import logging
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, time

from blog.pagecache import stamps
from blog.pagecache.files import SUFFIXES, Files, make, read_size, write_size
from blog.pagecache.stamps import Unreachable
from blog.pagecache.store import Headers, Page

logger = logging.getLogger(__name__)

# Of a name in an address: no more than file systems allow, with our endings; nothing hidden, so no
# way up; no ~, which parts the address from what we add.
_ADDRESS = re.compile(rb"(?:/[^/.~\\\x00-\x1f\x7f][^/~\\\x00-\x1f\x7f]{0,199})*/?")
LONGEST_ADDRESS = 1_000
# A file ends this much before its page does: the keeper looks once a second.
EARLY_SECONDS = 2
FULL_SHARE, ROOM_SHARE = 0.9, 0.7  # of the limit: when the oldest files go, and until when
ROOM_PAUSE_SECONDS = 10
COMPLAINT_PAUSE_SECONDS = 60


def file_name(path: str, language: str) -> str | None:
    """Where below `site` the page of `path`, as WSGI has it, lies; None where it can't."""
    try:
        raw = path.encode("latin-1")
    except UnicodeEncodeError:
        return None
    if not raw.startswith(b"/") or len(raw) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(raw):
        return None
    return os.fsdecode(raw[1:]) + f"~{language}.html"


class Disk(Files):
    """The folder, for the processes that serve: pages are put there."""

    def __init__(
        self, folder: Path, *, limit_bytes: int, host: str, is_secure: bool, headers: Headers
    ) -> None:
        """Makes the folder. `host` and `is_secure` are those of the blog's own address; `headers`
        are those that the web server is told to send with each page, but for its language.
        """
        super().__init__(folder)
        self.limit_bytes = limit_bytes
        self._host, self._is_secure = host, is_secure
        self._headers = {name.lower(): value for name, value in headers}
        self._room_at = self._complaint_at = 0.0
        make(folder)
        for place in (self.site, self.shown, self.ends, self.new, self.trash):
            make(place)
        os.close(os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640))

    def offer(self, host: str, is_secure: bool, path: str, page: Page) -> None:
        """Puts a page that was asked for again on disk, if it may be and is not yet.

        For one that was asked for by its own plain address: the web server knows no other.
        """
        if host != self._host or is_secure != self._is_secure or not page.slots:
            return
        language = self._language(page)
        name = file_name(path, language) if language else None
        if name is None or (self.site / name).exists():
            return
        if int(page.ends_at) - EARLY_SECONDS <= time():
            return
        try:
            self._put(name, page)
        except Unreachable:
            return
        except OSError as error:
            if monotonic() >= self._complaint_at:
                self._complaint_at = monotonic() + COMPLAINT_PAUSE_SECONDS
                logger.warning("A page can't be kept in %s: %s", self.folder, error.strerror)

    def _language(self, page: Page) -> str | None:
        """The language of a page that the web server can send as we do; else None."""
        if page.status != "200 OK":
            return None
        sent = {name.lower(): value for name, value in page.variants["identity"].headers}
        language = sent.pop("content-language", "")
        for own in ("etag", "vary", "content-length"):
            sent.pop(own, None)
        return language if sent == self._headers and language.replace("-", "").isalpha() else None

    def _put(self, name: str, page: Page) -> None:
        """Writes aside, then puts in place what is still right."""
        counters = stamps.current()
        counters.sweep()
        if not counters.compare(page.mark, page.slots)[0]:
            return
        # Already so: the size that will be there is known before anything is written.
        size = sum(len(variant.body) for variant in page.variants.values())
        if size > self.limit_bytes // 8:
            return
        written: dict[str, str] = {}
        scratch = str(self.new / secrets.token_hex(12))
        try:
            for coding, variant in page.variants.items():
                written[SUFFIXES[coding]] = scratch + SUFFIXES[coding]
                _write(scratch + SUFFIXES[coding], variant.body, modified_at=_moment(variant.etag))
            with self.locked() as lock:
                used = read_size(lock)
                if used + size > self.limit_bytes:
                    return
                if not counters.compare(page.mark, page.slots)[0]:
                    return
                target = self.site / name
                if target.exists():
                    return
                self._list(name, page)
                make(target.parent)
                # Whatever happens now, too much is counted rather than too little.
                write_size(lock, used + size)
                for suffix in sorted(written, reverse=True):
                    Path(written.pop(suffix)).rename(f"{target}{suffix}")
        finally:
            for path in written.values():
                Path(path).unlink(missing_ok=True)

    def _list(self, name: str, page: Page) -> None:
        """Links to the page from all that ends it, before it is there: one too many is nothing."""
        digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:32]
        places = [self.shown / str(slot) for slot in page.slots if slot]  # EVERYTHING needs none
        for place in (*places, self.ends / str(int(page.ends_at) - EARLY_SECONDS)):
            place.mkdir(mode=0o750, exist_ok=True)
            with suppress(FileExistsError):
                (place / digest).symlink_to(name)

    def tend(self) -> None:
        """Removes what has ended, what was dropped, and the oldest when there is no room."""
        now = time()
        ended = [place for place in self.ends.iterdir() if int(place.name) <= now]
        if ended:
            with self.locked() as lock:
                for place in ended:
                    self._remove_listed(lock, place)
                    with suppress(OSError):
                        place.rmdir()
        for place in self.trash.iterdir():
            shutil.rmtree(place, ignore_errors=True)
        if monotonic() >= self._room_at:
            self._make_room()

    def _make_room(self) -> None:
        """The oldest files go when the limit is near."""
        with self.locked() as lock:
            if read_size(lock) <= self.limit_bytes * FULL_SHARE:
                return
        self._room_at = monotonic() + ROOM_PAUSE_SECONDS
        found = sorted(self._pages())
        with self.locked() as lock:
            used = read_size(lock)
            for _changed_at, name in found:
                if used <= self.limit_bytes * ROOM_SHARE:
                    break
                used -= self._remove_page(name)
            write_size(lock, max(0, used))

    def _pages(self) -> Iterator[tuple[float, str]]:
        """When each page was put there, and its name."""
        for folder, _folders, names in os.walk(self.site):
            for name in names:
                if name.endswith(".html"):
                    path = Path(folder, name)
                    # The time of change: that of the content is the page's tag.
                    with suppress(FileNotFoundError):
                        yield path.stat().st_ctime, str(path.relative_to(self.site))

    def sweep_new(self) -> None:
        """Removes what a process left behind that died while it wrote."""
        for path in self.new.iterdir():
            path.unlink(missing_ok=True)


def _moment(etag: str) -> int:
    """The time of a file by which web servers come to `etag`."""
    return int(etag.strip('"').partition("-")[0], 16)


def _write(path: str, body: bytes, *, modified_at: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, 0o644)
        file.write(body)
        file.flush()
        os.utime(handle, (modified_at, modified_at))
