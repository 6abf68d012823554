"""A temporary table on disk for the items of a file, so that they can be read in another order.

Exports hold comments before their posts, replies before what they answer and settings at the end.
Bodies together may be larger than memory; SQLite keeps what does not fit in a nameless file that
is gone when the connection closes.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from blog.interchange.records import ItemKind, Refused, Skipped

_TABLES = """
CREATE TABLE item (
    position INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    post_key TEXT NOT NULL,
    parent_key TEXT NOT NULL,
    moment INTEGER,
    address TEXT NOT NULL,
    is_draft INTEGER NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX item_post ON item (post_key, moment, position);
CREATE TABLE skipped (
    position INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    source_id TEXT NOT NULL,
    title TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX skipped_key ON skipped (key);
CREATE TABLE address (path TEXT PRIMARY KEY, key TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One item on its way: `data` is any plain mapping, the rest decides where it comes out.

    `key` is unique in the file; `post_key` is empty for posts; `moment` counts microseconds and
    is None when the item has no time.
    """

    kind: ItemKind
    key: str
    data: dict[str, object]
    moment: int | None
    post_key: str = ""
    parent_key: str = ""
    address: str = ""
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A comment in its thread. `parent_key` is None at the top level."""

    key: str
    parent_key: str | None
    order: int
    is_orphan: bool  # what it answered is not there
    is_circle: bool  # it answered, over some others, itself


class Spool:
    """Items in, items out in the order a blog is built: posts, then threads."""

    def __init__(self) -> None:
        """An empty one."""
        self._base = sqlite3.connect("")
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.execute("PRAGMA cache_size = -8000")  # 8 MB, the rest goes to disk
        self._base.executescript(_TABLES)

    def close(self) -> None:
        """Frees the disk; nothing can be read afterwards."""
        self._base.close()

    def add(self, item: Item) -> bool:
        """Keeps an item; False when its key is there already, and nothing was kept."""
        added = self._write(
            "INSERT OR IGNORE INTO item"
            " (kind, key, post_key, parent_key, moment, address, is_draft, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                str(item.kind),
                item.key,
                item.post_key,
                item.parent_key,
                item.moment,
                item.address,
                item.is_draft,
                json.dumps(item.data, ensure_ascii=False),
            ),
        )
        return added.rowcount == 1

    def skip(self, skipped: Skipped, *, key: str = "") -> None:
        """Keeps the note that an item was left out."""
        self._write(
            "INSERT INTO skipped (kind, key, source_id, title, reason) VALUES (?, ?, ?, ?, ?)",
            (str(skipped.kind), key, skipped.source_id, skipped.title, skipped.reason),
        )

    def _write(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        try:
            return self._base.execute(statement, values)
        except sqlite3.OperationalError:
            raise Refused(
                _("The folder for temporary files has no room for the texts of this file.")
            ) from None

    def settle_addresses(self) -> None:
        """Gives each address to one post: to published ones before drafts, then to the oldest."""
        self._base.execute(
            "INSERT OR IGNORE INTO address SELECT address, key FROM item WHERE address <> ''"
            " ORDER BY is_draft, moment IS NULL, moment, position"
        )

    def owns_address(self, key: str, path: str) -> bool:
        """Whether that post got that address. One look-up."""
        row = self._base.execute("SELECT key FROM address WHERE path = ?", (path,)).fetchone()
        return row is not None and row[0] == key

    def drop_strays(self, *, missing_post: str, skipped_post: str) -> None:
        """Moves comments whose post is not among the items to the skipped ones, with a reason."""
        self._base.execute(
            "INSERT INTO skipped (kind, key, source_id, title, reason)"
            " SELECT kind, key, json_extract(data, '$.id'), json_extract(data, '$.title'),"
            " CASE WHEN post_key IN (SELECT key FROM skipped) THEN ? ELSE ? END"
            " FROM item WHERE kind = 'comment' AND post_key NOT IN"
            " (SELECT key FROM item WHERE kind <> 'comment') ORDER BY position",
            (skipped_post, missing_post),
        )
        self._base.execute(
            "DELETE FROM item WHERE kind = 'comment' AND post_key NOT IN"
            " (SELECT key FROM item WHERE kind <> 'comment')"
        )

    def count(self, kind: ItemKind) -> int:
        """Items of that kind."""
        row = self._base.execute("SELECT count(*) FROM item WHERE kind = ?", (str(kind),))
        return int(row.fetchone()[0])

    def skipped(self) -> Iterator[Skipped]:
        """What was left out, in the order of `skip()`."""
        for kind, source_id, title, reason in self._base.execute(
            "SELECT kind, source_id, title, reason FROM skipped ORDER BY position"
        ):
            yield Skipped(ItemKind(kind), source_id, title, reason)

    def posts(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Key and data of posts and pages, the oldest first, those without a time last."""
        yield from (
            (key, json.loads(data))
            for key, data in self._base.execute(
                "SELECT key, data FROM item WHERE kind <> 'comment'"
                " ORDER BY moment IS NULL, moment, position"
            )
        )

    def data(self, key: str) -> dict[str, str]:
        """The data of one item that is there."""
        row = self._base.execute("SELECT data FROM item WHERE key = ?", (key,)).fetchone()
        found: dict[str, str] = json.loads(row[0])
        return found

    def thread(self, post_key: str) -> list[Placed]:
        """The comments of one post as they read: each followed by its replies, by time.

        Replies to a comment that is not there, and the first of a circle, stand at the top level.
        """
        parent_by_key: dict[str, str] = dict(
            self._base.execute(
                "SELECT key, parent_key FROM item WHERE post_key = ? ORDER BY moment, position",
                (post_key,),
            )
        )
        replies_by_key: dict[str, list[str]] = {}
        tops = []
        for key, parent in parent_by_key.items():
            if parent in parent_by_key:
                replies_by_key.setdefault(parent, []).append(key)
            else:
                tops.append(key)
        placed: list[Placed] = []
        seen: set[str] = set()

        def place(top: str, *, is_circle: bool) -> None:
            stack: list[tuple[str, str | None]] = [(top, None)]
            while stack:
                key, parent = stack.pop()
                if key in seen:
                    continue
                seen.add(key)
                is_top = parent is None
                is_orphan = is_top and not is_circle and parent_by_key[key] != ""
                placed.append(
                    Placed(key, parent, len(placed), is_orphan, is_circle=is_top and is_circle)
                )
                stack.extend((reply, key) for reply in reversed(replies_by_key.get(key, ())))

        for top in tops:
            place(top, is_circle=False)
        for key in parent_by_key:  # what is left answers itself
            if key not in seen:
                place(key, is_circle=True)
        return placed
