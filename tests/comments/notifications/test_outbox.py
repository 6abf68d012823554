"""The outbox: sent at least once, tried again, given up in the end, never when it is untrue."""

import logging
import smtplib
from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend

from blog.access import Role
from comments import moderation, notifications
from comments.choices import Status
from comments.models import Notice, OutgoingMail
from comments.models.mail import MAX_ATTEMPTS
from tests.builders import make_comment, make_guest, make_post, make_subscription, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(monkeypatch):
    """A mail server that a test can take down: `server.append(error)` fails the next attempts."""
    errors = []

    def open_connection(self):
        if errors:
            raise errors[-1]
        return True

    monkeypatch.setattr(EmailBackend, "open", open_connection)
    return errors


def mail_of_two_comments(mail_round, clock):
    """A digest of two comments that waits in the outbox, and its comments."""
    post = make_post()
    make_subscription(post)
    make_comment(post)
    mail_round()
    notifications.send_due()
    comments = [make_comment(post, text="one"), make_comment(post, text="two")]
    clock.shift(timedelta(minutes=61))
    (mail,) = mail_round()
    django_mail.outbox.clear()
    return mail, comments


def test_server_that_is_down_for_a_day_costs_no_mail(clock, mail_round, server):
    post = make_post()
    make_subscription(post)
    make_comment(post)
    mail_round()
    server.append(ConnectionRefusedError("refused"))

    attempts = []
    for _minute in range(24 * 60):
        attempts.append(notifications.send_due())
        clock.shift(timedelta(minutes=1))
    server.clear()
    for _hour in range(24):
        attempts.append(notifications.send_due())
        clock.shift(timedelta(hours=1))

    assert (sum(sent for sent, _ in attempts), sum(failed for _, failed in attempts)) == (1, 7)
    assert len(django_mail.outbox) == 1
    assert OutgoingMail.objects.get().last_error == "ConnectionRefusedError"


def test_mail_that_always_fails_is_given_up_with_a_line_in_the_log(
    clock, mail_round, server, caplog
):
    make_subscription(make_post())
    make_comment(make_post())
    post = make_post()
    make_subscription(post, guest=make_guest("secret@example.org"))
    make_comment(post)
    mail_round()
    server.append(smtplib.SMTPRecipientsRefused({"secret@example.org": (550, b"no")}))

    for _day in range(30):
        notifications.send_due()
        clock.shift(timedelta(days=1))

    mail = OutgoingMail.objects.get()
    assert mail.attempts == MAX_ATTEMPTS
    assert [record.levelno for record in caplog.records].count(logging.ERROR) == 1
    assert "secret@example.org" not in caplog.text
    assert (notifications.forget_sent(), OutgoingMail.objects.count()) == (1, 0)


def test_one_bad_mail_does_not_keep_back_the_others(clock):
    for key, to in (("a", f"x@{'long' * 30}ü.example"), ("b", "grete@example.org")):
        OutgoingMail.objects.create(key=key, to=to, subject="s", text="t")

    counts = notifications.send_due()

    assert counts == (1, 1)
    assert [mail.to for mail in django_mail.outbox] == [["grete@example.org"]]


def test_mail_is_not_sent_whose_only_comment_was_taken_down(clock, mail_round):
    post = make_post()
    make_subscription(post)
    comment = make_comment(post)
    mail_round()

    moderation.remove([comment], by=make_user(role=Role.MODERATOR, email=""))
    counts = notifications.send_due()
    mail_round()

    assert (counts, django_mail.outbox) == ((0, 0), [])
    assert (OutgoingMail.objects.count(), Notice.objects.count()) == (0, 0)


def test_digest_is_written_anew_without_the_comment_that_was_taken_down(clock, mail_round):
    mail, (one, _two) = mail_of_two_comments(mail_round, clock)

    moderation.mark_spam([one], by=make_user(role=Role.MODERATOR, email=""))
    notifications.send_due()
    (again,) = mail_round()
    notifications.send_due()

    assert "> one" in mail.text
    assert ("> one" in again.text, "> two" in again.text) == (False, True)
    assert [sent.body for sent in django_mail.outbox] == [again.text]


def test_mail_of_a_subscription_that_ended_is_not_sent(clock, mail_round):
    mail_of_two_comments(mail_round, clock)

    Notice.objects.get(mail__sent_at=None, comment__comment="one").subscription.delete()

    assert notifications.send_due() == (0, 0)
    assert OutgoingMail.objects.filter(sent_at=None).count() == 0


def test_moderators_digest_is_not_sent_when_all_is_decided(clock, mail_round):
    make_user(role=Role.MODERATOR)
    comment = make_comment(make_post(), status=Status.HELD)
    mail_round()

    moderation.approve([comment], by=make_user(role=Role.OWNER, email=""))

    assert notifications.send_due() == (0, 0)


def test_nobody_is_asked_to_confirm_a_comment_that_is_gone(clock, send):
    post = make_post()
    send(post, comment="One")
    send(post, comment="Two")
    one, two = post.comments.order_by("pk")
    assert OutgoingMail.objects.count() == 2

    one.delete()
    moderation.mark_spam([two], by=make_user(role=Role.MODERATOR, email=""))

    assert (notifications.send_due(), OutgoingMail.objects.count()) == ((0, 0), 0)
