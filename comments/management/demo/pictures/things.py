"""Things close to hand: a page, a printed sheet, a bicycle, cups, flowers, books."""

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from comments.management.demo.pictures.brushes import (
    INK,
    H,
    Point,
    W,
    curve,
    disc,
    glow,
    gradient,
    handwriting,
    leaf,
    stroke,
    waves,
)


def margin(chance: Random) -> Image.Image:
    """A printed page with somebody's pen in its margin."""
    picture = gradient("#6d5a49", "#59493c", "#4a3c33")
    page = Image.new("RGB", (1760, 1700), "#f7f0de")
    pen = ImageDraw.Draw(page)
    for row in range(30):
        y, x = 150 + row * 52, 560.0
        end = 1620 if row % 9 != 8 else 1140
        if row % 9 == 0 and row:
            x += 60
        while x < end:
            word = chance.uniform(26, 130)
            right = min(x + word, end)
            pen.rounded_rectangle((x, y, right, y + 15), 6, fill="#4b4742")
            if chance.random() < 0.5:
                pen.rectangle((x + 8, y - 9, x + 14, y), fill="#4b4742")
            x += word + 22
    blue, red = "#2d5f9a", "#b4402f"
    for start, rows in ((360, 4), (1010, 3), (1330, 2)):
        for row in range(rows):
            handwriting(pen, chance, (110 + 14 * row, start + row * 66), 340, blue)
    bracket = [
        *curve((530, 340), (490, 350), (505, 460)),
        *curve((505, 460), (490, 560), (530, 580)),
    ]
    stroke(pen, bracket, blue, width=7)
    for row in (12, 13):
        line = [(x, 186 + row * 52 + 5 * math.sin(x / 60)) for x in range(700, 1400, 20)]
        stroke(pen, line, red, width=6)
    stroke(pen, curve((470, 1040), (520, 900), (690, 830)), red, width=6)
    ring = [(1310 + 190 * math.cos(a / 20), 1275 + 56 * math.sin(a / 20)) for a in range(-30, 106)]
    stroke(pen, ring, blue, width=6)
    star = [
        (300 + 46 * math.cos(a * 2.513 - 1.57), 870 + 46 * math.sin(a * 2.513 - 1.57))
        for a in range(6)
    ]
    stroke(pen, star, red, width=7)
    shadow = Image.new("L", page.size, 150)
    paper = page.convert("RGBA").rotate(4, expand=True, resample=Image.Resampling.BICUBIC)
    shade = shadow.rotate(4, expand=True)
    blurred = Image.new("L", (W, H))
    blurred.paste(shade, (370, 90))
    blurred = blurred.resize((W // 8, H // 8)).filter(ImageFilter.GaussianBlur(6)).resize((W, H))
    picture.paste(Image.new("RGB", (W, H), "#1d1611"), (0, 0), blurred)
    picture.paste(paper, (320, 40), paper)
    pen = ImageDraw.Draw(picture)
    stroke(pen, [(190, 1450), (760, 1010)], "#20232b", width=46)
    stroke(pen, [(700, 1056), (760, 1010)], "#c9a24a", width=40)
    pen.polygon([(748, 990), (790, 1045), (850, 940)], fill="#d9d4c8")
    stroke(pen, [(800, 985), (850, 940)], "#39414f", width=6)
    return picture


def ornaments(chance: Random) -> Image.Image:
    """A sheet of ornaments in two colours, the second a hair out of place."""
    first, second = Image.new("RGB", (W, H), "#ffffff"), Image.new("RGB", (W, H), "#ffffff")
    black, red = ImageDraw.Draw(first), ImageDraw.Draw(second)
    step = 200
    for row in range(H // step):
        for column in range(W // step):
            centre = (column * step + step / 2, row * step + step / 2)
            kind = (row * 2 + column * 3 + (row * column) % 3) % 4
            pen, other = (black, red) if (row + column) % 2 else (red, black)
            ink, spot = ("#26262e", "#c8412f") if pen is black else ("#c8412f", "#26262e")
            _ornament(pen, centre, kind, ink, turned=chance.choice((0, 1, 2, 3)))
            disc(other, centre, 15, fill=spot)
    for sheet in (first, second):
        pen = ImageDraw.Draw(sheet)
        for _ in range(1500):  # ink never takes everywhere
            x, y = chance.uniform(0, W), chance.uniform(0, H)
            disc(pen, (x, y), chance.uniform(1, 3.4), fill="#ffffff")
    paper = Image.new("RGB", (W, H), "#f3ead7")
    picture = ImageChops.multiply(paper, first)
    return ImageChops.multiply(picture, ImageChops.offset(second, 7, -5))


def _ornament(pen: ImageDraw.ImageDraw, centre: Point, kind: int, ink: str, *, turned: int) -> None:
    x, y = centre
    if kind == 0:
        for petal in range(8):
            angle = petal * math.tau / 8
            place = (x + 52 * math.cos(angle), y + 52 * math.sin(angle))
            disc(pen, place, 21, fill=ink)
    elif kind == 1:
        for radius in (88, 64, 40):
            box = (x - radius, y - radius, x + radius, y + radius)
            pen.arc(box, turned * 90, turned * 90 + 270, fill=ink, width=11)
    elif kind == 2:
        for side in range(4):
            angle = side * math.tau / 4
            tip = (x + 92 * math.cos(angle), y + 92 * math.sin(angle))
            for bend in (-0.62, 0.62):
                by = (x + 62 * math.cos(angle + bend), y + 62 * math.sin(angle + bend))
                pen.polygon([*curve(centre, by, tip)], fill=ink)
    else:
        for side in range(4):
            angle = side * math.tau / 4 + math.tau / 8
            end = (x + 104 * math.cos(angle), y + 104 * math.sin(angle))
            stroke(pen, [centre, end], ink, width=13)
            disc(pen, end, 22, fill=ink)


def bicycle(chance: Random) -> Image.Image:
    """A bicycle leaning against the evening."""
    picture = gradient("#f4e4c6", "#f6dcb4", "#f1c99a", "#eab983")
    pen = ImageDraw.Draw(picture)
    disc(pen, (1720, 520), 230, fill="#f7edd7")
    for row, colour in enumerate(("#d9a878", "#bd8a67", "#8f6a57")):
        line = waves(chance, height=60)
        field = [(float(x), 1060 + row * 120 + line(x / W)) for x in range(0, W + 1, 10)]
        pen.polygon([*field, (W, H), (0, H)], fill=colour)
    rear, front, radius = (800.0, 1090.0), (1560.0, 1090.0), 270
    for hub in (rear, front):
        disc(pen, hub, radius, outline=INK, width=20)
        for spoke in range(18):
            angle = spoke * math.tau / 18 + chance.uniform(-0.03, 0.03)
            rim = (hub[0] + 258 * math.cos(angle), hub[1] + 258 * math.sin(angle))
            stroke(pen, [hub, rim], "#5b5660", width=3)
        disc(pen, hub, 22, fill=INK)
    crank, seat, head = (1130.0, 1110.0), (1010.0, 690.0), (1440.0, 690.0)
    frame = "#1f5c66"
    for start, end in (
        (rear, crank),
        (crank, seat),
        (seat, rear),
        ((1022.0, 730.0), (1448.0, 726.0)),
        (crank, (1455.0, 770.0)),
        (head, front),
    ):
        stroke(pen, [start, end], frame, width=27)
    stroke(pen, [seat, (990, 620)], INK, width=18)
    saddle = [
        *curve((880, 606), (960, 572), (1100, 612)),
        *curve((1100, 612), (960, 650), (880, 640)),
    ]
    pen.polygon(saddle, fill="#7a3f2a")
    stroke(pen, [head, (1422, 600)], INK, width=18)
    stroke(pen, curve((1422, 600), (1560, 560), (1530, 690)), INK, width=18)
    disc(pen, crank, 74, outline=INK, width=14)
    stroke(pen, [(1070, 1030), (1190, 1190)], INK, width=16)
    for pedal in ((1070, 1030), (1190, 1190)):
        pen.rounded_rectangle(
            (pedal[0] - 50, pedal[1] - 10, pedal[0] + 50, pedal[1] + 12), 8, fill=INK
        )
    for dy in (-76, 72):
        stroke(pen, [(1130, 1110 + dy), (800, 1090 + dy * 0.45)], INK, width=6)
    stroke(pen, [(1447, 700), (1560, 640)], INK, width=10)
    pen.rounded_rectangle((1450, 480, 1720, 640), 20, fill="#a8763f", outline="#6d4a26", width=9)
    for wicker in range(1480, 1710, 34):
        stroke(pen, [(wicker, 486), (wicker, 634)], "#6d4a26", width=5)
    for book, colour in enumerate(("#b4402f", "#2d5f9a", "#e9dfc6", "#4f6b4a")):
        left = 1490 + book * 50
        pen.rectangle((left, 400 + book % 2 * 30, left + 42, 482), fill=colour)
    for _ in range(420):
        x, y = chance.uniform(0, W), chance.uniform(1390, H + 30)
        tip = (x + chance.uniform(-20, 20), y - chance.uniform(30, 130))
        stroke(pen, [(x, y), tip], chance.choice(("#5d4438", "#7c5a47", "#b88658")), width=5)
    return picture


def tea(chance: Random) -> Image.Image:
    """Three cups from above: the first, the third and the seventh pour."""
    picture = gradient("#39463f", "#33403a", "#2c3733")
    pen = ImageDraw.Draw(picture)
    for _ in range(150):
        y = chance.uniform(0, H)
        grain = waves(chance, height=9)
        board = [(float(x), y + grain(x / W)) for x in range(0, W + 1, 60)]
        stroke(pen, board, chance.choice(("#2b3531", "#3f4d45", "#36433c")), width=4)
    cups = (
        ((640, 560), 330, "#b8762a"),
        ((1500, 480), 290, "#d6a63f"),
        ((1180, 1190), 300, "#e9d98c"),
    )
    shade = Image.new("L", (W // 8, H // 8))
    for (x, y), radius, _tea_colour in cups:
        r = radius / 8 + 2
        cx, cy = x / 8 + 7, y / 8 + 9
        ImageDraw.Draw(shade).ellipse((cx - r, cy - r, cx + r, cy + r), fill=170)
    shade = shade.filter(ImageFilter.GaussianBlur(4)).resize((W, H))
    picture.paste(Image.new("RGB", (W, H), "#12181a"), (0, 0), shade)
    for centre, radius, colour in cups:
        disc(pen, centre, radius, fill="#eef0e6")
        disc(pen, centre, radius - 16, fill="#d5dad0")
        disc(pen, centre, radius - 34, fill=colour)
        (x, y), inner = centre, radius - 70
        pen.arc((x - inner, y - inner, x + inner, y + inner), 200, 262, fill="#fff6dc", width=16)
        for _ in range(chance.randint(4, 9)):
            angle, far = chance.uniform(0, math.tau), (radius - 80) * math.sqrt(chance.random())
            leaf(
                pen,
                (centre[0] + far * math.cos(angle), centre[1] + far * math.sin(angle)),
                chance.uniform(30, 62),
                chance.uniform(0, math.tau),
                chance.choice(("#4e5a2a", "#5f6d33", "#3f4a25")),
            )
    for _ in range(46):
        place = (chance.gauss(1930, 190), chance.gauss(1130, 150))
        colour = chance.choice(("#6d7b43", "#56632f", "#8b9560", "#454f28"))
        leaf(pen, place, chance.uniform(36, 74), chance.uniform(0, math.tau), colour)
    return picture


def garden(chance: Random) -> Image.Image:
    """Flowers on cream paper, as if pressed."""
    picture = gradient("#f8f2e2", "#f6eedb", "#f2e7cf")
    pen = ImageDraw.Draw(picture)
    x = 60.0
    while x < W - 40:
        top = (x + chance.uniform(-90, 90), chance.uniform(180, 900))
        stem = curve((x, H + 20), (x + chance.uniform(-80, 80), 1100), top)
        green = chance.choice(("#5c7a4f", "#45663f", "#7c925f", "#3c5a4a"))
        stroke(pen, stem, green, width=9)
        for place in stem[6:20:3]:
            side = chance.choice((-1, 1))
            leaf(pen, place, chance.uniform(80, 170), -math.pi / 2 + side * 1.0, green)
        _flower(pen, chance, top)
        x += chance.uniform(60, 150)
    for _ in range(90):
        place = (chance.uniform(0, W), chance.uniform(60, H))
        disc(
            pen, place, chance.uniform(3, 8), fill=chance.choice(("#d9b45c", "#c77f6b", "#93a37a"))
        )
    return picture


def _flower(pen: ImageDraw.ImageDraw, chance: Random, centre: Point) -> None:
    kind, size = chance.randrange(3), chance.uniform(60, 120)
    colour = chance.choice(("#c75146", "#e0a83f", "#6a77b5", "#b86f9b", "#e6d3a1", "#d97b4f"))
    if kind == 0:
        petals = chance.randint(7, 13)
        for petal in range(petals):
            leaf(pen, centre, size * 1.3, petal * math.tau / petals, colour)
        disc(pen, centre, size * 0.3, fill="#6b4a24")
    elif kind == 1:
        for _ in range(70):
            angle, far = chance.uniform(0, math.tau), size * math.sqrt(chance.random())
            place = (centre[0] + far * math.cos(angle), centre[1] + far * math.sin(angle) * 0.8)
            disc(pen, place, chance.uniform(7, 15), fill=colour)
    else:
        for petal in range(5):
            angle = petal * math.tau / 5 - math.pi / 2
            place = (
                centre[0] + size * 0.5 * math.cos(angle),
                centre[1] + size * 0.5 * math.sin(angle),
            )
            disc(pen, place, size * 0.44, fill=colour)
        disc(pen, centre, size * 0.26, fill="#f4e2a0")


def shelf(chance: Random) -> Image.Image:
    """Notebooks on two shelves."""
    picture = gradient("#e9dcc3", "#dfceb0")
    pen = ImageDraw.Draw(picture)
    colours = (
        "#8c2f27",
        "#1f4e5f",
        "#d9a441",
        "#3d5a40",
        "#e4d8bd",
        "#51435f",
        "#b8683f",
        "#2b2a33",
    )
    for floor in (760, 1530):
        x = 120.0
        while x < W - 200:
            width, height = chance.uniform(44, 118), chance.uniform(420, 620)
            if chance.random() < 0.1:
                x += chance.uniform(60, 150)
                continue
            colour = chance.choice(colours)
            pen.rounded_rectangle((x, floor - height, x + width, floor), 8, fill=colour)
            pen.rectangle((x + width - 9, floor - height + 6, x + width - 3, floor), fill=INK)
            band = chance.choice(("#f1e6cc", "#c9a24a", "#d7d2c4"))
            if chance.random() < 0.7:
                y = floor - height * chance.uniform(0.55, 0.85)
                pen.rectangle((x + 10, y, x + width - 14, y + chance.uniform(40, 110)), fill=band)
            else:
                for row in (0.2, 0.24, 0.78, 0.82):
                    y = floor - height * row
                    pen.rectangle((x, y, x + width, y + 6), fill=band)
            x += width + 4
        pen.rectangle((60, floor, W - 60, floor + 44), fill="#7d5a3c")
        pen.rectangle((60, floor + 44, W - 60, floor + 58), fill="#54391f")
    return glow(picture, (500, 300), 700, "#fff3d6", strength=0.25)
