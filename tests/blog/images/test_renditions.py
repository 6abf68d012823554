"""Copies of pictures: which, of what, when, and what becomes of them."""

import io

import pytest
from django.core.files.storage import default_storage
from PIL import Image, ImageCms

from blog import images
from blog.images import renditions
from blog.images.storage import WholeFiles
from blog.models import MediaItem
from tests.builders import make_media_item, picture_bytes, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(folder):
    found = folder.rglob("*")
    return sorted(str(path.relative_to(folder)) for path in found if path.is_file())


def made(item):
    renditions.make(item)
    item.refresh_from_db()
    return item.made_renditions


def opened(copy):
    with default_storage.open(copy.name) as file:
        image = Image.open(io.BytesIO(file.read()))
        image.load()
        return image


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (300, [300]),
        (480, [480]),
        (700, [480, 700]),
        (1_600, [480, 960, 1_600]),
        (1_700, [480, 960, 1_600]),
        (9_000, [480, 960, 1_600]),
    ],
)
def test_widths_never_enlarge_and_never_lose_sharpness(width, expected):
    assert renditions.widths(width) == expected


def test_copies_are_avif_and_webp_in_all_widths():
    item = make_media_item(picture_bytes("JPEG", size=(1_200, 900)))

    copies = made(item)

    expected = [
        (width, height, kind)
        for width, height in ((480, 360), (960, 720), (1_200, 900))
        for kind in ("image/avif", "image/webp")
    ]
    assert [(one.width_px, one.height_px, one.content_type) for one in copies] == expected
    found = [opened(copy) for copy in copies]
    assert [(*image.size, f"image/{image.format.lower()}") for image in found] == expected
    assert [copy.size_bytes for copy in copies] == [
        default_storage.size(copy.name) for copy in copies
    ]


def test_copy_is_sent_at_its_address_for_ever(client):
    item = make_media_item(picture_bytes("PNG"))
    avif = made(item)[0]

    answer = client.get(avif.url)
    answer.close()

    assert (answer["Content-Type"], answer["Cache-Control"]) == (
        "image/avif",
        "public, max-age=31536000, immutable",
    )


def test_transparency_stays():
    item = make_media_item(picture_bytes("PNG", mode="RGBA", colour=(200, 0, 0, 0)))
    palette = Image.new("P", (40, 30), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    target = io.BytesIO()
    palette.save(target, "GIF", transparency=0)
    indexed = make_media_item(target.getvalue())

    for copy in (*made(item), *made(indexed)):
        assert opened(copy).convert("RGBA").getpixel((5, 5))[3] == 0


def test_colours_of_other_profiles_become_srgb():
    swapped = Image.new("LAB", (60, 40), (128, 200, 128))
    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.createProfile("sRGB")
    seen = ImageCms.profileToProfile(swapped, lab, srgb, outputMode="RGB").getpixel((5, 5))
    cmyk = picture_bytes("JPEG", mode="CMYK", colour=(0, 255, 255, 0))

    item = make_media_item(cmyk)

    for copy in made(item):
        red, green, blue = opened(copy).convert("RGB").getpixel((9, 9))
        assert red > 200 > 60 > green
        assert blue < 60
        assert "icc_profile" not in opened(copy).info
    assert seen != (128, 200, 128)


def test_grey_of_sixteen_bits_keeps_its_light():
    target = io.BytesIO()
    Image.new("I;16", (60, 40), 0x8000).save(target, "PNG")

    item = make_media_item(target.getvalue())

    assert [abs(opened(copy).convert("L").getpixel((9, 9)) - 128) < 4 for copy in made(item)] == [
        True,
        True,
    ]


def test_animation_stays_itself():
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue")]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=100)
    item = make_media_item(target.getvalue())

    assert made(item) == []
    assert not MediaItem.objects.awaiting_renditions().exists()
    assert item.thumbnail_url == item.versioned_url


def test_lost_file_is_given_up(media):
    item = make_media_item()
    default_storage.delete(item.stored_name)

    assert made(item) == []
    assert not MediaItem.objects.awaiting_renditions().exists()
    assert files(media) == []


def test_round_makes_what_is_due_oldest_first_until_its_time_is_up(monkeypatch):
    items = [make_media_item() for _ in range(3)]
    order = []
    make = renditions.make
    monkeypatch.setattr(renditions, "make", lambda item: (order.append(item.pk), make(item)))
    round_ = renditions.Round()

    counts = [round_.make_due(seconds=seconds) for seconds in (0, 1e-9, 60, 60)]

    assert (sum(counts), counts[0], counts[3]) == (3, 0, 0)
    assert order == [item.pk for item in items]


def test_nothing_due_costs_one_query(django_assert_num_queries):
    made(make_media_item())

    with django_assert_num_queries(1):
        assert renditions.Round().make_due() == 0


def test_full_disk_leaves_nothing_behind_and_is_tried_again_later(media, monkeypatch):
    item = make_media_item(picture_bytes(size=(1_000, 500)))
    before = files(media)
    clock = [100.0]
    monkeypatch.setattr(renditions, "monotonic", lambda: clock[0])
    write = WholeFiles._save

    def full(storage, name, content):
        if name.endswith("-480.avif"):
            raise OSError(28, "No space left on device")
        return write(storage, name, content)

    round_ = renditions.Round()
    with monkeypatch.context() as patch:
        patch.setattr(WholeFiles, "_save", full)
        assert round_.make_due() == 0

    assert files(media) == before
    assert round_.make_due() == 0  # still pausing
    clock[0] += renditions.PAUSE_SECONDS

    def tick():
        clock[0] += 1
        return clock[0]

    monkeypatch.setattr(renditions, "monotonic", tick)
    assert round_.make_due() == 1
    item.refresh_from_db()
    assert len(item.made_renditions) == 6


def test_picture_that_is_replaced_meanwhile_keeps_no_copies_of_the_old_one(
    media, django_capture_on_commit_callbacks
):
    item = make_media_item(picture_bytes("PNG", colour="red"))
    with django_capture_on_commit_callbacks(execute=True):
        images.replace(item, uploaded(picture_bytes("PNG", colour="blue")))
    before = files(media)

    assert renditions.make(item) == []

    assert files(media) == before
    assert MediaItem.objects.awaiting_renditions().count() == 1


def test_removed_picture_takes_its_files_along(media, django_capture_on_commit_callbacks):
    item = make_media_item()
    made(item)
    assert len(files(media)) == 3

    with django_capture_on_commit_callbacks(execute=True):
        images.remove(item)

    assert files(media) == []
    assert not MediaItem.objects.exists()


def test_replaced_picture_keeps_its_address_and_loses_its_old_files(
    media, client, django_capture_on_commit_callbacks
):
    item = make_media_item(picture_bytes("PNG", size=(60, 40)), name="river.png")
    made(item)
    old = files(media)
    address = item.get_absolute_url()

    with django_capture_on_commit_callbacks(execute=True):
        images.replace(item, uploaded(picture_bytes("JPEG", size=(90, 30))))

    item.refresh_from_db()
    answer = client.get(address)
    answer.close()
    assert set(old).isdisjoint(files(media))
    assert (item.get_absolute_url(), item.width_px, item.height_px) == (address, 90, 30)
    assert answer["Content-Type"] == "image/jpeg"


def test_replacement_that_is_no_picture_changes_nothing(media):
    item = make_media_item()
    before = files(media)

    with pytest.raises(images.Unusable):
        images.replace(item, uploaded(b"no picture"))

    assert files(media) == before
    assert MediaItem.objects.get().content_hash == item.content_hash
