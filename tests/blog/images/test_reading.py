"""What is taken as a picture, what is left of it, and what is refused with which words."""

import base64
import io
import json
import struct
import subprocess
import sys
import zlib

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from blog import images
from tests.builders import picture_bytes

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
SECRET = b"52.5163N 13.3777E"


def read(content):
    return images.read(io.BytesIO(content))


def open_picture(picture):
    return Image.open(io.BytesIO(picture.content))


def refusal_of(content):
    with pytest.raises(images.Unusable) as caught:
        read(content)
    return caught.value.messages[0]


def exif(*, side_up=1, place=True):
    data = Image.Exif()
    data[0x010F] = SECRET.decode()
    if side_up != 1:
        data[0x0112] = side_up
    if place:
        gps = data.get_ifd(0x8825)
        gps[1], gps[2] = "N", (52.0, 30.0, 58.7)
    return data.tobytes()


def corners(image):
    """The colours of the four corners, row by row, as one letter each."""
    names = {(True, False, False): "r", (False, True, False): "g", (False, False, True): "b"}
    image = image.convert("RGB")
    right, bottom = image.width - 2, image.height - 2
    places = ((1, 1), (right, 1), (1, bottom), (right, bottom))
    bright = [tuple(value > 128 for value in image.getpixel(place)) for place in places]
    return "".join(names.get(colours, "w") for colours in bright)


def four_corners():
    """Red and green above, blue and white below; wider than high."""
    image = Image.new("RGB", (80, 40), "white")
    image.paste("red", (0, 0, 40, 20))
    image.paste((0, 255, 0), (40, 0, 80, 20))
    image.paste("blue", (0, 20, 40, 40))
    return image


def saved(image, format, **options):
    target = io.BytesIO()
    image.save(target, format, **options)
    return target.getvalue()


# --- What is left of a picture --------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_picture_is_known_by_its_content(format):
    picture = read(picture_bytes(format, size=(60, 40)))

    assert (picture.content_type, picture.width_px, picture.height_px, picture.is_animated) == (
        f"image/{format.lower()}",
        60,
        40,
        False,
    )
    assert open_picture(picture).format == format


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_place_and_camera_are_gone_from_the_original(format):
    content = picture_bytes(format, exif=exif())
    assert SECRET in content

    picture = read(content)

    assert SECRET not in picture.content
    assert dict(open_picture(picture).getexif()) == {}


def test_comments_xmp_and_what_stands_behind_the_end_are_gone():
    jpeg = picture_bytes("JPEG", comment=SECRET, xmp=b"<x:xmpmeta>" + SECRET)
    gif = picture_bytes("GIF", mode="P", colour=3, comment=SECRET)
    text = PngText()
    hidden = {
        name: content + b"<script>alert(1)</script>"
        for name, content in (
            ("jpeg", jpeg),
            ("gif", gif),
            ("png", picture_bytes("PNG", pnginfo=text.info)),
            ("webp", picture_bytes("WEBP", xmp=SECRET)),
        )
    }
    assert all(SECRET in content for content in hidden.values())

    left = {name: read(content).content for name, content in hidden.items()}

    assert [name for name, content in left.items() if SECRET in content] == []
    assert [name for name, content in left.items() if b"<script" in content] == []


class PngText:
    """Text chunks as editors of pictures write them."""

    def __init__(self):
        from PIL.PngImagePlugin import PngInfo

        self.info = PngInfo()
        self.info.add_text("Comment", SECRET.decode())


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_pixels_of_a_picture_that_stands_upright_are_not_touched(format):
    image = Image.effect_noise((64, 48), 80).convert("RGB")
    content = saved(image, format)

    picture = read(content)

    assert open_picture(picture).convert("RGB").tobytes() == (
        Image.open(io.BytesIO(content)).convert("RGB").tobytes()
    )


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    ("side_up", "seen"),
    [(1, "rgbw"), (2, "grwb"), (3, "wbgr"), (4, "bwrg"), (5, "rbgw"), (6, "brwg"), (7, "wgbr"),
     (8, "gwrb")],
)  # fmt: skip
def test_picture_is_turned_the_right_side_up(format, side_up, seen):
    picture = read(saved(four_corners(), format, exif=exif(side_up=side_up)))

    image = open_picture(picture)
    assert (corners(image), image.size) == (seen, (picture.width_px, picture.height_px))
    assert dict(image.getexif()) == {}


def test_very_large_picture_keeps_only_the_mark_for_the_side_that_is_up(monkeypatch):
    monkeypatch.setattr("blog.images.reading.MAX_TURNED_PIXELS", 1_000)

    picture = read(saved(four_corners(), "JPEG", exif=exif(side_up=6)))

    image = open_picture(picture)
    assert dict(image.getexif()) == {0x0112: 6}
    assert (picture.width_px, picture.height_px) == (40, 80) == image.size[::-1]
    assert SECRET not in picture.content


def test_colour_profile_stays_and_transparency_too():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    jpeg = read(picture_bytes("JPEG", icc_profile=profile, exif=exif()))
    png = read(picture_bytes("PNG", mode="RGBA", colour=(200, 0, 0, 60)))

    assert open_picture(jpeg).info["icc_profile"] == profile
    assert open_picture(png).getpixel((5, 5)) == (200, 0, 0, 60)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_animation_keeps_its_frames_times_and_loop(format):
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue", "white")]
    content = saved(
        frames[0], format, save_all=True, append_images=frames[1:], duration=120, loop=0
    )

    picture = read(content)

    image = open_picture(picture)
    assert (picture.is_animated, image.n_frames, image.info["loop"]) == (True, 3, 0)
    shown = [frame.convert("RGB").getpixel((3, 3)) for frame in ImageSequence.Iterator(image)]
    assert [max(range(3), key=colour.__getitem__) for colour in shown[:2]] == [0, 2]


def test_colour_is_that_of_most_of_the_picture():
    image = Image.new("RGB", (100, 100), (200, 30, 30))
    image.paste((10, 10, 200), (0, 0, 30, 100))

    assert read(saved(image, "PNG")).colour == "#c81e1e"
    assert read(picture_bytes("PNG", mode="RGBA", colour=(0, 0, 0, 0))).colour == "#ffffff"


# --- What is refused ------------------------------------------------------------------------------


def png_head(width, height, rest=b""):
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunk = b"IHDR" + header
    start = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + start + rest


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(width, height):
    """A picture of that many black pixels in a few kilobytes for each million."""
    row = b"\0" * (1 + width * 4)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return png_head(width, height, chunk(b"IDAT", data) + chunk(b"IEND", b""))


def zip_bytes():
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("photo.jpg", b"no photo" * 100)
    return target.getvalue()


def jpeg_with_many_scans():
    """A progressive picture whose last scan comes again and again."""
    content = saved(Image.effect_noise((400, 400), 50), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:-2] + content[last:-2] * 900 + b"\xff\xd9"


def gif_of_many_frames():
    frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"
    return head + frame * 10_000 + b"\x3b"


NO_PICTURE = "This is no picture that can be shown: send JPEG, PNG, GIF, WebP or AVIF."
DAMAGED = "This picture is damaged or cut off, so it can't be shown."
SVG = "An SVG file can carry programs, so it is not taken. Save it as PNG or WebP first."
HOSTILE = {
    "nothing": (b"", "This file is empty."),
    "zip named .jpg": (zip_bytes(), NO_PICTURE),
    "page": (b"<!doctype html><script>alert(1)</script>", NO_PICTURE),
    "program": (b"#!/bin/sh\nreboot\n", NO_PICTURE),
    "bitmap": (picture_bytes("BMP"), NO_PICTURE),
    "svg": (b"<?xml version='1.0'?><svg onload='alert(1)'/>", SVG),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0", "Browsers can't show HEIC pictures. Save it as JPEG "
             "first."),
    "only a head": (b"\xff\xd8\xff\xe0", DAMAGED),
    "cut jpeg": (picture_bytes("JPEG", size=(300, 300))[:-40], DAMAGED),
    "cut png": (saved(Image.effect_noise((99, 99), 9), "PNG")[:-60], DAMAGED),
    "cut gif": (picture_bytes("GIF", size=(90, 90))[:-1], DAMAGED),
    "cut webp": (saved(Image.effect_noise((99, 99), 9), "WEBP")[:-60], DAMAGED),
    "cut avif": (saved(Image.effect_noise((99, 99), 9), "AVIF")[:-60], DAMAGED),
    "png whose data lie": (
        png_head(90, 90, chunk(b"IDAT", zlib.compress(b"short")) + chunk(b"IEND", b"")), DAMAGED),
    "100 megapixels": (
        png_bomb(10_000, 10_000),
        "This picture is 10000 × 10000 pixels: more than 24 megapixels, the limit for PNG. Make "
        "it smaller first."),
    "60000 by 60000": (
        png_head(60_000, 60_000, chunk(b"IDAT", b"")),
        "This picture has far too many pixels: the limit is 24 megapixels."),
    "endless jpeg": (
        picture_bytes("JPEG", size=(16, 16)).replace(
            b"\x00\x10\x00\x10\x03", b"\xff\xdc\xff\xdc\x03"),
        "This picture has far too many pixels: the limit is 40 megapixels."),
    "no width": (png_head(0, 10, chunk(b"IDAT", b"") + chunk(b"IEND", b"")), DAMAGED),
    "many scans": (jpeg_with_many_scans(), DAMAGED),
    "many frames": (gif_of_many_frames(), "This animation has more than 1000 frames."),
    "profile that unpacks without end": (
        png_head(10, 10, chunk(b"iCCP", b"x\0\0" + zlib.compress(b"\0" * 90_000_000))
                 + chunk(b"IDAT", zlib.compress(b"\0" * 410)) + chunk(b"IEND", b"")), None),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name, (_, words) in HOSTILE.items() if words])
def test_hostile_file_gets_one_sentence(name):
    content, sentence = HOSTILE[name]

    assert refusal_of(content) == sentence


def test_file_over_the_limit_gets_one_sentence(settings):
    settings.MAX_UPLOAD_BYTES = 1_000_000

    assert refusal_of(b"\xff\xd8\xff" + b"x" * 1_000_000) == (
        "This file is too large: the limit is 1 MB."
    )


WATCH = """
import base64, io, json, pathlib, sys, time
import django
django.setup()
from PIL import Image
from blog import images
Image.init()
found = {}
for name, text in json.load(sys.stdin).items():
    content = base64.b64decode(text)
    start = time.process_time()
    try:
        images.read(io.BytesIO(content))
    except images.Unusable:
        pass
    found[name] = time.process_time() - start
lines = pathlib.Path("/proc/self/status").read_text().splitlines()
peak = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
print(json.dumps({"seconds": found, "peak_mb": peak}))
"""


def test_hostile_files_cost_less_than_a_second_each_and_200_megabytes(tmp_path):
    files = {name: base64.b64encode(content).decode() for name, (content, _) in HOSTILE.items()}

    run = subprocess.run(
        [sys.executable, "-c", WATCH],
        input=json.dumps(files).encode(),
        capture_output=True,
        check=True,
        cwd=settings.BASE_DIR,
        env={
            "DATA_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": str(settings.BASE_DIR),
        },
    )

    found = json.loads(run.stdout)
    assert {name: spent for name, spent in found["seconds"].items() if spent > 1} == {}
    assert found["peak_mb"] < 200


@rules(max_examples=150, deadline=None)
@given(
    st.sampled_from(FORMATS),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12),
    st.floats(0, 1),
)
def test_whatever_is_broken_is_taken_or_refused(format, changes, kept):
    content = bytearray(picture_bytes(format, size=(24, 24)))
    for place, value in changes:
        content[int(place * len(content))] = value
    content = bytes(content[: max(1, int(len(content) * (kept if kept < 0.9 else 1)))])

    try:
        picture = read(content)
    except images.Unusable:
        return
    open_picture(picture).load()
