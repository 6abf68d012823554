"""Blogger's two exports: the old one (one XML file, until 2025) and the backup of Google Takeout.

Both are Atom feeds. The old one says everything with categories and links, the new one with
elements of its own namespace; files of today's converters mix them, so each entry is taken by
what it has. A file is read once, to its end, into a `Spool`, and every reason to refuse it shows
then. Bodies are handed on as they are: the model cleans them.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from django.utils.translation import gettext as _

from blog.choices import CommentPolicy
from blog.interchange import blogger_entries
from blog.interchange.blogger_entries import BLOG_ID, PREFIX_BY_URI, PROFILE_HOSTS, Entry
from blog.interchange.blogger_settings import SettingsRead, from_csv, plain
from blog.interchange.records import (
    BlogRecord,
    CommentRecord,
    CommentState,
    ItemKind,
    PostRecord,
    Refused,
    SettingRecord,
    Skipped,
)
from blog.interchange.spool import Item, Spool
from blog.interchange.xmlstream import Node, Source, XMLStream

ROOTS = {"atom:feed": 1, "atom:entry": 0}  # depth of entries below the outermost element


class BloggerReader:
    """A Blogger export that was read and found good. A `records.Reader`."""

    @staticmethod
    def recognises(root_name: str) -> bool:
        """Whether a file whose outermost element is that may be one."""
        return root_name in ROOTS

    def __init__(self, source: Source, *, root_name: str, settings_csv: bytes | None) -> None:
        """Reads `source` to its end. `settings_csv` is the file beside a backup's feed, if any.

        Raises:
            Refused: damaged, hostile, or no Blogger export.
        """
        self.format = "blogger-xml"
        self._spool = Spool()
        self._blog_id = ""
        self._title = self._subtitle = ""
        self._hosts: list[str] = []
        self._values: dict[str, str] = {}
        self._warnings: list[str] = []
        try:
            self._read(source, root_name)
            self._read_csv(settings_csv)
            self._settings = SettingsRead(self._values)
            for skipped in self._settings.skipped:
                self._spool.skip(skipped)
            self._spool.drop_strays(
                missing_post=_("Its post is not in the file."),
                skipped_post=_("Its post was skipped."),
            )
            self._spool.settle_addresses()
        except BaseException:
            self._spool.close()
            raise

    def __enter__(self) -> Self:
        """The reader itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Frees the temporary file."""
        self._spool.close()

    # Reading

    def _read(self, source: Source, root_name: str) -> None:
        stream = XMLStream(source, prefix_by_uri=PREFIX_BY_URI, default="atom")
        is_blogger = False
        for node in stream.items(depth=ROOTS[root_name]):
            if node.name == "atom:entry":
                entry = blogger_entries.read(node)
                is_blogger = is_blogger or entry.is_bloggers
                if node.first("blogger:type"):
                    self.format = "blogger-takeout"
                self._take(entry)
            else:
                self._read_head(node)
        if not is_blogger and not self._blog_id:
            raise Refused(_("The file is an Atom feed, but not the export of a Blogger blog."))
        if stream.dropped_count:
            self._warnings.append(
                _("%(count)d characters that XML forbids were left out.")
                % {"count": stream.dropped_count}
            )

    def _read_head(self, node: Node) -> None:
        """What the feed says about the blog before its entries."""
        content = node.content.strip()
        if node.name == "atom:id" and (found := BLOG_ID.match(content)):
            self._blog_id = found.group(1)
        elif node.name == "atom:title":
            self._title = plain(content)
        elif node.name == "atom:subtitle":
            self._subtitle = plain(content)
        elif node.name == "atom:link" and node.get("rel") == "alternate":
            host = blogger_entries.host(node.get("href"))
            if host and host not in PROFILE_HOSTS:
                self._hosts.append(host)

    def _take(self, entry: Entry) -> None:
        """Spools an entry, or notes why not."""
        if not self._blog_id and (found := BLOG_ID.match(entry.id)):
            self._blog_id = found.group(1)
        if entry.kind == "settings":
            name = blogger_entries.setting_name(entry)
            if name:
                self._values[name] = entry.body
                return
        reason = blogger_entries.objection(entry)
        if not reason:
            if self._spool.add(_item(entry)):
                return
            reason = _("The file has this item twice; the first one counts.")
            self._spool.skip(blogger_entries.left_out(entry, reason))
            return
        self._spool.skip(blogger_entries.left_out(entry, reason), key=blogger_entries.key(entry.id))

    def _read_csv(self, data: bytes | None) -> None:
        if data is None or self._values:
            return  # an old export has its own; a table beside it is of another blog
        try:
            self._values = from_csv(data)
        except ValueError:
            self._warnings.append(_("settings.csv can't be read; the settings stay as they are."))

    # Records

    def blog(self) -> BlogRecord:
        """The blog itself. As in `records.Reader`."""
        found = self._settings
        mapped = list(found.mapped)
        have = {setting.field for setting in mapped}
        if "title" not in have and self._title:
            mapped.append(SettingRecord("title", "title", self._title))
        if "tagline" not in have and self._subtitle:
            mapped.append(SettingRecord("subtitle", "tagline", self._subtitle))
        hosts = list(self._hosts)
        subdomain = self._values.get("BLOG_SUBDOMAIN", "").strip().lower()
        if re.fullmatch(r"[a-z0-9-]{1,63}", subdomain):
            hosts.append(f"{subdomain}.blogspot.com")
        return BlogRecord(
            source_id=f"tag:blogger.com,1999:blog-{self._blog_id}" if self._blog_id else "",
            blogger_id=self._blog_id,
            language=found.language,
            is_private=found.is_private,
            hosts=tuple(dict.fromkeys(hosts)),
            settings=tuple(mapped),
            warnings=(*self._warnings, *found.warnings),
        )

    def posts(self) -> Iterator[PostRecord]:
        """Posts and pages. As in `records.Reader`."""
        for key, data in self._spool.posts():
            entry = Entry.from_plain(data)
            path = blogger_entries.address(entry).path
            yield blogger_entries.post_record(
                entry,
                keeps_address=bool(path) and self._spool.owns_address(key, path),
                breaks_lines=self._settings.breaks_lines,
                policy=CommentPolicy.HIDDEN if self._settings.hides_comments else None,
            )

    def comments(self) -> Iterator[CommentRecord]:
        """Comments. As in `records.Reader`."""
        for post_key, post in self._spool.posts():
            id_by_key: dict[str, str] = {}
            for placed in self._spool.thread(post_key):
                entry = Entry.from_plain(self._spool.data(placed.key))
                id_by_key[placed.key] = entry.id
                note = ""
                if placed.is_orphan:
                    note = _("What it answers is not in the file; it stands at the top level.")
                elif placed.is_circle:
                    note = _("It answers itself in a circle; it stands at the top level.")
                state = blogger_entries.comment_state(entry)
                yield CommentRecord(
                    source_id=entry.id,
                    number=entry.number,
                    post_source_id=Entry.from_plain(post).id,
                    parent_source_id=id_by_key[placed.parent_key] if placed.parent_key else None,
                    author=blogger_entries.author(entry),
                    body="" if state == CommentState.REMOVED else entry.body,
                    published_at=blogger_entries.comment_moment(entry),
                    updated_at=blogger_entries.moment(entry.updated),
                    state=state,
                    order=placed.order,
                    note=note,
                )

    def skipped(self) -> Iterator[Skipped]:
        """What became no record. As in `records.Reader`."""
        return self._spool.skipped()

    def skip(self, skipped: Skipped) -> None:
        """Adds something that was beside the feed and is not read."""
        self._spool.skip(skipped)

    def count(self, kind: ItemKind) -> int:
        """How many records of that kind will come."""
        return self._spool.count(kind)


def _item(entry: Entry) -> Item:
    """How the spool keeps an entry that has no objection against it."""
    key = blogger_entries.key(entry.id)
    if entry.kind == "comment":
        return Item(
            kind=ItemKind.COMMENT,
            key=key,
            data=entry.as_plain(),
            moment=_microseconds(blogger_entries.comment_moment(entry)),
            post_key=blogger_entries.key(entry.post),
            parent_key=blogger_entries.key(entry.parent),
        )
    published_at = blogger_entries.published_at(entry)
    return Item(
        kind=ItemKind(entry.kind),
        key=key,
        data=entry.as_plain(),
        moment=_microseconds(published_at) if published_at else None,
        address=blogger_entries.address(entry).path,
        is_draft=blogger_entries.is_draft(entry),
    )


def _microseconds(moment: datetime) -> int:
    """Since 1970, negative before; exact, unlike a float."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
