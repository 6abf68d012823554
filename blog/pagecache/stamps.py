"""Who changed what, when: counters that every process of the blog shares.

A change adds one to the sequence and writes the new number into the slot of each key it touches. A
page keeps the number that stood there before it was rendered; it is fresh while none of its slots
holds a larger one. So a page that is rendered while a change lands can never outlive it.
"""

import fcntl
import mmap
import os
import threading
from collections.abc import Callable, Collection
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from zlib import crc32

from django.conf import settings

from blog.pagecache.files import Files
from blog.pagecache.keys import EVERYTHING

SLOT_COUNT = 65_536  # two keys in one slot throw a page away needlessly, never too late
SEQUENCE = SLOT_COUNT  # where the sequence stands, behind the slots
WRITERS = SEQUENCE + 1  # then, for each process that writes, its changes under way
WRITER_COUNT = 256
SIZE_BYTES = 8 * (WRITERS + WRITER_COUNT)
# Bytes behind the end of the file, where processes hold locks that end with them.
LOCKS = 2 * SIZE_BYTES
BUMP_LOCK = LOCKS + WRITER_COUNT

# Which set of counters, and the sequence that stood there. Of two sets, neither proves anything
# about the other.
Mark = tuple[str | int, int]


class Unreachable(Exception):
    """The counters can't be read or written now."""


class Stamps(Protocol):
    """The counters, wherever they are. Every method may raise Unreachable."""

    def compare(self, mark: Mark | None, slots: tuple[int, ...]) -> tuple[bool, Mark]:
        """Whether none of `slots` changed since `mark`, and the mark of now. No slots stand for
        all there are.
        """

    def begin(self) -> Any:
        """Says that a change is under way; what it returns goes to `finish`."""

    def finish(self, token: Any, keys: Collection[str]) -> None:
        """Says that the change is on disk and what it touched; nothing, if it was undone."""

    def forget(self) -> None:
        """Makes every mark that this process holds worthless."""

    def sweep(self) -> None:
        """Looks for processes that died between a change and saying so."""


@lru_cache(maxsize=4_096)
def slot(key: str) -> int:
    """Where `key` is counted. EVERYTHING has a slot of its own."""
    return 0 if key == EVERYTHING else 1 + crc32(key.encode()) % (SLOT_COUNT - 1)


def slots_of(keys: Collection[str]) -> tuple[int, ...]:
    """The slots of `keys` and of EVERYTHING; none for no keys."""
    return tuple(sorted({0, *map(slot, keys)})) if keys else ()


class _Map:
    """The file of the counters in memory. Only one may be open per file and process: the locks of
    a process end as soon as it closes any handle of the file.
    """

    def __init__(self, path: Path, told: Callable[[Collection[int]], None]) -> None:
        self._told = told  # what happens, with the slots, as soon as a change is counted
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        os.ftruncate(self.file, SIZE_BYTES)
        self.counters = memoryview(mmap.mmap(self.file, SIZE_BYTES)).cast("Q")
        self.identity = self.identity_of(os.fstat(self.file))
        self.writer: int | None = None  # none until this process writes
        # The kernel's lock does not part threads of one process.
        self.lock = threading.RLock()

    @staticmethod
    def identity_of(status: os.stat_result) -> tuple[int, int]:
        """Which file it is, whatever it is called."""
        return status.st_dev, status.st_ino

    def bump(self, keys: Collection[str]) -> None:
        """Marks `keys` as changed. A slot is written before the sequence: who reads in between
        throws a page away needlessly.
        """
        counters = self.counters
        slots = {slot(key) for key in keys}
        with self.lock:
            fcntl.lockf(self.file, fcntl.LOCK_EX, 1, BUMP_LOCK)
            try:
                number = counters[SEQUENCE] + 1
                for place in slots:
                    counters[place] = number
                counters[SEQUENCE] = number
            finally:
                fcntl.lockf(self.file, fcntl.LOCK_UN, 1, BUMP_LOCK)
        self._told(slots)

    def begin(self) -> None:
        """Counts a change under way."""
        with self.lock:
            if self.writer is None:
                self.writer = self._claim()
            self.counters[WRITERS + self.writer] += 1

    def end(self) -> None:
        """Counts it off."""
        with self.lock:
            if self.writer is not None:
                self.counters[WRITERS + self.writer] -= 1

    def _claim(self) -> int:
        """A place among the writers that no living process has."""
        for writer in range(WRITER_COUNT):
            if self._locked(writer):
                self._bury(writer)
                return writer
        raise Unreachable(f"More than {WRITER_COUNT} processes write.")

    def _locked(self, writer: int) -> bool:
        try:
            fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, LOCKS + writer)
        except OSError:
            return False
        return True

    def _bury(self, writer: int) -> None:
        """Whatever a dead process had under way may have changed anything."""
        if self.counters[WRITERS + writer]:
            self.bump([EVERYTHING])
            self.counters[WRITERS + writer] = 0

    def sweep(self) -> None:
        """Finds writers that died with a change under way. No system call while nobody writes."""
        busy = self.counters[WRITERS:]
        if not any(busy):
            return
        for writer, count in enumerate(busy):
            if not count or writer == self.writer:
                continue
            with self.lock:
                if self._locked(writer):
                    self._bury(writer)
                    fcntl.lockf(self.file, fcntl.LOCK_UN, 1, LOCKS + writer)


class MappedStamps:
    """The counters of one machine: a file that every process maps into its memory. What they
    count as changed is removed from disk at once.
    """

    def __init__(self, path: Path, files: Files | None = None) -> None:
        """Opens the file, or makes it. `files` are the pages on disk, if there may be any."""
        self.path = path
        self._files = files
        self._generation = 0
        self._map = self._open()

    def _open(self) -> _Map:
        try:
            return _Map(self.path, self._remove)
        except OSError as error:
            raise Unreachable(f"{self.path}: {error.strerror}") from error

    def _remove(self, slots: Collection[int]) -> None:
        if self._files is not None:
            self._files.remove(slots)

    def compare(self, mark: Mark | None, slots: tuple[int, ...]) -> tuple[bool, Mark]:
        """Reads memory: no system call, no lock."""
        counters = self._map.counters
        now = (self._generation, counters[SEQUENCE])
        if mark is None or mark[0] != now[0]:
            return False, now
        number = mark[1]
        if not slots:
            return number == now[1], now
        for place in slots:
            if counters[place] > number:
                return False, now
        return True, now

    def begin(self) -> _Map:
        """Memory only, but for the first time of a process."""
        current = self._map
        current.begin()
        return current

    def finish(self, token: _Map, keys: Collection[str]) -> None:
        """Under a lock of the file, for some microseconds."""
        if keys:
            self._map.bump(keys)
        token.end()

    def forget(self) -> None:
        """Begins another generation, in this process only."""
        self._generation += 1

    def sweep(self) -> None:
        """Also finds out when somebody removed or replaced the file."""
        try:
            is_same = self._map.identity_of(self.path.stat()) == self._map.identity
        except FileNotFoundError:
            is_same = False
        except OSError as error:
            raise Unreachable(f"{self.path}: {error.strerror}") from error
        if not is_same:
            self._map = self._open()
            self.forget()
            self._remove([0])
        self._map.sweep()


_current: Stamps | None = None
_lock = threading.Lock()


def current() -> Stamps:
    """The counters of this blog: on this machine, or where CACHE_URL says.

    Raises:
        Unreachable: they are away at the first use.
    """
    global _current
    if _current is None:
        with _lock:
            if _current is None:
                _current = _made()
    return _current


def _made() -> Stamps:
    if settings.PAGE_STAMPS_URL:
        from blog.pagecache.remote import RemoteStamps

        return RemoteStamps(settings.PAGE_STAMPS_URL)
    return MappedStamps(settings.DATA_DIR / "page_stamps", Files(settings.DATA_DIR / "pages"))


def _forget_parents() -> None:
    # A forked child has no locks: it opens the file for itself.
    global _current, _lock
    _current, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget_parents)
