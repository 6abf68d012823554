"""Looks after the pages on disk: nobody who gets one of them passes our code."""

import fcntl
import logging
import os
import threading
from time import monotonic

from blog.pagecache.disk import Disk
from blog.pagecache.keys import EVERYTHING
from blog.pagecache.lookout import LOOK_SECONDS, Lookout
from blog.pagecache.stamps import Stamps, Unreachable

logger = logging.getLogger(__name__)

LOOKS_PER_TENDING = 10  # once a second


def tell_everything(counters: Stamps) -> None:
    """Makes every page old, in every process and on disk."""
    counters.finish(counters.begin(), [EVERYTHING])


class Keeper:
    """A thread that looks all the time, in one process of the server: the next takes over when
    that one ends.
    """

    def __init__(self, disk: Disk) -> None:
        """Looks at nothing yet."""
        self._disk = disk
        self._lookout = Lookout(tell_everything)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="page-keeper", daemon=True)

    def start(self) -> None:
        """Begins; what earlier servers left on disk is removed."""
        self._thread.start()

    def stop(self) -> None:
        """Ends once it has looked."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        handle = os.open(self._disk.folder / "keeper", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            while not self._is_mine(handle):
                if self._stopping.wait(1):
                    return
            self._lookout.look()  # what is changed from now on is found
            self._disk.drop()
            self._disk.sweep_new()
            looks = 0
            while not self._stopping.wait(LOOK_SECONDS):
                looks += 1
                self._look(tends=looks % LOOKS_PER_TENDING == 0)
        finally:
            self._lookout.close()
            os.close(handle)

    @staticmethod
    def _is_mine(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _look(self, *, tends: bool) -> None:
        try:
            if monotonic() >= self._lookout.next_at:
                self._lookout.look()
            if tends:
                self._disk.tend()
        except (OSError, Unreachable):
            logger.exception("The pages on disk could not be looked after.")
