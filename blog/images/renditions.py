"""Resized copies of pictures, made in the background: readers see the original meanwhile."""

import io
import logging
from collections.abc import Sequence
from dataclasses import asdict
from time import monotonic
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image, ImageCms, ImageOps

from blog.images.library import RENDITIONS, NotKept, kept, new_token
from blog.images.reading import DAMAGE
from blog.images.uses import refresh_posts
from blog.models import MediaItem, Rendition

logger = logging.getLogger(__name__)

WIDTHS_PX = (480, 960, 1_600)  # a phone, a column, a column on a dense screen
# Speed 8: a slower one takes ten times as long for files that are hardly smaller, or larger.
ENCODERS: dict[str, dict[str, Any]] = {
    "avif": {"format": "AVIF", "quality": 60, "speed": 8},
    "webp": {"format": "WEBP", "quality": 80, "method": 4},
}
PAUSE_SECONDS = 60  # before a storage that took nothing is tried again


class Round:
    """One look for pictures without copies after the other; remembers when not to look."""

    def __init__(self) -> None:
        """May look at once."""
        self._next_at = 0.0

    def make_due(self, *, seconds: float = 5.0) -> int:
        """Makes the copies of the items that have none, oldest first, until `seconds` have passed;
        how many were done. One query when nothing is due.
        """
        if monotonic() < self._next_at:
            return 0
        done, ends_at = 0, monotonic() + seconds
        while monotonic() < ends_at:
            item = MediaItem.objects.awaiting_renditions().first()
            if item is None:
                break
            try:
                make(item)
            except NotKept:
                self._next_at = monotonic() + PAUSE_SECONDS
                break
            done += 1
        return done


make_due = Round().make_due


def make(item: MediaItem) -> list[Rendition]:
    """The copies of `item`, which are written, and shown by all pages from now on. None for an
    animation, and for a file that can't be read any more.

    Raises:
        NotKept: the storage takes nothing now; nothing has changed.
    """
    copies: list[Rendition] = []
    try:
        if not item.is_animated:
            copies = write(item)
        is_wanted = _note(item, copies)
    except BaseException:
        _delete(copies)
        raise
    if not is_wanted:  # replaced or removed meanwhile
        _delete(copies)
        return []
    return copies


def write(item: MediaItem) -> list[Rendition]:
    """Writes the copies of `item` to the storage; touches no row.

    Shape: one for each of `widths` and kind of file, narrowest first; never enlarged.
    """
    try:
        with default_storage.open(item.stored_name) as file:
            picture = _plain(file)
    except DAMAGE as error:
        logger.error("No copies of media item %d: %s", item.pk, error)
        return []
    copies: list[Rendition] = []
    folder = f"{RENDITIONS}/{new_token()}"
    try:
        for width in reversed(widths(item.width_px)):
            height = max(1, round(item.height_px * width / item.width_px))
            picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
            for kind, options in ENCODERS.items():
                target = io.BytesIO()
                picture.save(target, **options)
                name = kept(f"{folder}/{item.version}-{width}.{kind}", target.getvalue())
                size = target.getbuffer().nbytes
                copies.append(Rendition(name, f"image/{kind}", width, height, size))
    except BaseException:
        _delete(copies)
        raise
    return sorted(copies, key=lambda copy: (copy.width_px, copy.content_type))


def widths(width_px: int) -> list[int]:
    """How wide the copies of a picture of that width are: those of WIDTHS_PX that are narrower, and
    its own up to the widest, since a browser that takes a copy never takes the original.
    """
    return [*(width for width in WIDTHS_PX if width < width_px), min(width_px, WIDTHS_PX[-1])][
        : len(WIDTHS_PX)
    ]


def _plain(file: Any) -> Image.Image:
    """The picture in `file` the right side up, in sRGB, as RGB or RGBA; not much larger than the
    widest copy, where the format can be read in parts.
    """
    with Image.open(file) as image:
        image.draft(None, (WIDTHS_PX[-1], WIDTHS_PX[-1]))
        image.load()
        profile = image.info.get("icc_profile")
        upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):  # 16 bits of grey
        upright = upright.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    has_alpha = upright.has_transparency_data
    if profile and upright.mode in {"RGB", "RGBA", "L", "CMYK"}:
        upright = _in_srgb(upright, profile)
    return upright.convert("RGBA" if has_alpha else "RGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, source, target, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return image  # a profile that says nothing, or of another kind of picture
    return converted if converted is not None else image


def _note(item: MediaItem, copies: Sequence[Rendition]) -> bool:
    """Writes to the row what was made, unless its content is another one by now; whether it did."""
    with transaction.atomic():
        row = (
            MediaItem.objects.select_for_update()
            .awaiting_renditions()
            .filter(pk=item.pk, content_hash=item.content_hash)
            .first()
        )
        if row is None:
            return False
        row.renditions = [asdict(copy) for copy in copies]
        refresh_posts(row)
    return True


def _delete(copies: Sequence[Rendition]) -> None:
    for copy in copies:
        default_storage.delete(copy.name)
