"""Where a reply stands, and how a page of threads is laid out."""

from dataclasses import dataclass

import pytest

from comments import threads
from comments.choices import Order, Status
from comments.models import BlogComment
from comments.models.paging import FIRST_REPLIES, THREADS_ABOVE, THREADS_PER_PAGE
from tests.builders import make_comment, make_post


@dataclass
class Row:
    pk: int
    path: str


def row(*keys):
    path = ""
    for key in keys:
        path = threads.path_below(path, key)
    return Row(keys[-1], path)


def outline(page):
    return [(line.depth, line.comment.comment) for line in page.lines if not line.is_gap]


def test_path_orders_as_text_the_way_people_read():
    rows = [row(2), row(1, 40), row(1), row(1, 3, 50), row(1, 3), row(46_656)]

    assert sorted(rows, key=lambda each: each.path) == [
        row(1),
        row(1, 3),
        row(1, 3, 50),
        row(1, 40),
        row(2),
        row(46_656),
    ]


def test_step_holds_the_largest_key_of_the_package():
    assert len(threads.step(2**31 - 1)) == threads.STEP_LENGTH


def test_ancestors_are_the_paths_above():
    path = row(1, 3, 50).path

    assert threads.ancestors(path) == [row(1).path, row(1, 3).path]


def test_arrange_names_depth_and_parent_and_leaves_gaps():
    root, reply, deep, late = row(1), row(1, 2), row(1, 2, 3), row(1, 9)

    lines = threads.arrange([late, deep, root, reply], hidden={9: 4})

    assert [(line.comment.pk, line.depth, line.is_gap) for line in lines] == [
        (1, 0, False),
        (2, 1, False),
        (3, 2, False),
        (9, 1, True),
    ]
    assert [line.parent for line in lines] == [None, root, reply, root]


def test_indent_stops():
    rows = [row(*range(1, depth + 1)) for depth in range(1, 9)]

    assert [line.indent for line in threads.arrange(rows)] == [0, 1, 2, 3, 4, 4, 4, 4]


@pytest.mark.django_db
def test_saved_comment_has_the_path_of_its_parent_and_its_own_key():
    post = make_post()
    root = make_comment(post, text="root")
    reply = make_comment(post, text="reply", reply_to=root)
    deep = make_comment(post, text="deep", reply_to=reply)

    deep = BlogComment.objects.get(pk=deep.pk)

    assert deep.path == "".join(map(threads.step, (root.pk, reply.pk, deep.pk)))
    assert (deep.root_id, deep.level, deep.thread_id, deep.parent_id) == (
        root.pk,
        2,
        root.pk,
        reply.pk,
    )
    assert deep.content_object == post


@pytest.mark.django_db
def test_page_reads_depth_first_and_hides_what_waits():
    post = make_post()
    first = make_comment(post, text="first")
    second = make_comment(post, text="second")
    make_comment(post, text="answer to first", reply_to=first)
    make_comment(post, text="held", reply_to=second, status=Status.HELD)
    make_comment(post, text="spam", status=Status.SPAM)
    make_comment(post, text="unconfirmed", status=Status.UNCONFIRMED)

    page = BlogComment.objects.on_post(post).page_of_threads()

    assert outline(page) == [(0, "first"), (1, "answer to first"), (0, "second")]


@pytest.mark.django_db
def test_removed_comment_keeps_its_place_only_above_a_published_reply():
    post = make_post()
    held_up = make_comment(post, text="gone, answered", status=Status.REMOVED)
    make_comment(post, text="answer", reply_to=held_up)
    lonely = make_comment(post, text="gone, alone", status=Status.REMOVED)
    make_comment(post, text="held answer", reply_to=lonely, status=Status.HELD)

    shown = BlogComment.objects.on_post(post).shown().in_reading_order()

    assert [comment.comment for comment in shown] == ["gone, answered", "answer"]


@pytest.mark.django_db
def test_long_discussion_is_cut_into_pages_that_join_without_gap_or_overlap():
    post = make_post()
    for number in range(THREADS_PER_PAGE * 2 + 3):
        make_comment(post, text=f"thread {number}")
    comments = BlogComment.objects.on_post(post)

    seen, page = [], comments.page_of_threads()
    while True:
        seen += [line.comment.comment for line in page.lines]
        if page.later is None:
            break
        page = comments.page_of_threads(start=page.later.pk)

    assert seen == [f"thread {number}" for number in range(THREADS_PER_PAGE * 2 + 3)]
    back = comments.page_of_threads(start=page.earlier.pk)
    assert back.lines[0].comment.comment == f"thread {THREADS_PER_PAGE}"


@pytest.mark.django_db
def test_long_thread_shows_its_first_replies_and_where_the_rest_begins():
    post = make_post()
    root = make_comment(post, text="root")
    replies = [
        make_comment(post, text=f"reply {n}", reply_to=root) for n in range(FIRST_REPLIES + 4)
    ]

    page = BlogComment.objects.on_post(post).page_of_threads()

    assert outline(page)[1:] == [(1, f"reply {n}") for n in range(FIRST_REPLIES)]
    assert [line.comment.pk for line in page.lines if line.is_gap] == [replies[FIRST_REPLIES].pk]

    rest = BlogComment.objects.on_post(post).page_of_threads(at=replies[FIRST_REPLIES].pk)
    assert outline(rest)[1:] == [(1, f"reply {n}") for n in range(FIRST_REPLIES + 4)]


@pytest.mark.django_db
def test_any_comment_is_on_the_page_that_its_address_opens(django_assert_max_num_queries):
    post = make_post()
    for _ in range(THREADS_PER_PAGE + 1):
        make_comment(post)
    parent = make_comment(post, text="root of a long chain")
    for number in range(30):
        parent = make_comment(post, text=f"link {number}", reply_to=parent)

    with django_assert_max_num_queries(5):
        page = BlogComment.objects.on_post(post).page_of_threads(at=parent.pk)

    assert (30, "link 29") in outline(page)
    assert (0, "root of a long chain") in outline(page)


@pytest.mark.django_db
@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize(("threads_count", "number"), [(3, 2), (25, 19), (25, 20), (70, 35)])
def test_address_of_a_comment_shows_it_among_the_others_and_links_lead_to_all(
    order, threads_count, number
):
    post = make_post()
    rows = [make_comment(post, text=f"t{n}") for n in range(threads_count)]
    comments = BlogComment.objects.on_post(post)
    texts = [row.comment for row in rows]
    if order == Order.NEWEST:
        texts.reverse()

    page = comments.page_of_threads(at=rows[number].pk, order=order)
    opened = outline(page)
    before, after, ends = page.earlier, page.later, 0
    told = [text for _depth, text in opened]
    while before is not None:
        page = comments.page_of_threads(start=before.pk, order=order)
        told = [text for _depth, text in outline(page) if text not in told] + told
        before, ends = page.earlier, ends + 1
    while after is not None:
        page = comments.page_of_threads(start=after.pk, order=order)
        told += [text for _depth, text in outline(page)]
        after, ends = page.later, ends + 1

    place = texts.index(f"t{number}")
    assert (0, f"t{number}") in opened
    first = 0 if place < THREADS_PER_PAGE else place - THREADS_ABOVE
    assert [text for _depth, text in opened] == texts[first : first + THREADS_PER_PAGE]
    assert told == texts
    assert ends <= 6


@pytest.mark.django_db
def test_comment_that_is_not_shown_opens_the_first_page():
    post = make_post()
    make_comment(post, text="first")
    held = make_comment(post, text="held", status=Status.HELD)

    page = BlogComment.objects.on_post(post).page_of_threads(at=held.pk)

    assert outline(page) == [(0, "first")]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3, 25])
def test_page_costs_the_same_queries_whatever_the_comments(django_assert_num_queries, count):
    post = make_post()
    for _ in range(count):
        make_comment(post, reply_to=make_comment(post))

    with django_assert_num_queries(2):
        BlogComment.objects.on_post(post).page_of_threads()
