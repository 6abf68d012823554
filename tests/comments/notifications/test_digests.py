"""At most one mail an hour for each reader and topic; what is not true any more is not mailed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blog.access import Role
from blog.choices import MailRhythm, State
from comments import moderation, notifications
from comments.choices import NoticeKind, Scope, Status
from comments.models import BlogComment, Notice, OutgoingMail
from tests.builders import (
    make_author,
    make_comment,
    make_guest,
    make_post,
    make_subscription,
    make_user,
    set_profile,
)

pytestmark = pytest.mark.django_db


def texts(mails, words):
    """Which of `words` each mail says."""
    return [[word for word in words if word in mail.text] for mail in mails]


def test_first_goes_at_once_and_the_rest_of_the_hour_is_one_digest(clock, mail_round):
    post = make_post()
    root = make_comment(post, text="root")
    BlogComment.objects.update(announced_at="2026-03-01T10:00Z")
    make_subscription(post, comment=root)
    words = ["first", "second", "third", "fourth"]

    make_comment(post, text="first", reply_to=root)
    at_once = mail_round()
    clock.shift(timedelta(minutes=5))
    make_comment(post, text="second", reply_to=root)
    early = mail_round()
    clock.shift(timedelta(minutes=50))
    make_comment(post, text="third", reply_to=root)
    late = mail_round()
    clock.shift(timedelta(minutes=5, seconds=1))
    digest = mail_round()
    clock.shift(timedelta(minutes=30))
    make_comment(post, text="fourth", reply_to=root)
    too_soon = mail_round()
    clock.shift(timedelta(minutes=30, seconds=1))
    last = mail_round()

    assert texts(at_once, words) == [["first"]]
    assert (early, late, too_soon) == ([], [], [])
    assert texts(digest, words) == [["second", "third"]]
    assert texts(last, words) == [["fourth"]]


def test_each_thread_has_its_own_hour_but_a_whole_post_has_one(clock, mail_round):
    post = make_post()
    one, two = make_comment(post, text="one"), make_comment(post, text="two")
    BlogComment.objects.update(announced_at="2026-03-01T10:00Z")
    threads = make_guest("threads@example.org")
    make_subscription(post, comment=one, guest=threads)
    make_subscription(post, comment=two, guest=threads)
    make_subscription(post, guest=make_guest("post@example.org"))

    make_comment(post, reply_to=one)
    first = mail_round()
    make_comment(post, reply_to=two)
    second = mail_round()

    assert sorted(mail.to for mail in first) == ["post@example.org", "threads@example.org"]
    assert [mail.to for mail in second] == ["threads@example.org"]


def test_following_the_post_too_gives_no_second_mail_about_the_thread(clock, mail_round):
    post = make_post()
    root, guest = make_comment(post, text="root"), make_guest()
    BlogComment.objects.update(announced_at="2026-03-01T10:00Z")
    make_subscription(post, comment=root, guest=guest)
    make_comment(post, reply_to=root, text="first")
    first = mail_round()

    make_subscription(post, guest=guest)
    make_comment(post, reply_to=root, text="second")
    within_the_hour = mail_round()
    clock.shift(timedelta(hours=1, seconds=1))
    after_it = mail_round()

    assert (len(first), within_the_hour) == (1, [])
    assert texts(after_it, ["first", "second"]) == [["second"]]


def test_thousand_top_level_comments_are_two_mails_to_a_follower_of_the_post(clock, mail_round):
    post = make_post()
    make_subscription(post)
    make_comment(post, text="number 0")
    first = mail_round()
    BlogComment.objects.update(announced_at="2026-03-01T10:00Z")
    comments = [make_comment(post, text=f"number {number}") for number in range(1, 31)]
    clock.shift(timedelta(hours=2))

    digest = mail_round()

    assert (len(first), len(digest)) == (1, 1)
    assert Notice.objects.filter(mail=digest[0]).count() == len(comments)
    assert "10 more comments" in digest[0].text


@pytest.mark.parametrize("act", [moderation.hold, moderation.mark_spam, moderation.remove])
def test_comment_taken_down_before_its_mail_is_not_mailed(clock, mail_round, act):
    post = make_post()
    make_subscription(post)
    comment = make_comment(post)
    notifications.announce_due()

    act([comment], by=make_user(role=Role.MODERATOR, email=""))
    mails = mail_round()

    assert (mails, Notice.objects.count()) == ([], 0)


def test_comment_that_comes_back_is_mailed_then(clock, mail_round):
    post = make_post()
    make_subscription(post)
    comment = make_comment(post, text="Back again")
    notifications.announce_due()
    moderator = make_user(role=Role.MODERATOR, email="")
    moderation.remove([comment], by=moderator)
    away = mail_round()

    moderation.restore([comment], by=moderator)
    clock.shift(moderation.TELL_AFTER)
    back = mail_round()
    moderation.remove([comment], by=moderator)
    moderation.restore([comment], by=moderator)
    clock.shift(moderation.TELL_AFTER)
    once_more = mail_round()

    assert (away, once_more) == ([], [])
    assert texts(back, ["Back again"]) == [["Back again"]]


def test_comment_of_a_post_that_was_withdrawn_is_not_mailed(clock, mail_round):
    post = make_post()
    make_subscription(post)
    make_comment(post)
    notifications.announce_due()

    type(post).objects.update(state=State.WITHDRAWN)

    assert mail_round() == []


def test_one_who_stops_before_the_mail_gets_none(clock, mail_round):
    post = make_post()
    subscription = make_subscription(post)
    make_comment(post)
    notifications.announce_due()

    subscription.delete()

    assert (mail_round(), Notice.objects.count()) == ([], 0)


def test_moderators_get_a_digest_in_the_rhythm_the_owner_chose(clock, mail_round):
    make_user(role=Role.MODERATOR)
    post = make_post()
    counts = {}

    for rhythm in (MailRhythm.HOURLY, MailRhythm.DAILY, MailRhythm.NEVER):
        set_profile(moderator_mail=rhythm)
        clock.shift(timedelta(days=2))
        mails = []
        for _hour in range(30):
            make_comment(post, status=Status.HELD)
            mails += mail_round()
            clock.shift(timedelta(minutes=61))
        counts[rhythm] = len(mails)

    assert counts == {MailRhythm.HOURLY: 30, MailRhythm.DAILY: 2, MailRhythm.NEVER: 0}


def test_digest_leaves_out_what_another_moderator_decided(clock, mail_round):
    make_user("mod", role=Role.MODERATOR)
    post = make_post()
    decided = make_comment(post, text="decided", status=Status.HELD)
    make_comment(post, text="waits", status=Status.HELD)
    notifications.announce_due()

    moderation.mark_spam([decided], by=make_user(role=Role.OWNER, email=""))
    mails = mail_round()

    assert texts(mails, ["decided", "waits"]) == [["waits"]]


def test_moderator_who_lost_the_right_gets_no_mail(clock, mail_round):
    moderator = make_user(role=Role.MODERATOR)
    make_comment(make_post(), status=Status.HELD)
    notifications.announce_due()

    moderator.groups.clear()

    assert (mail_round(), Notice.objects.count()) == ([], 0)


def test_author_gets_one_mail_an_hour_for_each_post(clock, mail_round):
    author = make_author(user=make_user("ada"))
    posts = [make_post(title="One", author=author), make_post(title="Two", author=author)]

    for post in posts:
        make_comment(post)
    first = mail_round()
    make_comment(posts[0])
    make_comment(posts[0])
    second = mail_round()
    clock.shift(timedelta(minutes=61))
    third = mail_round()

    assert [mail.subject for mail in first] == ["Comments on “One”", "Comments on “Two”"]
    assert second == []
    assert [mail.notices.count() for mail in third] == [2]


def test_writers_mail_about_his_comment_waits_for_no_hour(clock, mail_round):
    moderator = make_user(role=Role.MODERATOR, email="")
    post, guest = make_post(), make_guest()
    for number in range(2):
        comment = make_comment(post, status=Status.HELD, guest=guest, text=f"number {number}")
        moderation.approve([comment], by=moderator)
    clock.shift(moderation.TELL_AFTER)

    mails = mail_round()

    assert texts(mails, ["number 0", "number 1"]) == [["number 0"], ["number 1"]]


def test_writing_to_many_readers_takes_as_many_queries_as_to_one(clock):
    def queries_for(readers_count):
        post = make_post(title=f"For {readers_count}")
        for _ in range(readers_count):
            make_subscription(post)
        make_comment(post)
        notifications.announce_due()
        with CaptureQueriesContext(connection) as queries:
            written = notifications.mail_notices()
        assert written == readers_count
        return len(queries)

    assert queries_for(1) == queries_for(40)


def test_notices_are_forgotten_after_a_month(clock, mail_round):
    post = make_post()
    make_subscription(post)
    make_comment(post)
    mail_round()

    clock.shift(timedelta(days=29))
    early = notifications.forget_mailed()
    clock.shift(timedelta(days=2))

    assert (early, notifications.forget_mailed()) == (0, 1)


def test_replies_of_two_comments_in_one_thread_are_one_mail_with_both_ends(clock, mail_round):
    post, guest = make_post(), make_guest()
    root = make_comment(post, guest=guest)
    other = make_comment(post, guest=guest, reply_to=root)
    BlogComment.objects.update(announced_at="2026-03-01T10:00Z")
    for comment in (root, other):
        make_subscription(post, comment=comment, scope=Scope.REPLIES, guest=guest)
        make_comment(post, reply_to=comment)

    (mail,) = mail_round()

    assert mail.text.count("/comments/unsubscribe/") == 2
    assert OutgoingMail.objects.count() == 1
    assert Notice.objects.filter(kind=NoticeKind.FOLLOW, mail=mail).count() == 2
