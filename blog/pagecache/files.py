"""Finished pages as files, for a web server in front that sends them by itself.

`folder/site` is what it reads: for each page a file `ADDRESS~LANGUAGE.html`, beside it `.gz` and
`.br`. A file that is there is right, as the pages in memory are:

- It is put in its place under a lock, after a look at the counters (`disk.py`). Whoever changes
  something tells the counters first, then removes what shows it under the same lock, in whatever
  process (here). So of the two one always sees the other, and once a change is told nobody finds
  an old page.
- `folder/shown/SLOT/` has a link to each page that shows what is counted there,
  `folder/ends/SECOND/` one to each page that ends by itself then.
- The keeper (`keeper.py`) does for files what a request does for memory: it finds out what changed
  without a word, and what has ended.
"""

import fcntl
import logging
import os
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

logger = logging.getLogger(__name__)

# Behind the name of a file, by encoding.
SUFFIXES = {"identity": "", "gzip": ".gz", "br": ".br"}
# With more pages than that behind one key, all of them go: that is one renaming.
MANY_PAGES = 500


class Files:
    """The folder, for whoever changes something: any process of the blog."""

    def __init__(self, folder: Path) -> None:
        """Touches nothing yet."""
        self.folder = folder
        self.site, self.shown, self.ends = folder / "site", folder / "shown", folder / "ends"
        self.new, self.trash = folder / "new", folder / "trash"
        self._lock_path = str(folder / "lock")

    @contextmanager
    def locked(self) -> Iterator[int]:
        """The open lock: nobody else puts or removes files meanwhile. Its content is their size.

        Raises:
            FileNotFoundError: there is no such folder, so there are no pages.
        """
        handle = os.open(self._lock_path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)

    def remove(self, slots: Collection[int]) -> None:
        """Removes what shows something that is counted in `slots`, after the counters were told;
        0 stands for everything. Cheap where no page is kept on disk.
        """
        try:
            with self.locked() as lock:
                if 0 in slots:
                    self._drop(lock)
                    return
                for slot in slots:
                    self._remove_listed(lock, self.shown / str(slot))
        except FileNotFoundError:
            return
        except OSError as error:
            # Memory is right all the same; the web server must not go on with these.
            logger.exception("Pages in %s can't be removed: %s", self.folder, error.strerror)

    def drop(self) -> None:
        """Removes every page."""
        with suppress(FileNotFoundError), self.locked() as lock:
            self._drop(lock)

    def _drop(self, lock: int) -> None:
        """One renaming, however many there are; the keeper sweeps out what was renamed."""
        mark = secrets.token_hex(8)
        make(self.trash)
        for place in (self.site, self.shown, self.ends):
            with suppress(FileNotFoundError):
                place.rename(self.trash / f"{mark}-{place.name}")
            make(place)
        write_size(lock, 0)

    def _remove_listed(self, lock: int, place: Path) -> None:
        """Removes the pages to which `place` has links, and the links."""
        try:
            links = list(place.iterdir())
        except FileNotFoundError:
            return
        if len(links) > MANY_PAGES:
            self._drop(lock)
            return
        removed = 0
        for link in links:
            with suppress(FileNotFoundError):
                removed += self._remove_page(str(link.readlink()))
            link.unlink(missing_ok=True)
        write_size(lock, max(0, read_size(lock) - removed))

    def _remove_page(self, name: str) -> int:
        """Bytes that are free now."""
        freed = 0
        for suffix in SUFFIXES.values():
            path = self.site / f"{name}{suffix}"
            with suppress(FileNotFoundError):
                freed += path.stat().st_size
                path.unlink()
        return freed


def make(place: Path) -> None:
    """Makes `place`, open to everybody: what is in it is public, and DATA_DIR has the door."""
    if not place.is_dir():
        make(place.parent)
        place.mkdir(exist_ok=True)
        place.chmod(0o755)
        if os.geteuid() == 0:
            # A command that root runs must not take the folder away from the server's user.
            owner = place.parent.stat()
            os.chown(place, owner.st_uid, owner.st_gid)


def read_size(lock: int) -> int:
    """Bytes of all pages."""
    return int(os.pread(lock, 20, 0) or b"0")


def write_size(lock: int, size: int) -> None:
    """Keeps the bytes of all pages."""
    os.pwrite(lock, b"%020d" % size, 0)
