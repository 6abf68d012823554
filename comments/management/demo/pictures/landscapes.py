"""Views: a river, a harbour, a city, a window, a wood, a tree."""

import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from comments.management.demo.pictures.brushes import (
    H,
    Point,
    W,
    curve,
    disc,
    glow,
    gradient,
    stroke,
    waves,
)


def river(chance: Random) -> Image.Image:
    """Hills behind hills at dusk, a river in front."""
    picture = gradient("#33446b", "#7a6f95", "#e59f87", "#f8d5a2", "#f6dfb6", "#f4e3c3")
    picture = glow(picture, (1640, 700), 420, "#fff1cf", strength=0.9)
    pen = ImageDraw.Draw(picture)
    disc(pen, (1640, 700), 84, fill="#fff4dc")
    for row, colour in enumerate(("#c99a95", "#a07d8c", "#73647f", "#4b4b68", "#2f3a50")):
        line = waves(chance, height=110 - row * 8, calm=0.7 + row * 0.25)
        base = 800 + row * 105
        ridge = [(x, base + line(x / W)) for x in range(0, W + 1, 8)]
        pen.polygon([*ridge, (W, H), (0, H)], fill=colour)
    bank = [(x, 1310 + 30 * math.sin(x / 420)) for x in range(0, W + 1, 12)]
    pen.polygon([*bank, (W, H), (0, H)], fill="#8f8296")
    for _ in range(260):
        y = chance.uniform(1345, H)
        near = (y - 1330) / 270
        x = chance.gauss(1640, 160 + 420 * near) if chance.random() < 0.55 else chance.uniform(0, W)
        light = chance.choice(("#f3c9a2", "#c9a6a0", "#6d6a86", "#59607f", "#fbe3bd"))
        length = chance.uniform(30, 180) * (0.4 + near)
        stroke(pen, [(x, y), (x + length, y)], light, width=3 + 6 * near)
    for _ in range(70):
        x = chance.choice((chance.uniform(-20, 620), chance.uniform(1900, W)))
        top = (x + chance.uniform(-50, 50), H - chance.uniform(120, 420))
        reed = curve((x, H + 10), (x, H - 160), top)
        stroke(pen, reed, chance.choice(("#232b3d", "#1c2333", "#2b3347")), width=6)
    return picture


def harbour(chance: Random) -> Image.Image:
    """Cranes at a quay early in the morning."""
    picture = gradient("#9fb7c6", "#c5d0cf", "#f0e0c8", "#f3d9b8", "#b5bfbd", "#7d94a0", "#5b7686")
    picture = glow(picture, (700, 760), 360, "#fff5df", strength=0.8)
    pen = ImageDraw.Draw(picture)
    quay = 960
    for _ in range(26):
        x, width, height = (
            chance.uniform(-50, W),
            chance.uniform(90, 260),
            chance.uniform(40, 170),
        )
        pen.rectangle((x, quay - height, x + width, quay), fill="#9fa9a8")
    for x, size, colour in ((420, 0.8, "#6e7f86"), (1130, 1.0, "#4f6470"), (1870, 1.25, "#36495a")):
        _crane(pen, x, quay, size, colour)
    pen.polygon(
        [(1150, quay + 40), (2060, quay + 40), (1985, quay + 150), (1235, quay + 150)],
        fill="#2c3c4b",
    )
    for row in range(3):
        for column in range(9 - row * 2):
            x = 1300 + row * 70 + column * 74
            y = quay + 4 - row * 42
            colour = chance.choice(("#b5563f", "#d9a35a", "#49707f", "#8a9a7b", "#c9c2ad"))
            pen.rectangle((x, y, x + 68, y + 37), fill=colour)
    mirror = picture.crop((0, quay - 500, W, quay + 150)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = mirror.resize((W, H - quay - 150)).filter(ImageFilter.GaussianBlur(9))
    water = picture.crop((0, quay + 150, W, H))
    picture.paste(Image.blend(water, mirror, 0.55), (0, quay + 150))
    for _ in range(320):
        y = quay + 160 + (H - quay - 160) * chance.random() ** 0.8
        x = chance.uniform(-60, W)
        length = chance.uniform(20, 150) * (y - quay) / 400
        colour = chance.choice(("#d8d6c6", "#6b8592", "#8fa3a8", "#4d6878"))
        stroke(pen, [(x, y), (x + length, y)], colour, width=3)
    for _ in range(11):
        left, top = chance.uniform(200, 2200), chance.uniform(120, 520)
        span = chance.uniform(16, 34)
        for side in (-1, 1):
            tip = (left + side * span, top - 4)
            wing = curve((left, top), (left + side * span * 0.5, top - span), tip)
            stroke(pen, wing, "#5a6a74", width=4)
    return picture


def _crane(pen: ImageDraw.ImageDraw, x: float, foot: float, size: float, colour: str) -> None:
    def at(dx: float, dy: float) -> Point:
        return (x + dx * size, foot - dy * size)

    bars = [
        (at(-70, 0), at(-40, 250)),
        (at(70, 0), at(40, 250)),
        (at(-60, 90), at(60, 90)),
        (at(-60, 90), at(45, 240)),
        (at(-50, 250), at(50, 250)),
        (at(0, 250), at(0, 380)),
        (at(-20, 330), at(330, 610)),
        (at(0, 380), at(330, 610)),
        (at(-20, 330), at(-130, 360)),
        (at(0, 380), at(-130, 360)),
        (at(330, 610), at(330, 300)),
    ]
    for start, end in bars:
        stroke(pen, [start, end], colour, width=11 * size)
    pen.rectangle((*at(-60, 330), *at(30, 255)), fill=colour)
    pen.rectangle((*at(-160, 375), *at(-105, 325)), fill=colour)
    pen.rectangle((*at(300, 300), *at(360, 270)), fill=colour)


def city(chance: Random) -> Image.Image:
    """A tall city at night, and itself in the water."""
    picture = gradient("#141a33", "#232a55", "#46406f", "#87587c", "#c97f79", "#201f3d", "#14152b")
    shore = 1060
    pen = ImageDraw.Draw(picture)
    for colour, floor, low, high in (
        ("#4d4270", "#8d6d86", 260, 560),
        ("#2f2d57", "#d9a273", 160, 620),
        ("#191b3a", "#ffd591", 80, 430),
    ):
        x = -40.0
        while x < W:
            width = chance.uniform(70, 190)
            middle = 1 - abs(x + width / 2 - W * 0.58) / W
            height = chance.uniform(low, high) * (0.45 + middle * 0.9)
            _tower(pen, chance, (x, shore - height, x + width, shore), colour, floor)
            x += width + chance.choice((-8, 4, 16, 40))
    _needle(pen, 1000, shore)
    mirror = picture.crop((0, shore - 760, W, shore)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = mirror.resize((W, H - shore)).filter(ImageFilter.GaussianBlur(7))
    picture.paste(Image.blend(mirror, Image.new("RGB", mirror.size, "#141530"), 0.42), (0, shore))
    for _ in range(420):
        y = shore + (H - shore) * chance.random()
        x = chance.uniform(-50, W)
        colour = chance.choice(("#1a1b38", "#2a2850", "#e0a878", "#96607c", "#15162f"))
        stroke(pen, [(x, y), (x + chance.uniform(20, 130), y)], colour, width=3)
    return glow(picture, (1390, 1030), 420, "#ffbf86", strength=0.16)


def _tower(
    pen: ImageDraw.ImageDraw,
    chance: Random,
    box: tuple[float, float, float, float],
    colour: str,
    lit: str,
) -> None:
    left, top, right, bottom = box
    pen.rectangle(box, fill=colour)
    if chance.random() < 0.4:
        inset = (right - left) * 0.25
        pen.rectangle((left + inset, top - 46, right - inset, top), fill=colour)
        middle = (left + right) / 2
        stroke(pen, [(middle, top - 46), (middle, top - 120)], colour, width=5)
    share = chance.uniform(0.08, 0.4)
    y = top + 16
    while y < bottom - 20:
        x = left + 12
        while x < right - 18:
            if chance.random() < share:
                pen.rectangle((x, y, x + 8, y + 11), fill=lit)
            x += 19
        y += 26


def _needle(pen: ImageDraw.ImageDraw, x: float, shore: float) -> None:
    colour, light = "#3b2f5e", "#ff9d8a"
    for side in (-1, 1):
        stroke(pen, [(x + side * 90, shore), (x, shore - 330)], colour, width=14)
    stroke(pen, [(x, shore), (x, shore - 620)], colour, width=26)
    stroke(pen, [(x, shore - 600), (x, shore - 860)], colour, width=9)
    for height, radius in ((300, 72), (600, 46), (700, 20)):
        disc(pen, (x, shore - height), radius, fill=colour)
        for row in (-0.3, 0.0, 0.3):
            half = radius * math.sqrt(1 - row**2) * 0.86
            y = shore - height + row * radius
            stroke(pen, [(x - half, y), (x + half, y)], light, width=5)


def rain(chance: Random) -> Image.Image:
    """A window in the rain with the lights of a street behind it."""
    picture = gradient("#28384a", "#34506a", "#4d6272", "#5c5a63", "#35343f")
    street = picture.resize((W // 4, H // 4))
    for _ in range(34):
        x, y, radius = chance.uniform(0, W // 4), chance.gauss(230, 52), chance.uniform(12, 34)
        colour = chance.choice(("#ffcf87", "#ff9f6b", "#9fd0d6", "#f6e3b4", "#e8716a"))
        lamp = Image.new("L", street.size)
        disc(ImageDraw.Draw(lamp), (x, y), radius, fill=105)
        street.paste(Image.new("RGB", street.size, colour), (0, 0), lamp)
    picture = street.filter(ImageFilter.GaussianBlur(2)).resize((W, H))
    behind = picture.transpose(Image.Transpose.ROTATE_180)
    mask = Image.new("L", (W, H))
    drops = ImageDraw.Draw(mask)
    light = ImageDraw.Draw(picture)
    for _ in range(620):
        x, y, radius = chance.uniform(0, W), chance.uniform(0, H), chance.expovariate(0.13) + 3
        radius = min(radius, 34)
        if chance.random() < 0.05:
            drops.rounded_rectangle((x - 6, y - radius * 9, x + 6, y), 6, fill=90)
        drops.ellipse((x - radius, y - radius * 1.15, x + radius, y + radius * 1.15), fill=230)
        light.ellipse((x - radius, y - radius, x + radius, y + radius * 1.5), fill="#22303d")
    picture = Image.composite(behind, picture, mask.filter(ImageFilter.GaussianBlur(2)))
    pen = ImageDraw.Draw(picture)
    for x in (0, W // 2 - 26, W - 40):
        pen.rectangle((x, 0, x + 46, H), fill="#1d222b")
    pen.rectangle((0, 500, W, 536), fill="#1d222b")
    return picture


def birches(chance: Random) -> Image.Image:
    """A birch wood in mist."""
    picture = gradient("#dfe6e2", "#e9ebe0", "#f3ead6", "#e6dcc0", "#c7c4a1")
    pen = ImageDraw.Draw(picture)
    for depth, (bark, count) in enumerate((("#cfd6d0", 26), ("#dfe2da", 15), ("#faf7ee", 8))):
        ground = 1150 + depth * 130
        for _ in range(count):
            x, width = chance.uniform(0, W), (12 + depth * 24) * chance.uniform(0.7, 1.3)
            lean = chance.uniform(-50, 50)
            foot = ground + chance.uniform(-40, 60)
            trunk = [(x + lean, 0), (x + lean + width * 0.7, 0), (x + width, foot), (x, foot)]
            pen.polygon(trunk, fill=bark)
            shade = [(x + lean + width * 0.5, 0), trunk[1], trunk[2], (x + width * 0.72, foot)]
            pen.polygon(shade, fill=("#bcc6c1", "#c6cbc2", "#d9d6ca")[depth])
            _bark_marks(pen, chance, trunk, depth)
        hill = waves(chance, height=40)
        meadow = [(float(x), ground + hill(x / W)) for x in range(0, W + 1, 12)]
        pen.polygon([*meadow, (W, H), (0, H)], fill=("#c3c9a6", "#a9b488", "#7f9166")[depth])
    for _ in range(700):
        x, y = chance.uniform(0, W), chance.uniform(1440, H + 40)
        tip = (x + chance.uniform(-26, 26), y - chance.uniform(30, 100))
        colour = chance.choice(("#5f7550", "#8fa270", "#6d8159", "#d8b65c"))
        stroke(pen, [(x, y), tip], colour, width=4)
    return glow(picture, (1700, 300), 520, "#fffaf0", strength=0.55)


def _bark_marks(
    pen: ImageDraw.ImageDraw, chance: Random, trunk: Sequence[Point], depth: int
) -> None:
    (top_left, _), (top_right, _), (right, foot), (left, _) = trunk
    for _ in range(8 + depth * 9):
        y = chance.uniform(0, foot)
        share = y / foot
        start = top_left + (left - top_left) * share
        width = (top_right - top_left) + ((right - left) - (top_right - top_left)) * share
        x = start + chance.choice((0.0, width * 0.55))
        length = width * chance.uniform(0.15, 0.45)
        pen.rectangle(
            (x, y, x + length, y + 3 + depth * 3), fill=("#9aa5a2", "#6d7573", "#35373a")[depth]
        )


def tree(chance: Random) -> Image.Image:
    """A tree that a function drew by calling itself."""
    picture = gradient("#10233a", "#15314d", "#1d4660", "#2a5d6e")
    pen = ImageDraw.Draw(picture)
    for _ in range(240):
        place = (chance.uniform(0, W), chance.uniform(0, 1100))
        disc(
            pen, place, chance.uniform(1, 4), fill=chance.choice(("#dfe9e4", "#8fb3bb", "#f3e0b0"))
        )

    def branch(x: float, y: float, angle: float, length: float, depth: int) -> None:
        end = (x + length * math.cos(angle), y + length * math.sin(angle))
        colour = ("#f6c667", "#f0a35e", "#d98c5f", "#c08468", "#9a8478")[min(depth // 2, 4)]
        stroke(pen, [(x, y), end], colour, width=2 + depth * depth * 0.42)
        if depth == 0:
            disc(
                pen,
                end,
                chance.uniform(4, 10),
                fill=chance.choice(("#ffe3a3", "#ffc978", "#f7f1d5")),
            )
            return
        for side in (-1, 1):
            turn = side * chance.uniform(0.24, 0.52)
            branch(*end, angle + turn, length * chance.uniform(0.68, 0.84), depth - 1)

    pen.polygon([(0, H), (0, 1470), (W / 2, 1430), (W, 1480), (W, H)], fill="#0c1a2b")
    branch(W / 2, 1450, -math.pi / 2, 300, 9)
    return picture
