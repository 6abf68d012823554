"""Taking an act back within a minute, and keeping what readers reported."""

from datetime import timedelta

import pytest
from django.utils import timezone

from comments import moderation
from comments.choices import Act, RemovedBy, ReportReason, Status
from comments.models import BlogComment, ModerationEvent, Report
from tests.builders import make_comment, make_post, make_user

pytestmark = pytest.mark.django_db

CHANGES = {
    Act.APPROVED: moderation.approve,
    Act.HELD: moderation.hold,
    Act.MARKED_SPAM: moderation.mark_spam,
    Act.REMOVED: moderation.remove,
    Act.RESTORED: moderation.restore,
}


@pytest.fixture
def moderator():
    return make_user("mara")


def as_kept(comments):
    """All that an act of a moderator may change."""
    return list(
        BlogComment.objects.filter(pk__in=[comment.pk for comment in comments])
        .order_by("pk")
        .values_list(
            "status",
            "removed_by",
            "is_public",
            "is_removed",
            "published_at",
            "post__comment_count",
            "post__last_comment_at",
        )
    )


def report(comment, **fields):
    number = Report.objects.count()
    return Report.objects.create(
        comment=comment,
        reason=ReportReason.SPAM,
        actor_key=f"actor {number}",
        client_key=f"network {number}",
        **fields,
    )


@pytest.mark.parametrize("act", CHANGES)
def test_undo_brings_back_what_each_comment_was(act, moderator):
    posts = [make_post(title=f"Post {number}") for number in range(2)]
    comments = [
        make_comment(
            post,
            status=status,
            removed_by=RemovedBy.MODERATOR if status == Status.REMOVED else "",
        )
        for post in posts
        for status in Status
    ]
    before, at = as_kept(comments), timezone.now()

    changed = CHANGES[act](comments, by=moderator, at=at)
    between = as_kept(comments)
    undone = moderation.undo(act, by=moderator, at=at)

    log = list(ModerationEvent.objects.order_by("pk").values_list("act", "by"))
    assert (undone, as_kept(comments)) == (changed, before)
    assert between != before
    assert log == [(act, moderator.pk)] * changed + [(Act.UNDONE, moderator.pk)] * changed
    assert moderation.rebuild_counts() == 0


@pytest.mark.parametrize(("seconds", "undone"), [(59, 1), (61, 0), (-5, 0)])
def test_undo_lasts_a_minute(seconds, undone, moderator):
    comment = make_comment(make_post(), status=Status.HELD)
    at = timezone.now() - timedelta(seconds=seconds)
    moderation.approve([comment], by=moderator, at=at)

    assert moderation.undo(Act.APPROVED, by=moderator, at=at) == undone


def test_undo_leaves_what_happened_otherwise(moderator):
    post, other, at = make_post(), make_user("boss"), timezone.now()
    mine, decided_since, edited_since = (
        make_comment(post, status=Status.HELD) for _number in range(3)
    )
    of_other, earlier, another_act = (
        make_comment(post, status=Status.HELD) for _number in range(3)
    )
    moderation.approve([mine, decided_since, edited_since], by=moderator, at=at)
    moderation.remove([decided_since], by=other)
    ModerationEvent.objects.create(
        comment=edited_since, act=Act.EDITED, status_after=Status.PUBLISHED
    )
    moderation.approve([of_other], by=other, at=at)
    moderation.approve([earlier], by=moderator, at=at - timedelta(seconds=1))
    moderation.mark_spam([another_act], by=moderator, at=at)

    undone = moderation.undo(Act.APPROVED, by=moderator, at=at)
    again = moderation.undo(Act.APPROVED, by=moderator, at=at)

    comments = (mine, decided_since, edited_since, of_other, earlier, another_act)
    assert (undone, again) == (1, 0)
    assert [row[0] for row in as_kept(comments)] == [
        Status.HELD,
        Status.REMOVED,
        Status.PUBLISHED,
        Status.PUBLISHED,
        Status.PUBLISHED,
        Status.SPAM,
    ]


def test_undo_of_a_second_publication_keeps_the_first_time(moderator):
    comment = make_comment(make_post())
    first = BlogComment.objects.get().published_at
    moderation.hold([comment], by=moderator)
    at = timezone.now()

    moderation.approve([comment], by=moderator, at=at)
    moderation.undo(Act.APPROVED, by=moderator, at=at)

    assert BlogComment.objects.get().published_at == first


def test_undo_goes_in_batches(moderator, monkeypatch):
    monkeypatch.setattr(moderation.undoing, "BATCH_SIZE", 2)
    post, at = make_post(), timezone.now()
    comments = [make_comment(post) for _ in range(5)]
    moderation.remove(comments, by=moderator, at=at)

    assert moderation.undo(Act.REMOVED, by=moderator, at=at) == 5
    assert BlogComment.objects.filter(status=Status.PUBLISHED).count() == 5


@pytest.mark.parametrize(
    ("act", "is_settled"),
    [
        (moderation.approve, True),
        (moderation.mark_spam, True),
        (moderation.remove, True),
        (moderation.hold, False),
        (moderation.keep, True),
    ],
)
def test_decision_settles_the_reports_and_its_undo_opens_them(act, is_settled, moderator):
    before = Status.HELD if act is moderation.approve else Status.PUBLISHED
    comment = make_comment(make_post(), status=before)
    earlier = report(comment, settled_at=timezone.now() - timedelta(days=1))
    fresh, at = report(comment), timezone.now()

    act([comment], by=moderator, at=at)
    settled = Report.objects.get(pk=fresh.pk).settled_at
    moderation.undo(ModerationEvent.objects.get().act, by=moderator, at=at)

    assert settled == (at if is_settled else None)
    assert list(Report.objects.order_by("pk").values_list("settled_at", flat=True)) == [
        earlier.settled_at,
        None,
    ]


def test_keeping_leaves_everything_but_the_reports(moderator):
    post, at = make_post(), timezone.now()
    reported, quiet = make_comment(post), make_comment(post)
    report(reported)
    before = as_kept([reported, quiet])

    kept = moderation.keep([reported, quiet], by=moderator, note="Fair enough", at=at)
    again = moderation.keep([reported, quiet], by=moderator)
    between = as_kept([reported, quiet])
    undone = moderation.undo(Act.KEPT, by=moderator, at=at)

    log = ModerationEvent.objects.order_by("pk").values_list(
        "comment", "act", "status_before", "status_after", "note"
    )
    published = Status.PUBLISHED
    assert (kept, again, undone) == (1, 0, 1)
    assert between == as_kept([reported, quiet]) == before
    assert list(log) == [
        (reported.pk, Act.KEPT, published, published, "Fair enough"),
        (reported.pk, Act.UNDONE, published, published, ""),
    ]


def test_signals_tell_of_the_undoing(moderator, django_capture_on_commit_callbacks):
    from comments.signals import comment_published, comment_taken_down

    heard = []

    def published(comment, **kwargs):
        heard.append(("published", comment.pk))

    def taken_down(comment, **kwargs):
        heard.append(("taken down", comment.pk))

    post, at = make_post(), timezone.now()
    held, shown = make_comment(post, status=Status.HELD), make_comment(post)
    moderation.approve([held], by=moderator, at=at)
    moderation.remove([shown], by=moderator, at=at)
    comment_published.connect(published)
    comment_taken_down.connect(taken_down)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            moderation.undo(Act.APPROVED, by=moderator, at=at)
            moderation.undo(Act.REMOVED, by=moderator, at=at)
    finally:
        comment_published.disconnect(published)
        comment_taken_down.disconnect(taken_down)

    assert heard == [("taken down", held.pk), ("published", shown.pk)]


@pytest.mark.parametrize("act", [Act.APPROVED, Act.MARKED_SPAM])
def test_undo_of_many_asks_as_often_as_of_one(act, moderator, django_assert_max_num_queries):
    post = make_post()

    def done(count):
        comments = [make_comment(post, status=Status.HELD) for _ in range(count)]
        at = timezone.now()
        CHANGES[act](comments, by=moderator, at=at)
        return at

    at = done(1)
    with django_assert_max_num_queries(11) as for_one:
        moderation.undo(act, by=moderator, at=at)
    at = done(100)
    with django_assert_max_num_queries(11) as for_hundred:
        undone = moderation.undo(act, by=moderator, at=at)

    assert (undone, len(for_hundred)) == (100, len(for_one))
