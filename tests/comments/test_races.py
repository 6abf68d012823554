"""Many at once: nothing is lost, nothing is there twice, on both databases."""

import threading
from collections.abc import Callable
from copy import copy

import pytest
from django.db import connection, connections

from blog.choices import Moderation
from comments import guests, moderation, threads
from comments.choices import Status
from comments.models import BlogComment, Guest, ModerationEvent
from comments.spam import Submission
from comments.visitors import Visitor
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


@pytest.mark.parametrize("keeps_texts", [True, False])
def test_who_writes_while_he_is_erased_leaves_no_address_on_what_is_shown(keeps_texts):
    set_profile(moderation=Moderation.NONE)
    post = make_post()
    people = [make_guest(name=f"Writer {number}") for number in range(6)]
    for guest in people:
        make_comment(post, guest=guest, user_email=guest.email)

    def erase(guest):
        guests.erase(Visitor(guest=copy(guest)), actor_keys=[], keeps_texts=keeps_texts)

    def write(guest):
        moderation.receive(submission(post, guest=guest, text=guest.name), can_mail=True)

    errors = []
    for guest in people:
        errors += together(
            lambda guest=guest: write(guest),
            lambda guest=guest: erase(guest),
            lambda guest=guest: erase(guest),
        )

    rows = BlogComment.objects.exclude(status=Status.UNCONFIRMED)
    assert errors == []
    assert set(rows.values_list("guest", "user_email")) == {(None, "")}
    assert moderation.rebuild_counts() == 0
    assert not Guest.objects.filter(verified_at__isnull=False).exists()


def test_comment_of_who_was_erased_meanwhile_is_a_strangers():
    set_profile(moderation=Moderation.NONE)
    guest = make_guest("grete@example.net")
    sent_before = submission(make_post(), guest=Guest.objects.get(), text="Hello")
    guests.erase(Visitor(guest=guest), actor_keys=[], keeps_texts=True)
    make_guest("grete@example.net")  # known again, by another key

    comment = moderation.receive(sent_before, can_mail=True)

    assert (comment.status, comment.guest) == (Status.UNCONFIRMED, None)


@pytest.mark.parametrize("has_guest", [True, False])
def test_who_confirms_while_he_is_erased_is_one_or_the_other(has_guest):
    set_profile(moderation=Moderation.NONE)
    post = make_post()
    errors = []
    for number in range(6):
        email = f"w{number}@example.org"
        guest = make_guest(email)
        waiting = make_comment(post, status=Status.UNCONFIRMED, user_email=email)
        if has_guest:
            make_comment(post, guest=guest, user_email=email)
        errors += together(
            lambda waiting=waiting: moderation.confirm(waiting),
            lambda guest=guest: guests.erase(Visitor(guest=guest), actor_keys=[], keeps_texts=True),
        )

    assert {type(error) for error in errors} <= {BlogComment.DoesNotExist}
    assert set(BlogComment.objects.values_list("guest", "user_email")) <= {(None, "")}
    assert Guest.objects.count() == 0


def test_sqlite_keeps_its_promises():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps them by default")
    with connection.cursor() as cursor:
        values = {}
        for pragma in ("journal_mode", "synchronous", "foreign_keys"):
            cursor.execute(f"PRAGMA {pragma}")
            values[pragma] = cursor.fetchone()[0]

    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
