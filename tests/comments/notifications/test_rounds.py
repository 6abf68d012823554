"""The rounds of the background part: from a comment to a mailbox, and what is forgotten."""

from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.utils import timezone

from comments.management.commands import worker
from comments.models import Notice, OutgoingMail
from tests.builders import make_comment, make_post, make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def seconds():
    """The clock of the worker, as a list of one number."""
    return [0.0]


@pytest.fixture
def rounds(seconds):
    return worker.Rounds(clock=lambda: seconds[0])


def test_one_round_takes_a_comment_to_its_followers(rounds):
    post = make_post()
    subscription = make_subscription(post)
    make_comment(post)

    rounds.go()
    rounds.go()

    assert [mail.to for mail in django_mail.outbox] == [[subscription.email]]


def test_what_is_old_is_forgotten_once_an_hour(rounds, seconds):
    post = make_post()
    make_subscription(post)
    make_comment(post)
    rounds.go()
    Notice.objects.update(mailed_at=timezone.now() - timedelta(days=31))
    OutgoingMail.objects.update(sent_at=timezone.now() - timedelta(days=8))

    rounds.go()
    within_the_hour = (Notice.objects.count(), OutgoingMail.objects.count())
    seconds[0] = worker.PURGE_SECONDS
    rounds.go()

    assert within_the_hour == (1, 1)
    assert (Notice.objects.count(), OutgoingMail.objects.count()) == (0, 0)


def test_mail_server_that_is_away_does_not_end_the_worker(rounds, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    post = make_post()
    make_subscription(post)
    make_comment(post)

    rounds.go()

    mail = OutgoingMail.objects.get()
    assert (mail.attempts, mail.sent_at, mail.last_error) == (1, None, "ConnectionRefusedError")
