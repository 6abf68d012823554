"""A comment's HTML is remembered by what it is made of, so it is never that of another moment."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from blog.models import SiteProfile
from comments.models import BlogComment
from comments.templatetags import discussion
from tests.builders import make_comment, make_post, make_user

STRANGER = discussion.OwnShare()


@pytest.fixture(autouse=True)
def nothing_remembered():
    discussion._article.cache_clear()


def draw(post, *, own=STRANGER, author_id=None, reply_url="/reply/"):
    page = BlogComment.objects.on_post(post).page_of_threads()
    return [discussion.comment_article(line, own, author_id, reply_url) for line in page.lines]


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

    assert 'class="badge">Author<' in draw(post, author_id=writer.pk)[0]
    assert "badge" not in draw(post, author_id=writer.pk + 1)[0]


@pytest.mark.django_db
def test_long_texts_do_not_fill_the_memory():
    post = make_post()
    make_comment(post, text="word " * (discussion.REMEMBERED_LENGTH // 5 + 1))

    draw(post)
    draw(post)

    assert discussion._article.cache_info().currsize == 0
