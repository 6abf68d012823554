"""How pages and feeds show pictures of the library, and that they are never out of date."""

import json
import re

import pytest

from blog.choices import State
from blog.images import renditions
from blog.images.rendering import COLUMN, dressed, sized
from blog.models import MediaItem, Post
from tests.builders import make_media_item, make_post, picture_bytes

pytestmark = pytest.mark.django_db

PATH = "library/abc/river.jpg"
KNOWN = {
    PATH: {
        "src": f"/media/{PATH}?v=1",
        "width": 1200,
        "height": 800,
        "avif": "/media/renditions/x/1-480.avif 480w",
        "webp": "/media/renditions/x/1-480.webp 480w",
    }
}
SOURCES = (
    f'<source type="image/avif" srcset="/media/renditions/x/1-480.avif 480w" sizes="{COLUMN}">'
    f'<source type="image/webp" srcset="/media/renditions/x/1-480.webp 480w" sizes="{COLUMN}">'
)


# --- The markup -----------------------------------------------------------------------------------


def test_picture_of_the_library_gets_sizes_kinds_and_its_own_measure():
    html = f'<p>A <img src="/media/{PATH}" alt="A &lt;river&gt; &quot;at&quot; night"> z</p>'

    assert dressed(html, KNOWN) == (
        f'<p>A <picture>{SOURCES}<img src="/media/{PATH}?v=1" '
        'alt="A &lt;river&gt; &quot;at&quot; night" width="1200" height="800" loading="lazy" '
        'decoding="async"></picture> z</p>'
    )


def test_first_picture_does_not_wait_when_the_page_begins_with_it():
    html = '<img src="/a.png" alt="" loading="lazy"><img src="/b.png" alt="" loading="lazy">'

    assert dressed(html, {}, is_first_eager=True) == (
        '<img src="/a.png" alt="" decoding="async" fetchpriority="high">'
        '<img src="/b.png" alt="" loading="lazy" decoding="async">'
    )


@pytest.mark.parametrize(("length", "waits"), [(380, False), (420, True)])
def test_first_picture_waits_below_more_text_than_a_screen_holds(length, waits):
    html = f'<p>{"a" * length}</p><img src="/a.png" alt="">'

    assert ("lazy" in dressed(html, {}, is_first_eager=True)) == waits


def test_size_that_the_author_gave_stays_and_chooses_the_file():
    html = f'<img src="/media/{PATH}" alt="" width="320" height="213" class="align-left">'

    picture = dressed(html, KNOWN)

    assert 'width="320" height="213"' in picture
    assert 'sizes="(min-width: 320px) 320px, 100vw"' in picture
    assert 'class="align-left"' in picture


def test_picture_without_copies_is_shown_as_it_is():
    known = {PATH: {"src": f"/media/{PATH}?v=1", "width": 60, "height": 40}}

    assert dressed(f'<img src="/media/{PATH}?old#x" alt="">', known) == (
        f'<img src="/media/{PATH}?v=1" alt="" width="60" height="40" loading="lazy" '
        'decoding="async">'
    )


def test_feeds_get_one_file_with_its_measure():
    html = f'<p><img src="/media/{PATH}" alt="x"><img src="/media/demo/y.png" alt=""></p>'

    assert sized(html, KNOWN) == (
        f'<p><img src="/media/{PATH}?v=1" alt="x" width="1200" height="800">'
        '<img src="/media/demo/y.png" alt=""></p>'
    )


def test_words_that_look_like_a_picture_stay_words():
    html = (
        f'<p>&lt;img src="/media/{PATH}"&gt; <img src="/media/{PATH}" alt="&lt;img src=1&gt;"></p>'
    )

    assert dressed(html, KNOWN).count("<picture>") == 1


# --- What posts know ------------------------------------------------------------------------------


def test_post_knows_what_it_shows_whatever_way_it_is_written():
    shown, linked, absolute, unused = (make_media_item() for _ in range(4))
    body = (
        f"![x]({shown.get_absolute_url()}?v=old)\n\n[The file]({linked.get_absolute_url()})\n\n"
        f'<img src="http://127.0.0.1:8000{absolute.get_absolute_url()}" alt="">\n\n'
        f"`{unused.get_absolute_url()}`"
    )

    post = make_post(body=body, state=State.DRAFT)

    assert set(post.media_items.all()) == {shown, linked, absolute}
    assert set(Post.objects.get().pictures) == {shown.path, linked.path, absolute.path}
    assert list(MediaItem.objects.unused()) == [unused]
    post.body = "Nothing."
    post.save()
    assert (list(post.media_items.all()), Post.objects.get().pictures) == ([], {})


def test_page_and_feeds_show_copies_as_soon_as_they_are_made(client):
    item = make_media_item(picture_bytes("JPEG", size=(600, 400)))
    post = make_post(body=f"![A river]({item.get_absolute_url()})")
    address = post.get_absolute_url()
    plain = client.get(address).content.decode()

    renditions.make(item)

    page = client.get(address).content.decode()
    assert "<picture>" not in plain
    assert f'src="{item.versioned_url}"' in plain
    srcset = re.search(r'type="image/avif" srcset="([^"]*)"', page)[1]
    assert [part.split()[1] for part in srcset.split(", ")] == ["480w", "600w"]
    for part in srcset.split(", "):
        assert client.get(part.split()[0])["Content-Type"] == "image/avif"
    feed = json.loads(client.get("/feed.json").content)["items"][0]
    assert feed["image"] == f"http://127.0.0.1:8000{item.versioned_url}"
    assert 'width="600" height="400"' in feed["content_html"]
    assert f'src="http://127.0.0.1:8000{item.versioned_url}"' in feed["content_html"]


@pytest.mark.parametrize("count", [1, 3])
def test_pictures_cost_no_query(client, django_assert_max_num_queries, count):
    for _ in range(count):
        item = make_media_item(picture_bytes("PNG", size=(50 + count, 50)))
        renditions.make(item)
        make_post(body=f"![]({item.get_absolute_url()})")

    with django_assert_max_num_queries(7):
        page = client.get("/").content.decode()

    assert page.count("<picture>") == count
    assert page.count('loading="lazy"') == count - 1
    with django_assert_max_num_queries(3):
        client.get("/atom.xml")
