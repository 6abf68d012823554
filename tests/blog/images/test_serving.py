"""How uploaded files are sent: to whom they are known, in parts, and never as a program."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from blog import images
from tests.builders import make_media_item, picture_bytes, uploaded

pytestmark = pytest.mark.django_db

FOR_EVER = "public, max-age=31536000, immutable"


def content_of(item):
    with default_storage.open(item.file.name) as file:
        return file.read()


def body(answer):
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    return content


@pytest.fixture
def item():
    return make_media_item(picture_bytes("PNG", size=(50, 50)))


def test_picture_is_sent_as_what_it_is_and_can_run_nothing(client, item):
    answer = client.get(item.get_absolute_url())

    headers = {
        name: answer[name]
        for name in (
            "Content-Type",
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "Cache-Control",
            "Cross-Origin-Resource-Policy",
            "ETag",
        )
    }
    assert headers == {
        "Content-Type": "image/png",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "public, no-cache",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "ETag": f'"{item.content_hash[:32]}"',
    }
    assert body(answer) == content_of(item)


def test_address_with_the_version_is_kept_for_ever_and_another_is_not(client, item):
    kept = client.get(item.versioned_url)
    asked = client.get(f"{item.get_absolute_url()}?v=another")

    assert (kept["Cache-Control"], asked["Cache-Control"]) == (FOR_EVER, "public, no-cache")


def test_who_has_it_gets_304_until_it_is_replaced(client, item):
    address = item.get_absolute_url()
    etag = client.get(address)["ETag"]

    known = client.get(address, headers={"If-None-Match": etag})
    images.replace(item, uploaded(picture_bytes("GIF")))
    replaced = client.get(address, headers={"If-None-Match": etag})

    assert (known.status_code, known.content, known["Cache-Control"]) == (
        304,
        b"",
        "public, no-cache",
    )
    assert (replaced.status_code, replaced["Content-Type"]) == (200, "image/gif")


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "start", "end"),
    [
        ("bytes=0-3", 206, "bytes 0-3/{size}", 0, 4),
        ("bytes=10-", 206, "bytes 10-{last}/{size}", 10, None),
        ("bytes=-5", 206, "bytes {fifth}-{last}/{size}", -5, None),
        ("bytes=5-999999", 206, "bytes 5-{last}/{size}", 5, None),
        ("bytes=999999-", 416, "bytes */{size}", 0, 0),
        ("bytes=5-2", 416, "bytes */{size}", 0, 0),
        ("bytes=-0", 416, "bytes */{size}", 0, 0),
        ("bytes=-", 200, None, 0, None),
        ("bytes=0-1,5-6", 200, None, 0, None),
        ("lines=0-1", 200, None, 0, None),
    ],
)
def test_part_is_sent_to_who_asks_for_it(client, item, asked, status, content_range, start, end):
    content, size = content_of(item), item.size_bytes

    answer = client.get(item.get_absolute_url(), headers={"Range": asked})

    expected = content_range and content_range.format(size=size, last=size - 1, fifth=size - 5)
    assert (answer.status_code, answer.get("Content-Range"), body(answer)) == (
        status,
        expected,
        content[start:end],
    )


def test_part_of_what_was_replaced_is_the_whole(client, item):
    answer = client.get(
        item.get_absolute_url(), headers={"Range": "bytes=0-3", "If-Range": '"old"'}
    )

    assert (answer.status_code, body(answer)) == (200, content_of(item))


def test_file_that_is_no_item_is_sent_too(client):
    default_storage.delete("demo/sea.webp")
    default_storage.save("demo/sea.webp", ContentFile(picture_bytes("WEBP")))

    answer = client.get("/media/demo/sea.webp")
    again = client.get("/media/demo/sea.webp", headers={"If-None-Match": answer["ETag"]})

    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "image/webp",
        "public, max-age=2592000",
    )
    assert again.status_code == 304
    answer.close()


def test_file_that_is_still_being_written_is_not_there(client):
    default_storage.save("library/.half.part", ContentFile(b"half"))

    assert client.get("/media/library/.half.part").status_code == 404


def test_lost_file_is_not_found(client, item):
    default_storage.delete(item.file.name)

    assert client.get(item.get_absolute_url()).status_code == 404
