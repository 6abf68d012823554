"""Brings in a blog from the file that another system exported."""

import json
from itertools import groupby
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError
from django.utils.translation import gettext as _

from blog import addresses, interchange
from blog.interchange.load import load
from blog.interchange.records import Fate, ItemKind, Ledger, LedgerItem, Reader
from blog.markup.clean import without_controls

TITLE_WIDTH = 60  # characters of a title in the report
COLUMN_WIDTH = 11


class Command(BaseCommand):
    """Reads the file, writes its posts and comments, reports the fate of every item."""

    help = (
        "Brings in the posts, pages, labels, comments and settings of a blog from its export. The "
        "format is found by looking; Blogger's, old and new, are known. Repeatable: what is here "
        "already and has not changed is not touched. See docs/importing.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and what to do with it."""
        parser.add_argument(
            "file", metavar="FILE", help="the export: a feed (.xml, .atom) or the archive (.zip)"
        )
        parser.add_argument(
            "--blog", metavar="NAME", help="which blog of an archive that holds several"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="report what would happen and write nothing"
        )
        parser.add_argument(
            "--json", action="store_true", help="report as one JSON object instead of text"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Imports, then reports; refuses with one sentence and nothing written."""
        if options["file"] == "-":
            raise CommandError(
                _("Standard input can't be imported: name a file, it is read more than once.")
            )
        try:
            with interchange.detect(Path(options["file"]), blog=options["blog"]) as reader:
                # What the report says of a single setting is not said twice.
                reported = set() if options["json"] else _reported(reader)
                for warning in reader.blog().warnings:
                    if warning not in reported:
                        self._tell(warning)
                total = sum(map(reader.count, (ItemKind.POST, ItemKind.PAGE, ItemKind.COMMENT)))

                def tell(count: int) -> None:
                    self._tell(
                        _("%(count)d of about %(total)d …") % {"count": count, "total": total}
                    )

                ledger = load(reader, dry_run=options["dry_run"], tell=tell)
        except interchange.Refused as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError(_("Interrupted: nothing was written.")) from None
        except (OperationalError, ProgrammingError) as error:
            # Away, locked, full, or without tables; a mistake of ours keeps its traceback.
            raise CommandError(
                _("The database refused, and nothing was written: %(reason)s")
                % {"reason": str(error).strip().partition("\n")[0]}
            ) from None
        if options["json"]:
            self.stdout.write(json.dumps(ledger.as_json()))
        else:
            self._print("\n".join(report(ledger)))

    def _tell(self, text: str) -> None:
        """One line beside the report, shown at once."""
        self.stderr.write(_plain(text, self.stderr), style_func=str)
        self.stderr.flush()

    def _print(self, text: str) -> None:
        self.stdout.write(_plain(text, self.stdout))


def _reported(reader: Reader) -> set[str]:
    """What the report will say of settings that stay behind, in the words of a warning."""
    return {f"{item.source_id}: {item.reason}" for item in reader.skipped()}


def _plain(text: str, stream: Any) -> str:
    """`text` without what a terminal would obey, in characters that `stream` can carry."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return without_controls(text).encode(encoding, "backslashreplace").decode(encoding)


def report(ledger: Ledger) -> list[str]:
    """The ledger for a person: how many of each, what was left out and why, where to look."""
    lines = ["", *_table(ledger), ""]
    nothing_came = {Fate.SKIPPED, Fate.REFUSED}
    left_out = [item for item in ledger.items if item.fate in nothing_came]
    remarked = [item for item in ledger.items if item.reason and item.fate not in nothing_came]
    if left_out:
        lines += [_("Left out:"), *_grouped(left_out), ""]
    if remarked:
        lines += [_("Brought in, with a remark:"), *_grouped(remarked), ""]
    if ledger.dry_run:
        lines.append(_("This was a dry run: nothing was written."))
    else:
        lines.append(_("Read it at %(url)s") % {"url": addresses.absolute("/")})
        lines.append(_("Edit it at %(url)s") % {"url": addresses.absolute("/admin/")})
    return lines


def _table(ledger: Ledger) -> list[str]:
    """How many items of each kind met each fate."""
    names = {
        ItemKind.POST: _("Posts"),
        ItemKind.PAGE: _("Pages"),
        ItemKind.COMMENT: _("Comments"),
        ItemKind.LABEL: _("Labels"),
        ItemKind.SETTING: _("Settings"),
        ItemKind.REDIRECT: _("Redirects"),
        ItemKind.MEDIA: _("Media"),
        ItemKind.OTHER: _("Other"),
    }
    heads = {
        Fate.CREATED: _("created"),
        Fate.UPDATED: _("updated"),
        Fate.UNCHANGED: _("unchanged"),
        Fate.SKIPPED: _("skipped"),
        Fate.REFUSED: _("refused"),
    }
    rows = [["", *heads.values()]]
    for kind, by_fate in ledger.counts().items():
        rows.append([names[ItemKind(kind)], *(str(by_fate.get(fate, "·")) for fate in heads)])
    return [
        (
            row[0].ljust(COLUMN_WIDTH) + "".join(cell.rjust(COLUMN_WIDTH) for cell in row[1:])
        ).rstrip()
        for row in rows
    ]


def _grouped(items: list[LedgerItem]) -> list[str]:
    """A line for each reason, and below it what it is about."""

    def sort_key(item: LedgerItem) -> tuple[int, str]:
        return list(ItemKind).index(item.kind), item.reason

    lines = []
    for (_kind, reason), group in groupby(sorted(items, key=sort_key), key=sort_key):
        lines.append(f"  {reason}")
        lines += [f"    {item.kind} {_name(item)}" for item in group]
    return lines


def _name(item: LedgerItem) -> str:
    """How a person recognises an item: its title, else its id, and where it is."""
    if item.kind in {ItemKind.SETTING, ItemKind.LABEL}:
        return item.source_id
    title = item.title[:TITLE_WIDTH] or item.source_id
    return f"“{title}”  {item.address}" if item.address else f"“{title}”"
