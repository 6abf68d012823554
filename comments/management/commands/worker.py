"""The background part: who is told of what, mails that are due, copies of pictures, and what is
forgotten in time.
"""

import logging
import os
import select
import signal
import time
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from blog import images, proofs, publishing, websub
from comments import newsletter, notifications

ROUND_SECONDS = 2  # how long a mail waits at most before its first attempt
PURGE_SECONDS = 60 * 60

logger = logging.getLogger(__name__)


def purge() -> dict[str, int]:
    """Forgets what nobody needs any more; how many rows of each."""
    mails = notifications.forget_sent()
    notices = notifications.forget_mailed()
    unconfirmed = notifications.forget_unconfirmed()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return {
        "mails": mails,
        "notices": notices,
        "unconfirmed": unconfirmed,
        "trashed": publishing.empty_trash(),
        "proof_links": proofs.forget_expired(),
    }


class Rounds:
    """What is done each time the worker looks.

    Remembers when it last purged, and whether the database was away.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """A worker that has just started: the first round purges."""
        self._clock = clock
        self._purge_at = clock()
        self.is_database_away = False

    def go(self) -> None:
        """One round. A database that is away is written down once, and tried again next time."""
        try:
            notifications.announce_due()
            notifications.mail_notices()
            newsletter.mail_posts()
            notifications.send_due()
            images.make_due()
            websub.ping_due()
            if self._clock() >= self._purge_at:
                purge()
                self._purge_at = self._clock() + PURGE_SECONDS
        except (DatabaseError, InterfaceError) as error:
            if not self.is_database_away:
                logger.error("The database is away (%s); trying again.", type(error).__name__)
            self.is_database_away = True
            connection.close()
        else:
            if self.is_database_away:
                logger.info("The database is back.")
            self.is_database_away = False


class Ending:
    """Whether SIGTERM or SIGINT has come, and a pause that either of them cuts short."""

    def __init__(self) -> None:
        """Listens from now on; main thread only."""
        self.has_come = False
        # threading.Event would do, were it safe to set inside a handler that interrupts its wait.
        self._bell, wakeup = os.pipe()
        os.set_blocking(wakeup, False)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._come)
        signal.signal(signal.SIGINT, self._come)

    def _come(self, number: int, frame: FrameType | None) -> None:
        self.has_come = True

    def pause(self, seconds: float) -> None:
        """Waits, but no longer than until a signal comes."""
        if not self.has_come:
            select.select([self._bell], [], [], seconds)


class Command(BaseCommand):
    """Writes and sends mails and forgets old things until it is told to end."""

    help = (
        "Sends mails that are due and removes what is kept for a limited time. "
        "`manage.py serve` includes it; run it alone beside `serve --no-worker`."
    )
    # A database that is away must not stop the start: the worker waits for it.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose child it is, when it is one."""
        parser.add_argument(
            "--parent", type=int, default=None, metavar="PID", help="end when this process is gone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Goes its rounds until SIGTERM or SIGINT, then ends after the round under way."""
        ending = Ending()
        parent = options["parent"]
        rounds = Rounds()
        while not ending.has_come and parent in {None, os.getppid()}:
            close_old_connections()
            rounds.go()
            ending.pause(ROUND_SECONDS)
        connection.close()
