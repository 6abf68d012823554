"""The plug of this package: where the upper app adds its part of an import.

`blog` can't know what stands on its posts. Whoever does registers a section when Django is ready;
`load.load` calls it inside its transaction, after the posts have their rows.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from blog.interchange.records import BlogRecord, Ledger, LedgerItem, Reader
from blog.markup.clean import without_controls
from blog.models import SiteProfile

TITLE_LENGTH = 120  # characters of a title in the ledger
PROGRESS_STEP = 1_000  # items


@dataclass(slots=True)
class Import:
    """An import under way: what is read, what is known, where each fate is written.

    `post_keys` has the key of each post's row by its id in the source, once the posts are loaded.
    `tell` is called with the number of items dealt with, at every thousandth.
    """

    reader: Reader
    blog: BlogRecord
    profile: SiteProfile
    ledger: Ledger
    tell: Callable[[int], None]
    post_keys: dict[str, int] = field(default_factory=dict)

    def write(self, item: LedgerItem) -> None:
        """Writes one line of the ledger, and tells of every thousandth."""
        self.ledger.add(item)
        if len(self.ledger.items) % PROGRESS_STEP == 0:
            self.tell(len(self.ledger.items))


Section = Callable[[Import], None]

_sections: list[Section] = []


def register(section: Section) -> None:
    """Adds a part to every import, after those that were added before; once, however often it is
    called.
    """
    if section not in _sections:
        _sections.append(section)


def registered() -> tuple[Section, ...]:
    """All parts, in their order."""
    return tuple(_sections)


def fitted(text: str, limit: int) -> str:
    """`text` on one line, without characters that no column takes, cut to `limit` characters.

    A cut shows as an ellipsis and never parts a letter from its accents.
    """
    line = " ".join(without_controls(text).split())
    if len(line) <= limit:
        return line
    end = limit - 1
    while end > 0 and (unicodedata.combining(line[end]) or line[end] in "\u200d\ufe0e\ufe0f"):
        end -= 1
    return f"{line[:end].rstrip()}…"


def usable(moment: datetime | None) -> datetime | None:
    """`moment` when every time zone can show it; None at the two ends of the calendar."""
    return moment if moment is not None and 1 < moment.year < 9999 else None
