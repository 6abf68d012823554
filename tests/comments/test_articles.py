"""A comment's HTML is remembered by what it is made of, so it is never that of another moment."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from blog.models import Author, SiteProfile
from comments.models import BlogComment
from comments.templatetags import discussion
from tests.builders import make_author, make_comment, make_guest, make_post, make_user

STRANGER = discussion.OwnShare()


@pytest.fixture(autouse=True)
def nothing_remembered():
    discussion._article.cache_clear()


def draw(post, *, own=STRANGER, author=None, reply_url="/reply/"):
    page = BlogComment.objects.on_post(post).page_of_threads()
    return [
        discussion.comment_article(line, own, author or post.author, reply_url)
        for line in page.lines
    ]


@pytest.mark.django_db
def test_comment_is_drawn_once():
    post = make_post()
    make_comment(post, text="Well said.")

    first, second = draw(post), draw(post)

    assert first == second
    assert "Well said." in first[0]
    assert discussion._article.cache_info().misses == 1


@pytest.mark.django_db
def test_everything_that_shows_makes_another_article():
    post = make_post()
    root = make_comment(post, text="The root.", name="Grete")
    reply = make_comment(post, text="The reply.", reply_to=root, name="Tom")
    now = timezone.now()
    own = discussion.OwnShare(
        comments=frozenset({reply.pk}), editable=frozenset({reply.pk}), may_pin=True, may_love=True
    )
    # Each row of a change, and which of the two articles it shows in.
    changes = [
        (root, {"user_name": "Greta"}, [0, 1]),
        (root, {"user_url": "https://example.org/"}, [0]),
        (root, {"body_html": "<p>Another.</p>"}, [0]),
        (root, {"like_count": 3}, [0]),
        (root, {"pinned_at": now}, [0]),
        (root, {"loved_at": now}, [0]),
        (reply, {"edited_at": now}, [1]),
        (reply, {"submit_date": now - timedelta(days=1)}, [1]),
        (root, {"status": "removed", "removed_by": "author"}, [0, 1]),
    ]

    before = draw(post)
    for row, values, places in changes:
        BlogComment.objects.filter(pk=row.pk).update(**values)
        after = draw(post)
        assert [at for at in (0, 1) if before[at] != after[at]] == places, values
        before = after
    mine = draw(post, own=own)

    assert "Grete" not in "".join(before)
    assert "/delete/" in mine[1]
    assert "/delete/" not in draw(post)[1]
    assert mine[1] != draw(post)[1] != draw(post, reply_url="")[1]


@pytest.mark.django_db
def test_languages_and_zones_are_told_apart():
    post = make_post()
    make_comment(post)
    zone = SiteProfile(time_zone="Asia/Shanghai").zone

    english = draw(post)
    with translation.override("zh-hans"):
        chinese = draw(post)
    with timezone.override(zone):
        elsewhere = draw(post)

    assert len({*english, *chinese, *elsewhere}) == 3
    assert "+08:00" in elsewhere[0]
    assert draw(post) == english


@pytest.mark.django_db
def test_what_a_stranger_wrote_is_text():
    post = make_post()
    make_comment(post, name="<b>&", text="<script>alert(1)</script>")

    (article,) = draw(post)

    assert "&lt;b&gt;&amp;" in article
    assert "<b>" not in article
    assert "<script" not in article


@pytest.mark.django_db
def test_author_of_the_post_is_marked():
    writer = make_user()
    post = make_post()
    make_comment(post, user=writer)

    assert 'class="badge">Author<' in draw(post, author=Author(user=writer))[0]
    assert "badge" not in draw(post, author=Author(user=make_user()))[0]
    assert "badge" not in draw(post)[0]


@pytest.mark.django_db
def test_author_who_was_imported_is_marked_and_a_guest_of_his_name_is_not():
    post = make_post()
    make_comment(post, name=post.author.name, byline=post.author)
    make_comment(post, name=post.author.name)
    make_comment(post, name="Another", byline=make_author("Another"))

    assert ["badge" in article for article in draw(post)] == [True, False, False]


FACE = re.compile("<span data-face[^>]*>.</span>")


@pytest.mark.django_db
def test_face_is_the_same_for_one_confirmed_person_only():
    post = make_post()
    users, guests = [make_user() for _ in range(3)], [make_guest() for _ in range(3)]
    for _twice in range(2):
        for user in users:
            make_comment(post, user=user)
        for guest in guests:
            make_comment(post, guest=guest, name="user")

    faces = [FACE.search(article)[0] for article in draw(post)]

    assert faces[:6] == faces[6:]
    assert len(set(faces)) == 6


@pytest.mark.django_db
def test_who_has_confirmed_nothing_has_no_face_and_so_not_that_of_another():
    post = make_post()
    guest = make_guest("grete@example.net")
    make_comment(post, guest=guest, name="Grete", user_email=guest.email)
    make_comment(post, name="Grete", user_email=guest.email)

    known, stranger = (FACE.search(article)[0] for article in draw(post))

    assert re.sub("[0-9]+", "N", known) == (
        '<span data-face data-hue="N" data-rim="N" data-turn="N" aria-hidden="true">G</span>'
    )
    assert stranger == '<span data-face aria-hidden="true">G</span>'


@pytest.mark.django_db
def test_face_can_not_be_made_without_the_key(settings):
    comment = make_comment(make_post(), guest=make_guest())

    faces = set()
    for number in range(4):
        settings.SECRET_KEY = f"another-{number}"
        discussion._face.cache_clear()
        faces.add(discussion.face(comment))

    discussion._face.cache_clear()
    assert len(faces) > 1


@pytest.mark.django_db
def test_long_texts_do_not_fill_the_memory():
    post = make_post()
    make_comment(post, text="word " * (discussion.REMEMBERED_LENGTH // 5 + 1))

    draw(post)
    draw(post)

    assert discussion._article.cache_info().currsize == 0
