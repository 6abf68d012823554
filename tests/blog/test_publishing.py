"""Publishing, scheduling, back-dating, withdrawing: state, address, redirect, revision, signal."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blog import publishing
from blog.choices import Kind, State
from blog.models import OldAddress, Post, SiteProfile
from blog.signals import post_published, post_withdrawn
from comments.models import BlogComment
from tests.builders import (
    make_author,
    make_comment,
    make_label,
    make_page,
    make_post,
    make_user,
    set_profile,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    """Signals of publishing in the order they came."""
    names = []

    def on_published(sender, post, **kwargs):
        names.append(("published", post.pk))

    def on_withdrawn(sender, post, **kwargs):
        names.append(("withdrawn", post.pk))

    post_published.connect(on_published)
    post_withdrawn.connect(on_withdrawn)
    yield names
    post_published.disconnect(on_published)
    post_withdrawn.disconnect(on_withdrawn)


def draft(**fields):
    fields = {"title": "On margins", "author": make_author(), **fields}
    return Post.objects.create(**fields)


def test_published_draft_is_live_with_an_address(heard, django_capture_on_commit_callbacks):
    set_profile(time_zone="Asia/Shanghai")
    user = make_user()
    post = draft(title="纸边的字")
    late_evening_in_utc = datetime(2015, 12, 31, 18, 0, tzinfo=UTC)

    with django_capture_on_commit_callbacks(execute=True):
        publishing.publish(post, by=user, at=late_evening_in_utc)

    post.refresh_from_db()
    assert (post.state, post.is_live, post.published_on) == (
        State.PUBLISHED,
        True,
        date(2016, 1, 1),
    )
    assert post.get_absolute_url() == "/2016/01/zhi-bian-de-zi.html"
    assert post.revisions.first().history_user == user
    assert heard == [("published", post.pk)]


def test_time_ahead_schedules(heard):
    post = draft()

    publishing.publish(post, by=None, at=timezone.now() + timedelta(minutes=1))

    assert (post.is_scheduled, post.is_live) == (True, False)
    assert list(Post.objects.live()) == []
    assert list(Post.objects.scheduled()) == [post]


def test_scheduled_post_appears_when_its_time_has_come():
    post = draft()
    at = timezone.now() + timedelta(minutes=1)
    publishing.publish(post, by=None, at=at)

    with time_machine.travel(at - timedelta(seconds=1), tick=False):
        before = list(Post.objects.live())
    with time_machine.travel(at, tick=False):
        after = list(Post.objects.live())

    assert (before, after) == ([], [post])


def test_first_publication_fixes_the_month_of_the_address():
    post = draft()
    publishing.publish(post, by=None, at=datetime(2015, 12, 3, tzinfo=UTC))

    publishing.publish(post, by=None, at=datetime(2019, 5, 1, tzinfo=UTC))

    assert post.get_absolute_url() == "/2015/12/on-margins.html"
    assert post.published_on == date(2019, 5, 1)


@pytest.mark.parametrize("kind", [Kind.POST, Kind.PAGE])
def test_empty_text_is_not_ready(kind, heard):
    post = draft(title=" ", body="\n", kind=kind, slug="x")

    with pytest.raises(publishing.NotReady, match="empty"):
        publishing.publish(post, by=None)

    post.refresh_from_db()
    assert (post.state, heard) == (State.DRAFT, [])


def test_text_without_title_is_ready():
    post = draft(title="", body="Just words.")

    publishing.publish(post, by=None, at=datetime(2015, 12, 3, tzinfo=UTC))

    assert post.get_absolute_url() == "/2015/12/post.html"


def test_second_post_of_a_month_with_the_same_title_gets_a_number():
    at = datetime(2015, 12, 3, tzinfo=UTC)
    addresses = [publishing.publish(draft(), by=None, at=at).get_absolute_url() for _ in range(3)]

    assert addresses == [
        "/2015/12/on-margins.html",
        "/2015/12/on-margins-2.html",
        "/2015/12/on-margins-3.html",
    ]


def test_same_slug_in_another_month_is_free():
    publishing.publish(draft(), by=None, at=datetime(2015, 11, 3, tzinfo=UTC))
    other = publishing.publish(draft(), by=None, at=datetime(2015, 12, 3, tzinfo=UTC))

    assert other.get_absolute_url() == "/2015/12/on-margins.html"


def test_long_slug_stays_within_the_limit_with_its_number():
    at = datetime(2015, 12, 3, tzinfo=UTC)
    publishing.publish(draft(slug="a" * 150), by=None, at=at)
    second = publishing.publish(draft(slug="a" * 150), by=None, at=at)

    assert second.slug == "a" * 148 + "-2"


def test_database_refuses_two_posts_at_one_address():
    post = make_post(slug="one")

    with pytest.raises(IntegrityError):
        Post.objects.filter(pk=make_post(slug="two").pk).update(
            slug=post.slug, address_month=post.address_month
        )


def test_changed_slug_leaves_a_redirect_and_returning_takes_it_away():
    post = make_post(slug="first", publish_at=datetime(2015, 12, 3, tzinfo=UTC))

    post.slug = "second"
    publishing.save(post, by=None)
    after_change = list(OldAddress.objects.values_list("path", flat=True))
    post.slug = "first"
    publishing.save(post, by=None)
    after_return = list(OldAddress.objects.values_list("path", flat=True))

    assert after_change == ["/2015/12/first.html"]
    assert after_return == ["/2015/12/second.html"]


def test_changed_slug_of_a_draft_leaves_nothing():
    post = draft(slug="first")

    post.slug = "second"
    publishing.save(post, by=None)

    assert not OldAddress.objects.exists()


def test_withdrawn_post_is_gone_for_readers_and_keeps_its_address(
    heard, client, django_capture_on_commit_callbacks
):
    post = make_post()
    address = post.get_absolute_url()
    assert client.get(address).status_code == 200

    with django_capture_on_commit_callbacks(execute=True):
        publishing.withdraw(post, by=None)

    assert client.get(address).status_code == 404
    assert (post.state, post.get_absolute_url()) == (State.WITHDRAWN, address)
    assert heard == [("withdrawn", post.pk)]


def test_published_again_it_keeps_its_day_and_address():
    post = make_post(publish_at=datetime(2015, 12, 3, tzinfo=UTC))
    address = post.get_absolute_url()
    publishing.withdraw(post, by=None)

    publishing.publish(post, by=None)

    assert (post.is_live, post.get_absolute_url()) == (True, address)
    assert post.published_on == date(2015, 12, 3)


def test_draft_that_was_never_out_withdraws_without_a_signal(
    heard, django_capture_on_commit_callbacks
):
    post = draft()

    with django_capture_on_commit_callbacks(execute=True):
        publishing.revert_to_draft(post, by=None)

    assert heard == []


def test_each_save_is_a_revision_with_its_author():
    user = make_user()
    post = draft(body="One.")
    post.body = "Two."

    publishing.save(post, by=user)

    kept = [(revision.body, revision.history_user) for revision in post.revisions.all()]
    assert kept == [("Two.", user), ("One.", None)]


def test_page_gets_its_address_when_it_is_saved():
    page = Post(kind=Kind.PAGE, title="About us", author=make_author())

    publishing.save(page, by=None)

    assert page.get_absolute_url() == "/p/about-us.html"


def test_second_page_with_the_same_title_gets_a_number():
    make_page(title="About us")
    page = Post(kind=Kind.PAGE, title="About us", author=make_author())

    publishing.save(page, by=None)

    assert page.slug == "about-us-2"


def test_changed_zone_regroups_days_and_leaves_addresses():
    set_profile(time_zone="UTC")
    moving = make_post(title="a", publish_at=datetime(2015, 12, 31, 20, 0, tzinfo=UTC))
    staying = make_post(title="b", publish_at=datetime(2015, 12, 31, 2, 0, tzinfo=UTC))
    address = moving.get_absolute_url()
    profile = set_profile(time_zone="Asia/Shanghai")

    moved = publishing.change_time_zone(profile)

    moving.refresh_from_db()
    staying.refresh_from_db()
    assert moved == 1
    assert (moving.published_on, staying.published_on) == (date(2016, 1, 1), date(2015, 12, 31))
    assert moving.get_absolute_url() == address


def test_planned_day_that_is_moved_before_it_comes_moves_the_address(time_machine):
    time_machine.move_to("2026-12-01T12:00:00Z", tick=False)
    post = make_post(title="Later", state=State.DRAFT)
    publishing.publish(post, by=None, at=timezone.now() + timedelta(days=20))
    planned = post.get_absolute_url()

    publishing.publish(post, by=None, at=timezone.now() + timedelta(days=40))
    moved = post.get_absolute_url()
    time_machine.move_to("2027-02-01T12:00:00Z", tick=False)
    publishing.publish(post, by=None, at=timezone.now() + timedelta(days=40))

    assert (planned, moved) == ("/2026/12/later.html", "/2027/01/later.html")
    assert post.get_absolute_url() == moved  # readers had it there


@pytest.mark.parametrize(
    ("blogs", "title", "body", "language"),
    [
        ("en", "On margins", "A margin is a room.", "en"),
        ("en", "页边", "页边是读者的房间。用 Python 写。", "zh-hans"),
        ("zh-hans", "页边", "页边是读者的房间。", "zh-hans"),
        ("zh-hans", "On margins", "A margin is a room, 房间.", "en"),
        ("en", "2026", "", "en"),
    ],
)
def test_first_publication_notes_the_language_of_the_text(blogs, title, body, language):
    set_profile(language=blogs)
    post = make_post(title=title, body=body, state=State.DRAFT)

    publishing.publish(post, by=None)

    assert post.language == language


def test_language_that_the_author_chose_stays():
    post = make_post(title="Über Ränder", state=State.DRAFT, language="de")

    publishing.publish(post, by=None)

    assert post.language == "de"


# --- Many at once ---------------------------------------------------------------------------------

BULK = {
    "publish": publishing.publish_all,
    "withdraw": publishing.withdraw_all,
    "revert": publishing.revert_all,
    "trash": publishing.trash_all,
}


@pytest.mark.parametrize("name", BULK)
def test_many_cost_as_much_as_one(name):
    user = make_user()
    state = State.DRAFT if name == "publish" else State.PUBLISHED
    counts = []

    for many in (1, 3):
        posts = [make_post(title=f"{name} {many} {n}", state=state) for n in range(many)]
        with CaptureQueriesContext(connection) as captured:
            outcome = BULK[name](posts, by=user)
        assert (len(outcome.done), outcome.refused) == (many, [])
        counts.append(len(captured))

    assert counts == [counts[0], counts[0]]


def test_many_are_published_as_each_would_be(heard, django_capture_on_commit_callbacks):
    set_profile(time_zone="Asia/Shanghai", language="en")
    user = make_user()
    out = make_post(title="Out", publish_at=datetime(2015, 12, 3, tzinfo=UTC))
    publishing.withdraw(out, by=user)
    twins = [draft(title="纸边的字", body="页边是读者的房间。") for _ in range(2)]
    planned = draft(title="Planned")
    publishing.publish(planned, by=user, at=timezone.now() + timedelta(days=90))
    planned_path = planned.get_absolute_url()
    empty = draft(title="", body="")
    posts = [out, *twins, planned, empty]
    heard.clear()

    with django_capture_on_commit_callbacks(execute=True):
        outcome = publishing.publish_all(posts, by=user)

    for post in posts:
        post.refresh_from_db()
    month = f"{timezone.localtime(timezone.now(), SiteProfile.current().zone):%Y/%m}"
    assert [post.get_absolute_url() for post in posts[:4]] == [
        "/2015/12/out.html",
        f"/{month}/zhi-bian-de-zi.html",
        f"/{month}/zhi-bian-de-zi-2.html",
        f"/{month}/planned.html",
    ]
    assert [post.is_live for post in posts] == [True, True, True, True, False]
    assert [post.language for post in twins] == ["zh-hans", "zh-hans"]
    assert outcome.refused == [(empty, "Write a title or a text first: this post is empty.")]
    assert heard == [("published", post.pk) for post in posts[:4]]
    assert [post.revisions.first().history_user for post in posts[:4]] == [user] * 4
    assert OldAddress.objects.get(path=planned_path).post == planned


def test_labels_are_added_to_many_and_none_twice():
    paper, ink = make_label("Paper"), make_label("Ink")
    one, two = make_post(labels=[paper]), make_post(title="Two")

    publishing.label_all([one, two], [paper, ink])

    assert [sorted(map(str, post.labels.all())) for post in (one, two)] == [["Ink", "Paper"]] * 2


# --- End and trash --------------------------------------------------------------------------------


def test_text_that_would_end_before_it_begins_is_not_ready():
    post = draft(ends_at=timezone.now() + timedelta(hours=1))

    with pytest.raises(publishing.NotReady, match="before anybody could read it"):
        publishing.publish(post, by=None, at=timezone.now() + timedelta(hours=2))
    with pytest.raises(publishing.NotReady, match="before anybody could read it"):
        publishing.publish(draft(ends_at=timezone.now() - timedelta(hours=1)), by=None)
    publishing.publish(post, by=None)

    assert post.is_live


def test_trash_says_that_a_live_post_went_and_that_it_came_back(
    heard, django_capture_on_commit_callbacks
):
    user = make_user()
    post, unpublished = make_post(), draft()

    with django_capture_on_commit_callbacks(execute=True):
        publishing.trash(post, by=user)
        publishing.trash(unpublished, by=user)
        publishing.trash(post, by=user)
        publishing.restore(post, by=user)

    assert heard == [("withdrawn", post.pk), ("published", post.pk)]
    assert (post.is_live, unpublished.is_trashed) == (True, True)
    assert list(Post.objects.drafts()) == []


def test_trash_is_emptied_after_thirty_days_and_leaves_nothing(time_machine):
    now = timezone.now()
    old, young = make_post(title="Old"), make_post(title="Young")
    make_comment(old)
    OldAddress.objects.create(post=old, path="/2001/01/old.html")
    publishing.trash(old, by=None)
    time_machine.move_to(now + timedelta(days=1))
    publishing.trash(young, by=None)
    time_machine.move_to(now + timedelta(days=30, seconds=5))

    destroyed = publishing.empty_trash()

    assert destroyed == 1
    assert list(Post.objects.all()) == [young]
    assert (BlogComment.objects.count(), OldAddress.objects.count()) == (0, 0)
    assert set(Post.history.values_list("title", flat=True)) == {"Young"}


def test_only_what_is_in_the_trash_is_destroyed():
    post = make_post()

    with pytest.raises(ValueError, match="in the trash"):
        publishing.destroy(post)

    assert Post.objects.get() == post


def test_three_changed_addresses_in_a_row_are_one_redirect(client):
    post = make_post(slug="one", publish_at=datetime(2015, 12, 3, tzinfo=UTC))

    for slug in ("two", "three", "four"):
        post.slug = slug
        publishing.save(post, by=None)

    answers = [client.get(f"/2015/12/{slug}.html") for slug in ("one", "two", "three", "four")]
    assert [answer.status_code for answer in answers] == [301, 301, 301, 200]
    assert {answer.headers.get("Location") for answer in answers[:3]} == {"/2015/12/four.html"}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_text_of_the_year_one_has_an_address_and_its_place(client, zone):
    set_profile(time_zone=zone)
    old = draft(title="Old")
    publishing.publish(old, by=None, at=datetime(1, 1, 2, 12, 0, tzinfo=UTC))
    new = make_post(title="New")

    home = client.get("/")

    assert old.get_absolute_url() == "/0001/01/old.html"
    assert [str(post) for day in home.context["days"] for post in day.posts] == ["New", "Old"]
    assert [client.get(path).status_code for path in ("/0001/01/old.html", "/0001/01/")] == [
        200,
        200,
    ]
    assert [item["title"] for item in client.get("/feed.json").json()["items"]] == ["New", "Old"]
    assert new.is_live
