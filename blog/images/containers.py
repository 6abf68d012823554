"""Takes out of picture files what no reader should get: places, serial numbers, earlier versions,
and whatever else was hidden between or behind the parts that make the picture.

Each function walks along the parts of one format, keeps those that are known to draw something and
drops the rest. The pixels stay as they were stored: nothing is decoded or lost.
"""

import re
import struct
from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext_lazy as _

from blog.images.problems import Unusable, damaged

MAX_FRAMES = 1_000
MAX_SCANS = 24  # of a progressive JPEG: encoders write about ten, and each costs a pass over it all

# Source: ITU-T T.81, table B.1. Frames, tables, scans.
_JPEG_PARTS: Final = frozenset({*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDC, 0xDD} - {0xC8})
_JPEG_NAMED: Final = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_JPEG_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_NEXT: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

# Source: PNG, third edition, table 8; of the optional ones those that say how colours are meant.
_PNG_PARTS: Final = frozenset({
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT", b"cHRM", b"cICP",
    b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"bKGD", b"pHYs",
})  # fmt: skip

_GIF_LOOPS: Final = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0"})

# Source: RFC 9649, section 2.7.
_WEBP_PARTS: Final = frozenset({b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"})
_WEBP_HAS_EXIF, _WEBP_HAS_XMP = 0x08, 0x04


class Bare:
    """What is left of a file, and how many frames it has."""

    __slots__ = ("content", "frame_count")

    def __init__(self, parts: list[bytes | memoryview], frame_count: int) -> None:
        """Puts `parts` together."""
        if frame_count > MAX_FRAMES:
            raise Unusable(
                _("This animation has more than %(limit)d frames."), params={"limit": MAX_FRAMES}
            )
        self.content = b"".join(parts)
        self.frame_count = frame_count


def bare(content: bytes, *, format: str) -> Bare:
    """`content`, a file of `format`, with nothing but what draws the picture.

    Raises:
        Unusable: its parts do not follow each other as they should, or it ends before its end.
    """
    try:
        return _WALKS[format](content)
    except (IndexError, struct.error):
        raise damaged() from None


def _jpeg(content: bytes) -> Bare:
    view = memoryview(content)
    parts: list[bytes | memoryview] = [view[:2]]
    at, scans = 2, 0
    while True:
        if content[at] != 0xFF:
            raise damaged()
        marker = content[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker == 0xD9:
            parts.append(b"\xff\xd9")
            return Bare(parts, 1)
        if marker in _JPEG_BARE:
            at += 2
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(content):
            raise damaged()
        name = _JPEG_NAMED.get(marker)
        if marker in _JPEG_PARTS or (name and content.startswith(name, at + 4)):
            parts.append(view[at:end])
        at = end
        if marker == 0xDA:
            scans += 1
            following = _JPEG_NEXT.search(content, at)
            if following is None or scans > MAX_SCANS:
                raise damaged()
            parts.append(view[at : following.start()])
            at = following.start()


def _png(content: bytes) -> Bare:
    view = memoryview(content)
    parts: list[bytes | memoryview] = [view[:8]]
    at, frames = 8, 0
    while True:
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise damaged()
        if kind in _PNG_PARTS:
            parts.append(view[at:end])
            frames += kind == b"fcTL"
        if kind == b"IEND":
            return Bare(parts, max(frames, 1))
        at = end


def _gif(content: bytes) -> Bare:
    view = memoryview(content)
    at = 13 + _colours(content[10])
    parts: list[bytes | memoryview] = [view[:at]]
    frames = 0
    while True:
        start, kind = at, content[at]
        if kind == 0x3B:
            parts.append(b"\x3b")
            return Bare(parts, frames)
        if kind == 0x2C:
            at = _after_blocks(content, at + 11 + _colours(content[at + 9]))
            parts.append(view[start:at])
            frames += 1
        elif kind == 0x21:
            at = _after_blocks(content, at + 2)
            is_loop = content[start + 1] == 0xFF and content[start + 3 : start + 14] in _GIF_LOOPS
            if content[start + 1] == 0xF9 or is_loop:
                parts.append(view[start:at])
        else:
            raise damaged()


def _colours(flags: int) -> int:
    """Bytes of the colour table that `flags` announce."""
    return 3 << ((flags & 0x07) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    while length := content[at]:
        at += 1 + length
    return at + 1


def _webp(content: bytes) -> Bare:
    (length,) = struct.unpack_from("<I", content, 4)
    if length + 8 > len(content):
        raise damaged()
    view = memoryview(content)
    parts: list[bytes | memoryview] = []
    at, frames = 12, 0
    while at < length + 8:
        kind, size = struct.unpack_from("<4sI", content, at)
        end = at + 8 + size + size % 2
        if end > len(content) + size % 2:
            raise damaged()
        if kind == b"VP8X":
            head = bytearray(view[at:end])
            head[8] &= ~(_WEBP_HAS_EXIF | _WEBP_HAS_XMP)
            parts.append(bytes(head))
        elif kind in _WEBP_PARTS:
            parts.append(view[at:end])
            frames += kind == b"ANMF"
        at = end
    size = 4 + sum(len(part) for part in parts)
    return Bare([b"RIFF", struct.pack("<I", size), b"WEBP", *parts], max(frames, 1))


_WALKS: Final[dict[str, Callable[[bytes], Bare]]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "GIF": _gif,
    "WEBP": _webp,
}
