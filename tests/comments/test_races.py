"""Many at once: nothing is lost, nothing is there twice, on both databases."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from blog.choices import Moderation
from comments import moderation, threads
from comments.choices import Status
from comments.models import BlogComment, ModerationEvent
from comments.spam import Submission
from tests.builders import make_comment, make_guest, make_post, make_user, set_profile

pytestmark = pytest.mark.django_db(transaction=True)


def together(*tasks: Callable[[], object]) -> list[Exception]:
    """Runs all tasks at the same time, each on its own connection; what they raised."""
    errors: list[Exception] = []
    start = threading.Barrier(len(tasks))

    def run(task: Callable[[], object]) -> None:
        try:
            start.wait()
            task()
        except Exception as error:  # noqa: BLE001  # the test compares what was raised
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=run, args=[task]) for task in tasks]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return errors


def submission(post, *, guest, text, reply_to=None):
    return Submission(
        post=post,
        reply_to=reply_to,
        name=guest.name,
        email=guest.email,
        url="",
        text=text,
        client_key=text,  # each from a network of its own: no limit stands in the way
        guest=guest,
    )


def test_eight_writers_with_25_replies_each_lose_nothing():
    set_profile(moderation=Moderation.NONE)
    post = make_post()
    parents = [make_comment(post, text=f"root {number}") for number in range(2)]
    guests = [make_guest(name=f"Writer {number}") for number in range(8)]

    def writer(guest):
        def write():
            for number in range(25):
                moderation.receive(
                    submission(
                        post,
                        guest=guest,
                        text=f"{guest.name}: {number}",
                        reply_to=parents[number % 2],
                    ),
                    can_mail=False,
                )

        return write

    errors = together(*map(writer, guests))

    replies = BlogComment.objects.exclude(root=None)
    parent_paths = {parent.pk: parent.path for parent in parents}
    assert errors == []
    assert replies.count() == 200
    assert [
        reply.path
        for reply in replies
        if reply.path != parent_paths[reply.parent_id] + threads.step(reply.pk)
    ] == []
    post.refresh_from_db()
    assert post.comment_count == 202
    assert moderation.rebuild_counts() == 0


def test_the_same_form_ten_times_at_once_is_one_comment():
    post = make_post()
    guest = make_guest()
    twice = submission(post, guest=guest, text="Sent in a hurry")

    errors = together(*[lambda: moderation.receive(twice, can_mail=False)] * 10)

    assert errors == []
    assert BlogComment.objects.count() == 1
    assert ModerationEvent.objects.count() == 1


def test_two_moderators_at_once_count_a_comment_once():
    post = make_post()
    comments = [make_comment(post, status=Status.HELD) for _ in range(10)]
    first, second = make_user(), make_user()

    errors = together(
        lambda: moderation.approve(comments, by=first),
        lambda: moderation.approve(list(reversed(comments)), by=second),
    )

    post.refresh_from_db()
    assert errors == []
    assert (post.comment_count, ModerationEvent.objects.count()) == (10, 10)


def test_approving_while_another_removes_ends_whole():
    post = make_post()
    comments = [make_comment(post, status=Status.HELD) for _ in range(5)]
    user = make_user()

    errors = together(
        lambda: moderation.approve(comments, by=user),
        lambda: moderation.remove(comments, by=user),
    )

    post.refresh_from_db()
    published = BlogComment.objects.filter(status=Status.PUBLISHED).count()
    assert errors == []
    assert post.comment_count == published
    assert published in {0, 5}


def test_sqlite_keeps_its_promises():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps them by default")
    with connection.cursor() as cursor:
        values = {}
        for pragma in ("journal_mode", "synchronous", "foreign_keys"):
            cursor.execute(f"PRAGMA {pragma}")
            values[pragma] = cursor.fetchone()[0]

    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
