"""Colours as numbers: whether a text in one can be read on another, and which one nearby can."""

import re
from collections.abc import Iterable

READABLE = 4.5  # WCAG 2.2, 1.4.3 Contrast (Minimum), level AA for text
HEX = re.compile(r"#[0-9a-f]{6}")
STEPS = 50  # on the way to black or white; finer ones look the same

WHITE, BLACK = "#ffffff", "#000000"


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of `#rrggbb`, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """How bright `colour` is, 0 to 1. Source: WCAG 2.2, "relative luminance"."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 for the same brightness, 21 for black on white. Source: WCAG 2.2, "contrast ratio"."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def worst_contrast(colour: str, grounds: Iterable[str]) -> float:
    """The contrast of `colour` on the ground where it is least."""
    return min(contrast(colour, ground) for ground in grounds)


def mixed(colour: str, other: str, share: float) -> str:
    """`colour` with that share, 0 to 1, of `other`."""
    pairs = zip(channels(colour), channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def readable(colour: str, grounds: Iterable[str]) -> str:
    """`colour` itself where it can be read on all of `grounds`, else the nearest shade that can:
    darker on light grounds, lighter on dark ones.
    """
    grounds = list(grounds)
    is_light = luminance(grounds[0]) > 0.18  # a grey as far from black as from white
    end = BLACK if is_light else WHITE
    shades = (mixed(colour, end, step / STEPS) for step in range(STEPS + 1))
    return next((shade for shade in shades if worst_contrast(shade, grounds) >= READABLE), end)
