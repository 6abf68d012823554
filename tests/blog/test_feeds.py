"""Feeds of posts: what they say, what they keep to themselves, what can be asked of them."""

import json
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
import time_machine
from defusedxml import ElementTree
from django.test import Client
from django.utils import timezone

from blog import publishing
from blog.access import Role
from blog.choices import CommentPolicy, FeedContent, Markup, State
from blog.feeds.browsing import FeedsForPeople
from blog.models import Post
from tests import atom
from tests.atom import ATOM, LANGUAGE, SEARCH, THREAD
from tests.builders import (
    make_author,
    make_comment,
    make_label,
    make_page,
    make_post,
    make_user,
    set_profile,
)

pytestmark = pytest.mark.django_db

ATOM_PATH = "/feeds/posts/default"
PATHS = {"atom": ATOM_PATH, "rss": f"{ATOM_PATH}?alt=rss", "json": f"{ATOM_PATH}?alt=json"}
MEDIA = "{http://search.yahoo.com/mrss/}"
SITE = "http://127.0.0.1:8000"

STORED_HTML = '<p><a href="/p/about.html">About</a> <img src="/media/a.png" alt="A"></p>'
SENT_HTML = f'<p><a href="{SITE}/p/about.html">About</a> <img src="{SITE}/media/a.png" alt="A"></p>'

DECEMBER = datetime(2015, 12, 3, 8, 30, tzinfo=UTC)


def titles_of(content, format):
    if format == "atom":
        return atom.titles(content)
    if format == "rss":
        return [item.findtext("title") for item in ElementTree.fromstring(content).iter("item")]
    return [item["title"] for item in json.loads(content)["items"]]


def make_posts(count):
    """Posts "1" (the oldest) to `count`, a day apart."""
    return [
        make_post(title=str(number), publish_at=DECEMBER + timedelta(days=number))
        for number in range(1, count + 1)
    ]


# --- What an entry says ---------------------------------------------------------------------------


def make_telling_post():
    set_profile(title="Margins", tagline="Notes", tag_authority="blog.example,2015")
    with time_machine.travel(DECEMBER, tick=False):
        post = make_post(
            title="<Ink> & paper",
            body="Rendered below",
            publish_at=DECEMBER,
            author=make_author("Ada Verne"),
            labels=[make_label("Paper"), make_label("C&A")],
            slug="ink",
            language="zh-hans",
            description="In short",
            blogger_id=77,
        )
        Post.objects.filter(pk=post.pk).update(
            entry_id="tag:blogger.com,1999:blog-1.post-77", body_html=STORED_HTML
        )
        make_comment(post, text="Well said.")
    return post


def test_atom_entry_says_everything_of_a_post(client):
    make_telling_post()

    feed = atom.read(client.get(ATOM_PATH).content)

    (entry,) = feed.findall(f"{ATOM}entry")
    content = entry.find(f"{ATOM}content")
    replies = entry.find(f"{ATOM}link[@rel='replies']")
    assert {
        "id": atom.once(entry, f"{ATOM}id"),
        "title": atom.once(entry, f"{ATOM}title"),
        "published": atom.once(entry, f"{ATOM}published"),
        "updated": atom.once(entry, f"{ATOM}updated"),
        "author": atom.once(entry.find(f"{ATOM}author"), f"{ATOM}name"),
        "language": entry.get(LANGUAGE),
        "summary": atom.once(entry, f"{ATOM}summary"),
        "labels": [label.attrib for label in entry.findall(f"{ATOM}category")],
        "links": atom.links(entry),
        "replies": (replies.get(f"{THREAD}count"), replies.get(f"{THREAD}updated")),
        "total": atom.once(entry, f"{THREAD}total"),
        "content": (content.get("type"), content.text),
    } == {
        "id": "tag:blogger.com,1999:blog-1.post-77",
        "title": "<Ink> & paper",
        "published": "2015-12-03T08:30:00.000Z",
        "updated": "2015-12-03T08:30:00.000Z",
        "author": "Ada Verne",
        "language": "zh-Hans",
        "summary": "In short",
        "labels": [
            {"scheme": "tag:blog.example,2015:label", "term": "C&A"},
            {"scheme": "tag:blog.example,2015:label", "term": "Paper"},
        ],
        "links": {
            "alternate": f"{SITE}/2015/12/ink.html",
            "replies": f"{SITE}/feeds/77/comments/default",
        },
        "replies": ("1", "2015-12-03T08:30:00.000Z"),
        "total": "1",
        "content": ("html", SENT_HTML),
    }


def test_atom_feed_says_what_it_is(client):
    make_telling_post()
    make_post(title="Older", publish_at=DECEMBER - timedelta(days=1))

    feed = atom.read(client.get(f"{ATOM_PATH}?max-results=1&redirect=false").content)

    assert {
        "id": atom.once(feed, f"{ATOM}id"),
        "title": atom.once(feed, f"{ATOM}title"),
        "subtitle": atom.once(feed, f"{ATOM}subtitle"),
        "updated": atom.once(feed, f"{ATOM}updated"),
        "language": feed.get(LANGUAGE),
        "links": atom.links(feed),
        "counts": [
            atom.once(feed, f"{SEARCH}{name}")
            for name in ("totalResults", "startIndex", "itemsPerPage")
        ],
    } == {
        "id": "tag:blog.example,2015:feed",
        "title": "Margins",
        "subtitle": "Notes",
        "updated": "2015-12-03T08:30:00.000Z",
        "language": "en",
        "links": {
            "alternate": f"{SITE}/",
            "self": f"{SITE}/feeds/posts/default?max-results=1",
            "first": f"{SITE}/feeds/posts/default?max-results=1",
            "last": f"{SITE}/feeds/posts/default?max-results=1&start-index=2",
            "next": f"{SITE}/feeds/posts/default?max-results=1&start-index=2",
        },
        "counts": ["2", "1", "1"],
    }


def test_rss_item_says_everything_of_a_post(client):
    make_telling_post()

    content = client.get("/rss.xml").content

    (item,) = ElementTree.fromstring(content).iter("item")
    feed = feedparser.parse(content)
    assert (feed.bozo, feed.version) == (False, "rss20")
    assert {child.tag: child.text for child in item if child.tag != "category"} == {
        "title": "<Ink> & paper",
        "link": f"{SITE}/2015/12/ink.html",
        "description": SENT_HTML,
        "{http://purl.org/dc/elements/1.1/}creator": "Ada Verne",
        "guid": "tag:blogger.com,1999:blog-1.post-77",
        "pubDate": "Thu, 03 Dec 2015 08:30:00 +0000",
        f"{ATOM}updated": "2015-12-03T08:30:00.000Z",
        f"{MEDIA}thumbnail": None,
        f"{THREAD}total": "1",
    }
    assert item.find(f"{MEDIA}thumbnail").attrib == {"url": f"{SITE}/media/a.png"}
    assert [label.text for label in item.findall("category")] == ["C&A", "Paper"]
    assert item.find("guid").attrib == {"isPermaLink": "false"}


def test_json_feed_says_everything_of_a_post(client):
    make_telling_post()

    response = client.get("/feed.json")

    assert response["Content-Type"] == "application/feed+json; charset=utf-8"
    assert json.loads(response.content) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Margins",
        "home_page_url": f"{SITE}/",
        "feed_url": f"{SITE}/feed.json",
        "description": "Notes",
        "language": "en",
        "items": [
            {
                "id": "tag:blogger.com,1999:blog-1.post-77",
                "url": f"{SITE}/2015/12/ink.html",
                "title": "<Ink> & paper",
                "content_html": SENT_HTML,
                "summary": "In short",
                "date_published": "2015-12-03T08:30:00.000Z",
                "date_modified": "2015-12-03T08:30:00.000Z",
                "authors": [{"name": "Ada Verne"}],
                "image": f"{SITE}/media/a.png",
                "tags": ["C&A", "Paper"],
                "language": "zh-Hans",
            }
        ],
    }


@pytest.mark.parametrize(
    ("written", "absolute"),
    [
        ("/p/about.html", f"{SITE}/p/about.html"),
        ("other.html", f"{SITE}/2015/12/other.html"),
        ("?q=ink", f"{SITE}/2015/12/ink.html?q=ink"),
        ("https://elsewhere.example/x", "https://elsewhere.example/x"),
        ("mailto:ada@example.org", "mailto:ada@example.org"),
    ],
)
def test_address_in_a_text_becomes_absolute(client, written, absolute):
    body = f'<p><a href="{written}">x</a> <code> href="/kept"</code></p>'
    make_post(body=body, markup=Markup.HTML, publish_at=DECEMBER, slug="ink")

    (entry,) = atom.entries(client.get(ATOM_PATH).content)

    content = atom.once(entry, f"{ATOM}content")
    assert f'href="{absolute}"' in content
    assert '<code> href="/kept"</code>' in content


@pytest.mark.parametrize(
    ("policy", "has_feeds", "links", "totals"),
    [
        (CommentPolicy.OPEN, True, {"alternate", "replies"}, ["1"]),
        (CommentPolicy.CLOSED, True, {"alternate", "replies"}, ["1"]),
        (CommentPolicy.OPEN, False, {"alternate"}, ["1"]),
        (CommentPolicy.HIDDEN, True, {"alternate"}, []),
    ],
)
def test_entry_tells_of_comments_only_where_they_are_shown(
    client, policy, has_feeds, links, totals
):
    set_profile(has_post_comment_feeds=has_feeds)
    make_comment(make_post(comment_policy=policy))

    (entry,) = atom.entries(client.get(ATOM_PATH).content)

    assert set(atom.links(entry)) == links
    assert [total.text for total in entry.findall(f"{THREAD}total")] == totals


@pytest.mark.parametrize(
    ("feed_content", "path"),
    [(FeedContent.SHORT, ATOM_PATH), (FeedContent.FULL, "/feeds/posts/summary")],
)
def test_short_feed_ends_at_the_read_more_mark(client, feed_content, path):
    set_profile(feed_content=feed_content)
    make_post(body="<p>Before</p><!--more--><p>Behind</p>", markup=Markup.HTML)

    content = client.get(path).content

    (entry,) = atom.entries(content)
    assert entry.find(f"{ATOM}content") is None
    assert atom.once(entry, f"{ATOM}summary") == "Before"
    assert b"Behind" not in content
    assert atom.links(atom.read(content))["self"] == f"{SITE}{path}"


def test_full_feed_goes_on_behind_the_read_more_mark(client):
    make_post(body="<p>Before</p><!--more--><p>Behind</p>", markup=Markup.HTML)

    (entry,) = atom.entries(client.get(ATOM_PATH).content)

    assert "<p>Behind</p>" in atom.once(entry, f"{ATOM}content")


def test_post_without_title_is_called_by_its_first_words(client):
    make_post(title="", body="Only a few words", slug="few")

    assert atom.titles(client.get(ATOM_PATH).content) == ["Only a few words"]


# --- What a feed keeps to itself ------------------------------------------------------------------


@pytest.mark.parametrize("format", PATHS)
@pytest.mark.parametrize("label", ["", "/-/Paper"])
def test_only_live_posts_are_told(client, format, label):
    paper = make_label("Paper")
    make_post(title="Live", labels=[paper])
    make_post(title="Draft", state=State.DRAFT, labels=[paper])
    make_post(title="Withdrawn", state=State.WITHDRAWN, labels=[paper])
    make_post(title="Ahead", publish_at=timezone.now() + timedelta(days=1), labels=[paper])
    make_page(title="Page", labels=[paper])

    answers = [client.get(f"{ATOM_PATH}{label}", {"alt": format})]
    client.force_login(make_user(role=Role.OWNER))
    answers.append(client.get(f"{ATOM_PATH}{label}", {"alt": format}))

    assert [titles_of(answer.content, format) for answer in answers] == [["Live"], ["Live"]]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("format", PATHS)
def test_post_appears_at_the_second_of_its_publication(client, format):
    make_post(title="Ahead", publish_at=DECEMBER)

    with time_machine.travel(DECEMBER - timedelta(seconds=1), tick=False):
        before = client.get(PATHS[format])
    with time_machine.travel(DECEMBER, tick=False):
        after = client.get(PATHS[format])

    assert titles_of(before.content, format) == []
    assert titles_of(after.content, format) == ["Ahead"]


def test_search_in_a_feed_finds_no_draft(client):
    make_post(title="Live", body="A rare word")
    make_post(title="Draft", body="A rare word", state=State.DRAFT)
    make_post(title="Other", body="Nothing")
    make_page(title="Page", body="A rare word")

    feed = client.get(ATOM_PATH, {"q": "rare"}).content

    assert atom.titles(feed) == ["Live"]
    assert atom.links(atom.read(feed))["alternate"] == f"{SITE}/search?q=rare"


def test_addresses_come_from_the_settings_not_from_the_request(client, settings):
    make_post()
    settings.ALLOWED_HOSTS = ["evil.example"]

    content = client.get(ATOM_PATH, headers={"host": "evil.example"}).content

    assert atom.titles(content) == ["On margins"]
    assert b"evil.example" not in content


# --- Ids and dates --------------------------------------------------------------------------------


def test_ids_stay_when_the_post_and_the_blog_move(client, settings):
    post = make_post(publish_at=DECEMBER, slug="ink")
    before = atom.read(client.get(ATOM_PATH).content)

    post.slug, post.title = "pen", "Another title"
    publishing.save(post, by=None)
    settings.SITE_URL = "https://new.example"
    after = atom.read(client.get(ATOM_PATH).content)

    assert [e.text for e in after.iter(f"{ATOM}id")] == [e.text for e in before.iter(f"{ATOM}id")]
    (entry,) = after.findall(f"{ATOM}entry")
    assert atom.links(entry)["alternate"] == "https://new.example/2015/12/pen.html"


def updated(client):
    (entry,) = atom.entries(client.get(ATOM_PATH).content)
    return atom.once(entry, f"{ATOM}updated")


def test_updated_changes_with_the_text_and_with_nothing_else(client):
    with time_machine.travel(DECEMBER, tick=False):
        made = make_post(publish_at=DECEMBER)
    post = Post.objects.get(pk=made.pk)
    first = updated(client)

    with time_machine.travel(DECEMBER + timedelta(days=1), tick=False):
        post.comment_policy = CommentPolicy.CLOSED
        publishing.save(post, by=None)
    touched = updated(client)
    with time_machine.travel(DECEMBER + timedelta(days=2), tick=False):
        post.body = "Another text"
        publishing.save(post, by=None)
    edited = updated(client)

    assert [first, touched, edited] == [
        "2015-12-03T08:30:00.000Z",
        "2015-12-03T08:30:00.000Z",
        "2015-12-05T08:30:00.000Z",
    ]


def test_post_published_after_its_last_edit_is_updated_at_publication(client):
    with time_machine.travel(DECEMBER - timedelta(days=9), tick=False):
        make_post(publish_at=DECEMBER)

    assert updated(client) == "2015-12-03T08:30:00.000Z"


# --- Labels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "titles", "self_path"),
    [
        ("Paper", ["Both", "Paper only"], "Paper"),
        ("Paper/Ink", ["Both"], "Ink/Paper"),
        ("Ink/Paper/", ["Both"], "Ink/Paper"),
        ("Pens%2FNibs", ["Slash"], "Pens%2FNibs"),
        ("Pens/Nibs", ["Slash"], "Pens%2FNibs"),
        ("%E7%BA%B8", ["Chinese"], "%E7%BA%B8"),
    ],
)
def test_label_feed_has_the_posts_that_carry_all_labels(client, path, titles, self_path):
    paper, ink = make_label("Paper"), make_label("Ink")
    make_post(title="Chinese", labels=[make_label("纸")])
    make_post(title="Slash", labels=[make_label("Pens/Nibs")])
    make_post(title="Paper only", labels=[paper])
    make_post(title="Ink only", labels=[ink])
    make_post(title="Both", labels=[ink, paper])

    feed = atom.read(client.get(f"{ATOM_PATH}/-/{path}").content)

    assert [atom.once(e, f"{ATOM}title") for e in feed.findall(f"{ATOM}entry")] == titles
    assert atom.links(feed)["self"] == f"{SITE}{ATOM_PATH}/-/{self_path}"
    assert atom.once(feed, f"{ATOM}id").endswith(f":feed/{self_path}")


def test_labels_that_never_meet_give_an_empty_feed(client):
    make_post(labels=[make_label("Paper")])
    make_post(labels=[make_label("Ink")])

    feed = atom.read(client.get(f"{ATOM_PATH}/-/Paper/Ink").content)

    assert feed.findall(f"{ATOM}entry") == []
    assert atom.once(feed, f"{ATOM}updated") == "1970-01-01T00:00:00.000Z"


def test_label_of_a_draft_is_as_unknown_as_any_other(client):
    make_post(labels=[make_label("Paper")])
    make_post(labels=[make_label("Secret")], state=State.DRAFT)

    statuses = {
        name: client.get(f"{ATOM_PATH}/-/{name}").status_code
        for name in ("Paper", "Secret", "Unknown", "Paper/Secret", "paper", "")
    }

    assert statuses == {
        "Paper": 200,
        "Secret": 404,
        "Unknown": 404,
        "Paper/Secret": 404,
        "paper": 404,
        "": 404,
    }


# --- What can be asked ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ("", ["3", "2", "1"]),
        ("max-results=2", ["3", "2"]),
        ("max-results=999999999", ["3", "2", "1"]),
        ("start-index=2&max-results=1", ["2"]),
        ("start-index=999999999", []),
        ("published-min=2015-12-05T08:30:00Z", ["3", "2"]),
        ("published-max=2015-12-05T08:30:00Z", ["1"]),
        ("published-min=2015-12-05T16:30:00%2B08:00", ["3", "2"]),
        ("published-min=2015-12-05T16:30:00+08:00", ["3", "2"]),
        ("published-min=2015-12-05T16:31:00", ["3"]),  # the blog's zone
        ("published-max=2015-12-05", ["1"]),
        ("updated-min=2021-01-01T00:00:00Z", ["1"]),
        ("updated-max=2021-01-01T00:00:00Z", ["3", "2"]),
        ("orderby=updated", ["1", "3", "2"]),
        ("orderby=published&reverse=false", ["1", "2", "3"]),
        ("q=nowhere", []),
        ("v=2&redirect=false&callback=x", ["3", "2", "1"]),
    ],
)
def test_parameters_choose_and_order_the_posts(client, asked, titles):
    set_profile(time_zone="Asia/Shanghai")
    first, *_others = make_posts(3)
    Post.objects.update(updated_at=DECEMBER)
    Post.objects.filter(pk=first.pk).update(updated_at=datetime(2021, 1, 1, tzinfo=UTC))

    assert atom.titles(client.get(f"{ATOM_PATH}?{asked}").content) == titles


@pytest.mark.parametrize(
    "asked",
    [
        "alt=json-in-script&callback=run",
        "alt=yaml",
        "max-results=0",
        "max-results=-1",
        "max-results=all",
        "max-results=٣",
        "start-index=0",
        "start-index=99999999999999999999",
        "orderby=title",
        "reverse=maybe",
        "published-min=yesterday",
        "published-max=2015-13-01",
        "updated-min=0001-01-01T00:00:00%2B08:00",
    ],
)
def test_senseless_parameter_is_refused_with_a_sentence(client, asked):
    make_post(title="Live")

    response = client.get(f"{ATOM_PATH}?{asked}")

    sentence = response.content.decode()
    name = asked.partition("=")[0]
    assert (response.status_code, response["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert sentence.startswith(f"{name} is ")
    assert sentence.endswith(".\n")


@pytest.mark.parametrize("asked", ["max-results=2", "max-results=2&orderby=updated&alt=atom"])
def test_links_lead_to_the_oldest_post_and_back(client, asked):
    make_posts(5)
    forth, back = [], []

    url = f"{ATOM_PATH}?{asked}"
    while url:
        content = client.get(url.removeprefix(SITE)).content
        forth.append(atom.titles(content))
        last, url = url, atom.links(atom.read(content)).get("next")
    url = last
    while url:
        content = client.get(url.removeprefix(SITE)).content
        back.append(atom.titles(content))
        url = atom.links(atom.read(content)).get("previous")

    assert forth == [["5", "4"], ["3", "2"], ["1"]]
    assert back == forth[::-1]


def test_page_behind_the_last_still_says_how_many_there_are(client):
    make_posts(3)

    feed = atom.read(client.get(f"{ATOM_PATH}?start-index=9").content)

    assert feed.findall(f"{ATOM}entry") == []
    assert atom.once(feed, f"{SEARCH}totalResults") == "3"


# --- Bytes, again and again -----------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PATHS.values(), "/atom.xml", "/rss.xml", "/feed.json"])
def test_reader_with_the_same_bytes_is_told_so(client, path):
    post = make_post()

    first = client.get(path)
    same = client.get(path, headers={"if-none-match": first["ETag"]})
    since = client.get(path, headers={"if-modified-since": first["Last-Modified"]})
    head = client.head(path)
    make_comment(post)
    changed = client.get(path, headers={"if-none-match": first["ETag"]})
    edited = Post.objects.get(pk=post.pk)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        edited.title = "Anew"
        publishing.save(edited, by=None)
    later = client.get(path, headers={"if-modified-since": first["Last-Modified"]})

    assert not first["ETag"].startswith("W/")
    assert [(answer.status_code, answer.content) for answer in (same, since)] == [(304, b"")] * 2
    assert (head.status_code, head.content) == (200, b"")
    assert (head["ETag"], head["Content-Type"]) == (first["ETag"], first["Content-Type"])
    assert changed.status_code == (304 if "json" in path else 200)  # JSON tells of no comments
    assert (later.status_code, b"Anew" in later.content) == (200, True)


def test_new_comment_is_news_to_a_reader_who_asks_by_time(client):
    post = make_post(publish_at=DECEMBER)
    Post.objects.update(updated_at=DECEMBER)
    known = {"if-modified-since": client.get(ATOM_PATH)["Last-Modified"]}

    before = client.get(ATOM_PATH, headers=known)
    make_comment(post)
    (entry,) = atom.entries(client.get(ATOM_PATH, headers=known).content)

    assert (known["if-modified-since"], before.status_code) == (
        "Thu, 03 Dec 2015 08:30:00 GMT",
        304,
    )
    assert atom.once(entry, f"{THREAD}total") == "1"
    assert atom.once(entry, f"{ATOM}updated") == "2015-12-03T08:30:00.000Z"


def test_feed_is_the_same_at_every_look_and_sets_nothing(client):
    make_posts(2)

    first = client.get(ATOM_PATH)
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        second = client.get(ATOM_PATH)

    assert first.content == second.content
    assert first["Cache-Control"] == "public, max-age=0, must-revalidate"
    # Nobody gets a cookie here, but who brings one is answered afresh.
    assert (first.cookies, first.get("Vary")) == ({}, "Cookie")


@pytest.mark.parametrize("format", PATHS)
def test_hostile_text_stays_text(client, format):
    author = make_author("Eve \x07 <b>")
    hostile = "a\x00\x01\x0b\ufffe ]]> <script>&amp;\u2028 😀".replace("\x00", "")
    post = make_post(body="x", author=author)
    Post.objects.filter(pk=post.pk).update(
        title=hostile, body_html=f"<p>{hostile}</p>", description=hostile
    )

    content = client.get(PATHS[format]).content

    (title,) = titles_of(content, format)
    clean = "a ]]> <script>&amp;\u2028 😀"
    assert title == (hostile if format == "json" else clean)


@pytest.mark.parametrize(
    ("path", "budget"),
    [
        (ATOM_PATH, 3),
        (f"{ATOM_PATH}?alt=rss", 3),
        (f"{ATOM_PATH}?alt=json", 3),
        (f"{ATOM_PATH}/-/Paper", 4),
        (f"{ATOM_PATH}/-/Paper?q=margin&orderby=updated&max-results=1", 4),
    ],
)
def test_feed_asks_the_same_number_of_queries_for_one_and_three_posts(
    django_assert_num_queries, path, budget
):
    paper = make_label("Paper")
    make_comment(make_post(labels=[paper, make_label("Ink")]))

    with django_assert_num_queries(budget):
        Client().get(path)
    for name in ("A", "B"):
        make_comment(make_post(author=make_author(name), labels=[paper, make_label(name)]))

    with django_assert_num_queries(budget):
        Client().get(path)


# --- For people -----------------------------------------------------------------------------------


def test_browser_that_opens_a_feed_gets_a_page_about_it_and_programs_the_feed():
    asked = []

    def application(environ, start_response):
        asked.append(environ["QUERY_STRING"])
        return []

    wrapped = FeedsForPeople(application)
    for dest, path, query in (
        ("document", ATOM_PATH, ""),
        ("document", "/atom.xml", "max-results=2"),
        ("document", ATOM_PATH, "alt=rss"),
        ("document", "/", ""),
        ("empty", ATOM_PATH, ""),
        ("", "/feed.json", ""),
    ):
        given = {"HTTP_SEC_FETCH_DEST": dest} if dest else {}
        wrapped({"PATH_INFO": path, "QUERY_STRING": query, **given}, None)

    assert asked == ["as=page", "max-results=2&as=page", "alt=rss", "", "", ""]


def test_page_about_a_feed_lists_it_and_shows_its_address(client):
    make_posts(3)
    make_post(title="Draft", state=State.DRAFT)

    response = client.get(f"{ATOM_PATH}?max-results=2&as=page")

    html = response.content.decode()
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert [entry.title for entry in response.context["feed"].entries] == ["3", "2"]
    assert f'value="{SITE}{ATOM_PATH}?max-results=2" readonly' in html
    assert f'href="{SITE}{ATOM_PATH}?max-results=2&amp;start-index=3" rel="next"' in html
    assert '<meta name="robots" content="noindex">' in html


def test_page_about_a_feed_of_comments(client):
    comment = make_comment(make_post(), text="Ink")

    response = client.get("/feeds/comments/default?as=page")

    assert [entry.title for entry in response.context["feed"].entries] == ["Ink"]
    assert f'#c{comment.pk}"' in response.content.decode()
