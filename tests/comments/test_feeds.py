"""Feeds of comments: of one post, of the whole blog."""

import json
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from blog.access import Role
from blog.choices import CommentPolicy, State
from blog.models import Post
from comments import moderation
from comments.choices import Status
from comments.models import BlogComment
from tests import atom
from tests.atom import ATOM, LANGUAGE, SEARCH, THREAD
from tests.builders import make_comment, make_page, make_post, make_user, set_profile

pytestmark = pytest.mark.django_db

ALL_PATH = "/feeds/comments/default"
SITE = "http://127.0.0.1:8000"

DECEMBER = datetime(2015, 12, 3, 8, 30, tzinfo=UTC)


def make_comments(post, count):
    """Comments "1" (the oldest) to `count`, a minute apart."""
    return [
        make_comment(post, text=str(number), submit_date=DECEMBER + timedelta(minutes=number))
        for number in range(1, count + 1)
    ]


# --- What an entry says ---------------------------------------------------------------------------


def make_conversation():
    """A post with a comment and a reply to it."""
    set_profile(title="Margins", tag_authority="blog.example,2015")
    post = make_post(
        title="Ink", slug="ink", publish_at=DECEMBER, blogger_id=77, language="zh-hans"
    )
    Post.objects.update(entry_id="tag:blogger.com,1999:blog-1.post-77")
    first = make_comment(post, text="Well *said*.", submit_date=DECEMBER, blogger_id=88)
    reply = make_comment(
        post,
        text="So it is.",
        reply_to=first,
        user=make_user("ada", first_name="Ada", last_name="Verne", email="ada@example.org"),
        submit_date=DECEMBER + timedelta(minutes=1),
    )
    for row, number in ((first, 88), (reply, 99)):
        BlogComment.objects.filter(pk=row.pk).update(
            entry_id=f"tag:blogger.com,1999:blog-1.post-{number}",
            published_at=row.submit_date,
            body_html=row.body_html.strip().replace(' dir="auto"', ""),
        )
    return post, first, reply


@pytest.mark.parametrize("path", [ALL_PATH, "/feeds/77/comments/default"])
def test_atom_entries_say_who_said_what_to_whom(client, path):
    _post, first, reply = make_conversation()

    said = [
        {
            "id": atom.once(entry, f"{ATOM}id"),
            "title": atom.once(entry, f"{ATOM}title"),
            "author": [child.text for child in entry.find(f"{ATOM}author")],
            "published": atom.once(entry, f"{ATOM}published"),
            "updated": atom.once(entry, f"{ATOM}updated"),
            "language": entry.get(LANGUAGE),
            "content": atom.once(entry, f"{ATOM}content"),
            "links": atom.links(entry),
            "in_reply_to": entry.find(f"{THREAD}in-reply-to").attrib,
        }
        for entry in atom.entries(client.get(path).content)
    ]

    assert said == [
        {
            "id": "tag:blogger.com,1999:blog-1.post-99",
            "title": "So it is.",
            "author": ["Ada Verne"],
            "published": "2015-12-03T08:31:00.000Z",
            "updated": "2015-12-03T08:31:00.000Z",
            "language": "zh-Hans",
            "content": "<p>So it is.</p>",
            "links": {"alternate": f"{SITE}/2015/12/ink.html?comment={reply.pk}#c{reply.pk}"},
            "in_reply_to": {
                "ref": "tag:blogger.com,1999:blog-1.post-88",
                "href": f"{SITE}/2015/12/ink.html?comment={first.pk}#c88",
                "type": "text/html",
            },
        },
        {
            "id": "tag:blogger.com,1999:blog-1.post-88",
            "title": "Well said.",
            "author": ["Grete"],
            "published": "2015-12-03T08:30:00.000Z",
            "updated": "2015-12-03T08:30:00.000Z",
            "language": "zh-Hans",
            "content": "<p>Well <em>said</em>.</p>",
            "links": {"alternate": f"{SITE}/2015/12/ink.html?comment={first.pk}#c88"},
            "in_reply_to": {
                "ref": "tag:blogger.com,1999:blog-1.post-77",
                "href": f"{SITE}/2015/12/ink.html",
                "type": "text/html",
            },
        },
    ]


@pytest.mark.parametrize(
    ("path", "feed_id", "title", "page"),
    [
        (ALL_PATH, "tag:blog.example,2015:comments", "Comments on Margins", "/"),
        (
            "/feeds/77/comments/default",
            "tag:blogger.com,1999:blog-1.post-77/comments",
            "Comments on “Ink”",
            "/2015/12/ink.html",
        ),
    ],
)
def test_atom_feed_says_what_it_is(client, path, feed_id, title, page):
    make_conversation()

    feed = atom.read(client.get(path).content)

    assert atom.once(feed, f"{ATOM}id") == feed_id
    assert atom.once(feed, f"{ATOM}title") == title
    assert atom.once(feed, f"{SEARCH}totalResults") == "2"
    here = dict.fromkeys(("self", "first", "last"), f"{SITE}{path}")
    assert atom.links(feed) == {"alternate": f"{SITE}{page}", **here}


def test_title_of_a_feed_is_in_the_blogs_language_and_entries_in_that_of_their_post(client):
    make_conversation()

    feed = atom.read(client.get("/feeds/77/comments/default").content)

    languages = [entry.get(LANGUAGE) for entry in feed.iter(f"{ATOM}entry")]
    assert (feed.get(LANGUAGE), languages) == ("en", ["zh-Hans", "zh-Hans"])


@pytest.mark.parametrize("path", [ALL_PATH, "/feeds/77/comments/default"])
def test_rss_and_json_say_the_same(client, path):
    make_conversation()

    rss = feedparser.parse(client.get(f"{path}?alt=rss").content)
    items = json.loads(client.get(f"{path}?alt=json").content)["items"]

    expected = [("So it is.", "Ada Verne"), ("Well said.", "Grete")]
    assert (rss.bozo, rss.version) == (False, "rss20")
    assert [(item.title, item.author) for item in rss.entries] == expected
    assert [(item["title"], item["authors"][0]["name"]) for item in items] == expected


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
def test_no_feed_tells_an_address_of_a_person(client, format):
    post = make_post()
    make_comment(post, user_email="grete@example.net", ip_address="192.0.2.7")
    make_comment(post, user=make_user("ada", email="ada@example.org", first_name="Ada"))

    for path in (ALL_PATH, post.feed_path):
        content = client.get(path, {"alt": format}).content.decode()
        found = [text for text in ("example.net", "example.org", "192.0.2.7") if text in content]
        assert found == []
        assert "Grete" in content
        assert "Ada" in content


def test_comment_approved_later_is_updated_at_its_approval(client):
    post = make_post(publish_at=DECEMBER)
    comment = make_comment(post, status=Status.HELD, submit_date=DECEMBER)

    with time_machine.travel(DECEMBER + timedelta(days=1), tick=False):
        before = client.get(ALL_PATH).content
        moderation.approve([comment], by=make_user(role=Role.MODERATOR))
    (entry,) = atom.entries(client.get(ALL_PATH).content)

    assert atom.entries(before) == []
    assert atom.once(entry, f"{ATOM}published") == "2015-12-03T08:30:00.000Z"
    assert atom.once(entry, f"{ATOM}updated") == "2015-12-04T08:30:00.000Z"


def test_edited_comment_is_updated_at_its_edit(client):
    comment = make_comment(make_post(publish_at=DECEMBER), submit_date=DECEMBER)
    BlogComment.objects.filter(pk=comment.pk).update(
        published_at=DECEMBER, edited_at=DECEMBER + timedelta(days=2)
    )

    (entry,) = atom.entries(client.get(ALL_PATH).content)

    assert atom.once(entry, f"{ATOM}updated") == "2015-12-05T08:30:00.000Z"


def test_reply_to_a_comment_that_was_taken_away_answers_the_post(client):
    post = make_post()
    reply = make_comment(post, reply_to=make_comment(post, status=Status.REMOVED))

    (entry,) = atom.entries(client.get(ALL_PATH).content)

    assert atom.once(entry, f"{ATOM}id") == reply.entry_id
    assert entry.find(f"{THREAD}in-reply-to").get("ref") == post.entry_id


# --- What a feed keeps to itself ------------------------------------------------------------------


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
def test_only_published_comments_are_told(client, format):
    post = make_post()
    for status in Status:
        make_comment(post, text=f"It is {status.value}.", status=status)
    moderator = make_user(role=Role.MODERATOR)

    for path in (ALL_PATH, post.feed_path):
        stranger = Client().get(path, {"alt": format})
        client.force_login(moderator)
        known = client.get(path, {"alt": format})
        content = stranger.content.decode()
        told = [status for status in Status if f"It is {status.value}." in content]

        assert told == [Status.PUBLISHED]
        assert stranger.content == known.content


def secret_posts():
    later = timezone.now() + timedelta(days=1)
    return {
        "draft": make_post(state=State.DRAFT),
        "withdrawn": make_post(state=State.WITHDRAWN),
        "scheduled": make_post(publish_at=later),
        "hidden": make_post(comment_policy=CommentPolicy.HIDDEN),
    }


def test_comments_of_posts_that_show_none_are_nowhere(client):
    make_comment(make_post(), text="Shown")
    posts = secret_posts()
    for name, post in posts.items():
        make_comment(post, text=name)

    statuses = {name: client.get(post.feed_path).status_code for name, post in posts.items()}

    assert atom.titles(client.get(ALL_PATH).content) == ["Shown"]
    assert statuses == dict.fromkeys(posts, 404)


def test_comments_come_with_their_post_at_the_second_of_its_publication(client):
    post = make_post(publish_at=DECEMBER)
    make_comment(post, text="Early", submit_date=DECEMBER - timedelta(days=1))

    with time_machine.travel(DECEMBER - timedelta(seconds=1), tick=False):
        before = client.get(ALL_PATH).content, client.get(post.feed_path).status_code
    with time_machine.travel(DECEMBER, tick=False):
        after = client.get(ALL_PATH).content, client.get(post.feed_path).status_code

    assert (atom.titles(before[0]), before[1]) == ([], 404)
    assert (atom.titles(after[0]), after[1]) == (["Early"], 200)


def test_switched_off_post_feeds_leave_the_feed_of_all(client):
    post = make_post()
    make_comment(post)
    on = client.get(post.feed_path).status_code

    set_profile(has_post_comment_feeds=False)

    assert (on, client.get(post.feed_path).status_code) == (200, 404)
    assert atom.titles(client.get(ALL_PATH).content) == ["Well said."]


def test_post_feed_has_the_comments_of_its_post_only(client):
    page, closed = make_page(), make_post(comment_policy=CommentPolicy.CLOSED)
    make_comment(page, text="On the page")
    make_comment(closed, text="On the post")

    assert atom.titles(client.get(page.feed_path).content) == ["On the page"]
    assert atom.titles(client.get(closed.feed_path).content) == ["On the post"]


@pytest.mark.parametrize("number", [0, 10**12, 2**63, 10**40])
def test_number_of_no_post_is_404(client, number):
    make_comment(make_post())

    assert client.get(f"/feeds/{number}/comments/default").status_code == 404


def test_imported_number_is_the_post_it_had(client):
    imported = make_post(blogger_id=6_290_000_000_000_000_123)
    make_comment(imported, text="Old")

    content = client.get("/feeds/6290000000000000123/comments/default").content

    assert atom.titles(content) == ["Old"]
    assert client.get(f"/feeds/{imported.pk}/comments/default").status_code == 404


# --- What can be asked ----------------------------------------------------------------------------


def test_script_of_old_reads_on_from_the_newest_it_knows(client):
    """Blogger's own pages ask like this, with the last comment they have as the cursor."""
    post = make_post(publish_at=DECEMBER)
    make_comments(post, 5)
    call = {
        "alt": "json",
        "v": "2",
        "orderby": "published",
        "reverse": "false",
        "max-results": "2",
    }
    read = []

    cursor = {}
    while items := json.loads(client.get(post.feed_path, {**call, **cursor}).content)["items"]:
        read.append([item["title"] for item in items])
        last = datetime.fromisoformat(items[-1]["date_published"])
        cursor = {"published-min": (last + timedelta(milliseconds=1)).isoformat()}

    assert read == [["1", "2"], ["3", "4"], ["5"]]


def test_links_lead_to_the_oldest_comment(client):
    post = make_post(publish_at=DECEMBER)
    make_comments(post, 5)

    for path in (ALL_PATH, post.feed_path):
        read, url = [], f"{path}?max-results=2"
        while url:
            content = client.get(url.removeprefix(SITE)).content
            read.append(atom.titles(content))
            url = atom.links(atom.read(content)).get("next")
        assert read == [["5", "4"], ["3", "2"], ["1"]]


def test_late_approval_comes_first_by_update(client):
    post = make_post(publish_at=DECEMBER)
    first, *_others = make_comments(post, 3)
    BlogComment.objects.update(published_at=DECEMBER)
    BlogComment.objects.filter(pk=first.pk).update(published_at=DECEMBER + timedelta(days=1))

    by_time = atom.titles(client.get(ALL_PATH).content)
    by_update = atom.titles(client.get(f"{ALL_PATH}?orderby=updated").content)
    since = f"{ALL_PATH}?updated-min={DECEMBER + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"

    assert by_time == ["3", "2", "1"]
    assert by_update == ["1", "3", "2"]
    assert atom.titles(client.get(since).content) == ["1"]


def test_senseless_parameter_is_refused_with_a_sentence(client):
    post = make_post()
    make_comment(post)

    for path in (ALL_PATH, post.feed_path):
        response = client.get(f"{path}?start-index=first")
        assert response.status_code == 400
        assert response.content.decode() == "start-index is a whole number from 1 on.\n"


# --- Bytes, again and again -----------------------------------------------------------------------


def test_reader_with_the_same_bytes_is_told_so_until_a_comment_goes(client):
    post = make_post()
    comment = make_comment(post, text="Take me away")
    make_comment(post)
    first = client.get(post.feed_path)
    known = {"if-none-match": first["ETag"]}

    same = client.get(post.feed_path, headers=known)
    moderation.remove([comment], by=make_user(role=Role.MODERATOR))
    after = client.get(post.feed_path, headers=known)

    assert (same.status_code, same.content) == (304, b"")
    assert b"Take me away" in first.content
    assert atom.titles(after.content) == ["Well said."]


def test_hostile_comment_stays_text(client):
    post = make_post(title="a ]]> b")
    make_comment(post, text="]]> <script>alert(1)</script> \x0b &amp;", name="Eve \x07<b>")

    for path in (ALL_PATH, post.feed_path):
        (entry,) = atom.entries(client.get(path).content)
        content = atom.once(entry, f"{ATOM}content")
        assert entry.find(f"{ATOM}author/{ATOM}name").text == "Eve <b>"
        assert "<script" not in content
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in content


@pytest.mark.parametrize(("is_of_post", "budget"), [(True, 4), (False, 3)])
@pytest.mark.parametrize("alt", ["atom", "rss", "json"])
def test_feed_asks_the_same_number_of_queries_for_one_and_three_replies(
    django_assert_num_queries, is_of_post, budget, alt
):
    post = make_post()
    path = f"{post.feed_path if is_of_post else ALL_PATH}?alt={alt}"
    make_comment(post, reply_to=make_comment(post, user=make_user()))

    with django_assert_num_queries(budget):
        Client().get(path)
    for other in (post, make_post()):
        make_comment(other, user=make_user(), reply_to=make_comment(other))

    with django_assert_num_queries(budget):
        Client().get(path)
