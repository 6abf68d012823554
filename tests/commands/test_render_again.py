"""`manage.py render_again`: stored HTML that an older markup made."""

import io

import pytest
from django.core.management import call_command

from blog import markup, publishing
from blog.choices import State
from blog.models import Post
from comments import editing
from comments.choices import Source, Status
from comments.models import BlogComment, CommentRevision, OutgoingMail
from tests.builders import make_comment, make_page, make_post

OLD = {"body_html": "<p>as it was</p>", "body_format_version": markup.FORMAT_VERSION - 1}


def run():
    said = io.StringIO()
    call_command("render_again", stdout=said)
    return said.getvalue().splitlines()


def of(model, *left_out):
    """All columns of all rows but those."""
    return [
        {name: value for name, value in row.items() if name not in left_out}
        for row in model.objects.order_by("pk").values()
    ]


@pytest.mark.django_db
def test_what_an_older_markup_made_is_made_anew_and_nothing_else_changes():
    post = make_post(body="A *margin*.", title="On margins")
    make_post(state=State.DRAFT)
    make_page()
    make_comment(post, text="*Well* said.")
    make_comment(post, text="<b>Held</b>", source=Source.HTML, status=Status.HELD)
    make_comment(post, text="", status=Status.REMOVED)
    posts, comments = of(Post), of(BlogComment)
    Post.objects.update(**OLD, search_text="")
    BlogComment.objects.update(**OLD)
    BlogComment.objects.filter(status=Status.REMOVED).update(body_html="")

    first, second = run(), run()

    assert first == ["3 posts were rendered again.", "3 comments were rendered again."]
    assert second == ["0 posts were rendered again.", "0 comments were rendered again."]
    assert (of(Post), of(BlogComment)) == (posts, comments)
    assert [post.revisions.count() for post in Post.objects.all()] == [1, 1, 1]
    assert (CommentRevision.objects.count(), OutgoingMail.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_only_the_old_ones_in_batches(monkeypatch):
    monkeypatch.setattr(publishing, "RENDER_BATCH", 2)
    monkeypatch.setattr(editing, "RENDER_BATCH", 2)
    posts = [make_post(title=f"No. {number}") for number in range(5)]
    comments = [make_comment(posts[0]) for _number in range(5)]
    kept = [posts[4].pk], [comments[0].pk]
    Post.objects.update(body_html="<p>as it was</p>")
    BlogComment.objects.update(body_html="<p>as it was</p>")
    Post.objects.exclude(pk__in=kept[0]).update(**OLD)
    BlogComment.objects.exclude(pk__in=kept[1]).update(**OLD)

    assert run() == ["4 posts were rendered again.", "4 comments were rendered again."]

    was = {"body_html": "<p>as it was</p>"}
    assert list(Post.objects.filter(**was).values_list("pk", flat=True)) == kept[0]
    assert list(BlogComment.objects.filter(**was).values_list("pk", flat=True)) == kept[1]


@pytest.mark.django_db
def test_text_that_is_too_long_today_stays_as_it_is(monkeypatch):
    make_post(body="x" * 20, title="Long")
    make_post(body="y", title="Short")
    Post.objects.update(**OLD)
    monkeypatch.setattr(markup, "MAX_SOURCE_CHARS", 10)

    said = run()

    assert said[0] == "1 post was rendered again."
    assert list(Post.objects.order_by("pk").values_list("body_html", flat=True)) == [
        "<p>as it was</p>",
        "<p>y</p>\n",
    ]
