"""Zip archives from strangers: looked at, never extracted.

All limits are taken from the archive's directory before anything is unpacked, and again from the
bytes that really come out.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

from django.utils.translation import gettext as _

from blog.interchange.records import Refused

MAX_ENTRIES = 80_000  # the largest real archive we know of has 65,000
MAX_DIRECTORY_BYTES = 16 * 1024 * 1024  # 200 bytes an entry; the whole directory goes to memory
MAX_MEMBER_BYTES = 4 * 1024**3
MAX_RATIO = 100  # text of blogs shrinks to a fifth, long runs of the same words to a thirtieth
RATIO_FREE_BYTES = 4 * 1024 * 1024  # a file this small may shrink as it likes

_END = b"PK\x05\x06"
_END64_LOCATOR = b"PK\x06\x07"
_END64 = b"PK\x06\x06"
# What zipfile raises for archives that are broken, encrypted or packed in an unknown way.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def is_zip(head: bytes) -> bool:
    """Whether a file that begins with `head` is a zip archive."""
    return head.startswith((b"PK\x03\x04", _END))


def open_archive(source: BinaryIO) -> zipfile.ZipFile:
    """The archive, whose directory was found small enough to read.

    Raises:
        Refused: damaged, or with more entries than an export has.
    """
    entry_count, directory_bytes = _directory_size(source)
    if entry_count > MAX_ENTRIES:
        raise _too_many(entry_count)
    if directory_bytes > MAX_DIRECTORY_BYTES:
        raise Refused(_("The directory of the archive is larger than that of any export."))
    try:
        archive = zipfile.ZipFile(source)
    except _DAMAGE:
        raise _damaged() from None
    if len(archive.infolist()) > MAX_ENTRIES:  # the count in the directory was a lie
        archive.close()
        raise _too_many(len(archive.infolist()))
    return archive


def members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of the archive, without folders and without what macOS adds."""
    return [
        info
        for info in archive.infolist()
        if not info.is_dir()
        and not info.filename.startswith("__MACOSX/")
        and not info.filename.rpartition("/")[2].startswith("._")
    ]


@contextmanager
def member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[io.RawIOBase]:
    """One file of the archive, to be read once from start to end.

    Raises:
        Refused: a link, encrypted, there twice, too large, shrunk too well to be true, damaged.
            Damage shows while reading, so the refusal can come from inside the `with`.
    """
    if sum(other.filename == info.filename for other in archive.infolist()) > 1:
        raise Refused(_("The archive holds two files named %(name)s.") % {"name": info.filename})
    if stat.S_ISLNK(info.external_attr >> 16) or info.flag_bits & 0x1:
        raise Refused(
            _("%(name)s in the archive is a link or encrypted and can't be read.")
            % {"name": info.filename}
        )
    is_bomb = info.file_size > RATIO_FREE_BYTES and info.file_size > MAX_RATIO * max(
        info.compress_size, 1
    )
    if is_bomb or info.file_size > MAX_MEMBER_BYTES:
        raise Refused(
            _("%(name)s in the archive would unpack to a size that no export has.")
            % {"name": info.filename}
        )
    try:
        packed = archive.open(info)
    except _DAMAGE:
        raise _damaged() from None
    with packed:
        yield _Unpacking(packed)


class _Unpacking(io.RawIOBase):
    """The bytes of a member; damage found on the way is a refusal, and only that."""

    def __init__(self, packed: IO[bytes]) -> None:
        super().__init__()
        self._packed = packed

    def read(self, size: int = -1) -> bytes:
        """As of any file."""
        try:
            return self._packed.read(size)
        except _DAMAGE:
            raise _damaged() from None


def _too_many(count: int) -> Refused:
    """The refusal of an archive with more files than an export has."""
    return Refused(
        _("The archive holds %(count)d files; more than %(limit)d are not accepted.")
        % {"count": count, "limit": MAX_ENTRIES}
    )


def _damaged() -> Refused:
    """The refusal of an archive that can't be read."""
    return Refused(_("The archive is damaged or not complete; nothing was imported."))


def _directory_size(source: BinaryIO) -> tuple[int, int]:
    """Number of entries and length in bytes of the directory, from the record at the end.

    Source: PKWARE APPNOTE 6.3.10, sections 4.3.14 to 4.3.16.
    """
    length = source.seek(0, io.SEEK_END)
    tail_start = max(0, length - 22 - 65_535 - 76)
    source.seek(tail_start)
    tail = source.read()
    source.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise _damaged()
    entry_count, directory_bytes = struct.unpack_from("<HL", tail, at + 10)
    if at >= 76 and tail[at - 20 : at].startswith(_END64_LOCATOR):
        # zipfile looks right before the locator; with a record elsewhere we would not see the same.
        (offset,) = struct.unpack_from("<Q", tail, at - 12)
        if offset != tail_start + at - 76 or not tail[at - 76 : at].startswith(_END64):
            raise _damaged()
        entry_count, directory_bytes = struct.unpack_from("<QQ", tail, at - 44)
    return entry_count, directory_bytes
