"""What scripts of the desk ask of the library: sending a file, finding one."""

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from blog.access import Role
from blog.choices import State
from blog.images.storage import WholeFiles
from blog.models import MediaItem
from tests.builders import make_media_item, make_post, make_user, picture_bytes, uploaded

pytestmark = pytest.mark.django_db

UPLOAD = "/admin/blog/mediaitem/upload/"
PICKER = "/admin/blog/mediaitem/picker/"


@pytest.fixture
def author():
    return make_user("aut", role=Role.AUTHOR)


@pytest.fixture
def at_desk(client, author):
    client.force_login(author)
    return client


def send(client, content=None, name="Am Fluß.jpg"):
    return client.post(UPLOAD, {"file": uploaded(content, name)})


# --- Sending --------------------------------------------------------------------------------------


def test_sent_picture_is_in_the_library_at_once(at_desk, author):
    content = picture_bytes("PNG", size=(120, 80))

    answer = send(at_desk, content, name="C:\\fotos\\Am Fluß.jpg")

    item = MediaItem.objects.get()
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": item.pk,
            "url": f"/media/{item.path}",
            "thumbnail_url": f"/media/{item.path}?v={item.content_hash[:12]}",
            "title": "Am Fluß",
            "alternative_text": "",
            "is_decorative": False,
            "caption": "",
            "width_px": 120,
            "height_px": 80,
        },
    )
    assert item.path.startswith("library/")
    assert item.path.endswith("/am-fluss.png")  # by what it is, not by what it is called
    assert (item.original_name, item.uploader, item.content_type) == (
        "Am Fluß.jpg",
        author,
        "image/png",
    )
    with default_storage.open(item.file.name) as file, Image.open(file) as image:
        assert image.size == (120, 80)


def test_same_picture_again_is_the_same_item(at_desk):
    content = picture_bytes("JPEG", comment=b"first")
    again = picture_bytes("JPEG", comment=b"sent by a messenger")

    first, second = send(at_desk, content), send(at_desk, again, name="IMG_1.jpg")

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert MediaItem.objects.count() == 1


def test_same_picture_of_somebody_elses_draft_is_not_given_away(at_desk, author):
    content = picture_bytes("PNG")
    theirs = make_media_item(content, by=make_user("other", role=Role.AUTHOR))

    mine = send(at_desk, content)

    assert mine.status_code == 201
    assert mine.json()["id"] != theirs.pk


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 400, "This file is empty."),
        (b"PK\x03\x04 no photo", 400, "This is no picture that can be shown: send JPEG, PNG, GIF, "
         "WebP or AVIF."),
        (b"\xff\xd8\xff" + b"x" * 1_000_001, 413, "This file is too large: the limit is 1 MB."),
    ],
)  # fmt: skip
def test_unusable_file_gets_a_sentence_and_leaves_nothing(
    at_desk, settings, tmp_path, content, status, words
):
    settings.MEDIA_ROOT = tmp_path
    settings.MAX_UPLOAD_BYTES = 1_000_000

    answer = send(at_desk, content)

    assert (answer.status_code, answer.json()) == (status, {"error": words})
    assert not MediaItem.objects.exists()
    assert list(tmp_path.rglob("*")) == []


def test_no_file_and_two_files_get_a_sentence(at_desk):
    none = at_desk.post(UPLOAD)
    two = at_desk.post(UPLOAD, {"file": [uploaded(), uploaded()]})

    expected = (400, {"error": "Send one file at a time."})
    assert (none.status_code, none.json()) == (two.status_code, two.json()) == expected
    assert not MediaItem.objects.exists()


def test_full_disk_gets_a_sentence(at_desk, monkeypatch):
    def full(storage, name, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(WholeFiles, "_save", full)

    answer = send(at_desk)

    assert (answer.status_code, answer.json()) == (
        503,
        {
            "error": "The picture can't be kept at the moment: the disk may be full. Try again "
            "later."
        },
    )
    assert not MediaItem.objects.exists()


def test_row_that_fails_leaves_no_file(at_desk, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(MediaItem, "save", lambda *args, **kwargs: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        send(at_desk)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_other_site_can_send_nothing(author):
    client = Client(enforce_csrf_checks=True)
    client.force_login(author)

    assert send(client).status_code == 403
    assert not MediaItem.objects.exists()


def test_ended_session_is_said_in_words(client):
    answer = send(client)

    assert (answer.status_code, answer.json()) == (
        403,
        {"error": "Your session has ended. Log in again."},
    )


@pytest.mark.parametrize(
    ("name", "kept", "end"),
    [
        ("../../../etc/passwd", "passwd", "/passwd.jpg"),
        ("/absolute/photo.jpg", "photo.jpg", "/photo.jpg"),
        (".htaccess", ".htaccess", "/htaccess.jpg"),
        ("x" * 300 + ".jpg", "x" * 251 + ".jpg", f"/{'x' * 60}.jpg"),
        ("页边的字.png", "页边的字.png", "/ye-bian-de-zi.jpg"),
        ("????.jpg", "????.jpg", "/picture.jpg"),
        ("Ελλάδα.jpg", "Ελλάδα.jpg", "/picture.jpg"),
    ],
)
def test_name_is_kept_for_people_and_made_harmless_for_addresses(at_desk, name, kept, end):
    send(at_desk, picture_bytes(), name=name)

    item = MediaItem.objects.get()
    assert item.original_name == kept
    assert item.path.isascii()
    assert item.path[-len(end) :] == end
    assert at_desk.get(item.get_absolute_url()).status_code == 200


def test_same_name_twice_is_two_addresses(at_desk):
    first, second = send(at_desk).json(), send(at_desk).json()

    assert first["url"] != second["url"]


# --- Finding --------------------------------------------------------------------------------------


def found(client, query=""):
    answer = client.get(f"{PICKER}{query}").json()
    return [item["title"] for item in answer["items"]], answer["next"]


def test_picker_gives_pages_newest_first(at_desk, author, monkeypatch):
    monkeypatch.setattr("blog.admin.media_json.PICKER_PAGE", 2)
    for number in range(5):
        make_media_item(name=f"{number}.jpg", by=author)

    first, after_first = found(at_desk)
    second, after_second = found(at_desk, f"?before={after_first}")
    third, after_third = found(at_desk, f"?before={after_second}")

    assert (first, second, third, after_third) == (["4", "3"], ["2", "1"], ["0"], None)


def test_picker_finds_every_word_in_names_and_texts(at_desk, author):
    make_media_item(name="river.jpg", alternative_text="Drei Brücken am Abend", by=author)
    make_media_item(name="press.jpg", title="印刷机", caption="In the cellar", by=author)

    assert found(at_desk, "?q=BRUCKEN river")[0] == ["river"]
    assert found(at_desk, "?q=印刷")[0] == ["印刷机"]
    assert found(at_desk, "?q=cellar")[0] == ["印刷机"]
    assert found(at_desk, "?q=cellar river")[0] == []


@pytest.mark.parametrize("before", ["x", "-1", "1e3", "9" * 40, "²"])
def test_picker_refuses_a_page_that_none_is(at_desk, before):
    answer = at_desk.get(PICKER, {"before": before})

    assert (answer.status_code, answer.json()) == (400, {"error": "There is no such page."})


def test_picker_shows_nothing_of_other_peoples_drafts(at_desk, client):
    other = make_user("other", role=Role.AUTHOR)
    hidden = make_media_item(name="hidden.jpg", by=other)
    shown = make_media_item(name="shown.jpg", by=other)
    make_post(author=other, state=State.DRAFT, body=f"![]({hidden.get_absolute_url()})")
    make_post(author=other, body=f"![]({shown.get_absolute_url()})")

    as_author = found(at_desk)[0]
    client.force_login(make_user("edi", role=Role.EDITOR))
    as_editor = found(client)[0]

    assert (as_author, as_editor) == (["shown"], ["shown", "hidden"])


def test_picker_asks_as_much_for_three_as_for_one(at_desk, author, django_assert_num_queries):
    make_media_item(by=author)
    at_desk.get(PICKER)
    with django_assert_num_queries(6) as _one:
        at_desk.get(PICKER)
    for _ in range(2):
        make_media_item(by=author)

    with django_assert_num_queries(6):
        at_desk.get(PICKER)
