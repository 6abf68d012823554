"""Publishing, scheduling, back-dating, withdrawing: state, address, redirect, revision, signal."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError
from django.utils import timezone

from blog import publishing
from blog.choices import Kind, State
from blog.models import OldAddress, Post
from blog.signals import post_published, post_withdrawn
from tests.builders import make_author, make_page, make_post, make_user, set_profile

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
