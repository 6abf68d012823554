"""Decides whether a file is a picture that this site shows, by decoding it; its name says nothing.

What costs much is asked last: length, first bytes, parts, size in pixels, and only then pixels.
"""

import hashlib
import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import IO, Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from PIL import Image
from PIL.ExifTags import Base

from blog.images import containers
from blog.images.problems import Unusable, damaged

# Pixels by format, so that looking at a picture takes little: a JPEG is looked at in an eighth of
# its size, the others have to be unpacked whole, WebP and AVIF in several copies.
MAX_PIXELS: Final = {
    "JPEG": 40_000_000,
    "PNG": 24_000_000,
    "GIF": 40_000_000,
    "WEBP": 12_000_000,
    "AVIF": 12_000_000,
}
MAX_FRAME_PIXELS = 150_000_000  # of all frames of an animation: ten seconds of a large one
MAX_TURNED_PIXELS = 16_000_000  # larger ones keep their mark for the side that is up
MAX_SIDE = 20_000  # pixels; AVIF and WebP end before that, browsers soon after

CONTENT_TYPES: Final = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}
EXTENSIONS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
}

# What Pillow raises for files that are not what they say.
DAMAGE: Final = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,  # Pillow 13.0 says so of an AVIF without a picture
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
UPRIGHT = 1
AVIF_QUALITY = 85  # of an original: the eye finds no difference

# We look at the size before any pixel, and say it in words.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that is fit to be shown: its bytes without what no reader should get."""

    content: bytes
    content_type: str
    width_px: int
    height_px: int
    is_animated: bool
    colour: str  # "#8b8071": most of it

    @property
    def content_hash(self) -> str:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def extension(self) -> str:
        """How the name of such a file ends."""
        return EXTENSIONS[self.content_type]


def read(file: IO[bytes]) -> Picture:
    """The picture in `file`: without place and other hidden data, the right side up.

    Whatever is refused takes less than a second and 200 MB.

    Raises:
        Unusable: with a sentence that says why.
    """
    content = file.read(settings.MAX_UPLOAD_BYTES + 1)
    if len(content) > settings.MAX_UPLOAD_BYTES:
        raise too_large()
    format = format_of(content)
    try:
        if format == "AVIF":
            return _read_avif(content)
        return _read(content, format)
    except DAMAGE:
        raise damaged() from None


def too_large() -> Unusable:
    """The refusal of a file over the limit."""
    return Unusable(
        _("This file is too large: the limit is %(limit)d MB."),
        params={"limit": settings.MAX_UPLOAD_BYTES // 1_000_000},
    )


def format_of(content: bytes) -> str:
    """Pillow's name for what `content` begins like.

    Raises:
        Unusable: like nothing that is taken.
    """
    if not content:
        raise Unusable(_("This file is empty."))
    head = content[:16]
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:12] in {b"ftypavif", b"ftypavis"}:
        return "AVIF"
    if head[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftyphevc"}:
        raise Unusable(_("Browsers can't show HEIC pictures. Save it as JPEG first."))
    if b"<svg" in content[:4_096].lower():
        raise Unusable(
            _("An SVG file can carry programs, so it is not taken. Save it as PNG or WebP first.")
        )
    raise Unusable(_("This is no picture that can be shown: send JPEG, PNG, GIF, WebP or AVIF."))


def opened(content: bytes, *, format: str) -> Image.Image:
    """The picture in `content`, of a size that can be unpacked. No pixel is decoded yet.

    Raises:
        Unusable: too many pixels.
    """
    limit = MAX_PIXELS[format]
    try:
        image = Image.open(io.BytesIO(content), formats=[format])
    except Image.DecompressionBombError:
        raise Unusable(
            _("This picture has far too many pixels: the limit is %(limit)d megapixels."),
            params={"limit": limit // 1_000_000},
        ) from None
    pixels = image.width * image.height
    if pixels > limit or max(image.size) > MAX_SIDE:
        raise Unusable(
            _(
                "This picture is %(width)d × %(height)d pixels: more than %(limit)d megapixels, "
                "the limit for %(format)s. Make it smaller first."
            ),
            params={
                "width": image.width,
                "height": image.height,
                "limit": limit // 1_000_000,
                "format": "WebP" if format == "WEBP" else format,
            },
        )
    if not pixels:
        raise damaged()
    return image


def _read(content: bytes, format: str) -> Picture:
    with opened(content, format=format) as image:
        side_up = _side_up(image)
        width, height = image.size
    bare = containers.bare(content, format=format)
    is_animated = bare.frame_count > 1
    if bare.frame_count * width * height > MAX_FRAME_PIXELS:
        raise Unusable(_("This animation is too long for its size. Make it shorter or smaller."))
    content = bare.content
    if side_up != UPRIGHT and not is_animated:
        content, (width, height) = _turned(content, format, side_up)
    with opened(content, format=format) as image:
        if format == "JPEG":
            image.draft(None, (image.width // 8, image.height // 8))
        image.load()
        colour = _colour(image)
    return Picture(content, CONTENT_TYPES[format], width, height, is_animated, colour)


def _side_up(image: Image.Image) -> int:
    """How `image` is to be turned, in the numbers of EXIF."""
    value = image.getexif().get(Base.Orientation, UPRIGHT)
    return value if isinstance(value, int) and 1 < value <= 8 else UPRIGHT


def _turned(content: bytes, format: str, side_up: int) -> tuple[bytes, tuple[int, int]]:
    """`content` with its right side up, and its size then.

    Very large ones only keep the mark, which every browser follows: turning takes them twice.
    """
    exif = Image.Exif()
    exif[Base.Orientation] = side_up
    with opened(content, format=format) as image:
        if image.width * image.height > MAX_TURNED_PIXELS:
            width, height = image.size
            size = (height, width) if side_up >= 5 else (width, height)
            return (_marked(content, exif) if format == "JPEG" else content), size
        options = _as_it_was(image, format)
        image.load()
        turned = image.transpose(_TURNS[side_up])
    target = io.BytesIO()
    turned.save(target, format, icc_profile=image.info.get("icc_profile"), **options)
    return target.getvalue(), turned.size


# Source: Exif 2.32, tag 0x0112.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _as_it_was(image: Any, format: str) -> dict[str, Any]:
    """How to write `image` again so that it stays as good as it is."""
    if format == "JPEG":
        from PIL.JpegImagePlugin import get_sampling

        sampling = get_sampling(image)
        return {
            "qtables": image.quantization,
            "subsampling": sampling if sampling >= 0 else 0,
            "progressive": bool(image.info.get("progressive")),
        }
    return {"quality": 92} if format == "WEBP" else {}


def _marked(content: bytes, exif: Image.Exif) -> bytes:
    """The JPEG `content` with `exif` as its only EXIF data."""
    data = exif.tobytes()
    data = data if data.startswith(b"Exif\0\0") else b"Exif\0\0" + data
    return content[:2] + b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data + content[2:]


def _read_avif(content: bytes) -> Picture:
    """An AVIF picture; written anew when it carries more than the picture, since its parts refer to
    each other by place and none can be taken out.
    """
    with opened(content, format="AVIF") as image:
        if getattr(image, "n_frames", 1) > 1:
            raise Unusable(_("Animated AVIF is not taken. Save it as WebP or GIF first."))
        image.load()
        side_up = _side_up(image)
    width, height = image.size[::-1] if side_up >= 5 else image.size
    if any(mark in content for mark in _AVIF_EXTRAS):
        upright = image.transpose(_TURNS[side_up]) if side_up != UPRIGHT else image
        icc_profile = image.info.get("icc_profile")
        target = io.BytesIO()
        upright.save(
            target,
            "AVIF",
            quality=AVIF_QUALITY,
            speed=8,
            exif=b"",
            xmp=b"",
            icc_profile=icc_profile,
        )
        content = target.getvalue()
    return Picture(
        content, CONTENT_TYPES["AVIF"], width, height, is_animated=False, colour=_colour(image)
    )


# Source: ISO 23008-12, items that describe others.
_AVIF_EXTRAS: Final = (b"Exif", b"mime", b"uri ", b"XMP", b"<x:xmpmeta")


def _colour(image: Image.Image) -> str:
    """The colour that most of `image` has, on white where it lets through."""
    # Any other way of making it small first makes a second copy of the whole.
    small = image.resize((48, 48), Image.Resampling.NEAREST).convert("RGBA")
    paper = Image.new("RGBA", small.size, "white")
    few = Image.alpha_composite(paper, small).convert("RGB").quantize(4)
    counts = few.getcolors() or [(1, 0)]
    _count, index = max(counts)
    palette = few.getpalette() or [255, 255, 255]
    assert isinstance(index, int)
    red, green, blue = palette[index * 3 : index * 3 + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"
