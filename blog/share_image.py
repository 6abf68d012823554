"""The picture that stands for a post without pictures where its address is shared."""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH_PX, HEIGHT_PX = 1_200, 630  # 1.91 to 1, as all who show cards do

# The blog's own colours in daylight: tokens.css.
PAPER, INK, SOFT, RUBRIC, LINE = "#fcf9f3", "#2a2521", "#685f53", "#9a2f1e", "#ecc9bd"

MARGIN_PX = 110  # where the margin's line stands; the title begins behind it
TITLE_WIDTH_PX = WIDTH_PX - 2 * MARGIN_PX - 50
TITLE_SIZES_PX = (84, 72, 60, 50)  # the largest that fits
MAX_TITLE_HEIGHT_PX = 350
LEADING = 1.28
SMALL_PX = 34

FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
# File and face of fonts that machines have; the first that knows every letter is taken.
FONTS = (
    ("LiberationSerif-Bold.ttf", 0),
    ("NotoSerif-Bold.ttf", 0),
    ("DejaVuSerif-Bold.ttf", 0),
    ("georgiab.ttf", 0),
    ("Georgia Bold.ttf", 0),
    ("NotoSerifCJK-Bold.ttc", 2),  # its third face is the one for Simplified Chinese
    ("NotoSansCJK-Bold.ttc", 2),
    ("SourceHanSerifSC-Bold.otf", 0),
    ("Songti.ttc", 1),
    ("PingFang.ttc", 0),
    ("wqy-zenhei.ttc", 0),
    ("wqy-microhei.ttc", 0),
    ("DroidSansFallbackFull.ttf", 0),
    ("msyhbd.ttc", 0),
    ("simsun.ttc", 0),
)

# Where a line may end: behind a space or hyphen, and around characters written without spaces, but
# never in front of what closes a word or behind what opens one.
_OPENING, _CLOSING = "（「『【《〈“‘", "、。，．：；？！）」』】》〉”’…"
_BREAK = re.compile(
    r"(?<=[\s\-])(?=\S)"
    rf"|(?<=[\u2e80-\u9fff\uff00-\uffef])(?<![{_OPENING}])(?![{_CLOSING}\s])"
    rf"|(?<![\s{_OPENING}])(?=[\u2e80-\u9fff])(?![{_CLOSING}])"
)
_UNSEEN = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")

Font = ImageFont.FreeTypeFont


@cache
def _paths() -> dict[str, Path]:
    """The files of FONTS that this machine has. Looks through its folders once."""
    wanted = {name for name, _face in FONTS}
    return {
        path.name: path
        for folder in reversed(FOLDERS)
        if folder.is_dir()
        for path in folder.rglob("*")
        if path.name in wanted
    }


def font_for(text: str, *, size_px: int) -> Font | None:
    """The first font of this machine that can draw all of `text`; None when none can."""
    for name, face in FONTS:
        if path := _paths().get(name):
            font = _font(path, face, size_px)
            if _can_draw(font, text):
                return font
    return None


@cache
def _font(path: Path, face: int, size_px: int) -> Font:
    return ImageFont.truetype(path, size_px, index=face)


def _can_draw(font: Font, text: str) -> bool:
    missing = bytes(font.getmask("\uffff"))
    return all(
        bytes(font.getmask(character)) != missing for character in set(text) if character.strip()
    )


def lines_of(text: str, font: Font, *, width_px: int) -> list[str]:
    """`text` in lines that are no wider than `width_px`; a longer word is cut where it must be."""
    lines, line = [], ""
    for word in _BREAK.split(text):
        if font.getlength((line + word).rstrip()) <= width_px:
            line += word
            continue
        if line.strip():
            lines.append(line.strip())
        line = word
        while font.getlength(line.rstrip()) > width_px:
            fits = next(
                count for count in range(len(line), 0, -1)
                if count == 1 or font.getlength(line[:count]) <= width_px
            )  # fmt: skip
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line.strip()] if line.strip() else lines


def draw(*, title: str, blog: str) -> bytes:
    """A PNG of WIDTH_PX by HEIGHT_PX: a leaf with its margin, `title`, and `blog` below.

    Words that no font of this machine has are left out; a title that is too long ends in … .
    """
    picture = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.line([(MARGIN_PX, 0), (MARGIN_PX, HEIGHT_PX)], fill=LINE, width=3)
    pen.rectangle([(MARGIN_PX - 58, 92), (MARGIN_PX - 26, 98)], fill=RUBRIC)
    pen.rectangle([(MARGIN_PX - 58, 112), (MARGIN_PX - 40, 118)], fill=RUBRIC)
    left = MARGIN_PX + 50
    _draw_title(pen, _tidy(title), left)
    name = _tidy(blog)
    font = font_for(name, size_px=SMALL_PX)
    if font is not None:
        name = (lines_of(name, font, width_px=TITLE_WIDTH_PX) or [""])[0]
        pen.text((left, HEIGHT_PX - 100), name, font=font, fill=SOFT)
    return _png(picture)


def _tidy(text: str) -> str:
    return " ".join(_UNSEEN.sub("", text).split())


def _draw_title(pen: ImageDraw.ImageDraw, title: str, left: int) -> None:
    for size_px in TITLE_SIZES_PX:
        font = font_for(title, size_px=size_px)
        if font is None:
            return
        lines = lines_of(title, font, width_px=TITLE_WIDTH_PX)
        step = round(size_px * LEADING)
        room = MAX_TITLE_HEIGHT_PX // step
        if len(lines) > room:
            if size_px != TITLE_SIZES_PX[-1]:
                continue
            lines = [*lines[: room - 1], lines[room - 1].rstrip(" ,.;:，。；：") + "…"]
        for number, line in enumerate(lines):
            pen.text((left, 80 + number * step), line, font=font, fill=INK)
        return


def _png(picture: Image.Image) -> bytes:
    # Few colours: a palette makes it a third of the size.
    file = BytesIO()
    picture.quantize(64).save(file, "PNG", optimize=True)
    return file.getvalue()
