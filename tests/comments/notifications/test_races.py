"""Two workers at once: nobody gets the same news twice, nobody is forgotten, on both databases."""

import pytest

from comments import notifications, subscriptions
from comments.models import BlogComment, Notice, OutgoingMail
from tests.builders import make_comment, make_guest, make_post, make_subscription
from tests.comments.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_four_workers_write_each_notice_once():
    post = make_post()
    readers = [make_guest() for _ in range(20)]
    for reader in readers:
        make_subscription(post, guest=reader)
    comments = [make_comment(post) for _ in range(12)]

    errors = together(*[notifications.announce_due] * 4)
    notifications.announce_due()

    assert errors == []
    assert Notice.objects.count() == len(readers) * len(comments)
    assert BlogComment.objects.filter(announced_at=None).count() == 0


def test_four_workers_write_each_mail_once():
    post = make_post()
    readers = [make_guest() for _ in range(120)]
    for reader in readers:
        make_subscription(post, guest=reader)
    make_comment(post)
    make_comment(post)
    notifications.announce_due()

    errors = together(*[notifications.mail_notices] * 4)
    notifications.mail_notices()

    mails = OutgoingMail.objects.values_list("to", flat=True)
    assert errors == []
    assert sorted(mails) == sorted(reader.email for reader in readers)
    assert Notice.objects.waiting().count() == 0


def test_reader_who_stops_while_a_worker_announces_ends_without_an_error():
    post = make_post()
    followed = [make_subscription(post) for _ in range(40)]
    for _ in range(10):
        make_comment(post)

    def stop():
        for subscription in followed:
            subscriptions.unsubscribe(subscription)

    errors = together(notifications.announce_due, stop)
    notifications.announce_due()

    assert (errors, Notice.objects.count()) == ([], 0)
