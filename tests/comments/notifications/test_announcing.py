"""Who is told of a comment, and who is not."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blog.access import Role
from blog.choices import CommentPolicy, MailRhythm, Moderation, State
from comments import moderation, notifications
from comments.choices import NoticeKind, Scope, Status
from comments.models import BlogComment, Notice, OutgoingMail, Subscription
from comments.spam import Submission
from tests.blog.interchange.exports import TAKEOUT, bring_in
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


def told(comment=None):
    """Kind and address of every notice."""
    rows = Notice.objects.filter(comment=comment) if comment else Notice.objects.all()
    return sorted(
        (notice.kind, (notice.guest or notice.user).email)
        for notice in rows.select_related("guest", "user")
    )


def test_reply_is_told_to_whom_it_concerns_and_to_nobody_else():
    post = make_post()
    root = make_comment(post)
    answered = make_comment(post, reply_to=root)
    beside = make_comment(post, reply_to=root)
    elsewhere = make_comment(post)
    BlogComment.objects.update(announced_at=timezone.now())
    make_subscription(post, guest=make_guest("post@example.org"))
    make_subscription(post, comment=root, guest=make_guest("thread@example.org"))
    make_subscription(
        post, comment=answered, scope=Scope.REPLIES, guest=make_guest("answered@example.org")
    )
    make_subscription(
        post, comment=beside, scope=Scope.REPLIES, guest=make_guest("beside@example.org")
    )
    make_subscription(post, comment=elsewhere, guest=make_guest("elsewhere@example.org"))
    make_subscription(make_post(title="Other"), guest=make_guest("other@example.org"))
    make_subscription(post, guest=make_guest("unsaid@example.org"), is_confirmed=False)

    make_comment(post, reply_to=answered)
    notifications.announce_due()

    assert told() == [
        (NoticeKind.FOLLOW, "answered@example.org"),
        (NoticeKind.FOLLOW, "post@example.org"),
        (NoticeKind.FOLLOW, "thread@example.org"),
    ]


def test_one_who_follows_in_three_ways_gets_one_notice_by_the_widest():
    post = make_post()
    guest = make_guest()
    root = make_comment(post, guest=guest)
    BlogComment.objects.update(announced_at=timezone.now())
    make_subscription(post, comment=root, scope=Scope.REPLIES, guest=guest)
    make_subscription(post, comment=root, guest=guest)
    widest = make_subscription(post, guest=guest)

    make_comment(post, reply_to=root)
    notifications.announce_due()

    assert list(Notice.objects.values_list("subscription", flat=True)) == [widest.pk]


def test_one_mailbox_gets_one_notice_be_it_a_guests_or_an_accounts():
    post = make_post()
    make_subscription(post, guest=make_guest("mona@example.org"))
    make_subscription(post, user=make_user("mona", email="Mona@example.org"))

    make_comment(post)
    notifications.announce_due()

    assert Notice.objects.count() == 1


def test_nobody_is_told_of_his_own_comment_not_even_under_his_other_name():
    post = make_post()
    guest = make_guest("mona@example.org")
    mona = make_user("mona", email="mona@example.org")
    make_subscription(post, guest=guest)
    make_subscription(post, user=mona)

    make_comment(post, guest=guest)
    make_comment(post, user=mona)
    notifications.announce_due()

    assert told() == []


def test_typed_address_of_another_does_not_keep_him_from_being_told():
    post = make_post()
    make_subscription(post, guest=make_guest("grete@example.org"))

    make_comment(post, user_email="grete@example.org")
    notifications.announce_due()

    assert told() == [(NoticeKind.FOLLOW, "grete@example.org")]


def test_account_that_was_closed_or_has_no_address_is_not_told():
    post = make_post()
    make_subscription(post, user=make_user(is_active=False))
    make_subscription(post, user=make_user(email=""))

    make_comment(post)
    notifications.announce_due()

    assert told() == []


@pytest.mark.parametrize("status", [Status.HELD, Status.UNCONFIRMED, Status.SPAM, Status.REMOVED])
def test_comment_that_is_not_public_is_told_to_no_reader(status):
    set_profile(moderator_mail=MailRhythm.NEVER)
    post = make_post()
    make_subscription(post)

    make_comment(post, status=status)
    notifications.announce_due()

    assert told() == []


def test_held_comment_is_told_when_it_is_approved(clock):
    set_profile(moderator_mail=MailRhythm.NEVER)
    post = make_post()
    subscription = make_subscription(post)
    comment = make_comment(post, status=Status.HELD)
    notifications.announce_due()
    before = told()

    moderation.approve([comment], by=make_user(role=Role.MODERATOR))
    clock.shift(moderation.TELL_AFTER)
    notifications.announce_due()

    assert (before, told()) == ([], [(NoticeKind.FOLLOW, subscription.email)])


@pytest.mark.parametrize(
    "fields", [{"state": State.WITHDRAWN}, {"comment_policy": CommentPolicy.HIDDEN}]
)
def test_comment_on_a_post_that_shows_none_waits_for_the_post(fields):
    post = make_post(**fields)
    subscription = make_subscription(post)
    make_comment(post)

    notifications.announce_due()
    hidden = told()
    type(post).objects.update(state=State.PUBLISHED, comment_policy=CommentPolicy.OPEN)
    notifications.announce_due()

    assert (hidden, told()) == ([], [(NoticeKind.FOLLOW, subscription.email)])


def test_second_round_tells_nobody_again():
    post = make_post()
    make_subscription(post)
    make_comment(post)

    counts = [notifications.announce_due() for _ in range(3)]

    assert (counts, Notice.objects.count()) == ([1, 0, 0], 1)


def test_comment_that_was_published_long_ago_is_no_news():
    post = make_post(author=make_author(user=make_user()))
    make_subscription(post)
    comment = make_comment(post)
    BlogComment.objects.update(published_at=timezone.now() - notifications.FRESH_FOR * 2)

    notifications.announce_due()

    comment.refresh_from_db()
    assert (told(), comment.announced_at is None) == ([], False)


def test_import_tells_nobody_however_young_its_comments_are():
    make_user(role=Role.MODERATOR)
    bring_in(TAKEOUT)
    BlogComment.objects.filter(status=Status.PUBLISHED).update(published_at=timezone.now())
    statuses = set(BlogComment.objects.values_list("status", flat=True))

    counts = notifications.announce_due()

    assert statuses >= {Status.PUBLISHED, Status.HELD}
    assert (counts, told()) == (0, [])


def test_author_is_told_once_even_when_he_follows_his_own_post():
    author = make_user("ada", email="ada@example.org")
    post = make_post(author=make_author(user=author))
    make_subscription(post, user=author)

    make_comment(post)
    make_comment(post, user=author)
    notifications.announce_due()

    assert told() == [(NoticeKind.AUTHOR, "ada@example.org")]


def test_author_is_not_told_where_the_owner_switched_it_off():
    set_profile(author_mail=False)
    post = make_post(author=make_author(user=make_user()))

    make_comment(post)
    notifications.announce_due()

    assert told() == []


def test_moderators_are_told_of_held_comments_once():
    make_user("mod", role=Role.MODERATOR, email="mod@example.org")
    make_user("owner", role=Role.OWNER, email="owner@example.org")
    make_user("mute", role=Role.MODERATOR, email="")
    make_user("gone", role=Role.MODERATOR, is_active=False)
    make_user("writer", role=Role.AUTHOR)
    post = make_post()
    make_subscription(post)
    make_comment(post, status=Status.HELD)
    make_comment(post, status=Status.SPAM)

    counts = [notifications.announce_due() for _ in range(2)]

    assert counts == [1, 0]
    assert told() == [
        (NoticeKind.QUEUE, "mod@example.org"),
        (NoticeKind.QUEUE, "owner@example.org"),
    ]


def test_comment_that_reports_hold_again_is_told_again():
    make_user("mod", role=Role.MODERATOR)
    comment = make_comment(make_post(), status=Status.HELD)
    notifications.announce_due()
    notifications.mail_notices()
    moderation.approve([comment], by=make_user(role=Role.OWNER, email=""))

    moderation.hold([comment], by=None)
    notifications.announce_due()

    assert [
        (notice.kind, notice.mailed_at) for notice in Notice.objects.filter(kind=NoticeKind.QUEUE)
    ] == [(NoticeKind.QUEUE, None)]


def test_without_a_mail_server_nothing_is_written_then_or_later(settings):
    settings.HAS_MAIL = False
    make_user(role=Role.MODERATOR)
    post = make_post(author=make_author(user=make_user()))
    make_subscription(post)
    make_comment(post)
    held = make_comment(post, status=Status.HELD, guest=make_guest())

    notifications.announce_due()
    moderation.approve([held], by=make_user(role=Role.OWNER))
    notifications.announce_due()
    settings.HAS_MAIL = True
    notifications.announce_due()
    notifications.mail_notices()

    assert (Notice.objects.count(), OutgoingMail.objects.count()) == (0, 0)


def queries_of_a_comment_on_a_post_with(subscribers_count):
    post = make_post(title=f"With {subscribers_count}")
    Subscription.objects.bulk_create(
        Subscription(post=post, scope=Scope.POST, guest=make_guest(), confirmed_at=timezone.now())
        for _ in range(subscribers_count)
    )
    guest = make_guest()
    submission = Submission(
        post=post,
        reply_to=None,
        name="Grete",
        email=guest.email,
        url="",
        text="Hello",
        client_key=guest.email,
        guest=guest,
    )
    with CaptureQueriesContext(connection) as queries:
        comment = moderation.receive(submission, can_mail=True)
    assert comment.status == Status.PUBLISHED
    return len(queries)


def test_five_hundred_subscribers_cost_the_writer_no_query_and_no_thread(monkeypatch):
    set_profile(moderation=Moderation.NONE)
    monkeypatch.setattr("threading.Thread.start", lambda thread: pytest.fail("a thread"))

    alone = queries_of_a_comment_on_a_post_with(0)
    crowded = queries_of_a_comment_on_a_post_with(500)

    assert crowded == alone
    notifications.announce_due()
    assert Notice.objects.count() == 500


def test_writer_is_told_once_that_his_comment_is_published():
    moderator = make_user(role=Role.MODERATOR)
    post = make_post()
    guest, member = make_guest("grete@example.org"), make_user(email="mona@example.org")
    comments = [
        make_comment(post, status=Status.HELD, guest=guest),
        make_comment(post, status=Status.SPAM, user=member),
    ]

    moderation.approve(comments, by=moderator)
    moderation.hold(comments, by=moderator)
    moderation.approve(comments, by=moderator)

    assert told() == [
        (NoticeKind.LIVE, "grete@example.org"),
        (NoticeKind.LIVE, "mona@example.org"),
    ]


def test_writer_is_not_told_who_never_confirmed_or_who_approved_it_himself():
    moderator = make_user(role=Role.MODERATOR)
    post = make_post()
    comments = [
        make_comment(post, status=Status.HELD, user_email="typed@example.org"),
        make_comment(post, status=Status.HELD, guest=make_guest(is_verified=False)),
        make_comment(post, status=Status.HELD, user=moderator),
        make_comment(post, status=Status.UNCONFIRMED, user_email="typed@example.org"),
    ]

    moderation.approve(comments, by=moderator)

    assert told() == []


def test_hundred_approvals_tell_hundred_writers_in_at_most_15_queries():
    moderator = make_user(role=Role.MODERATOR)
    post = make_post()
    comments = [make_comment(post, status=Status.HELD, guest=make_guest()) for _ in range(100)]

    with CaptureQueriesContext(connection) as queries:
        moderation.approve(comments, by=moderator)

    assert len(queries) <= 15
    assert Notice.objects.filter(kind=NoticeKind.LIVE).count() == 100
