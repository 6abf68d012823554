"""What every picture is made with: the sheet, gradients, lines, light."""

import math
from collections.abc import Callable, Sequence
from random import Random

from PIL import Image, ImageDraw, ImageFilter

# Shapes are drawn at twice the size and scaled down, which smooths their edges.
SCALE = 2
W, H = 1200 * SCALE, 800 * SCALE

Point = tuple[float, float]
INK = "#2b2a33"


def gradient(*colours: str) -> Image.Image:
    """A full sheet that runs from the first colour at the top to the last at the bottom."""
    strip = Image.new("RGB", (1, len(colours)))
    for row, colour in enumerate(colours):
        ImageDraw.Draw(strip).point((0, row), fill=colour)
    return strip.resize((W, H), Image.Resampling.BICUBIC)


def waves(chance: Random, *, height: float, calm: float = 1.0) -> Callable[[float], float]:
    """A rolling line: for x from 0 to 1 a value between -height and height."""
    parts = [
        (height / (n + 1) ** 1.25, (n + 1) * chance.uniform(1.6, 3.1) * calm, chance.random())
        for n in range(6)
    ]
    total = sum(size for size, _speed, _start in parts) / height
    return lambda x: (
        sum(size * math.sin(math.tau * (x * speed + start)) for size, speed, start in parts) / total
    )


def glow(
    picture: Image.Image, centre: Point, radius: float, colour: str, *, strength: float
) -> Image.Image:
    """`picture` with a soft light around `centre`."""
    mask = Image.new("L", (W // 8, H // 8))
    x, y, r = centre[0] / 8, centre[1] / 8, radius / 8
    ImageDraw.Draw(mask).ellipse((x - r, y - r, x + r, y + r), fill=int(255 * strength))
    mask = mask.filter(ImageFilter.GaussianBlur(r * 0.6)).resize((W, H))
    return Image.composite(Image.new("RGB", (W, H), colour), picture, mask)


def disc(
    pen: ImageDraw.ImageDraw,
    centre: Point,
    radius: float,
    *,
    fill: str | int | None = None,
    outline: str | None = None,
    width: int = 1,
) -> None:
    """A circle, filled, outlined or both."""
    x, y = centre
    box = (x - radius, y - radius, x + radius, y + radius)
    pen.ellipse(box, fill=fill, outline=outline, width=width)


def stroke(pen: ImageDraw.ImageDraw, points: Sequence[Point], colour: str, *, width: float) -> None:
    """A line with round ends, as a pen draws it."""
    pen.line(list(points), fill=colour, width=max(1, round(width)), joint="curve")
    for point in (points[0], points[-1]):
        disc(pen, point, width / 2, fill=colour)


def curve(start: Point, bend: Point, end: Point, *, steps: int = 28) -> list[Point]:
    """A quadratic curve as points."""
    curve = []
    for step in range(steps + 1):
        t = step / steps
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        curve.append(
            (
                a * start[0] + b * bend[0] + c * end[0],
                a * start[1] + b * bend[1] + c * end[1],
            )
        )
    return curve


def handwriting(
    pen: ImageDraw.ImageDraw, chance: Random, start: Point, length: float, colour: str
) -> None:
    """One line of writing that nobody can read: loops, gaps, a slope."""
    x, y = start
    slope = chance.uniform(-0.04, 0.01)
    end = x + length
    while x < end:
        letters = chance.randint(3, 8)
        word = []
        for step in range(letters * 7):
            angle = step / 7 * math.tau
            tall = 30 if (step // 7) % 3 == 1 else 17
            wobble = chance.uniform(-2.5, 2.5)
            word.append((x + step * 3.4 + 7 * math.cos(angle), y - tall * math.sin(angle) + wobble))
            if word[-1][0] > end:
                break
        stroke(pen, word, colour, width=5)
        gone = word[-1][0] + 34 - x
        x += gone
        y += gone * slope


def leaf(pen: ImageDraw.ImageDraw, foot: Point, length: float, angle: float, colour: str) -> None:
    """A pointed leaf that grows from `foot` in the direction `angle`."""
    tip = (foot[0] + length * math.cos(angle), foot[1] + length * math.sin(angle))
    sides = []
    for bend in (-0.5, 0.5):
        by = (
            foot[0] + length * 0.55 * math.cos(angle + bend),
            foot[1] + length * 0.55 * math.sin(angle + bend),
        )
        sides.append(curve(foot, by, tip, steps=10))
    pen.polygon([*sides[0], *reversed(sides[1])], fill=colour)
