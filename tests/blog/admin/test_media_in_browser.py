"""The media library in a browser: several files with progress, dropped too, and without scripts."""

import base64
import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from blog.access import Role
from blog.images import renditions
from blog.models import MediaItem
from tests.browser.conftest import assert_good, follow, log_in, open_page  # noqa: F401
from tests.builders import make_media_item, make_post, make_user, set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GRID = "/admin/blog/mediaitem/"

DROP = """([name, data]) => {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], name, { type: "image/png" }));
    for (const kind of ["dragenter", "dragover", "drop"]) {
        const options = { dataTransfer: carried, bubbles: true, cancelable: true };
        const event = new DragEvent(kind, options);
        document.querySelector("main, #content").dispatchEvent(event);
    }
}"""


def picture(colour, size=(700, 500)):
    target = io.BytesIO()
    image = Image.effect_noise(size, 60).convert("RGB")
    image.paste(colour, (0, 0, 200, 200))
    image.save(target, "PNG")
    return target.getvalue()


def as_file(name, content):
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


@pytest.fixture
def ada():
    return make_user("ada", role=Role.EDITOR)


def test_several_files_come_in_with_progress_and_refusals_in_words(ada, open_page):  # noqa: F811
    page = open_page()
    log_in(page, ada)
    page.goto(GRID)
    sent, tiles = page.locator(".media-sent"), page.locator(".media-grid .media-tile")

    page.get_by_label("Upload pictures").set_input_files(
        [as_file(f"{name}.png", picture(name)) for name in ("red", "green", "blue")]
    )
    expect(tiles).to_have_count(3)
    expect(sent.locator(".media-state")).to_have_text(["In the library"] * 3)
    page.evaluate(DROP, ["dropped.png", base64.b64encode(picture("white")).decode()])
    expect(tiles).to_have_count(4)

    assert_good(page)
    assert {item.original_name for item in MediaItem.objects.all()} == {
        "red.png",
        "green.png",
        "blue.png",
        "dropped.png",
    }
    expect(tiles.first.locator(".media-name")).to_have_text("dropped")
    follow(tiles.first.get_by_role("link"), "/change/")
    expect(page.get_by_role("heading", name="dropped")).to_be_visible()


def test_lost_connection_can_be_tried_again(ada, open_context, live_server):
    page = open_context(base_url=live_server.url).new_page()
    log_in(page, ada)
    page.goto(GRID)
    line = page.locator(".media-sent")

    page.route("**/upload/", lambda route: route.abort())
    page.get_by_label("Upload pictures").set_input_files([as_file("red.png", picture("red"))])
    expect(line).to_contain_text("The connection was lost.")
    page.unroute("**/upload/")
    page.get_by_role("button", name="Try again").click()

    expect(line.locator(".media-state")).to_have_text("In the library")
    assert MediaItem.objects.count() == 1


def test_file_that_is_no_picture_gets_its_sentence(ada, open_context, live_server):
    page = open_context(base_url=live_server.url).new_page()
    log_in(page, ada)
    page.goto(GRID)

    page.get_by_label("Upload pictures").set_input_files([as_file("photo.jpg", b"PK\x03\x04 zip")])

    expect(page.locator(".media-sent .media-state")).to_have_text(
        "This is no picture that can be shown: send JPEG, PNG, GIF, WebP or AVIF."
    )
    assert not MediaItem.objects.exists()


def test_without_scripts_everything_works(ada, open_page):  # noqa: F811
    page = open_page(java_script_enabled=False)
    log_in(page, ada)
    page.goto(GRID)

    page.get_by_label("Upload pictures").set_input_files(
        [as_file("red.png", picture("red")), as_file("photo.jpg", b"PK\x03\x04 zip")]
    )
    follow(page.get_by_role("button", name="Upload", exact=True), GRID)
    messages = page.locator(".messagelist li")
    expect(messages).to_contain_text(["“photo.jpg”: This is no picture", "1 picture is in"])
    follow(page.locator(".media-grid a"), "/change/")
    page.get_by_label("Alternative text").fill("A red square")
    follow(page.get_by_role("button", name="Save"), "/change/")
    page.get_by_label("New file").set_input_files([as_file("blue.png", picture("blue"))])
    follow(page.get_by_role("button", name="Replace"), "/change/")
    expect(messages).to_contain_text(["Replaced."])
    follow(page.get_by_role("link", name="Delete"), "/delete/")
    follow(page.get_by_role("button", name="Delete"), GRID)

    expect(page.locator(".media-none")).to_be_visible()
    assert not MediaItem.objects.exists()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_are_good_in_both_languages(ada, open_page, language):  # noqa: F811
    set_profile(language=language)
    item = make_media_item(picture("red"), by=ada)
    renditions.make(item)
    make_media_item(picture("blue"), alternative_text="A blue square", by=ada)
    make_post(body=f"![]({item.get_absolute_url()})")
    page = open_page()
    log_in(page, ada)

    for address in (
        GRID,
        f"{GRID}?q=nothing",
        f"{GRID}add/",
        f"{GRID}{item.pk}/change/",
        f"{GRID}{item.pk}/delete/",
    ):
        page.goto(address)
        assert_good(page)


def test_reader_gets_the_copy_that_suits_the_screen(ada, open_page):  # noqa: F811
    item = make_media_item(picture("red", size=(2_000, 1_000)), by=ada)
    renditions.make(item)
    post = make_post(body=f"![A red square]({item.get_absolute_url()})")

    taken = {}
    for width, scale in ((360, 1), (1_280, 1), (1_280, 2)):
        page = open_page(viewport={"width": width, "height": 700}, device_scale_factor=scale)
        page.goto(post.get_absolute_url())
        image = page.get_by_role("img", name="A red square")
        image.evaluate("image => image.decode()")
        taken[width, scale] = re.sub(
            r".*-(\d+)\.", r"\1.", image.evaluate("image => image.currentSrc")
        )

    assert taken == {(360, 1): "480.avif", (1_280, 1): "960.avif", (1_280, 2): "1600.avif"}
    box = image.bounding_box()
    assert round(box["width"] / box["height"], 1) == 2.0
