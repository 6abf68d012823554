"""Finds out what was changed without a word: by another program, or by one that died."""

import logging
import threading
from collections.abc import Callable
from time import monotonic

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from blog.pagecache import stamps, writes

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.1  # how long a change that another program made may go unnoticed
PAUSE_SECONDS = 1.0  # before a database that was away is asked again
TIMEOUT_MILLISECONDS = 2_000  # of a look: it must not take longer than a page is worth


class Lookout:
    """Looks at most every LOOK_SECONDS, one thread at a time; nobody else waits for it."""

    def __init__(self, found: Callable[[stamps.Stamps], None] | None = None) -> None:
        """Has seen nothing yet. `found` is called when somebody has changed something unsaid;
        without it the pages of this process are old then.
        """
        self._found = found or (lambda counters: counters.forget())
        self.next_at = 0.0  # of the monotonic clock
        self.is_database_away = False
        self._lock = threading.Lock()
        self._marks: tuple[int, int] | None = None
        self._connection: BaseDatabaseWrapper | None = None

    @property
    def is_watching(self) -> bool:
        """Whether a change that nobody tells would be found at the next look."""
        return self._marks is not None and not self.is_database_away

    def look(self) -> None:
        """Acts when somebody has changed something unsaid."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            self.next_at = monotonic() + LOOK_SECONDS
            counters = stamps.current()
            counters.sweep()
            found = writes.marks(self._connected())
            if self._marks is not None and found != self._marks:
                self._found(counters)
            self._marks = found
            self.is_database_away = False
        except (DatabaseError, stamps.Unreachable) as error:
            if not self.is_database_away:
                logger.warning("Pages are sent unchecked while this lasts: %s", error)
            self.is_database_away = isinstance(error, DatabaseError)
            self.next_at = monotonic() + PAUSE_SECONDS
            self.close()
        finally:
            self._lock.release()

    def _connected(self) -> BaseDatabaseWrapper:
        """A connection of its own: a page that is there needs none, whichever thread sends it."""
        if self._connection is None:
            connection = connections.create_connection(DEFAULT_DB_ALIAS)
            if connection.vendor == "postgresql":
                options = connection.settings_dict.get("OPTIONS", {})
                timeout = f"-c statement_timeout={TIMEOUT_MILLISECONDS}"
                connection.settings_dict = {
                    **connection.settings_dict,
                    "OPTIONS": {
                        **options,
                        "options": f"{options.get('options', '')} {timeout}".strip(),
                        "tcp_user_timeout": TIMEOUT_MILLISECONDS,
                    },
                }
            connection.inc_thread_sharing()
            self._connection = connection
        return self._connection

    def close(self) -> None:
        """Closes the connection; the next look opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
