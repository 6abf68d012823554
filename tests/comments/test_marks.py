"""Pins, and what the post's author likes: who may, how many, where it shows."""

import pytest
from django.test import Client

from blog.access import Role
from comments import marks
from comments.choices import Act, Status
from comments.models import BlogComment, ModerationEvent
from tests.builders import make_comment, make_post, make_user
from tests.comments.test_races import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def author():
    return make_user("ada")


@pytest.fixture
def post(author):
    return make_post(author=author)


def mark(comment, act, *, by):
    browser = Client()
    if by is not None:
        browser.force_login(by)
    return browser.post(f"/comments/{comment.pk}/mark/", {"act": act})


def marked(comment):
    row = BlogComment.objects.get(pk=comment.pk)
    return bool(row.pinned_at), bool(row.loved_at)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("stranger", {}),
        ("member", {}),
        ("moderator", {"pin", "unpin"}),
        ("author", {"pin", "unpin", "love", "unlove"}),
    ],
)
def test_who_may_mark(post, author, who, expected):
    user = {
        "stranger": None,
        "member": make_user(),
        "moderator": make_user(role=Role.MODERATOR),
        "author": author,
    }[who]
    comment = make_comment(post)

    done = {
        act
        for act in ("pin", "unpin", "love", "unlove")
        if mark(comment, act, by=user).status_code == 303
    }

    assert done == set(expected)


def test_marks_come_and_go_once_and_the_log_says_so(post, author):
    comment = make_comment(post)

    for act in ("pin", "pin", "love", "love"):
        mark(comment, act, by=author)
    with_marks = marked(comment)
    for act in ("unpin", "unpin", "unlove", "unlove"):
        mark(comment, act, by=author)

    assert (with_marks, marked(comment)) == ((True, True), (False, False))
    assert list(
        ModerationEvent.objects.order_by("pk").values_list("act", "by", "status_after")
    ) == [
        (act, author.pk, Status.PUBLISHED)
        for act in (Act.PINNED, Act.LOVED, Act.UNPINNED, Act.UNLOVED)
    ]


def test_fourth_pin_is_refused_with_a_sentence(post, author):
    comments = [make_comment(post) for _ in range(4)]

    answers = [mark(comment, "pin", by=author) for comment in comments]

    assert [answer.status_code for answer in answers] == [303, 303, 303, 409]
    assert answers[3].context["sentence"] == (
        "Only 3 comments can be pinned. Unpin one of them first."
    )
    assert [marked(comment)[0] for comment in comments] == [True, True, True, False]


def test_removed_comment_takes_no_place_among_the_pinned(post, author):
    comments = [make_comment(post) for _ in range(4)]
    for comment in comments[:3]:
        marks.pin(comment, by=author)
    BlogComment.objects.filter(pk=comments[0].pk).update(status=Status.REMOVED)

    assert marks.pin(comments[3], by=author)


@pytest.mark.django_db(transaction=True)
def test_pins_of_two_people_at_once_stay_within_the_limit():
    author = make_user()
    post = make_post(author=author)
    comments = [make_comment(post) for _ in range(8)]

    errors = together(*[lambda c=comment: marks.pin(c, by=author) for comment in comments])

    assert {type(error) for error in errors} == {marks.TooManyPins}
    assert BlogComment.objects.filter(pinned_at__isnull=False).count() == marks.MAX_PINNED


def test_reply_is_not_pinned(post, author):
    reply = make_comment(post, reply_to=make_comment(post))

    mark(reply, "pin", by=author)

    assert marked(reply) == (False, False)


@pytest.mark.parametrize("status", [s for s in Status if s != Status.PUBLISHED])
def test_what_is_not_published_is_404_to_the_buttons(post, author, status):
    comment = make_comment(post, status=status)

    answers = {mark(comment, act, by=author).status_code for act in ("pin", "love")}

    assert (answers, marked(comment)) == ({404}, (False, False))


def test_author_needs_the_token(post, author):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(author)
    comment = make_comment(post)

    response = browser.post(f"/comments/{comment.pk}/mark/", {"act": "pin"})

    assert (response.status_code, marked(comment)) == (403, (False, False))


def test_readers_see_the_marks_in_words_first_and_in_place(client, post, author):
    make_comment(post, text="first of all")
    comment = make_comment(post, text="zq7pinned")
    BlogComment.objects.filter(pk=comment.pk).update(edited_at=comment.submit_date)
    marks.pin(comment, by=author)
    marks.love(comment, by=author)

    html = client.get(post.get_absolute_url()).content.decode()
    elsewhere = client.get(f"{post.get_absolute_url()}?comment={comment.pk}").content.decode()

    assert html.index("zq7pinned") < html.index("first of all") < html.rindex("zq7pinned")
    assert html.count(f'id="c{comment.pk}"') == 1
    in_place = html[html.index(f'id="c{comment.pk}"') :]
    assert [word in in_place for word in ("Pinned", "Liked by the author", "edited")] == [True] * 3
    assert elsewhere.count("zq7pinned") == 2  # it is on the first page, which opens as it is
