"""The pictures of the demonstration blog, drawn by code, so they are nobody else's.

Each picture has a seed of its own, so it is the same on every machine.
"""

from collections.abc import Callable
from io import BytesIO
from random import Random

from PIL import Image, ImageChops

from comments.management.demo.pictures import landscapes, things
from comments.management.demo.pictures.brushes import SCALE, H, W

WIDTH_PX, HEIGHT_PX = W // SCALE, H // SCALE
JPEG_QUALITY = 80  # 50 to 150 kB each

PICTURES: dict[str, Callable[[Random], Image.Image]] = {
    "bicycle": things.bicycle,
    "birches": landscapes.birches,
    "city": landscapes.city,
    "garden": things.garden,
    "harbour": landscapes.harbour,
    "margin": things.margin,
    "ornaments": things.ornaments,
    "rain": landscapes.rain,
    "river": landscapes.river,
    "shelf": things.shelf,
    "tea": things.tea,
    "tree": landscapes.tree,
}


def draw(name: str) -> bytes:
    """The picture called `name` as a JPEG of WIDTH_PX by HEIGHT_PX. Takes a tenth of a second.

    Raises:
        KeyError: there is no such picture.
    """
    picture = PICTURES[name](Random(name))  # noqa: S311 - decoration, not a secret
    small = _with_grain(picture.reduce(SCALE), Random(name))  # noqa: S311
    file = BytesIO()
    small.save(file, "JPEG", quality=JPEG_QUALITY, progressive=True, optimize=True)
    return file.getvalue()


def _with_grain(picture: Image.Image, chance: Random) -> Image.Image:
    """`picture` with a little of the tooth of paper, so that flat colours live."""
    noise = Image.frombytes("L", (WIDTH_PX // 2, HEIGHT_PX // 2), chance.randbytes(240_000))
    noise = noise.resize(picture.size, Image.Resampling.BICUBIC)
    grain = noise.point([118 + value // 13 for value in range(256)])
    return ImageChops.overlay(picture, Image.merge("RGB", (grain, grain, grain)))
