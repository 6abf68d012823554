"""What waits stands in its place for its writer alone; orders and pages of threads."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from comments.choices import Order, Status
from comments.models import BlogComment
from comments.models.paging import (
    FIRST_REPLIES,
    FIRST_REPLIES_BESIDE,
    FOCUS_REPLIES,
    THREADS_PER_PAGE,
)
from tests.builders import make_comment, make_guest, make_post, make_user
from tests.comments.test_reactions import browser_of

pytestmark = pytest.mark.django_db


def shown(html):
    """The own words of each comment on a page, in reading order: `w1`, `w2`."""
    return re.findall(r"<p[^>]*>(w\d+)</p>", html)


def outline(page):
    return [line.comment.comment for line in page.lines if not line.is_gap]


def gaps(page):
    return [line.hidden_count for line in page.lines if line.is_gap]


# --- Pending in place -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.HELD, "Only you see this: it awaits moderation."),
        (Status.UNCONFIRMED, "Only you see this: it awaits your confirmation."),
    ],
)
def test_writer_sees_what_waits_in_its_place_and_others_do_not(client, status, words):
    post, guest = make_post(), make_guest()
    first = make_comment(post, text="w1")
    make_comment(post, text="w2")
    make_comment(post, text="w3", reply_to=first, status=status, guest=guest)
    make_comment(post, text="w4", status=status, guest=guest)
    make_comment(post, text="w5", status=status, guest=make_guest())
    member = Client()
    member.force_login(make_user())

    own = browser_of(guest).get(post.get_absolute_url()).content.decode()
    others = [
        browser.get(post.get_absolute_url()).content.decode()
        for browser in (client, member, browser_of(make_guest()))
    ]

    assert shown(own) == ["w1", "w3", "w2", "w4"]
    assert own.count(words) == 2
    assert [shown(html) for html in others] == [["w1", "w2"]] * 3
    assert not any(words in html for html in others)


def test_first_timer_sees_his_comment_after_sending_it(client, send):
    post = make_post()
    send(post, comment="w1")

    own = client.get(post.get_absolute_url()).content.decode()
    other = Client().get(post.get_absolute_url()).content.decode()

    assert (shown(own), shown(other)) == (["w1"], [])
    assert re.findall(r'href="(/comments/\d+/(?:edit|delete)/)"', own) == [
        f"/comments/{BlogComment.objects.get().pk}/{act}/" for act in ("edit", "delete")
    ]


def test_what_was_removed_stands_nowhere():
    post, guest = make_post(), make_guest()
    make_comment(post, text="w1")
    make_comment(post, text="w2", status=Status.REMOVED, guest=guest)

    assert shown(browser_of(guest).get(post.get_absolute_url()).content.decode()) == ["w1"]


def test_address_of_the_own_waiting_comment_opens_its_page():
    post, guest = make_post(), make_guest()
    for number in range(THREADS_PER_PAGE + 5):
        make_comment(post, text=f"w{number}")
    waiting = make_comment(post, text="w100", status=Status.HELD, guest=guest)
    browser = browser_of(guest)

    first_page = browser.get(post.get_absolute_url()).content.decode()
    asked = browser.get(f"{post.get_absolute_url()}?comment={waiting.pk}").content.decode()

    assert "w100" not in shown(first_page)
    # With what was said before it: the ten threads above, and a link to the others.
    assert shown(asked) == [*(f"w{number}" for number in range(15, 25)), "w100"]
    assert "?from=" in asked


def test_every_stranger_gets_the_same_bytes_whatever_his_cookies(client):
    post = make_post()
    comment = make_comment(post)
    liker = Client()
    liker.post(f"/comments/{comment.pk}/like/")
    liker.cookies["theme"] = "dark"

    first, second = (browser.get(post.get_absolute_url()).content for browser in (client, liker))

    assert first == second


def test_guest_sees_what_he_likes(client):
    post, guest = make_post(), make_guest()
    comment = make_comment(post)
    browser = browser_of(guest)
    browser.post(f"/comments/{comment.pk}/like/")

    own = browser.get(post.get_absolute_url()).content.decode()
    other = client.get(post.get_absolute_url()).content.decode()

    assert (own.count('aria-pressed="true"'), other.count("aria-pressed")) == (1, 0)


@pytest.mark.parametrize("waiting_count", [0, 1, 3])
def test_own_view_costs_the_same_queries(waiting_count):
    post, guest = make_post(), make_guest()
    root = make_comment(post)
    for _ in range(waiting_count):
        make_comment(post, status=Status.HELD, guest=guest, reply_to=root)
    browser, path = browser_of(guest), post.get_absolute_url()
    browser.get(path)

    def cost(query):
        with CaptureQueriesContext(connection) as queries:
            browser.get(path + query)
        return sum(
            '"comments_guest"' in query["sql"] or '"comments_blogcomment"' in query["sql"]
            for query in queries.captured_queries
        )

    # Who it is, what of his waits, then the page: two, or four at one comment.
    assert (cost(""), cost(f"?comment={root.pk}")) == (4, 6)


# --- Orders ---------------------------------------------------------------------------------------


@pytest.fixture
def long_discussion():
    """A post with two pages of threads and some more, each liked a different number of times."""
    post = make_post()
    for number in range(THREADS_PER_PAGE * 2 + 3):
        root = make_comment(post, text=f"w{number}")
        BlogComment.objects.filter(pk=root.pk).update(like_count=number * 7 % 10)
    return post


def expected(order):
    numbers = range(THREADS_PER_PAGE * 2 + 3)
    keys = {
        Order.OLDEST: lambda n: n,
        Order.NEWEST: lambda n: -n,
        Order.LIKED: lambda n: (-(n * 7 % 10), n),
    }
    return [f"w{number}" for number in sorted(numbers, key=keys[order])]


@pytest.mark.parametrize("order", Order)
def test_pages_of_every_order_join_without_gap_or_overlap_while_comments_come(
    long_discussion, order
):
    comments = BlogComment.objects.on_post(long_discussion)

    seen, page, pages = [], comments.page_of_threads(order=order), 0
    while True:
        seen += outline(page)
        pages += 1
        for _ in range(3):
            make_comment(long_discussion, text="meanwhile")
        if page.later is None or pages > 20:
            break
        page = comments.page_of_threads(start=page.later.pk, order=order)

    assert [text for text in seen if text != "meanwhile"] == expected(order)


@pytest.mark.parametrize("order", Order)
def test_way_back_leads_to_the_page_before(long_discussion, order):
    comments = BlogComment.objects.on_post(long_discussion)
    first = comments.page_of_threads(order=order)
    second = comments.page_of_threads(start=first.later.pk, order=order)

    back = comments.page_of_threads(at=second.earlier.pk, order=order)

    assert outline(back) == outline(first) == expected(order)[:THREADS_PER_PAGE]
    assert back.earlier is None


def test_reader_finds_the_orders_and_keeps_his_in_every_link(client, long_discussion):
    path = long_discussion.get_absolute_url()

    usual = client.get(path).content.decode()
    newest = client.get(f"{path}?order=newest").content.decode()
    nonsense = client.get(f"{path}?order=sideways").content.decode()

    assert shown(newest) == expected(Order.NEWEST)[:THREADS_PER_PAGE]
    assert re.findall(r'class="thread-pager"><a href="\?(order=\w+)', newest) == ["order=newest"]
    assert "?order=liked#comments" in usual
    assert shown(usual) == shown(nonsense) == expected(Order.OLDEST)[:THREADS_PER_PAGE]


def test_replies_are_read_in_time_whatever_the_order_of_threads():
    post = make_post()
    for root_text, reply_texts in (("w1", ("w2", "w3")), ("w4", ("w5",))):
        root = make_comment(post, text=root_text)
        for text in reply_texts:
            make_comment(post, text=text, reply_to=root)

    page = BlogComment.objects.on_post(post).page_of_threads(order=Order.NEWEST)

    assert outline(page) == ["w4", "w5", "w1", "w2", "w3"]


# --- How many more --------------------------------------------------------------------------------


def test_gap_says_how_many_replies_wait_behind_it(client):
    post = make_post()
    root = make_comment(post)
    replies = [make_comment(post, reply_to=root) for _ in range(FIRST_REPLIES + 9)]
    make_comment(post, reply_to=root, status=Status.HELD)

    html = client.get(post.get_absolute_url()).content.decode()

    assert "Show 9 more replies" in html
    assert f'href="?comment={replies[FIRST_REPLIES].pk}#c{replies[FIRST_REPLIES].pk}"' in html


def test_one_more_reply_is_said_in_the_singular(client):
    post = make_post()
    root = make_comment(post)
    for _ in range(FIRST_REPLIES + 1):
        make_comment(post, reply_to=root)

    assert "Show 1 more reply<" in client.get(post.get_absolute_url()).content.decode()


def test_gaps_before_and_behind_the_comment_that_is_asked_for_add_up():
    post = make_post()
    root = make_comment(post, text="root")
    early = [make_comment(post, text=f"early {n}", reply_to=root) for n in range(30)]
    parent = make_comment(post, text="parent", reply_to=root)
    for number in range(8):
        make_comment(post, text=f"sibling {number}", reply_to=parent)
    focus = make_comment(post, text="focus", reply_to=parent)
    for number in range(FOCUS_REPLIES + 6):
        make_comment(post, text=f"late {number}", reply_to=root)

    page = BlogComment.objects.on_post(post).page_of_threads(at=focus.pk)

    texts = outline(page)
    assert texts == [
        "root",
        *[comment.comment for comment in early[:FIRST_REPLIES]],
        "parent",
        "focus",
        *[f"late {number}" for number in range(FOCUS_REPLIES - 1)],
    ]
    assert gaps(page) == [30 - FIRST_REPLIES + 8, 7]
    assert len(texts) - 1 + sum(gaps(page)) == BlogComment.objects.exclude(root=None).count()


def test_threads_beside_the_one_that_is_asked_for_make_room():
    post = make_post()
    roots = [make_comment(post, text=f"root {n}") for n in range(2)]
    replies = [make_comment(post, reply_to=root) for root in roots for _ in range(6)]

    page = BlogComment.objects.on_post(post).page_of_threads(at=replies[0].pk)

    assert outline(page).count("Well said.") == 6 + FIRST_REPLIES_BESIDE
    assert gaps(page) == [6 - FIRST_REPLIES_BESIDE]
