"""What each act of a moderator changes, and what it leaves alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from comments import moderation
from comments.choices import Act, RemovedBy, Status
from comments.models import BlogComment, ModerationEvent
from comments.signals import comment_published, comment_taken_down
from tests.builders import make_comment, make_post, make_user

pytestmark = pytest.mark.django_db

UNCONFIRMED, HELD, PUBLISHED, SPAM, REMOVED = (
    Status.UNCONFIRMED,
    Status.HELD,
    Status.PUBLISHED,
    Status.SPAM,
    Status.REMOVED,
)
# act: (what the log calls it, where each status goes; a status that is not named stays)
TABLE = {
    moderation.approve: (
        Act.APPROVED,
        {UNCONFIRMED: PUBLISHED, HELD: PUBLISHED, SPAM: PUBLISHED},
    ),
    moderation.hold: (
        Act.HELD,
        {UNCONFIRMED: HELD, PUBLISHED: HELD, SPAM: HELD, REMOVED: HELD},
    ),
    moderation.mark_spam: (
        Act.MARKED_SPAM,
        {UNCONFIRMED: SPAM, HELD: SPAM, PUBLISHED: SPAM, REMOVED: SPAM},
    ),
    moderation.remove: (
        Act.REMOVED,
        {UNCONFIRMED: REMOVED, HELD: REMOVED, PUBLISHED: REMOVED, SPAM: REMOVED},
    ),
    moderation.restore: (Act.RESTORED, {SPAM: PUBLISHED, REMOVED: PUBLISHED}),
}
CELLS = [
    pytest.param(act, name, before, moves.get(before, before), id=f"{act.__name__}-{before}")
    for act, (name, moves) in TABLE.items()
    for before in Status
]


@pytest.fixture
def moderator():
    return make_user("mara")


@pytest.fixture
def sent():
    """Our two signals as they arrive: [(name, key of the comment)]."""
    heard = []

    def published(sender, comment, **kwargs):
        heard.append(("published", comment.pk))

    def taken_down(sender, comment, **kwargs):
        heard.append(("taken down", comment.pk))

    comment_published.connect(published)
    comment_taken_down.connect(taken_down)
    yield heard
    comment_published.disconnect(published)
    comment_taken_down.disconnect(taken_down)


def statuses(*comments):
    found = dict(BlogComment.objects.order_by().values_list("pk", "status"))
    return [found[comment.pk] for comment in comments]


@pytest.mark.parametrize(("act", "name", "before", "after"), CELLS)
def test_act_changes_status_and_all_that_follows(
    act, name, before, after, moderator, sent, django_capture_on_commit_callbacks
):
    post = make_post()
    removed_by = RemovedBy.MODERATOR if before == REMOVED else ""
    comment = make_comment(post, status=before, removed_by=removed_by)
    was_changed = before != after

    with django_capture_on_commit_callbacks(execute=True):
        changed = act([comment], by=moderator, note="because")

    comment.refresh_from_db()
    post.refresh_from_db()
    assert changed == was_changed
    assert comment.status == after
    assert (comment.is_public, comment.is_removed) == moderation.PACKAGE_FLAGS[after]
    assert comment.removed_by == (RemovedBy.MODERATOR if after == REMOVED else "")
    assert (comment.published_at is not None) == (PUBLISHED in {before, after})
    assert (post.comment_count, post.last_comment_at) == (
        (1, comment.submit_date) if after == PUBLISHED else (0, None)
    )
    assert (
        list(
            ModerationEvent.objects.values_list(
                "comment", "act", "status_before", "status_after", "by", "note"
            )
        )
        == [(comment.pk, name, before, after, moderator.pk, "because")] * was_changed
    )
    expected = []
    if was_changed and after == PUBLISHED:
        expected = [("published", comment.pk)]
    elif was_changed and before == PUBLISHED:
        expected = [("taken down", comment.pk)]
    assert sent == expected


@pytest.mark.parametrize("act", [*TABLE], ids=lambda act: act.__name__)
def test_act_done_twice_is_one_event(act, moderator):
    comment = make_comment(make_post(), status=SPAM if act is not moderation.mark_spam else HELD)

    first = act([comment], by=moderator)
    second = act([comment], by=moderator)

    assert (first, second) == (1, 0)
    assert ModerationEvent.objects.count() == 1


def test_signals_wait_for_the_commit(moderator, sent, django_capture_on_commit_callbacks):
    comment = make_comment(make_post(), status=HELD)

    with django_capture_on_commit_callbacks() as callbacks:
        moderation.approve([comment], by=moderator)
    before_commit = list(sent)
    for callback in callbacks:
        callback()

    assert before_commit == []
    assert sent == [("published", comment.pk)]


def test_restored_comment_keeps_the_time_of_its_first_publication(moderator):
    post = make_post()
    comment = make_comment(post)
    first = BlogComment.objects.get().published_at

    moderation.remove([comment], by=moderator)
    moderation.restore([comment], by=moderator)

    restored = BlogComment.objects.get()
    post.refresh_from_db()
    assert (restored.status, restored.removed_by, restored.published_at) == (PUBLISHED, "", first)
    assert post.comment_count == 1
    assert list(ModerationEvent.objects.order_by("pk").values_list("act", flat=True)) == [
        Act.REMOVED,
        Act.RESTORED,
    ]


@pytest.mark.parametrize("act", [*TABLE], ids=lambda act: act.__name__)
def test_what_its_author_took_away_stays_away(act, moderator):
    post = make_post()
    comment = make_comment(post)
    moderation.remove([comment], by=None, removed_by=RemovedBy.AUTHOR)

    changed = act([comment], by=moderator)

    comment.refresh_from_db()
    post.refresh_from_db()
    assert changed == 0
    assert (comment.status, comment.removed_by) == (REMOVED, RemovedBy.AUTHOR)
    assert post.comment_count == 0


def test_holding_the_newest_gives_the_post_its_last_comment_back(moderator):
    post = make_post()
    now = timezone.now()
    older = make_comment(post, submit_date=now - timedelta(hours=2))
    newest = make_comment(post, submit_date=now - timedelta(hours=1))

    moderation.hold([newest], by=moderator)

    post.refresh_from_db()
    assert (post.comment_count, post.last_comment_at) == (1, older.submit_date)


def test_approving_an_old_one_leaves_the_last_comment(moderator):
    post = make_post()
    now = timezone.now()
    newest = make_comment(post, submit_date=now - timedelta(hours=1))
    old = make_comment(post, status=HELD, submit_date=now - timedelta(hours=2))

    moderation.approve([old], by=moderator)

    post.refresh_from_db()
    assert (post.comment_count, post.last_comment_at) == (2, newest.submit_date)


def test_one_act_counts_on_each_post_by_itself(moderator):
    first, second, untouched = make_post(title="A"), make_post(title="B"), make_post(title="C")
    make_comment(untouched)
    on_first = [make_comment(first, status=HELD) for _ in range(2)]
    on_second = [make_comment(second, status=SPAM), make_comment(second)]

    changed = moderation.approve([*on_first, *on_second], by=moderator)

    counts = []
    for post in (first, second, untouched):
        post.refresh_from_db()
        counts.append(post.comment_count)
    assert changed == 3
    assert counts == [2, 2, 1]


def test_removed_parent_keeps_its_replies_and_holds_its_place(moderator):
    post = make_post()
    parent = make_comment(post)
    reply = make_comment(post, reply_to=parent)
    below = make_comment(post, reply_to=reply)

    moderation.remove([parent], by=moderator)

    post.refresh_from_db()
    shown = BlogComment.objects.on_post(post).shown().in_reading_order()
    assert [(row.pk, row.status) for row in shown] == [
        (parent.pk, REMOVED),
        (reply.pk, PUBLISHED),
        (below.pk, PUBLISHED),
    ]
    assert post.comment_count == 2


def test_removed_comment_without_a_published_reply_leaves_no_place(moderator):
    post = make_post()
    alone, parent = make_comment(post), make_comment(post)
    reply = make_comment(post, reply_to=parent)
    make_comment(post, reply_to=parent, status=HELD)
    moderation.remove([alone, parent], by=moderator)
    with_reply = [row.pk for row in BlogComment.objects.on_post(post).shown().order_by("pk")]

    moderation.hold([reply], by=moderator)

    assert with_reply == [parent.pk, reply.pk]
    assert list(BlogComment.objects.on_post(post).shown()) == []


@pytest.mark.parametrize("change", ["save", "edit", *[act.__name__ for act in TABLE]])
def test_whatever_happens_to_a_parent_its_replies_stay_as_they_are(change, moderator):
    post = make_post()
    parent = make_comment(post, status=HELD)
    replies = [make_comment(post, reply_to=parent, status=status) for status in Status]
    flags = BlogComment.objects.filter(root=parent).order_by("pk")
    before = list(flags.values_list("status", "is_public", "is_removed"))

    parent = BlogComment.objects.get(pk=parent.pk)
    if change == "edit":
        parent.comment = "Said better."
    if change in {"save", "edit"}:
        parent.is_public = True
        parent.save()
    else:
        getattr(moderation, change)([parent], by=moderator)

    assert statuses(*replies) == [*Status]
    assert list(flags.values_list("status", "is_public", "is_removed")) == before


def test_rejected_change_leaves_nothing_behind(moderator, sent, monkeypatch):
    post = make_post()
    comment = make_comment(post, status=HELD)

    def fail(**kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(moderation.status, "count", fail)
    with pytest.raises(RuntimeError, match="the disk is full"):
        moderation.approve([comment], by=moderator)

    comment.refresh_from_db()
    assert (comment.status, comment.is_public) == (HELD, False)
    assert ModerationEvent.objects.count() == 0
    assert sent == []


@pytest.mark.parametrize("act", [*TABLE], ids=lambda act: act.__name__)
def test_a_hundred_at_once_take_as_many_queries_as_one(
    act, moderator, django_assert_max_num_queries, django_capture_on_commit_callbacks
):
    posts = [make_post(title=f"Post {number}") for number in range(10)]
    start = HELD if act is moderation.mark_spam else SPAM
    one = make_comment(posts[0], status=start)
    many = [make_comment(posts[number % 10], status=start) for number in range(100)]

    with (
        django_assert_max_num_queries(15) as for_one,
        django_capture_on_commit_callbacks(execute=True),
    ):
        act([one], by=moderator)
    with (
        django_assert_max_num_queries(15) as for_many,
        django_capture_on_commit_callbacks(execute=True),
    ):
        changed = act(many, by=moderator, note="a wave")

    assert changed == 100
    assert len(for_many) == len(for_one)
    assert ModerationEvent.objects.filter(note="a wave").count() == 100
    assert ModerationEvent.objects.count() == 101


def test_the_log_can_be_added_to_and_not_changed(moderator):
    comment = make_comment(make_post(), status=HELD)
    moderation.approve([comment], by=moderator)
    event = ModerationEvent.objects.get()

    event.note = "never mind"
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()
    with pytest.raises(TypeError):
        ModerationEvent.objects.filter(pk=event.pk).update(note="never mind")
    with pytest.raises(TypeError):
        comment.events.all().delete()

    assert list(ModerationEvent.objects.values_list("note", flat=True)) == [""]


def test_the_log_outlives_a_moderator_and_goes_with_its_post(moderator):
    comment = make_comment(make_post(), status=HELD)
    moderation.approve([comment], by=moderator)

    moderator.delete()
    without_him = list(ModerationEvent.objects.values_list("act", "by"))
    comment.post.delete()

    assert (without_him, ModerationEvent.objects.count()) == ([(Act.APPROVED, None)], 0)


def test_rebuilding_mends_counts_and_says_how_many_were_wrong():
    right, wrong = make_post(title="A"), make_post(title="B")
    make_comment(right)
    comment = make_comment(wrong)
    type(wrong).objects.filter(pk=wrong.pk).update(comment_count=7, last_comment_at=None)

    mended = moderation.rebuild_counts()

    wrong.refresh_from_db()
    assert mended == 1
    assert (wrong.comment_count, wrong.last_comment_at) == (1, comment.submit_date)


def test_counts_by_status_names_every_status(django_assert_num_queries):
    post = make_post()
    make_comment(post, status=HELD)
    make_comment(post, status=HELD)
    make_comment(post)

    with django_assert_num_queries(1):
        counts = moderation.counts_by_status()

    assert counts == {"unconfirmed": 0, "held": 2, "published": 1, "spam": 0, "removed": 0}
