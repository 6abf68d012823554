"""What is found, by whom, and in which order."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from django.utils.html import strip_tags

from blog import search
from blog.choices import CommentPolicy, State
from blog.models import Post, PostDocument
from blog.search.posts import POSTS
from tests.builders import make_label, make_page, make_post

pytestmark = pytest.mark.django_db


def titles(typed, **options):
    found = search.find(POSTS, search.read(typed), **options)
    return [strip_tags(result.title_html) for result in found.results]


def ago(**span):
    return timezone.now() - timedelta(**span)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("茶", ["茶", "红茶"]),
        ("红茶", ["红茶"]),
        ("茶馆", ["茶"]),
        ("喝茶馆", []),
        ("在茶馆里", ["茶"]),
        ("印刷", ["English"]),
        ("printer", ["English"]),
        ("printers", ["English"]),
        ("prints", []),
        ("ＰＲＩＮＴＥＲ", ["English"]),
        ("naive", ["English"]),
        ('"old printer"', ["English"]),
        ('"printer old"', []),
        ("printer old", ["English"]),
        ("print", ["English"]),
        ("print ", []),
        ("printer 茶", []),
        ("ёлка", ["Русский"]),
        ("елка", []),
        ("さくら", ["日本語"]),
        ("국어", ["한국"]),
        ("nothing", []),
    ],
)
def test_every_script_finds_its_words(typed, found):
    make_post(title="茶", body="我在茶馆里坐着。", publish_at=ago(days=2))
    make_post(title="红茶", body="一杯。", publish_at=ago(days=1))
    make_post(title="English", body="An old printer, naïve. 印刷")
    make_post(title="Русский", body="Ёлка")
    make_post(title="日本語", body="さくら")
    make_post(title="한국", body="국어")

    assert titles(typed) == found


def test_titles_come_before_labels_and_these_before_texts():
    make_post(title="One", body="ink " * 50, publish_at=ago(days=1))
    make_post(title="Two", body="Once: ink.", publish_at=ago(days=2))
    make_post(title="Three", labels=[make_label("Ink")], body="ink", publish_at=ago(days=3))
    make_post(title="Inks and papers", body="Else.", publish_at=ago(days=900))
    make_post(title="Other", body="Else.")

    assert titles("ink ") == ["Inks and papers", "Three", "One", "Two"]


def test_title_hit_is_first_however_old_among_more_posts_than_are_ranked(monkeypatch):
    monkeypatch.setattr(search, "RANKED", 5)
    make_post(title="The ink", body="Else.", publish_at=ago(days=900))
    for number in range(8):
        make_post(title=f"Post {number}", body="ink", publish_at=ago(days=number + 1))

    found = search.find(POSTS, search.read("ink "))

    assert [strip_tags(result.title_html) for result in found.results] == [
        "The ink",
        *(f"Post {number}" for number in range(5)),
    ]
    assert (found.count, found.is_cut) == (6, True)


def test_pages_are_found_without_a_date():
    make_page(title="About ink")

    [result] = search.find(POSTS, search.read("ink ")).results

    assert (result.url, result.kind, result.at) == ("/p/about-ink.html", "Page", None)


SECRETS = {
    "a draft": {"state": State.DRAFT},
    "a withdrawn post": {"state": State.WITHDRAWN},
    "a scheduled post": {"publish_at": timezone.now() + timedelta(days=1)},
}


@pytest.mark.parametrize("secret", SECRETS)
def test_what_is_not_live_is_never_found(client, secret):
    make_post(title="Zebra", body="zebra", labels=[make_label("zebra")], **SECRETS[secret])
    make_post(title="Live", body="Horse")

    assert titles("zebra") == []
    assert "/zebra.html" not in client.get("/search?q=zebra").text


@pytest.mark.parametrize("secret", SECRETS)
def test_what_is_not_live_is_not_found_by_a_stale_index_either(client, secret):
    post = make_post(title="Zebra", body="zebra")
    before = titles("zebra")

    Post.objects.filter(pk=post.pk).update(**SECRETS[secret])  # past whoever keeps the index

    assert PostDocument.objects.count() == 1
    assert (before, titles("zebra")) == (["Zebra"], [])
    assert "Zebra" not in client.get("/search?q=zebra").text.replace("zebra", "")


def test_scheduled_post_is_found_from_its_moment_on():
    make_post(title="Zebra", publish_at=timezone.now() + timedelta(days=1))
    before = titles("zebra")

    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        after = titles("zebra")

    assert (before, after) == ([], ["Zebra"])


def test_pages_of_results_share_none_and_leave_none_out():
    for number in range(25):
        make_post(title=f"Post {number}", body="ink", publish_at=ago(days=number))

    pages = [titles("ink ", page=page) for page in (1, 2, 3, 4)]

    assert [title for page in pages for title in page] == [f"Post {n}" for n in range(25)]
    assert [len(page) for page in pages] == [10, 10, 5, 0]


HOSTILE = [
    '"', "''", "a' OR 1=1 --", "title:ink", "NEAR(a b)", "ink AND", "* ink", "-ink", "(", ")",
    "^ink", "{title body}:ink", "ink*", "\\", "%", "_", "__", "a\\'b", "<mark>", "\ud7ff", "\ufffd",
    "\u202e", "ink & !paper", "ink <-> x", ":*", "';DROP TABLE blog_post;--", "x" * 9_000,
    "评" * 3_000, '"' * 3_000, "a " * 3_000, "ａ\u0301" * 500, "é\u0301\u0301", "\u200d\u200d",
]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
def test_whatever_is_typed_is_looked_for_and_never_obeyed(client, typed):
    make_post(title="Quiet", body="Nothing of that.")

    response = client.get("/search", {"q": typed[:600]})
    assert response.status_code == 200
    assert titles(typed) == []
    assert list(search.matching_posts(typed)) == []


def test_operators_are_words():
    make_post(title="Boole", body="red NOT blue OR green AND near")

    assert [titles(word) for word in ("NOT ", "OR ", "AND ", "near ")] == [["Boole"]] * 4
    assert titles("red NOT ") == ["Boole"]


def test_search_reads_no_post_that_does_not_match():
    if connection.vendor != "sqlite":
        pytest.skip("a question about the plan of SQLite")
    sql, filling = search._chosen(POSTS, search.read("ink "), "", is_wide=False, before=None)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", filling)
        plan = [row[3] for row in cursor.fetchall()]

    assert not any("TEMP B-TREE" in step for step in plan), plan
    assert not any(step.startswith("SCAN blog_post") and "words" not in step for step in plan), plan


@pytest.mark.parametrize("policy", CommentPolicy.values)
def test_policy_of_comments_says_nothing_of_the_post(policy):
    make_post(title="Zebra", comment_policy=policy)

    assert titles("zebra") == ["Zebra"]


def test_text_that_is_taken_back_while_it_is_found_is_left_out():
    """Another process removes it between the question to the index and the one for the texts."""
    gone, stays = make_post(title="Here and gone"), make_post(title="Here and there")

    def late(keys, query):
        assert set(keys) == {gone.pk, stays.pk}
        PostDocument.objects.filter(post=gone).delete()
        return POSTS.results(keys, query)

    found = search.find(replace(POSTS, results=late), search.read("here"))

    assert [strip_tags(result.title_html) for result in found.results] == [stays.title]
