"""Makes what search looks through anew, and says what was wrong."""

import time
from collections.abc import Callable
from typing import Any

from django.core.management import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog import search

SECONDS_BETWEEN_LINES = 2.0


class Command(BaseCommand):
    """Makes every text findable by what it says, and no other."""

    help = (
        "Makes the search index of posts, pages and comments anew, a few hundred texts at a time, "
        "while the blog goes on. It is kept true all the time; after work on the database by hand "
        "this repairs it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each kind of texts, and lines of progress for many."""
        for source in search.registered():
            wrong = search.rebuild(source, tell=self._teller(str(source.label)))
            sentence = ngettext(
                "%(kind)s: %(count)d text was wrong.",
                "%(kind)s: %(count)d texts were wrong.",
                wrong,
            )
            self.stdout.write(sentence % {"kind": source.label, "count": wrong})

    def _teller(self, kind: str) -> Callable[[int], None]:
        """Says how far it is, not more often than somebody can read it."""
        said_at = time.monotonic()

        def tell(count: int) -> None:
            nonlocal said_at
            if time.monotonic() - said_at >= SECONDS_BETWEEN_LINES:
                said_at = time.monotonic()
                self.stdout.write(
                    _("%(kind)s: %(count)d so far …") % {"kind": kind, "count": count}
                )

        return tell
