"""The media library in the admin: the grid, one item, where it is used, replacing, deleting."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from blog.access import Role
from blog.choices import State
from blog.models import MediaItem
from tests.builders import (
    make_media_item,
    make_page,
    make_post,
    make_user,
    picture_bytes,
    uploaded,
)

pytestmark = pytest.mark.django_db

GRID = "/admin/blog/mediaitem/"
QUERIES_OF_GRID = 7  # profile, session, person, two for his rights, the notice, the items
QUERIES_OF_ITEM = 10  # besides those: whether he may change it, the uses and their names


@pytest.fixture
def editor(client):
    user = make_user("edi", role=Role.EDITOR)
    client.force_login(user)
    return user


@pytest.fixture
def author():
    return make_user("aut", role=Role.AUTHOR)


def address(item, name="change"):
    return reverse(f"admin:blog_mediaitem_{name}", args=[item.pk])


def shown(response):
    return [str(item) for item in response.context["items"]]


def said(response):
    return [(message.level_tag, str(message)) for message in get_messages(response.wsgi_request)]


def shows(item):
    return f"![]({item.get_absolute_url()})"


# --- The grid -------------------------------------------------------------------------------------


def test_grid_is_searched_and_filtered(client, editor):
    plain = make_media_item(name="plain.jpg")
    make_media_item(name="river.jpg", alternative_text="A river")
    make_media_item(name="line.jpg", is_decorative=True)
    make_post(body=shows(plain), state=State.DRAFT)

    found = {
        query: shown(client.get(f"{GRID}{query}"))
        for query in ("", "?q=RIVER", "?show=without-text", "?show=unused", "?show=unused&q=line")
    }

    assert found == {
        "": ["line", "river", "plain"],
        "?q=RIVER": ["river"],
        "?show=without-text": ["plain"],
        "?show=unused": ["line", "river"],
        "?show=unused&q=line": ["line"],
    }


def test_grid_leads_on_through_all_pages(client, editor, monkeypatch):
    monkeypatch.setattr("blog.admin.media.PER_PAGE", 2)
    for number in range(5):
        make_media_item(name=f"a {number}.jpg")

    pages, query = [], "?q=a"
    while query:
        response = client.get(f"{GRID}{query}")
        pages.append(shown(response))
        query = response.context["older_url"]

    assert pages == [["a 4", "a 3"], ["a 2", "a 1"], ["a 0"]]
    assert response.context["newest_url"] == "?q=a"


@pytest.mark.parametrize("query", ["?before=x", "?before=-1", "?show=nonsense", "?before=²"])
def test_nonsense_shows_the_first_page(client, editor, query):
    make_media_item(name="one.jpg")

    assert shown(client.get(f"{GRID}{query}")) == ["one"]


def test_grid_asks_as_much_for_three_as_for_one(client, editor, django_assert_num_queries):
    make_media_item()
    client.get(GRID)
    with django_assert_num_queries(QUERIES_OF_GRID):
        client.get(GRID)
    make_media_item()
    make_media_item()

    with django_assert_num_queries(QUERIES_OF_GRID):
        client.get(GRID)


def test_author_finds_his_own_and_what_readers_see(client, author):
    other = make_user("oth", role=Role.AUTHOR)
    make_media_item(name="mine.jpg", by=author)
    hidden = make_media_item(name="hidden.jpg", by=other)
    public = make_media_item(name="public.jpg", by=other)
    make_post(author=other, body=shows(public))
    make_post(author=other, body=shows(hidden), state=State.DRAFT, title="Secret plan")
    client.force_login(author)

    assert shown(client.get(GRID)) == ["public", "mine"]
    assert client.get(address(hidden)).status_code == 404
    assert client.get(address(public)).context["may_change"] is False


# --- Uploading without scripts --------------------------------------------------------------------


def test_plain_form_takes_several_and_says_what_it_refused(client, editor, settings):
    settings.MAX_UPLOAD_BYTES = 100_000
    files = [
        uploaded(name="one.png"),
        uploaded(b"no picture", name="two.jpg"),
        uploaded(b"\xff\xd8\xff" + b"x" * 100_001, name="three.jpg"),
        uploaded(name="four.png"),
    ]

    response = client.post(f"{GRID}add/", {"file": files})

    assert response["Location"] == GRID
    assert said(response) == [
        ("error", "“two.jpg”: This is no picture that can be shown: send JPEG, PNG, GIF, WebP or "
         "AVIF."),
        ("error", "“three.jpg”: This file is too large: the limit is 0 MB."),
        ("success", "2 pictures are in the library."),
    ]  # fmt: skip
    assert {item.original_name for item in MediaItem.objects.all()} == {"one.png", "four.png"}


def test_plain_form_without_a_file_says_so(client, editor):
    assert said(client.post(f"{GRID}add/")) == [("warning", "Choose a file first.")]


# --- One item -------------------------------------------------------------------------------------


def test_words_about_a_picture_are_saved(client, editor):
    item = make_media_item(name="river.jpg")

    client.post(
        address(item),
        {"alternative_text": "A river at night", "title": "Fluss", "caption": "In May"},
    )

    item.refresh_from_db()
    assert (item.alternative_text, item.title, item.caption, item.is_decorative) == (
        "A river at night",
        "Fluss",
        "In May",
        False,
    )
    assert list(MediaItem.objects.matching("fluss NIGHT may river")) == [item]


def test_decoration_that_says_something_is_refused_and_nothing_typed_is_lost(client, editor):
    item = make_media_item(name="river.jpg")

    response = client.post(
        address(item), {"alternative_text": "A river", "is_decorative": "on", "title": "T"}
    )

    assert response.status_code == 422
    assert response.context["form"].errors == {
        "is_decorative": ["A picture with an alternative text is no decoration."]
    }
    assert "A river" in response.content.decode()
    item.refresh_from_db()
    assert (item.alternative_text, item.title) == ("", "river")


def test_uses_are_told_exactly(client, editor):
    item, other = make_media_item(), make_media_item()
    make_post(title="Live", body=shows(item))
    make_post(title="Draft", body=f"[file]({item.get_absolute_url()})", state=State.DRAFT)
    make_post(title="Withdrawn", body=shows(item), state=State.WITHDRAWN)
    make_page(title="About", body=f"{shows(item)} {shows(other)}")
    make_post(title="Only words", body=f"`{item.get_absolute_url()}`")
    make_post(title="Neighbour", body=shows(other))

    uses = client.get(address(item)).context["uses"]

    assert {(use.title, use.kind, use.standing) for use in uses} == {
        ("Live", "Post", "live"),
        ("Draft", "Post", "draft"),
        ("Withdrawn", "Post", "withdrawn"),
        ("About", "Page", "live"),
    }


def test_uses_in_drafts_of_others_are_only_counted(client, author):
    item = make_media_item(by=author)
    make_post(author=author, title="Mine", body=shows(item), state=State.DRAFT)
    other = make_user("oth", role=Role.AUTHOR)
    make_post(author=other, title="Secret plan", body=shows(item), state=State.DRAFT)
    client.force_login(author)

    for name in ("change", "delete"):
        page = client.get(address(item, name))
        assert [use.title for use in page.context["uses"]] == ["Mine"]
        assert page.context["hidden_count"] == 1
        assert "Secret plan" not in page.content.decode()


def test_item_asks_as_much_for_three_uses_as_for_one(client, editor, django_assert_num_queries):
    item = make_media_item()
    make_post(body=shows(item))
    client.get(address(item))
    with django_assert_num_queries(QUERIES_OF_ITEM):
        client.get(address(item))
    make_post(body=shows(item))
    make_post(body=shows(item))

    with django_assert_num_queries(QUERIES_OF_ITEM):
        client.get(address(item))


def test_replacement_keeps_the_address(client, editor):
    item = make_media_item(picture_bytes("PNG"))

    response = client.post(
        address(item, "replace"), {"file": uploaded(picture_bytes("GIF", size=(9, 9)))}
    )

    after = MediaItem.objects.get()
    assert said(response) == [
        ("success", "Replaced. Every page that shows it has the new picture.")
    ]
    assert (after.path, after.width_px, after.content_type) == (item.path, 9, "image/gif")


def test_bad_replacement_is_refused_in_words(client, editor, settings):
    settings.MAX_UPLOAD_BYTES = 1_000_000
    item = make_media_item()

    found = [
        said(client.post(address(item, "replace"), data))[-1]
        for data in (
            {},
            {"file": uploaded(b"<svg/>")},
            {"file": uploaded(b"\xff\xd8\xff" + b"x" * 1_000_001)},
        )
    ]

    assert found == [
        ("warning", "Choose a file first."),
        ("error", "An SVG file can carry programs, so it is not taken. Save it as PNG or WebP "
         "first."),
        ("error", "This file is too large: the limit is 1 MB."),
    ]  # fmt: skip
    assert MediaItem.objects.get().content_hash == item.content_hash


def test_deleting_warns_first_and_only_a_post_deletes(client, editor):
    item = make_media_item(name="river.jpg")
    post = make_post(title="Banks", body=shows(item))

    page = client.get(address(item, "delete"))
    still_there = MediaItem.objects.exists()
    response = client.post(address(item, "delete"))

    assert "there will be a gap in 1 place" in page.content.decode()
    assert [use.title for use in page.context["uses"]] == ["Banks"]
    assert still_there
    assert said(response) == [("success", "“river” is deleted.")]
    assert not MediaItem.objects.exists()
    post.refresh_from_db()
    assert post.pictures == {}
