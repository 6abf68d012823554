"""Coming from other blog systems and going away again.

`detect` looks into a file and gives a `Reader` (see `records`); who writes rows takes its records:

    with interchange.detect(path) as reader:
        profile = reader.blog()
        for post in reader.posts(): ...
        for comment in reader.comments(): ...
        for skipped in reader.skipped(): ledger.skip(skipped)

`detect` has read the file to its end and found it good before it returns, so nothing that follows
can fail because of the file. Everything it finds wrong is a `Refused` with one sentence.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile, ZipInfo

from django.utils.translation import gettext as _

from blog.interchange import zips
from blog.interchange.blogger import BloggerReader
from blog.interchange.blogger_entries import PREFIX_BY_URI
from blog.interchange.records import ItemKind, Reader, Refused, Skipped
from blog.interchange.xmlstream import XMLStream

__all__ = ["Reader", "Refused", "detect"]

MAX_SETTINGS_BYTES = 1024 * 1024  # settings.csv; real ones have 3 kB
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".mp4", ".webm", ".svg", ".bmp", ".heic")


def detect(path: Path, *, blog: str | None = None) -> Reader:
    """A reader for the file, whatever its name; its format is found by looking.

    Known are Blogger's old export, the feed of a Blogger backup, with `settings.csv` beside it if
    there is one, and the zip archive of such a backup. `blog` chooses among several blogs of an
    archive, by the name of its folder.

    Raises:
        Refused: no such file, of no known format, damaged, hostile, or a choice is needed.
    """
    try:
        with path.open("rb") as source:
            head = source.read(8)
            source.seek(0)
            if zips.is_zip(head):
                with zips.open_archive(source) as archive:
                    return _from_archive(archive, blog=blog)
            return _from_feed(source, path)
    except IsADirectoryError:
        raise Refused(
            _("%(name)s is a folder; name the file inside.") % {"name": path.name}
        ) from None
    except FileNotFoundError:
        raise Refused(_("There is no file %(name)s.") % {"name": path.name}) from None
    except OSError as error:
        raise Refused(
            _("%(name)s can't be read: %(what)s.")
            % {"name": path.name, "what": error.strerror or str(error)}
        ) from None


def _from_feed(source: BinaryIO, path: Path) -> Reader:
    """The reader of a file that is not packed."""
    root_name = XMLStream(source, prefix_by_uri=PREFIX_BY_URI, default="atom").root_name()
    _check_root(root_name)
    source.seek(0)
    beside = path.with_name("settings.csv")
    settings_csv = None
    if beside.is_file():
        with beside.open("rb") as settings:
            settings_csv = settings.read(MAX_SETTINGS_BYTES)
    return BloggerReader(source, root_name=root_name, settings_csv=settings_csv)


def _from_archive(archive: ZipFile, *, blog: str | None) -> Reader:
    """The reader of the one blog in an archive, or of the one that was asked for."""
    files = zips.members(archive)
    feed = _chosen([info for info in files if _name(info) == "feed.atom"], blog=blog)
    folder = feed.filename.rpartition("/")[0]
    settings_csv = None
    for info in files:
        if info.filename.rpartition("/")[0] == folder and _name(info) == "settings.csv":
            with zips.member(archive, info) as settings:
                settings_csv = settings.read(MAX_SETTINGS_BYTES)
    with zips.member(archive, feed) as source:
        root_name = XMLStream(source, prefix_by_uri=PREFIX_BY_URI, default="atom").root_name()
    _check_root(root_name)
    with zips.member(archive, feed) as source:
        reader = BloggerReader(source, root_name=root_name, settings_csv=settings_csv)
    picture_count = sum(_name(info).endswith(_PICTURES) for info in files)
    if picture_count:
        reader.skip(
            Skipped(
                ItemKind.MEDIA,
                "albums",
                _("%(count)d pictures and films of the archive") % {"count": picture_count},
                _("Files of the albums are not imported."),
            )
        )
    return reader


def _chosen(feeds: Sequence[ZipInfo], *, blog: str | None) -> ZipInfo:
    """The feed to read."""
    feed_by_name: dict[str, ZipInfo] = {}
    for info in feeds:
        folder, name = info.filename.rpartition("/")[0], _folder_name(info)
        # Two parts of a backup in one archive: the last folder alone does not tell them apart.
        is_told = sum(_folder_name(other) == name for other in feeds) == 1
        feed_by_name[(name if is_told else folder) or "/"] = info
    if not feed_by_name:
        raise Refused(
            _(
                "The archive has no feed.atom, so it is no backup of a Blogger blog, or another "
                "part of one."
            )
        )
    if blog is not None:
        if blog not in feed_by_name:
            raise Refused(_("The archive has no blog named %(name)s.") % {"name": blog})
        return feed_by_name[blog]
    if len(feed_by_name) > 1:
        raise Refused(
            _("The archive holds several blogs, name one of them: %(names)s.")
            % {"names": ", ".join(sorted(feed_by_name))}
        )
    return feeds[0]


def _check_root(root_name: str) -> None:
    """Refuses XML that is of no known format."""
    if not BloggerReader.recognises(root_name):
        local = root_name.rsplit(":", 1)[-1].rsplit("}", 1)[-1]
        raise Refused(
            _("The file is XML, but no export of a blog: its outermost element is “%(name)s”.")
            % {"name": local[:40]}
        )


def _name(info: ZipInfo) -> str:
    """The last part of a name in an archive, in lower case."""
    return info.filename.rpartition("/")[2].lower()


def _folder_name(info: ZipInfo) -> str:
    """The name of the folder a file of an archive is in; empty at the top."""
    return info.filename.rpartition("/")[0].rpartition("/")[2]
