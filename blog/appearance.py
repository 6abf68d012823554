"""Puts what the owner chose of the look before the readers: a style sheet, and his pictures."""

import hashlib
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from io import BytesIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps

from blog.choices import Typeface, Width
from blog.models import SiteProfile

# --- The style sheet -----------------------------------------------------------------------------

# Its address says all that is in it: another choice is another address, so a browser may keep each
# for ever, no page needs a style attribute, and a page that is remembered can't miss its colours.
# Made of a few words, not of a row: it costs no query, and a stranger's own mixture hurts nobody.
SHEET_PATTERN = (
    r"^appearance/(?P<light>[0-9a-f]{6}|theme)-(?P<dark>[0-9a-f]{6}|theme)"
    rf"-(?P<typeface>{'|'.join(filter(None, Typeface.values))}|theme)"
    rf"-(?P<width>{'|'.join(Width.values)})\.css$"
)
MEASURES = {Width.NARROW: "29rem", Width.WIDE: "38rem"}


def sheet_path(profile: SiteProfile) -> str:
    """Where the style sheet of the owner's choices is; empty when the theme says it all."""
    if not (profile.accent or profile.accent_dark or profile.typeface) and (
        profile.width == Width.MEDIUM
    ):
        return ""
    light = dark = "theme"
    if profile.accent or profile.accent_dark:
        light, dark = (accent.removeprefix("#") for accent in profile.accents)
    return f"/appearance/{light}-{dark}-{profile.typeface or 'theme'}-{profile.width}.css"


def sheet(*, light: str, dark: str, typeface: str, width: str) -> str:
    """The style sheet that those words of `SHEET_PATTERN` name: tokens in the layer of themes."""
    rules = []
    if "theme" not in (light, dark):
        # Who asks for more contrast gets that of the theme; paper gets ink.
        rules.append(
            "@media screen and (not (prefers-contrast: more)) "
            f"{{ :root {{ --color-rubric: light-dark(#{light}, #{dark}); }} }}"
        )
    if typeface != "theme":
        rules.append(f"[lang] {{ --font-text: var(--font-{typeface}); }}")
    if width in MEASURES:
        rules.append(f":root {{ --measure: {MEASURES[Width(width)]}; }}")
    return "@layer theme {\n" + "\n".join(f"  {rule}" for rule in rules) + "\n}\n"


# --- Pictures ------------------------------------------------------------------------------------

MAX_UPLOAD_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000  # decoded, four bytes each: what a small machine can hold
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")  # SVG is a program, not a picture
BANNER_WIDTH_PX, BANNER_HEIGHT_PX = 2_560, 1_280
LOGO_SIDE_PX = 480
ICON_SIDE_PX = 192


class Unreadable(ValueError):
    """The upload is no picture we take; carries a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was drawn anew: nothing of the upload but its colours is in it."""

    content: bytes
    suffix: str
    width_px: int
    height_px: int


def decoded(upload: File) -> Image.Image:  # type: ignore[type-arg]  # takes none at runtime
    """The picture in `upload`, upright, in sRGB, as RGB or RGBA.

    Raises:
        Unreadable: too large, damaged, or of a kind that is not in FORMATS.
    """
    if upload.size > MAX_UPLOAD_BYTES:
        raise Unreadable(_("This file is larger than 10 MB."))
    try:
        with warnings.catch_warnings():
            # Ours is the limit that counts; what Pillow only warns about is too much already.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(upload, formats=FORMATS)
            if picture.width * picture.height > MAX_PIXELS:
                raise Unreadable(_("This picture has more than 40 million pixels."))
            picture.load()
            profile = picture.info.get("icc_profile")
            upright = ImageOps.exif_transpose(picture)
            has_alpha = upright.has_transparency_data
            plain = upright.convert("RGBA" if has_alpha else "RGB")
            return _in_srgb(plain, profile)
    except Unreadable:
        raise
    # What a hostile file makes a decoder raise is a long list that grows with Pillow.
    except (
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        IndexError,
        KeyError,
        TypeError,
        OverflowError,
        MemoryError,
    ) as error:
        raise Unreadable(
            _("This is no picture that can be read. PNG, JPEG, WebP and GIF can.")
        ) from error


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """`picture` with its colours in sRGB; as it is where its profile says nothing useful."""
    if not profile:
        return picture
    try:
        made = ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return made or picture


def _encoded(picture: Image.Image, *, suffix: str) -> Picture:
    out = BytesIO()
    if suffix == "png":
        picture.save(out, "PNG", optimize=True)
    else:
        is_drawing = picture.mode == "RGBA"
        picture.save(out, "WEBP", quality=82, method=5, lossless=is_drawing)
    return Picture(out.getvalue(), suffix, picture.width, picture.height)


def banner(upload: File) -> Picture:  # type: ignore[type-arg]
    """The header picture: at most BANNER_WIDTH_PX wide, WebP.

    Raises:
        Unreadable: see `decoded`.
    """
    picture = decoded(upload)
    picture.thumbnail((BANNER_WIDTH_PX, BANNER_HEIGHT_PX), Image.Resampling.LANCZOS)
    return _encoded(picture, suffix="webp")


def logo(upload: File) -> Picture:  # type: ignore[type-arg]
    """The logo: at most LOGO_SIDE_PX on each side, WebP.

    Raises:
        Unreadable: see `decoded`.
    """
    picture = decoded(upload)
    picture.thumbnail((LOGO_SIDE_PX, LOGO_SIDE_PX), Image.Resampling.LANCZOS)
    return _encoded(picture, suffix="webp")


def icon(upload: File) -> Picture:  # type: ignore[type-arg]
    """The icon of browser tabs: a square PNG; what is not square gets clear edges.

    Raises:
        Unreadable: see `decoded`.
    """
    picture = decoded(upload).convert("RGBA")
    picture = ImageOps.pad(
        picture, (ICON_SIDE_PX, ICON_SIDE_PX), Image.Resampling.LANCZOS, color=(0, 0, 0, 0)
    )
    return _encoded(picture, suffix="png")


DRAWN: dict[str, Callable[[File], Picture]] = {  # type: ignore[type-arg]
    "banner": banner,
    "logo": logo,
    "icon": icon,
}
SIZED = frozenset({"banner", "logo"})  # whose size is kept, so that no page jumps


def hang(profile: SiteProfile, place: str, picture: Picture | None) -> None:
    """Puts `picture` in that place, a key of DRAWN; None takes away what is there. Saves nothing of
    the row: `save` does, and drops the file of the picture before when that is on disk.
    """
    name = ""
    if picture is not None:
        digest = hashlib.sha256(picture.content).hexdigest()[:16]
        name = f"site/{place}-{digest}.{picture.suffix}"
        if not default_storage.exists(name):
            name = default_storage.save(name, ContentFile(picture.content))
    setattr(profile, place, name)
    if place in SIZED:
        setattr(profile, f"{place}_width", picture.width_px if picture else 0)
        setattr(profile, f"{place}_height", picture.height_px if picture else 0)


def save(profile: SiteProfile) -> None:
    """Saves the look. Readers see it with their next page; pictures that it no longer shows go."""
    with transaction.atomic():
        before = SiteProfile.objects.select_for_update().filter(pk=1).values(*DRAWN).first() or {}
        profile.save()
        now = {str(getattr(profile, place)) for place in DRAWN}
        gone = {name for name in before.values() if name} - now
        transaction.on_commit(partial(_drop, gone))


def _drop(names: Iterable[str]) -> None:
    for name in names:
        default_storage.delete(name)
