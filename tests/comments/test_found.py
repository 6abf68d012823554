"""Comments in the blog's search."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django.utils.html import strip_tags

from blog import search
from blog.choices import CommentPolicy, Moderation, State
from blog.models import Post
from comments import editing, moderation
from comments.choices import RemovedBy, Status
from comments.found import COMMENTS
from comments.models import BlogComment
from tests.builders import make_comment, make_page, make_post, make_user, set_profile

pytestmark = pytest.mark.django_db


def texts(typed, **options):
    found = search.find(COMMENTS, search.read(typed), **options)
    return [strip_tags(result.snippet_html) for result in found.results]


def test_word_in_a_comment_leads_to_the_comment(client):
    post = make_post(title="On margins", slug="a-page")
    make_comment(post, text="Nothing.")
    comment = make_comment(post, text="A *zebra* & more. 评论", name="Grete")

    response = client.get("/search?q=zebra&in=comments")

    [result] = response.context["found"].results
    assert result.url == f"{post.get_absolute_url()}?comment={comment.pk}#c{comment.pk}"
    assert result.snippet_html == "A <mark>zebra</mark> &amp; more. 评论"
    assert (result.title_html, result.byline) == ("On margins", "Grete")
    assert f'id="c{comment.pk}"' in client.get(result.url.partition("#")[0]).text
    assert texts("评论") == ["A zebra &amp; more. 评论"]


def test_newest_comes_first_and_pages_share_none():
    post = make_post()
    for number in range(13):
        make_comment(post, text=f"zebra {number}")

    pages = [texts("zebra ", page=page) for page in (1, 2)]

    assert [text for page in pages for text in page] == [f"zebra {n}" for n in range(12, -1, -1)]


@pytest.mark.parametrize("status", [status for status in Status if status != Status.PUBLISHED])
def test_comment_that_is_not_published_is_never_found(client, status):
    post = make_post()
    make_comment(post, text="zebra seen", status=status, name="Zoe")
    make_comment(post, text="horse")

    assert texts("zebra") == []
    assert "seen" not in client.get("/search?q=zebra&in=comments").text


@pytest.mark.parametrize(
    "change",
    [
        {"state": State.DRAFT},
        {"state": State.WITHDRAWN},
        {"publish_at": timezone.now() + timedelta(days=1)},
        {"comment_policy": CommentPolicy.HIDDEN},
    ],
)
def test_comment_on_a_post_that_nobody_may_read_is_not_found(change):
    post = make_post()
    make_comment(post, text="zebra")
    before = texts("zebra")

    Post.objects.filter(pk=post.pk).update(**change)

    assert (before, texts("zebra")) == (["zebra"], [])


def test_decisions_of_moderators_show_in_the_next_search(django_capture_on_commit_callbacks):
    moderator = make_user()
    comments = [make_comment(make_post(), text="zebra", status=Status.HELD) for _ in range(3)]
    seen = [len(texts("zebra"))]

    for act in (moderation.approve, moderation.mark_spam, moderation.restore, moderation.hold):
        act(comments, by=moderator)
        seen.append(len(texts("zebra")))
    moderation.approve(comments, by=moderator)
    editing.take_away(BlogComment.objects.get(pk=comments[0].pk), by=None)
    moderation.remove(comments[1:2], by=moderator, removed_by=RemovedBy.MODERATOR)

    assert (seen, len(texts("zebra"))) == ([0, 3, 0, 3, 0], 1)


def test_changed_text_is_found_by_what_it_says_now():
    set_profile(moderation=Moderation.NONE)
    comment = make_comment(make_post(), text="zebra", user=make_user())

    editing.change(comment, "horse", by=None)

    assert (texts("zebra"), texts("horse")) == ([], ["horse"])


def test_text_that_its_writer_took_away_leaves_no_word_in_the_row():
    comment = make_comment(make_post(), text="zebra")

    editing.take_away(comment, by=None)

    assert BlogComment.objects.get().words == " _ "


def test_undone_transaction_leaves_nothing_in_the_index():
    post = make_post()
    with transaction.atomic():
        make_comment(post, text="zebra")
        inside = texts("zebra")
        transaction.set_rollback(True)

    assert (inside, texts("zebra")) == (["zebra"], [])


def test_search_that_finds_no_post_says_that_comments_have_it(client):
    make_comment(make_page(), text="zebra")

    response = client.get("/search?q=zebra")

    assert [tab.url for tab in response.context["elsewhere"]] == ["/search?q=zebra&in=comments"]
    assert 'href="/search?q=zebra&amp;in=comments"' in response.text


@pytest.mark.parametrize("count", [1, 3, 30])
def test_search_in_comments_costs_at_most_seven_queries(
    client, django_assert_max_num_queries, count
):
    for _number in range(count):
        make_comment(make_post(), text="zebra")

    with django_assert_max_num_queries(7):
        response = client.get("/search?q=zebra&in=comments")

    assert response.context["found"].count == count
