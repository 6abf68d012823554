"""What a moderator may still take back is told to nobody."""

from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.utils import timezone

from blog.access import Role
from blog.choices import MailRhythm, Moderation
from comments import moderation
from comments.admin import replying
from comments.admin.undoing import Undoable
from comments.choices import Act, RemovedBy, Status
from comments.management.commands import worker
from comments.models import BlogComment
from comments.spam import Submission
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


@pytest.fixture(autouse=True)
def _quiet():
    set_profile(moderator_mail=MailRhythm.NEVER, moderation=Moderation.NONE)


@pytest.fixture
def moderator():
    return make_user("mara", role=Role.MODERATOR, email="")


@pytest.fixture
def post(clock):
    """A post whose author and one follower are told of every comment."""
    post = make_post(author=make_author(user=make_user("ada", email="ada@example.org")))
    make_subscription(post, guest=make_guest("follower@example.org"))
    return post


@pytest.fixture
def mailed(clock):
    """Goes one round of the worker: to whom it has sent mails, since the test began."""
    rounds = worker.Rounds()

    def mailed(after=timedelta()):
        clock.shift(after)
        rounds.go()
        return sorted(mail.to[0] for mail in django_mail.outbox)

    return mailed


EVERYBODY = ["ada@example.org", "follower@example.org", "writer@example.org"]


@pytest.mark.parametrize(
    ("act", "logged", "fields"),
    [
        (moderation.approve, Act.APPROVED, {"status": Status.HELD}),
        (moderation.restore, Act.RESTORED, {"status": Status.SPAM}),
        (
            moderation.restore,
            Act.RESTORED,
            {"status": Status.REMOVED, "removed_by": RemovedBy.MODERATOR},
        ),
    ],
)
@pytest.mark.parametrize("is_undone", [True, False])
def test_publication_is_told_when_it_cannot_be_undone_any_more(
    is_undone, act, logged, fields, post, moderator, mailed
):
    comment = make_comment(post, guest=make_guest("writer@example.org"), **fields)
    at = timezone.now()
    act([comment], by=moderator, at=at)
    at_once = mailed()

    if is_undone:
        moderation.undo(logged, by=moderator, at=at)
    within_the_minute = mailed(moderation.UNDO_WITHIN)
    later = mailed(timedelta(minutes=1))

    waited = fields["status"] in {Status.HELD, Status.SPAM}
    told = EVERYBODY if waited else EVERYBODY[:2]
    assert (at_once, within_the_minute) == ([], [])
    assert later == ([] if is_undone else told)


def test_second_approval_has_a_minute_of_its_own(post, moderator, mailed):
    comment = make_comment(post, guest=make_guest("writer@example.org"), status=Status.HELD)
    first = timezone.now()
    moderation.approve([comment], by=moderator, at=first)
    mailed()
    moderation.undo(Act.APPROVED, by=moderator, at=first)
    mailed(timedelta(seconds=50))

    moderation.approve([comment], by=moderator)
    after_the_first_minute = mailed(timedelta(seconds=40))
    after_the_second = mailed(timedelta(minutes=1))

    assert (after_the_first_minute, after_the_second) == ([], EVERYBODY)


@pytest.mark.parametrize("is_undone", [True, False])
def test_reply_out_of_the_queue_is_told_with_the_comment_that_it_approves(
    is_undone, post, moderator, mailed, rf
):
    comment = make_comment(post, guest=make_guest("writer@example.org"), status=Status.HELD)
    at = timezone.now()
    request = rf.post("/")
    request.user = moderator
    reply = replying.reply(comment.pk, "Welcome.", by=moderator, request=request, at=at)
    at_once = mailed()

    if is_undone:
        Undoable(Act.APPROVED, at, reply_id=reply.pk).undo(by=moderator)
    later = mailed(timedelta(minutes=2))

    assert (at_once, later) == ([], [] if is_undone else EVERYBODY)


def test_what_nobody_has_to_approve_is_told_at_once(post, mailed):
    moderation.receive(
        Submission(
            post=post,
            reply_to=None,
            name="",
            email="",
            url="",
            text="Hello",
            client_key="",
            user=make_user("mona"),
        ),
        can_mail=True,
    )

    assert mailed() == EVERYBODY[:2]
    assert BlogComment.objects.get().announce_from is None


def test_taking_a_removal_back_delays_no_news(post, moderator, mailed):
    comment = make_comment(post)
    at = timezone.now()
    moderation.remove([comment], by=moderator, at=at)
    away = mailed()
    moderation.undo(Act.REMOVED, by=moderator, at=at)

    assert (away, mailed()) == ([], EVERYBODY[:2])
